"""A process that polls for real and can be told to die: `python -m tests.crash.child PLACE NUMBER SOURCE…`.

PLACE is a step of a visit, NUMBER how often it is passed before the process kills itself there. Settings come from the
environment, as for every command.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlmodel import Session

from scrapers.fetch import Fetcher, Limits
from scrapers.guard import Networks
from scrapers.model import Exchange
from service.app import Khronika, open_khronika
from service.evidence import Evidence
from service.logs import configure
from service.pace import HostGate, RobotsMemory
from service.poll import LEASE, poll
from service.settings import read_settings
from storage import sources
from storage.database import Database


class Death:
    """Kills this process, as the kernel would, when a place is passed for the n-th time."""

    def __init__(self, place: str, number: int) -> None:
        self._place = place
        self._left = number

    def at(self, place: str) -> None:
        """Note that a place is reached."""
        if self.here(place):
            self.now()

    def here(self, place: str) -> bool:
        """True if this is where it ends."""
        if place == self._place:
            self._left -= 1
        return place == self._place and self._left < 0

    def now(self) -> None:
        """End without a farewell."""
        os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """A database whose transactions may be the last thing this process does, before or after the commit."""

    def __init__(self, database: Database, death: Death) -> None:
        super().__init__(database.engine)
        self._death = death

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[Session]:
        """A transaction, its kind told by what it writes."""
        filled: set[str] = set()

        def note(_connection: Any, _cursor: Any, words: str, *_: Any) -> None:
            if found := re.match(r'INSERT INTO "?(\w+)', words):
                filled.add(found[1])

        with super().writing(lasting=lasting) as session:
            event.listen(session.connection(), "before_cursor_execute", note)
            yield session
            session.flush()
            self._death.at(f"before-{_kind(filled)}")
        self._death.at(f"after-{_kind(filled)}")


def _kind(filled: set[str]) -> str:
    for table, name in (("poll", "finish"), ("version", "document"), ("item", "items")):
        if table in filled:
            return name
    return "pace"


class MortalEvidence(Evidence):
    """Evidence that may be the last thing this process writes."""

    def __init__(self, k: Khronika, death: Death) -> None:
        super().__init__(k.archive)
        self._folder = k.archive.folder
        self._death = death

    def __call__(self, exchange: Exchange) -> UUID:
        """Archive an exchange."""
        self._death.at("before-record")
        sizes = {path: path.stat().st_size for path in self._folder.glob("*.open")}
        capture_id = super().__call__(exchange)
        if self._death.here("in-record"):  # what a power cut may leave of a record that was never acknowledged
            for path, size in sizes.items():
                os.truncate(path, (size + path.stat().st_size) // 2)
            self._death.now()
        self._death.at("after-record")
        return capture_id


@contextmanager
def mortal(death: Death) -> Iterator[Khronika]:
    """The service with parts that may die."""
    given = read_settings()
    with open_khronika(given) as k:
        database, evidence = MortalDatabase(k.database, death), MortalEvidence(k, death)
        fetcher = Fetcher(
            user_agent=given.user_agent("tests"),
            archive=evidence,
            gate=HostGate(database, k.presence, connections=1, clock=k.clock, sleep=k.stop.sleep),
            robots=RobotsMemory(database, clock=k.clock),
            networks=Networks.parse(given.allow_private_networks),
            limits=Limits(deadline=given.fetch_deadline),
            host_delay=given.host_delay,
            clock=k.clock,
            sleep=k.stop.sleep,
            dice=k.dice,
        )
        try:
            yield replace(k, database=database, evidence=evidence, fetcher=fetcher)
        finally:
            fetcher.close()


def main(place: str, number: str, *names: str) -> None:
    """Claim and poll every source in turn."""
    configure("WARNING")
    death = Death(place, int(number))
    with mortal(death) as k:
        for name in names:
            with k.database.writing() as session:
                claimed = sources.claim(session, name, k.clock(), holder=k.presence.token, lease=LEASE)
            death.at("after-claim")
            if not claimed:
                sys.exit(f"{name} is being visited")
            report = poll(k, name, everything_due=True)
            print(report.status, report.items_new, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
