"""Processes killed at every step and at random: nothing is lost, nothing is doubled, the archive reads to its end."""

from __future__ import annotations

import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from warcio.archiveiterator import ArchiveIterator

from storage import warc
from storage.database import open_database
from storage.models import Base, Capture, Document, Event, Item, Poll, Source, Statement, Version
from tests.crash.commands import House
from tests.origin import Asked, Origin, reply
from tests.service.world import TEXT, page

pytestmark = pytest.mark.slow
CHILD = [sys.executable, "-m", "tests.crash.child"]
NEVER = ["never", "0"]


class Site:
    """A feed with so many pages on loopback, and how often it has been asked."""

    def __init__(self, origin: Origin, items: int, name: str = "") -> None:
        self.origin = origin
        self.items = items
        self.name = name
        self._turn = threading.Condition()
        self._served = 0
        origin.on("/robots.txt", reply(status=404))
        for number in range(items):
            origin.on(f"{name}/{number}", self._page)
        entries = "".join(
            f"<item><title>Statement {n}</title><link>{origin.url}{name}/{n}</link><guid>{origin.url}{name}/{n}</guid>"
            "<pubDate>Sun, 01 Mar 2026 09:00:00 GMT</pubDate></item>"
            for n in range(items)
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Office</title>{entries}</channel></rss>'
        self.feed = origin.on(f"{name}/feed", reply(body.encode(), Content_Type="application/rss+xml", ETag='"1"'))

    @property
    def served(self) -> int:
        """Pages answered so far."""
        return self._served

    def wait(self, served: int, process: subprocess.Popen[str]) -> None:
        """Return once so many pages have been answered, or the process has ended."""
        with self._turn:
            while self._served < served and process.poll() is None:
                self._turn.wait(0.1)

    def _page(self, asked: Asked, sock: socket.socket) -> bool:
        number = asked.path.rpartition("/")[2]
        sock.sendall(page(f"Statement {number}", f"This is number {number} of {self.name or 'the office'}. {TEXT}"))
        with self._turn:
            self._served += 1
            self._turn.notify_all()
        return True


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A web server."""
    with Origin() as opened:
        yield opened


def house_at(folder: Path, database_url: str = "") -> House:
    """A data directory without sources."""
    return House(folder, database_url)


def rows(house: House, table: type[Base]) -> list[Any]:
    """Every row of a table."""
    database = open_database(house.database_url or f"sqlite:///{house.data / 'khronika.sqlite3'}")
    with closing(database), database.reading() as session:
        return list(session.exec(select(table)))


def check(house: House, items: int, *, torn: int = 0) -> None:
    """Every item is stored once, every record has its row, every archive file reads to its end."""
    documents: list[Document] = rows(house, Document)
    assert len(documents) == len({row.url for row in documents}) == items
    assert len(rows(house, Statement)) == items
    versions: list[Version] = rows(house, Version)
    assert Counter(row.document_id for row in versions) == Counter(row.id for row in documents)
    assert {row.role for row in documents} == {"original"}
    assert Counter(row.type for row in rows(house, Event)) == {"new": items}
    noted: list[Item] = rows(house, Item)
    assert len(noted) == items
    assert {(row.state, row.code) for row in noted} == {("kept", None)}
    assert {row.document_id for row in noted} == {row.id for row in documents}

    archive = house.data / "archive"
    captures: dict[Any, Capture] = {row.id: row for row in rows(house, Capture)}
    for capture in captures.values():
        read = warc.read(archive, capture.file, capture.offset, capture.length)
        assert (read.url, read.place.payload_sha256) == (capture.url, capture.payload_sha256)
    for version in versions:
        assert f">{version.title}<" in _body(archive, captures[version.capture_id])

    assert not list(archive.glob("*.open"))
    assert len(list(archive.glob("*.torn"))) == torn
    assert sum(_responses(path) for path in archive.glob("*.warc.gz")) == len(captures)
    assert not [row.id for row in rows(house, Source) if row.claimed_by]
    if not house.database_url:
        with closing(sqlite3.connect(house.data / "khronika.sqlite3")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def _body(archive: Path, capture: Capture) -> str:
    return warc.read(archive, capture.file, capture.offset, capture.length).body.decode()


def _responses(path: Path) -> int:
    """How many responses an independent reader finds in a file, reading all of it."""
    count = 0
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            count += record.rec_type == "response"
    return count


def killed(process: subprocess.Popen[str]) -> None:
    """Kill a process and wait for its end."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)


STEPS = [
    ("after-claim", 0),
    ("in-record", 1),  # the listing's
    ("after-record", 1),
    ("after-pace", 2),  # in the middle of an exchange, the host's connection held
    ("before-items", 0),
    ("after-items", 0),
    ("in-record", 3),  # a page's
    ("after-record", 3),
    ("before-document", 0),
    ("after-document", 0),
    ("before-document", 2),
    ("before-finish", 0),
    ("after-finish", 0),
]


@pytest.mark.parametrize(("place", "number"), STEPS, ids=[f"{place}-{number}" for place, number in STEPS])
def test_a_visit_killed_at_any_step_is_made_good_by_the_next(
    tmp_path: Path, origin: Origin, place: str, number: int
) -> None:
    """After kill -9 the next start frees the source at once, heals the archive, and the next visit stores what is missing."""
    site = Site(origin, 4)
    house = house_at(tmp_path)
    house.add("office", site.feed)

    first = house.run(place, str(number), "office", program=CHILD)
    assert first.code == -signal.SIGKILL, first.err
    second = house.run(*NEVER, "office", program=CHILD)

    assert second.code == 0, second.err
    assert second.out.startswith("ok "), second.err
    check(house, 4, torn=int(place == "in-record"))
    assert len(origin.of("/feed")) <= 2
    assert all(len(origin.of(f"/{n}")) <= 2 for n in range(4))
    polls: list[Poll] = rows(house, Poll)
    assert len(polls) == (2 if place == "after-finish" else 1)
    assert {row.status for row in polls} == {"ok"}


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_ten_kills_at_random_lose_and_double_nothing(
    tmp_path: Path, origin: Origin, dialect: str, request: pytest.FixtureRequest
) -> None:
    """`khronika fetch` is killed ten times over while it works on forty items; then it comes to an end."""
    url = request.getfixturevalue("postgres_url") if dialect == "postgresql" else ""
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    site = Site(origin, 40)
    house = house_at(tmp_path, url)
    house.add("office", site.feed)

    for _ in range(10):
        process = house.start("fetch", "office", "--json")
        site.wait(site.served + dice.randrange(4), process)
        with suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0, 0.06))
        killed(process)
    last = house.run("fetch", "office", "--json")

    assert last.code == 0, f"seed {seed}: {last.err}"
    (report,) = last.rows
    assert report["status"] in {"ok", "not_modified"}, f"seed {seed}"
    torn = len(list((house.data / "archive").glob("*.torn")))  # SIGKILL leaves the kernel's copy of what was written
    check(house, 40, torn=torn)
    assert torn <= 10
    for left in (house.data / "archive").glob("*.torn"):
        assert left.with_name(left.name.removesuffix(".torn")).exists()
    assert max(len(origin.of(f"/{n}")) for n in range(40)) <= 11


def test_two_fetches_at_once_visit_each_source_once(tmp_path: Path) -> None:
    """Both report all twelve sources and end well; the origin is asked for each listing once."""
    with Origin() as origin:
        sites = [Site(origin, 2, f"/site{number}") for number in range(12)]
        house = house_at(tmp_path)
        for number, site in enumerate(sites):
            house.add(f"site{number}", site.feed)
        assert house.run("sources", "list", "--json").code == 0

        running = [house.start("fetch", "--all", "--json") for _ in range(2)]
        ended = [process.communicate(timeout=60) for process in running]

        for process, (out, err) in zip(running, ended, strict=True):
            assert process.returncode == 0, err
            assert "Traceback" not in err
            assert len({line.split('"')[3] for line in out.splitlines()}) == len(out.splitlines()) == 12
        assert [len(origin.of(f"/site{number}/feed")) for number in range(12)] == [1] * 12
        check(house, 24)


def test_a_service_killed_while_fetching_goes_on_at_once(tmp_path: Path, origin: Origin) -> None:
    """A source that a killed process was visiting is visited again within seconds, not when its claim runs out."""
    site = Site(origin, 40)
    house = house_at(tmp_path)
    house.add("office", site.feed)
    first = house.start("run", "--port", "0", TICK="0.2")
    site.wait(5, first)
    killed(first)
    assert [row.id for row in rows(house, Source) if row.claimed_by] == ["office"]

    second = house.start("run", "--port", "0", TICK="0.2")
    try:
        waiter = threading.Timer(20, second.kill)
        waiter.start()
        site.wait(40, second)
        assert second.poll() is None, "the service did not go on within 20 seconds"
        waiter.cancel()
    finally:
        second.send_signal(signal.SIGTERM)
        _, err = second.communicate(timeout=30)
    assert second.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in err

    assert house.run("fetch", "office", "--json").code == 0
    check(house, 40)


@pytest.mark.parametrize("command", ["run", "web", "demo"])
def test_a_taken_port_is_one_sentence(tmp_path: Path, command: str) -> None:
    """Nothing is started, nothing fetched; the exit code says that it could not be done."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        done = house_at(tmp_path).run(command, "--port", port)

    assert done.code == 1
    assert done.err.strip().count("\n") == 0
    assert done.err.startswith(f"khronika: cannot listen on 127.0.0.1:{port}")
