"""What a fetcher needs around it, in memory, for tests that use real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from scrapers.fetch import Fetcher, Limits
from scrapers.guard import Networks
from scrapers.model import Exchange, NotModified, Page
from scrapers.robots import RobotsFile
from scrapers.transport import Connect, GuardedTransport, Resolve, connect, resolve, trusted

LOOPBACK = Networks.parse(["127.0.0.0/8"])
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUICK = Limits(deadline=5.0, connect=1.0, body_bytes=1024 * 1024, header_bytes=8 * 1024, hops=4)


@dataclass
class Gate:
    """Lets everyone through, one at a time for each host, and remembers."""

    visits: list[tuple[str, float]] = field(default_factory=list)
    held: list[tuple[str, float]] = field(default_factory=list)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    @contextmanager
    def visit(self, host: str, gap: float) -> Iterator[None]:
        """Hold the only connection of a host."""
        self.visits.append((host, gap))
        with self._locks.setdefault(host, threading.Lock()):
            yield

    def hold(self, host: str, seconds: float) -> None:
        """Remember who asked for rest."""
        self.held.append((host, seconds))


class Robots:
    """A cache in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, RobotsFile] = {}

    def get(self, origin: str) -> RobotsFile | None:
        """Look it up."""
        return self.files.get(origin)

    def put(self, origin: str, file: RobotsFile) -> None:
        """Keep it."""
        self.files[origin] = file


@dataclass
class Archive:
    """Keeps exchanges in a list."""

    exchanges: dict[UUID, Exchange] = field(default_factory=dict)

    def __call__(self, exchange: Exchange) -> UUID:
        """Keep one."""
        number = uuid.uuid4()
        self.exchanges[number] = exchange
        return number

    @property
    def pages(self) -> list[Exchange]:
        """All but robots files, in order."""
        return [exchange for exchange in self.exchanges.values() if not exchange.url.endswith("/robots.txt")]

    @property
    def last(self) -> Exchange:
        """The newest."""
        return list(self.exchanges.values())[-1]


def only_loopback(address: str, port: int, seconds: float) -> socket.socket:
    """Connect as usual, but fail the test when asked to leave this machine."""
    if not address.startswith("127."):
        pytest.fail(f"asked to connect to {address}")
    return connect(address, port, seconds)


def names(**answers: list[str]) -> Resolve:
    """Resolve names as a test says, an underscore standing for a dot; everything else by the system."""
    table = {name.replace("_", "."): found for name, found in answers.items()}

    def look_up(host: str, port: int) -> list[str]:
        return table[host] if host in table else resolve(host, port)

    return look_up


@dataclass
class Desk:
    """A fetcher and everything it was given."""

    fetcher: Fetcher
    archive: Archive
    gate: Gate
    robots: Robots
    slept: list[float]
    now: list[datetime]

    def later(self, by: timedelta) -> None:
        """Turn the clock."""
        self.now[0] += by


@contextmanager
def a_desk(
    *,
    limits: Limits = QUICK,
    networks: Networks = LOOPBACK,
    resolver: Resolve = resolve,
    connector: Connect = only_loopback,
    trust: Callable[[], ssl.SSLContext] = trusted,
    gate: Gate | None = None,
    host_delay: float = 0.0,
    user_agent: str = "khronika/1.0 (+https://khronika.example)",
) -> Iterator[Desk]:
    """Set a fetcher up, and close it."""
    archive, robots, slept, now = Archive(), Robots(), list[float](), [START]
    gate = gate or Gate()

    def transport() -> GuardedTransport:
        return GuardedTransport(
            networks,
            connect_seconds=limits.connect,
            head_bytes=limits.header_bytes,
            resolve=resolver,
            connect=connector,
            trust=trust,
        )

    fetcher = Fetcher(
        user_agent=user_agent,
        archive=archive,
        gate=gate,
        robots=robots,
        networks=networks,
        limits=limits,
        host_delay=host_delay,
        clock=lambda: now[0],
        sleep=slept.append,
        dice=lambda: 0.5,
        transport_factory=transport,
    )
    try:
        yield Desk(fetcher, archive, gate, robots, slept, now)
    finally:
        fetcher.close()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail when a block takes longer."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds, f"took {took:.2f} s"


def page(answer: Page | NotModified) -> Page:
    """Insist on a page."""
    assert isinstance(answer, Page)
    return answer
