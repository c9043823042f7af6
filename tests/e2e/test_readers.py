"""Feeds in the readers that people use: subscribe, look again, see what is new once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from reader import Reader

from storage.models import Statement
from storage.timeline import newest
from tests.feeds.rows import START, add_source, add_statement, database_in, fill
from tests.service.webserver import Served, serving

pytestmark = pytest.mark.slow
FORMATS = ["atom", "rss", "json"]
TITLE = "Курапаты & <Sons>: “we protest”"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    """Twelve statements of two sources."""
    database = database_in(tmp_path)
    fill(database, 12)
    with serving(database) as served:
        yield served
    database.close()


def publish(site: Served, number: int, title: str) -> None:
    """Add a statement and let the second pass after which feeds know of it."""
    with site.database.writing() as session:
        add_statement(session, number, title=title, language="be", text="Першы абзац.\n\nДругі абзац.")
    site.clock.seconds += 1


def edit(site: Served) -> None:
    """Edit the oldest statement."""
    with site.database.writing() as session:
        oldest = newest(session, limit=100)[-1]
        row = session.get_one(Statement, oldest.id)
        row.title, row.updated = "Edited in silence", START + timedelta(days=20)
        session.add(row)
    site.clock.seconds += 1


def installed(program: str) -> str:
    """Find a program of the system, or skip the test and say so."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed: apt-get install {'rss2email' if program == 'r2e' else program}")
    return path


@pytest.mark.parametrize("extension", FORMATS)
def test_reader_library(site: Served, extension: str) -> None:
    """`reader` takes all three formats, sees one new entry as one, an edit as an edit, and never a duplicate."""
    feed = f"{site.base}/feeds/all.{extension}"
    with _library() as library:
        library.add_feed(feed)
        library.update_feed(feed)
        first = {entry.id: entry.title for entry in library.get_entries()}
        assert len(first) == 12

        library.update_feed(feed)
        assert {entry.id: entry.title for entry in library.get_entries()} == first

        publish(site, 40, TITLE)
        edit(site)
        updated = library.update_feed(feed)
        assert updated is not None
        assert (updated.new, updated.modified) == (1, 1)
        entries = {entry.id: entry for entry in library.get_entries()}
        assert len(entries) == 13
        newest = next(entry for entry in entries.values() if entry.id not in first)
        assert newest.title is not None
        assert newest.title.startswith("Курапаты &")
        assert newest.authors_str == "Viasna"
        assert newest.content[0].value == "<p>Першы абзац.</p><p>Другі абзац.</p>"


@pytest.mark.parametrize("extension", ["atom", "rss"])
def test_newsboat(site: Served, tmp_path: Path, extension: str) -> None:
    """newsboat stores each statement once over three visits, with title and author as they are."""
    newsboat = installed("newsboat")
    urls, cache, config = tmp_path / "urls", tmp_path / "cache.db", tmp_path / "config"
    urls.write_text(f"{site.base}/feeds/all.{extension}\n{site.base}/feeds/source/viasna.{extension}\n")
    config.write_text("")

    def visit() -> list[tuple[str, str, str]]:
        command = [newsboat, "-u", str(urls), "-c", str(cache), "-C", str(config), "-x", "reload"]
        subprocess.run(command, check=True, env=_home(tmp_path), timeout=60, capture_output=True)
        with sqlite3.connect(cache) as stored:
            rows = stored.execute("SELECT guid, title, author FROM rss_item ORDER BY pubDate DESC").fetchall()
        stored.close()
        return rows

    first = visit()
    assert len({guid for guid, *_ in first}) == 12
    assert visit() == first
    publish(site, 40, TITLE)
    rows = visit()
    assert len({guid for guid, *_ in rows}) == 13
    assert len(rows) == len(set(rows))
    assert rows[0][1:] == (TITLE, "Viasna")


@pytest.mark.parametrize("extension", ["atom", "rss"])
def test_rss2email(site: Served, tmp_path: Path, extension: str) -> None:
    """rss2email mails each statement once: nothing on the second run, one message for one new statement."""
    r2e = installed("r2e")
    config, data, box = tmp_path / "rss2email.cfg", tmp_path / "rss2email.json", tmp_path / "mail"
    for folder in ("cur", "new", "tmp"):
        (box / "Inbox" / folder).mkdir(parents=True)
    config.write_text(
        f"[DEFAULT]\nemail-protocol = maildir\nmaildir-path = {box}\nmaildir-mailbox = Inbox\nfrom = k@khronika.example\n"
        "to = desk@khronika.example\nuse-8bit = True\n"
    )

    def run(*arguments: str) -> int:
        command = [r2e, "-c", str(config), "-d", str(data), *arguments]
        subprocess.run(command, check=True, env=_home(tmp_path), timeout=60, capture_output=True)
        return len(list((box / "Inbox" / "new").iterdir()))

    run("add", "khronika", f"{site.base}/feeds/all.{extension}")
    assert run("run") == 12
    assert run("run") == 12
    publish(site, 40, "Новая заява")
    assert run("run") == 13


def test_a_quiet_source_can_be_subscribed_to(site: Served) -> None:
    """A feed without entries is accepted, and fills later."""
    with site.database.writing() as session:
        add_source(session, "quiet")
    feed = f"{site.base}/feeds/source/quiet.atom"
    with _library() as library:
        library.add_feed(feed)
        library.update_feed(feed)
        assert library.get_feed(feed).last_exception is None
        with site.database.writing() as session:
            add_statement(session, 70, source_id="quiet")
        site.clock.seconds += 1
        library.update_feed(feed)
        assert [entry.title for entry in library.get_entries()] == ["Statement 70"]


def _library() -> Reader:
    pytest.importorskip("sgmllib", reason="the reader package needs sgmllib3k without saying so")
    from reader import make_reader

    return make_reader(":memory:")


def _home(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
