"""The only way out: everything the program fetches goes through one `Fetcher`.

Every exchange that got as far as an answer is archived before anybody looks at it. Time, size, hops and addresses are
bounded; robots.txt, Retry-After and the pace of a host are heeded; there are no cookies, no referrer and no proxy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import httpx
import msgspec

from scrapers import headers as said
from scrapers.decode import decode
from scrapers.errors import CutBody, RobotsRefused, ScrapeError, TooManyRedirects
from scrapers.exchange import Answer, Fields, ask, check_status, location, was_reset
from scrapers.guard import Networks, check_url
from scrapers.model import Exchange, Hop, NotModified, Page, Validators
from scrapers.robots import ROBOTS_BYTES, ROBOTS_HOPS, RobotsCache, RobotsFile, all_forbidden, no_rules, parse_robots
from scrapers.transport import GuardedTransport
from scrapers.wire import Deadline

ACCEPT: Final = (
    "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,application/xml;q=0.9,*/*;q=0.8"
)
NO_VALIDATORS: Final = Validators()
RETRIES: Final = 2
RETRY_SECONDS: Final = 1.0

_FOR_GOOD: Final = frozenset({301, 308})
_OVERLOADED: Final = frozenset({502, 503, 504})


class Gate(Protocol):
    """The pace of hosts, shared by everyone who visits."""

    def visit(self, host: str, gap: float) -> AbstractContextManager[None]:
        """Wait for a turn, `gap` seconds after the last one, and hold one connection of that host while inside."""

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody visit a host for so many seconds."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one fetch may cost at most."""

    deadline: float = 60.0
    """Seconds for a whole chain of redirects, without the time spent waiting for one's turn."""
    connect: float = 10.0
    """Seconds for name, connection, and again for the TLS handshake."""
    body_bytes: int = 32 * 1024 * 1024
    """As received, and again when expanded."""
    header_bytes: int = 64 * 1024
    hops: int = 8
    """Redirects that are followed."""


class _Trip(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chain of redirects ended."""

    last: Answer
    hops: list[Hop]
    permanent: bool


class Fetcher:
    """Fetches addresses for any number of threads, politely and within limits."""

    def __init__(
        self,
        *,
        user_agent: str,
        archive: Callable[[Exchange], UUID],
        gate: Gate,
        robots: RobotsCache,
        networks: Networks,
        host_delay: float,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        dice: Callable[[], float],
        limits: Limits | None = None,
        transport_factory: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        """`dice` gives a number in [0, 1); `transport_factory` replaces the guarded transport, for tests without sockets."""
        self._user_agent = user_agent
        self._archive = archive
        self._gate = gate
        self._robots = robots
        self._networks = networks
        self._host_delay = host_delay
        self._clock = clock
        self._sleep = sleep
        self._dice = dice
        self._limits = limits or Limits()
        self._transport = transport_factory() if transport_factory else self._guarded()
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Lock] = {}

    def get(
        self,
        url: str,
        *,
        validators: Validators = NO_VALIDATORS,
        deadline: float | None = None,
        ask_robots: bool = True,
        accept: str = ACCEPT,
    ) -> Page | NotModified:
        """Fetch an address, following redirects, and return what is there now, unless the validators still hold.

        Raises a ScrapeError for everything else; its `capture_id` names the last archived answer, if there was one.
        """
        until = Deadline(self._limits.deadline if deadline is None else deadline)
        asked = _conditions(validators)
        trip = self._follow(
            url,
            [(b"Accept", accept.encode("latin-1", "replace")), (b"Accept-Encoding", b"gzip")],
            asked,
            until=until,
            ask_robots=ask_robots,
            hops=self._limits.hops,
            body_bytes=self._limits.body_bytes,
        )
        last, capture_id, now = trip.last, trip.hops[-1].capture_id, trip.last.exchange.at
        if last.status == 304 and asked and len(trip.hops) == 1:
            return NotModified(
                url=str(last.url),
                capture_id=capture_id,
                fetched_at=now,
                validators=said.validators(last.headers, validators),
                max_age=said.max_age(last.headers, now),
            )

        try:
            check_status(last)
            body, notes = self._decoded(last, self._limits.body_bytes)
        except ScrapeError as error:
            error.capture_id = capture_id
            raise
        return Page(
            url=str(last.url),
            requested=url,
            status=last.status,
            headers=last.headers,
            body=body,
            fetched_at=now,
            capture_id=capture_id,
            hops=trip.hops,
            validators=said.validators(last.headers),
            permanent=str(last.url) if trip.permanent else None,
            max_age=said.max_age(last.headers, now),
            notes=notes,
        )

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def _guarded(self) -> httpx.BaseTransport:
        return GuardedTransport(
            self._networks, connect_seconds=self._limits.connect, head_bytes=self._limits.header_bytes
        )

    def _follow(
        self,
        url: str,
        fields: Fields,
        conditions: Fields,
        *,
        until: Deadline,
        ask_robots: bool,
        hops: int,
        body_bytes: int,
    ) -> _Trip:
        """Visit an address and wherever it leads, each hop checked like the first."""
        target = check_url(url, self._networks)
        done: list[Hop] = []
        seen: set[str] = set()
        for_good = True
        try:
            while True:
                gap = self._permission(target, until) if ask_robots else self._host_delay
                seen.add(str(target))
                answer, capture_id = self._visit(
                    target, fields if done else fields + conditions, gap, until, body_bytes
                )
                done.append(Hop(url=str(target), status=answer.status, capture_id=capture_id))

                onward = location(answer)
                if onward is None:
                    return _Trip(last=answer, hops=done, permanent=for_good and len(done) > 1)
                if answer.fault is not None and not isinstance(answer.fault, CutBody):
                    raise answer.fault
                if len(done) > hops:
                    raise TooManyRedirects(url, f"more than {hops}")

                target = check_url(onward, self._networks)
                if str(target) in seen:
                    raise TooManyRedirects(url, f"it leads back to {target}")
                for_good = for_good and answer.status in _FOR_GOOD
        except ScrapeError as error:
            if error.capture_id is None and done:
                error.capture_id = done[-1].capture_id
            raise

    def _visit(
        self, target: httpx.URL, fields: Fields, gap: float, until: Deadline, body_bytes: int
    ) -> tuple[Answer, UUID]:
        """Make one exchange, again if the connection broke or the server was overloaded for a moment."""
        attempt = 0
        while True:
            try:
                answer, capture_id = self._exchange(target, fields, gap, until, body_bytes)
            except ScrapeError as error:
                if not was_reset(error) or not self._again(attempt, until):
                    raise
            else:
                passing = answer.status in _OVERLOADED and "retry-after" not in answer.headers
                if not passing or not self._again(attempt, until):
                    return answer, capture_id
            attempt += 1

    def _again(self, attempt: int, until: Deadline) -> bool:
        """Wait a while with jitter, unless it has been tried often enough or there is no time left."""
        pause = RETRY_SECONDS * 2.0**attempt * (0.5 + self._dice())
        if attempt >= RETRIES or pause >= until.left():
            return False
        self._sleep(pause)
        return True

    def _exchange(
        self, target: httpx.URL, fields: Fields, gap: float, until: Deadline, body_bytes: int
    ) -> tuple[Answer, UUID]:
        host = target.raw_host.decode()  # not `host`, which fails on a name that only looks like an international one
        head = [(b"Host", target.netloc), (b"User-Agent", self._user_agent.encode("ascii", "replace")), *fields]
        with self._turn(host, gap, until):
            answer = ask(self._transport, target, head, deadline=until, body_bytes=body_bytes, at=self._clock())
        capture_id = self._archive(answer.exchange)

        if answer.fault is not None:
            answer.fault.capture_id = capture_id
        wait = said.retry_after(answer.headers, answer.exchange.at)
        if wait and (answer.status == 429 or answer.status >= 500):
            self._gate.hold(host, wait)
        return answer, capture_id

    @contextmanager
    def _turn(self, host: str, gap: float, until: Deadline) -> Iterator[None]:
        began = time.monotonic()
        with self._gate.visit(host, gap):
            until.extend(time.monotonic() - began)
            yield

    def _permission(self, target: httpx.URL, until: Deadline) -> float:
        """Return the seconds to keep between two visits, or raise RobotsRefused."""
        rules = self._rules(target, until)
        if not rules.allows(target.raw_path.decode()):
            refused = (
                f"robots.txt answered {rules.status}"
                if rules.forbidden
                else f"robots.txt of {target.raw_host.decode()}"
            )
            error = RobotsRefused(str(target), refused)
            error.passing = rules.forbidden  # a robots.txt that is out of order forbids all, but only for a while
            raise error
        return max(self._host_delay, rules.crawl_delay or 0.0)

    def _rules(self, target: httpx.URL, until: Deadline) -> RobotsFile:
        """What the origin's robots.txt says, asked for once by however many threads."""
        origin = f"{target.scheme}://{target.netloc.decode()}"
        known = self._robots.get(origin)
        if known is not None and known.expires > self._clock():
            return known

        with self._lock:
            turn = self._asking.setdefault(origin, threading.Lock())
        began = time.monotonic()
        with turn:
            until.extend(time.monotonic() - began)
            known = self._robots.get(origin)
            if known is not None and known.expires > self._clock():
                return known
            try:
                fresh = self._ask_robots(f"{origin}/robots.txt", until)
                self._robots.put(origin, fresh)
            finally:
                with self._lock:
                    self._asking.pop(origin, None)
        return fresh

    def _ask_robots(self, url: str, until: Deadline) -> RobotsFile:
        """Fetch a robots.txt (RFC 9309, section 2.3.1); an origin that cannot be reached raises its own error."""
        try:
            trip = self._follow(
                url,
                [(b"Accept", b"text/plain,*/*;q=0.5"), (b"Accept-Encoding", b"gzip")],
                [],
                until=until,
                ask_robots=False,
                hops=ROBOTS_HOPS,
                body_bytes=ROBOTS_BYTES,
            )
        except TooManyRedirects:
            return no_rules(310, self._clock())

        try:
            return self._read_robots(trip.last)
        except ScrapeError as error:
            error.capture_id = trip.hops[-1].capture_id
            raise

    def _read_robots(self, last: Answer) -> RobotsFile:
        at = last.exchange.at
        if last.status == 429:
            check_status(last)
        if last.status >= 500:
            return all_forbidden(last.status, at)
        if not 200 <= last.status < 300:
            return no_rules(last.status, at)
        if last.exchange.truncated == "length":
            # Longer than we must read: the part that came counts.
            last = msgspec.structs.replace(last, fault=None)
        body, _ = self._decoded(last, ROBOTS_BYTES * 16)
        return parse_robots(body, agent=self._user_agent, status=last.status, at=at)

    @staticmethod
    def _decoded(answer: Answer, limit: int) -> tuple[bytes, list[str]]:
        """The whole body without its coding, and remarks."""
        if answer.fault is not None:
            raise answer.fault
        decoded = decode(
            answer.exchange.body,
            coding=answer.headers.get("content-encoding", ""),
            media_type=answer.exchange.content_type.partition(";")[0].strip().lower(),
            limit=limit,
            url=str(answer.url),
        )
        return decoded.body, decoded.notes


def _conditions(validators: Validators) -> Fields:
    """Header fields that ask whether something has changed: the server's own bytes, or nothing."""
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
    return [
        (name, value.encode("latin-1"))
        for name, value in pairs
        if value and all(" " <= sign <= "\xff" and sign != "\x7f" for sign in value) and value == value.strip(" ")
    ]
