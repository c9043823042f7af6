"""The parsing process: answers jobs from standard input within its limits. Started by `scrapers.sandbox` alone."""

from __future__ import annotations

import os
import resource
import sys
from datetime import UTC, datetime

import msgspec

from scrapers import discover, entry, reading
from scrapers.errors import ScrapeError
from scrapers.families import family
from scrapers.sandbox import HEADER, OUT_OF_MEMORY, Answer, Job

SMALL_FILE = 256 << 20
"""The language model is unpacked into a temporary file; nothing has a reason to write more."""


def work(cpu_seconds: int, memory_bytes: int) -> None:
    """Answer jobs from standard input until it ends. The main loop of a worker process."""
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not spoil the answers
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE, SMALL_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    decoder = msgspec.msgpack.Decoder(Job)
    while header := jobs.read(HEADER.size):
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_seconds + 1, resource.RLIM_INFINITY))
        message = _answer(decoder.decode(jobs.read(HEADER.unpack(header)[0])))
        answers.write(HEADER.pack(len(message)) + message)
        answers.flush()


def _answer(job: Job) -> bytes:
    try:
        return msgspec.msgpack.encode(_done(job))
    except ScrapeError as error:
        return msgspec.msgpack.encode(Answer(code=error.code, url=error.url, detail=error.detail))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 (a parser's surprise about hostile bytes is an outcome)
        detail = f"{type(error).__name__}: {error}"[:300].encode("ascii", "backslashreplace").decode()
        return msgspec.msgpack.encode(Answer(code="parse", url=job.url, detail=detail))


def _done(job: Job) -> Answer:
    if job.task == "line":
        return Answer(line=reading.line(job.text, job.source.languages, datetime.now(UTC)))
    if job.task == "entry" and job.link is not None:
        return Answer(draft=entry.read(job.source, job.link))
    if job.page is None:
        raise ValueError(f"{job.task} needs a page")
    if job.task == "read":
        return Answer(reading=reading.read(job.source, job.page))
    if job.task == "inspect":
        return Answer(site=discover.inspect(job.page))
    rules = family(job.source.family)
    if job.task == "links":
        return Answer(listing=rules.links(job.source, job.page))
    return Answer(draft=rules.draft(job.source, job.page, job.link))


if __name__ == "__main__":
    work(int(sys.argv[1]), int(sys.argv[2]))
