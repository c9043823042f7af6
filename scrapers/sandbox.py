"""Hands pages to parsing processes with limits of CPU, memory and time (`scrapers.parser` is what runs in them).

Parsers hang or swallow memory on bytes made for that: a killed worker is an outcome (`parse_limit`), not an outage.
Workers know no secrets: they get an empty environment, may write no large file, and answer in MessagePack that is checked
against the expected type, so nothing they say is ever executed.
"""

from __future__ import annotations

import os
import queue
import select
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO, Literal, TypeVar, cast

import msgspec

from scrapers.errors import ParserKilled, named
from scrapers.model import Draft, Link, Listing, Page, Source
from scrapers.seen import Line, Reading, Site

HEADER = struct.Struct(">I")
OUT_OF_MEMORY = 3
"""Exit code of a worker that could get no more memory."""
JOBS_PER_WORKER = 5_000
"""A worker is replaced after this many jobs, which bounds what leaks in C libraries can cost."""

T = TypeVar("T")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is asked to do."""

    task: Literal["links", "draft", "entry", "read", "line", "inspect"]
    source: Source
    page: Page | None = None
    link: Link | None = None
    text: str = ""

    @property
    def url(self) -> str:
        """What it is about."""
        return self.page.url if self.page else self.link.url if self.link else self.source.start


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker says: a value, or a named error."""

    listing: Listing | None = None
    draft: Draft | None = None
    reading: Reading | None = None
    line: Line | None = None
    site: Site | None = None
    code: str | None = None
    url: str = ""
    detail: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What reading one page may cost."""

    cpu_seconds: int = 10
    wall_seconds: float = 30.0
    memory_bytes: int = 512 << 20


class Sandbox:
    """A few worker processes, started when first needed. Safe to use from many threads."""

    def __init__(self, workers: int, limits: Limits = Limits()) -> None:  # noqa: B008 (frozen)
        self._limits = limits
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._size = workers

    def links(self, source: Source, page: Page) -> Listing:
        """Read a listing. Raises ScrapeError."""
        listing = self._run(Job(task="links", source=source, page=page)).listing
        return _given(listing, page.url)

    def draft(self, source: Source, page: Page, link: Link | None) -> Draft:
        """Read a document. Raises ScrapeError."""
        draft = self._run(Job(task="draft", source=source, page=page, link=link)).draft
        return _given(draft, page.url)

    def entry(self, source: Source, link: Link) -> Draft:
        """Make a document of what a listing itself says about an item. Raises ScrapeError."""
        draft = self._run(Job(task="entry", source=source, link=link)).draft
        return _given(draft, link.url)

    def read(self, source: Source, page: Page) -> Reading:
        """Read bytes as what they are: feed, PDF or page. Raises ScrapeError."""
        return _given(self._run(Job(task="read", source=source, page=page)).reading, page.url)

    def line(self, source: Source, text: str) -> Line:
        """Read the language and the date of a bare text. Raises ScrapeError."""
        return _given(self._run(Job(task="line", source=source, text=text)).line, "text")

    def inspect(self, source: Source, page: Page) -> Site:
        """Read an answer for the ways into its site. Raises ScrapeError."""
        return _given(self._run(Job(task="inspect", source=source, page=page)).site, page.url)

    def rest(self, idle_seconds: float = 60.0) -> None:
        """End workers that have had nothing to do for a while; they start again when needed."""
        kept: list[_Worker | None] = []
        with suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker is not None and time.monotonic() - worker.idle_since >= idle_seconds:
                    worker.stop()
                    worker = None
                kept.append(worker)
        kept.sort(key=lambda worker: worker is not None)
        for worker in kept:
            self._idle.put(worker)

    def close(self) -> None:
        """End all workers, waiting for those at work."""
        for _ in range(self._size):
            worker = self._idle.get()
            if worker is not None:
                worker.stop()
        for _ in range(self._size):
            self._idle.put(None)

    def _run(self, job: Job) -> Answer:
        worker = self._idle.get()
        try:
            if worker is None:
                worker = _Worker(self._limits)
            answer = worker.ask(job)
        except ParserKilled:
            worker = None
            raise
        finally:
            if worker is not None and worker.jobs >= JOBS_PER_WORKER:
                worker.stop()
                worker = None
            self._idle.put(worker)
        if answer.code is not None:
            raise named(answer.code, answer.url, answer.detail)
        return answer


def _given(value: T | None, url: str) -> T:
    if value is None:
        raise ParserKilled(url, "no answer")
    return value


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.jobs = 0
        self.idle_since = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", "scrapers.parser", str(limits.cpu_seconds), str(limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for the parent, which ends its workers in good order
        )
        self._jobs = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)

    def ask(self, job: Job) -> Answer:
        """Have a job done. Raises ParserKilled if the worker died of it; the worker is then gone."""
        self.jobs += 1
        url = job.url
        try:
            message = msgspec.msgpack.encode(job)
            self._jobs.write(HEADER.pack(len(message)) + message)
            self._jobs.flush()
            deadline = time.monotonic() + self._limits.wall_seconds
            size = HEADER.unpack(self._read(HEADER.size, deadline))[0]
            answer = msgspec.msgpack.decode(self._read(size, deadline), type=Answer)
        except (BrokenPipeError, EOFError):
            raise ParserKilled(url, self._how_it_died()) from None
        except TimeoutError:
            self.stop()
            raise ParserKilled(url, f"no answer within {self._limits.wall_seconds:g} s") from None
        except msgspec.DecodeError as error:
            self.stop()
            raise ParserKilled(url, "its answer could not be read") from error
        self.idle_since = time.monotonic()
        return answer

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._jobs, self._answers):
            with suppress(BrokenPipeError):
                pipe.close()

    def _how_it_died(self) -> str:
        self._process.kill()
        code = self._process.wait()
        self.stop()
        if code == -signal.SIGXCPU:
            return f"more than {self._limits.cpu_seconds} s of CPU"
        return (
            f"more than {self._limits.memory_bytes >> 20} MiB of memory"
            if code == OUT_OF_MEMORY
            else "the process ended"
        )

    def _read(self, size: int, deadline: float) -> bytes:
        pipe = self._answers.fileno()
        parts: list[bytes] = []
        while size > 0:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(pipe, min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
