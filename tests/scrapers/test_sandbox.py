"""Parsing processes: limited, replaceable, and never believed more than their answers deserve."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import psutil
import pytest

from scrapers.errors import LayoutChanged, ParserKilled
from scrapers.model import Page, Selectors, Source
from scrapers.sandbox import Limits, Sandbox

SOURCE = Source(id="office", title="Office", family="feed", start="https://office.example/feed")
FEED = b"<rss><channel><title>Office</title><item><title>One</title><link>https://office.example/1</link></item></channel></rss>"


def page(body: bytes) -> Page:
    return Page(
        url=SOURCE.start,
        requested=SOURCE.start,
        status=200,
        headers={},
        body=body,
        fetched_at=datetime(2026, 3, 2, tzinfo=UTC),
        capture_id=UUID(int=1),
    )


@pytest.fixture
def tight() -> Iterator[Sandbox]:
    """One process with one second of CPU."""
    sandbox = Sandbox(1, Limits(cpu_seconds=1, wall_seconds=20, memory_bytes=512 << 20))
    yield sandbox
    sandbox.close()


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if "scrapers.parser" in child.cmdline()}


def test_a_named_error_comes_back_by_its_name(sandbox: Sandbox) -> None:
    """The caller sees the same class that was raised in the process."""
    with pytest.raises(LayoutChanged):
        sandbox.links(SOURCE, page(b"<html><body><h1>Welcome</h1></body></html>"))


@pytest.mark.slow
def test_a_parser_that_hangs_is_killed_and_the_next_page_is_read(tight: Sandbox) -> None:
    """An outcome, not an outage: here so many elements keep any parser busy for more than a second."""
    listing = msgspec.structs.replace(SOURCE, family="listing", select=Selectors(item="li", link="a"))
    monster = b"<ul>" + b"<li><a href=/x>statement of the office</a><p>words</p>" * 45_000
    with pytest.raises(ParserKilled):
        tight.links(listing, page(monster))
    assert len(tight.links(SOURCE, page(FEED)).links) == 1


@pytest.mark.slow
def test_a_process_that_is_killed_from_outside_is_an_outcome(tight: Sandbox) -> None:
    """The kernel's own memory killer may come at any time."""
    before = children()
    tight.links(SOURCE, page(FEED))
    (worker,) = children() - before
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(ParserKilled):
        tight.links(SOURCE, page(FEED))
    assert len(tight.links(SOURCE, page(FEED)).links) == 1


def test_many_threads_share_a_few_processes(sandbox: Sandbox) -> None:
    """Each gets the answer to its own question."""

    def ask(number: int) -> str:
        body = FEED.replace(b"One", f"Number {number}".encode())
        return sandbox.links(SOURCE, page(body)).links[0].title or ""

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(40))) == [f"Number {number}" for number in range(40)]


@pytest.mark.slow
def test_idle_processes_are_let_go(tight: Sandbox) -> None:
    """A quiet night costs no memory; the next page starts them again."""
    before = children()
    tight.links(SOURCE, page(FEED))
    assert len(children() - before) == 1
    tight.rest(idle_seconds=0)
    assert children() - before == set()
    assert len(tight.links(SOURCE, page(FEED)).links) == 1


@pytest.mark.slow
def test_a_parsing_process_knows_no_secret(tight: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes a parser over finds nothing in its environment."""
    monkeypatch.setenv("KHRONIKA_ADMIN_TOKEN", "secret")
    before = children()
    tight.links(SOURCE, page(FEED))
    (worker,) = children() - before
    assert not any("KHRONIKA" in name for name in psutil.Process(worker).environ())
