"""The pace of hosts, kept in the database for every thread and process: what the fetcher calls its gate and its robots."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import uuid4

import msgspec

from scrapers.errors import RateLimited
from scrapers.robots import RobotsFile
from storage import hosts
from storage.database import Database
from storage.processes import Presence

LEASE = timedelta(minutes=12)
"""How long a connection counts as in use if its holder says nothing more: longer than any exchange may last."""
PATIENCE = timedelta(seconds=150)
"""A host that must be left alone for longer is an outcome, not a wait."""
LOOK_AGAIN = 0.05
REMEMBERED = 2_000


class HostGate:
    """Lets at most so many visitors into a host at once, one after another with the host's gap between them."""

    def __init__(
        self,
        database: Database,
        presence: Presence,
        *,
        connections: int,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._database = database
        self._presence = presence
        self._connections = connections
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._here: dict[str, tuple[threading.BoundedSemaphore, int]] = {}

    @contextmanager
    def visit(self, host: str, gap: float) -> Iterator[None]:
        """Wait for a turn at the host and keep one of its connections until the end.

        Raises RateLimited if the host asked to be left alone for longer than anyone would wait.
        """
        with self._turn_in_this_process(host):
            visit = uuid4().hex
            try:
                self._wait(host, visit, timedelta(seconds=gap))
                yield
            finally:
                with self._database.writing(lasting=False) as session:
                    hosts.release(session, host, visit)

    def hold(self, host: str, seconds: float) -> None:
        """Leave the host alone for a while, whoever wants to visit it."""
        with self._database.writing() as session:
            hosts.hold(session, host, self._clock() + timedelta(seconds=seconds))

    @contextmanager
    def _turn_in_this_process(self, host: str) -> Iterator[None]:
        """Queue up in memory first: only one process at a time then asks the database."""
        with self._lock:
            semaphore, users = self._here.get(host) or (threading.BoundedSemaphore(self._connections), 0)
            self._here[host] = (semaphore, users + 1)
        try:
            with semaphore:
                yield
        finally:
            with self._lock:
                semaphore, users = self._here[host]
                if users == 1:
                    del self._here[host]
                else:
                    self._here[host] = (semaphore, users - 1)

    def _wait(self, host: str, visit: str, gap: timedelta) -> None:
        while True:
            now = self._clock()
            with self._database.writing(lasting=False) as session:
                start = hosts.reserve(
                    session,
                    host,
                    visit=visit,
                    holder=self._presence.token,
                    gap=gap,
                    connections=self._connections,
                    lease=LEASE,
                    now=now,
                    dead=self._presence.dead,
                )
                if start is not None and start - now > max(PATIENCE, 2 * gap):
                    hosts.release(session, host, visit)
                    self._refuse(host, start)
            if start is None:
                self._sleep(LOOK_AGAIN)
                continue
            if start > now:
                self._sleep((start - now).total_seconds())
            return

    @staticmethod
    def _refuse(host: str, until: datetime) -> NoReturn:
        raise RateLimited(f"//{host}/", f"left alone until {until:%Y-%m-%d %H:%M} UTC, as it asked")


class RobotsMemory:
    """robots.txt files, in the database for everyone and in memory for this process."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._recent: OrderedDict[str, RobotsFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, origin: str) -> RobotsFile | None:
        """The origin's robots.txt if it is known and fresh."""
        now = self._clock()
        with self._lock:
            known = self._recent.get(origin)
        if known is not None and known.expires > now:
            return known
        with self._database.reading() as session:
            row = hosts.find_robots(session, origin, now)
        if row is None:
            return None
        found = msgspec.json.decode(row.content, type=RobotsFile)
        self._remember(origin, found)
        return found

    def put(self, origin: str, robots: RobotsFile) -> None:
        """Keep an origin's robots.txt until it expires."""
        with self._database.writing() as session:
            hosts.keep_robots(session, origin, msgspec.json.encode(robots).decode(), robots.expires)
        self._remember(origin, robots)

    def _remember(self, origin: str, robots: RobotsFile) -> None:
        with self._lock:
            self._recent[origin] = robots
            self._recent.move_to_end(origin)
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
