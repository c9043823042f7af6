"""The queue between schedulers and workers, on a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text

from scrapers.sandbox import Sandbox
from service.app import free_dead_claims
from service.errors import CannotDo
from service.jobs import Queue, apply_schema, run_worker
from service.roles import run_scheduler
from service.roles import run_worker as run_worker_role
from service.settings import Settings
from storage import sources
from storage.models import Poll
from tests.origin import Asked, reply
from tests.service.world import World, open_world, page, rss

PATIENCE = 40
"""Seconds after which what has not happened never will."""


@pytest.fixture
def queued(tmp_path: Path, postgres_url: str, sandbox: Sandbox) -> Iterator[World]:
    """A service on PostgreSQL with the queue's tables, at the hour of the wall clock, which child processes go by."""
    with open_world(tmp_path, postgres_url, sandbox) as world:
        apply_schema(postgres_url)
        world.clock.now = datetime.now(UTC)
        yield world


@contextmanager
def ringing(world: World) -> Iterator[Queue]:
    """The scheduler's end of the queue."""
    queue = Queue(world.k)
    try:
        yield queue
    finally:
        queue.close()


def jobs(world: World) -> list[tuple[str, str]]:
    """Source and status of every job in the queue."""
    with world.k.database.reading() as session:
        found = session.execute(text("SELECT args->>'source_id', status::text FROM procrastinate_jobs ORDER BY id"))
        return [(source, status) for source, status in found]


def watch_feed(world: World, source_id: str) -> None:
    """Add a source of one statement, asked for once an hour."""
    path = f"/{source_id}"
    world.origin.on(
        f"{path}/1", page(f"Statement of {source_id}", f"What {source_id} has to say about the arrests of Monday.")
    )
    world.origin.on(
        path, rss(world.origin, (f"{path}/1", f"Statement of {source_id}", "Mon, 02 Mar 2026 09:00:00 GMT"))
    )
    world.add(source_id, start=world.origin.url + path)


def until(met: Callable[[], bool]) -> bool:
    """Wait for something to become true; False if it does not."""
    pause, end = threading.Event(), monotonic() + PATIENCE
    while not met():
        if monotonic() > end:
            return False
        pause.wait(0.05)
    return True


def work_until(world: World, met: Callable[[], bool]) -> None:
    """Be a worker until something is true, then be told to stop as a container is."""
    seen: list[bool] = []

    def tell() -> None:
        seen.append(until(met))
        os.kill(os.getpid(), signal.SIGTERM)

    teller = threading.Thread(target=tell)
    teller.start()
    run_worker(world.k)
    teller.join()
    assert seen == [True]


@contextmanager
def worker_process(world: World, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`khronika worker` in a process of its own, beside the same database and data directory."""
    settings = world.k.settings
    ours = {
        "KHRONIKA_DATA_DIR": str(settings.data_dir),
        "KHRONIKA_DATABASE_URL": settings.database_url,
        "KHRONIKA_CATALOGUE": "false",
        "KHRONIKA_CONTACT": "tests",
        "KHRONIKA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "KHRONIKA_HOST_DELAY": "0",
        "KHRONIKA_PARSERS": "1",
    }
    program = Path(sys.executable).with_name("khronika")
    with subprocess.Popen([program, "worker"], env=os.environ | ours | environment, cwd=settings.data_dir) as process:
        try:
            yield process
        finally:
            process.kill()


def polls(world: World) -> list[str]:
    """The source of every visit, in order."""
    return [row.source_id for row in world.rows(Poll)]


def test_the_tables_of_the_queue_are_made_once(postgres_url: str) -> None:
    """The one-shot migration may run at every start."""
    assert apply_schema(postgres_url)
    assert not apply_schema(postgres_url)


def test_a_due_source_is_rung_for_once_however_often_it_is_handed_out(queued: World) -> None:
    """A backlog never grows beyond one job a source."""
    watch_feed(queued, "office")
    watch_feed(queued, "bureau")

    with ringing(queued) as queue:
        assert [queue.hand_out(queued.clock()) for _ in range(3)] == [2, 0, 0]

    assert sorted(jobs(queued)) == [("bureau", "todo"), ("office", "todo")]


def test_nobody_is_rung_for_a_source_that_is_visited_or_not_due(queued: World) -> None:
    """The rows decide, not the queue."""
    watch_feed(queued, "visited")
    watch_feed(queued, "read")
    queued.poll("read")
    with queued.k.database.writing() as session:
        assert sources.claim_due(
            session,
            queued.clock(),
            holder="another",
            lease=queued.clock.now - datetime(2026, 1, 1, tzinfo=UTC),
            limit=9,
        )

    with ringing(queued) as queue:
        assert queue.hand_out(queued.clock()) == 0

    assert jobs(queued) == []


def test_a_worker_polls_what_is_handed_out_and_gives_the_claim_back(queued: World) -> None:
    """After a visit the source is free, due later, and its job is gone."""
    watch_feed(queued, "office")
    with ringing(queued) as queue:
        queue.hand_out(queued.clock())

    work_until(queued, lambda: bool(polls(queued)) and not jobs(queued))

    row = queued.source("office")
    assert (row.claimed_by, row.claimed_until, row.state) == (None, None, "ok")
    assert row.due_at > queued.clock()
    assert [document.url for document in queued.documents] == [f"{queued.origin.url}/office/1"]


@pytest.mark.slow
def test_a_late_bell_starts_no_visit(queued: World) -> None:
    """A job that is answered after its source was visited, or switched off, is dropped."""
    for source_id in ("visited", "off", "due"):
        watch_feed(queued, source_id)
    with ringing(queued) as queue:
        assert queue.hand_out(queued.clock()) == 3
    queued.poll("visited")
    with queued.k.database.writing() as session:
        sources.switch(session, "off", False, queued.clock())

    work_until(queued, lambda: not jobs(queued))

    assert polls(queued) == ["visited", "due"]
    assert queued.source("off").claimed_by is None


def test_a_worker_that_is_told_to_stop_leaves_a_visit_and_its_claim(queued: World) -> None:
    """A container stops within its grace period though a host wants long pauses."""
    watch_feed(queued, "office")
    asked = threading.Event()

    def slow_robots(_asked: Asked, sock: socket) -> None:
        asked.set()
        sock.sendall(reply(b"User-agent: *\nCrawl-delay: 60\n", Content_Type="text/plain"))

    queued.origin.on("/robots.txt", slow_robots)
    with ringing(queued) as queue:
        queue.hand_out(queued.clock())

    work_until(queued, lambda: asked.is_set() and queued.source("office").claimed_by is not None)

    assert queued.source("office").claimed_by is None
    assert queued.documents == []


@pytest.mark.slow
def test_two_workers_never_poll_one_source_twice(queued: World) -> None:
    """However often the bell is rung while they are at work, each due source gets one visit."""
    ids = [f"office-{n}" for n in range(12)]
    for source_id in ids:
        watch_feed(queued, source_id)

    with worker_process(queued) as one, worker_process(queued) as two, ringing(queued) as queue:

        def all_visited() -> bool:
            queue.hand_out(datetime.now(UTC))
            return len(polls(queued)) >= len(ids) and not jobs(queued)

        assert until(all_visited)
        for process in (one, two):
            process.terminate()
        assert [process.wait(PATIENCE) for process in (one, two)] == [0, 0]

    assert sorted(polls(queued)) == sorted(ids)
    assert [len(queued.origin.of(f"/{source_id}")) for source_id in ids] == [1] * len(ids)
    assert len(queued.documents) == len(ids)


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_cleared_away_and_its_source_polled_again(queued: World) -> None:
    """A job is worthless: what a dead worker was doing is rung for anew, never requeued."""
    watch_feed(queued, "office")
    visited, feed = (
        threading.Event(),
        rss(queued.origin, ("/office/1", "Statement of office", "Mon, 02 Mar 2026 09:00:00 GMT")),
    )

    def keep_waiting(_asked: Asked, _sock: Any) -> None:
        visited.set()
        queued.origin.stopped.wait(PATIENCE)

    queued.origin.on("/office", keep_waiting, feed)
    with ringing(queued) as queue:
        with worker_process(queued) as worker:
            queue.hand_out(queued.clock())
            assert visited.wait(PATIENCE)
            worker.kill()
            worker.wait(PATIENCE)
        assert jobs(queued) == [("office", "doing")]
        assert queue.hand_out(queued.clock()) == 0

        free_dead_claims(queued.k)
        with queued.k.database.writing() as session:
            session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
        assert queue.hand_out(queued.clock()) == 1
        assert jobs(queued) == [("office", "doing"), ("office", "todo")]

    work_until(queued, lambda: not jobs(queued))

    assert polls(queued) == ["office"]
    assert len(queued.origin.of("/office")) == 2
    assert len(queued.documents) == 1


def test_the_queue_needs_postgresql(tmp_path: Path) -> None:
    """A scheduler or worker on SQLite ends at once with a sentence that says what to do."""
    settings = Settings(data_dir=tmp_path, catalogue=False)
    for role in (run_scheduler, run_worker_role):
        with pytest.raises(CannotDo, match="khronika run"):
            role(settings)
