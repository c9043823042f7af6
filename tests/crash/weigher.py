"""A process that polls everything due in its data directory and says what that weighs: `python -m tests.crash.weigher MARK…`.

Prints JSON Lines: `{"mark", "rss", "parsers"}` in bytes at the start (mark 0), whenever the number of stored documents reaches a
MARK, and at the end (mark -1); `parsers` is the largest of the parsing processes. The peaks between two lines are in `peak`.
The last line says how many documents there are and what became of every source.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import psutil
from sqlalchemy import func
from sqlmodel import select

from service.app import Khronika, open_khronika
from service.logs import configure
from service.poll import LEASE, poll
from service.settings import read_settings
from storage import sources
from storage.models import Document, Poll

EVERY = 0.02


class Scales:
    """Weighs this process and its parsing processes until the end of the block."""

    def __init__(self) -> None:
        self._me = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak = self.parsers = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def say(self, mark: int) -> None:
        """Print what is weighed now."""
        self._weigh()
        line = {"mark": mark, "rss": self._me.memory_info().rss, "peak": self.peak, "parsers": self.parsers}
        print(json.dumps(line), flush=True)  # noqa: T201
        self.peak = self.parsers = 0

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self._weigh()

    def _weigh(self) -> None:
        self.peak = max(self.peak, self._me.memory_info().rss)
        for child in self._me.children():
            try:
                self.parsers = max(self.parsers, child.memory_info().rss)
            except psutil.NoSuchProcess:
                continue


def visit(k: Khronika, source_id: str) -> None:
    """Poll one source, in portions until nothing waits."""
    with k.database.writing() as session:
        sources.claim(session, source_id, k.clock(), holder=k.presence.token, lease=LEASE)
    poll(k, source_id, everything_due=True)


def stored(k: Khronika) -> int:
    """How many documents there are."""
    with k.database.reading() as session:
        return session.exec(select(func.count()).select_from(Document)).one()


def main(*marks: str) -> None:
    """Weigh one run over every source; with marks, one source is visited again until it has so many documents."""
    configure("ERROR")
    with open_khronika(read_settings()) as k:
        with k.database.reading() as session:
            names = [row.id for row in sources.everything(session)]
        visit(k, "first")  # what is loaded once is no growth
        with Scales() as scales:
            scales.say(0)
            for mark in map(int, marks):
                while (count := stored(k)) < mark:
                    visit(k, "office")
                    if stored(k) == count:
                        sys.exit(f"no progress at {count}")
                scales.say(mark)
            if not marks:
                with ThreadPoolExecutor(8) as pool:
                    list(pool.map(visit, [k] * len(names), names))
            scales.say(-1)
        with k.database.reading() as session:
            outcomes = {row.source_id: row.code for row in session.exec(select(Poll))}
        print(json.dumps({"documents": stored(k), "outcomes": outcomes}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
