"""The command line in processes of its own, as a user meets it: exit codes, JSON Lines, one sentence for what is wrong."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from lxml import etree

from tests.crash.commands import Done, House
from tests.origin import Asked, Origin, reply
from tests.service.world import TEXT, page, rss

pytestmark = pytest.mark.slow
DATE = "Sun, 01 Mar 2026 09:00:00 GMT"
OLD = "Thu, 01 Jan 2026 09:00:00 GMT"
SENTENCE = re.compile(r"khronika: [^\n]{15,400}\n")


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A web server with one office on it: three statements, one of them old."""
    with Origin() as opened:
        opened.on("/robots.txt", reply(status=404))
        entries = [(f"/{n}", f"Statement {n}", OLD if n == 2 else DATE) for n in range(3)]
        opened.on("/feed", rss(opened, *entries))
        for number in range(3):
            published = "2026-01-01T09:00:00+00:00" if number == 2 else "2026-03-01T09:00:00+00:00"
            text = f"Number {number} of the office. {TEXT}"
            opened.on(f"/{number}", page(f"Statement {number}", text, published=published))
        yield opened


@pytest.fixture
def house(tmp_path: Path, origin: Origin) -> House:
    """A data directory that watches that office."""
    made = House(tmp_path)
    made.add("office", f"{origin.url}/feed", issuer="The Office", languages=["en"])
    return made


def well(done: Done, code: int = 0) -> Done:
    """Insist on an exit code, and on no traceback whatever happened."""
    assert "Traceback" not in done.err + done.out
    assert done.code == code, done.err
    return done


def refused(done: Done, code: int, *words: str) -> None:
    """Insist on an exit code and one sentence that holds these words."""
    well(done, code)
    assert done.out == ""
    assert SENTENCE.fullmatch(done.err), done.err
    for word in words:
        assert word in done.err


FETCHED = ["source_id", "status", "items_new", "items_seen", "items_known", "items_rejected", "error", "seconds"]


def test_fetch_prints_one_object_a_source_in_the_form_of_the_contract(house: House, origin: Origin) -> None:
    """Exit 0 whatever became of the sources: each has its line, a failed one its name and sentence."""
    house.add("gone", f"{origin.url}/nothing")
    house.add("far", "http://10.0.0.1/feed")

    done = well(house.run("fetch", "--all", "--json"))

    reports = {row["source_id"]: row for row in done.rows}
    assert set(reports) == {"office", "gone", "far"}
    for row in reports.values():
        assert list(row) == FETCHED
        assert isinstance(row["seconds"], int | float)
        assert row["items_seen"] == row["items_new"] + row["items_known"] + row["items_rejected"]
    office = reports["office"]
    assert (office["status"], office["items_new"], office["error"]) == ("ok", 3, None)
    assert (reports["gone"]["status"], reports["gone"]["error"]["code"]) == ("error", "http_4xx")
    assert (reports["far"]["status"], reports["far"]["error"]["code"]) == ("refused", "ssrf_blocked")
    assert set(reports["far"]["error"]) == {"code", "message"}

    again = well(house.run("fetch", "office", "--json")).rows
    assert [(row["status"], row["items_new"]) for row in again] in ([("ok", 0)], [("not_modified", 0)])


def test_what_is_stored_is_printed_in_the_form_of_the_contract(house: House) -> None:
    """documents, events, search and show: the fields, their order and their types."""
    well(house.run("fetch", "--json"))

    documents = well(house.run("documents", "--json")).rows
    assert len(documents) == 3
    for row in documents:
        assert list(row) == [
            "id", "source_id", "guid", "url", "title", "language", "published", "state", "statement_id", "role",
        ]  # fmt: skip
        assert (UUID(row["id"]).version, row["source_id"], row["state"], row["role"]) == (
            7,
            "office",
            "live",
            "original",
        )
        assert row["language"] == "en"
    published = {row["title"]: row["published"] for row in documents}
    assert published["Statement 2"].startswith("2026-01-01")
    assert well(house.run("documents", "--source", "office", "--limit", "1", "--json")).rows == documents[:1]

    events = well(house.run("events", "--json")).rows
    assert {row["type"] for row in events} == {"new"}
    assert {row["document_id"] for row in events} == {row["id"] for row in documents}
    for row in events:
        assert list(row) == ["id", "type", "document_id", "statement_id", "at", "summary"]
        assert datetime.fromisoformat(row["at"]).tzinfo == UTC

    found = well(house.run("search", "peaceful", "observation", "--json")).rows
    assert len(found) == 3
    assert well(house.run("search", "nowhere-to-be-found", "--json")).rows == []
    (shown,) = well(house.run("show", found[0]["id"], "--json")).rows
    assert shown == found[0]
    assert list(shown) == [
        "id", "title", "issuer", "signatories", "countries", "topics", "place", "statement_date", "published", "first_seen",
        "updated", "language", "state", "documents", "text",
    ]  # fmt: skip
    assert list(shown["documents"][0]) == ["id", "url", "source_id", "role", "language", "published", "why"]
    assert shown["issuer"] == "The Office"
    assert "without delay" in shown["text"]
    assert well(house.run("show", shown["documents"][0]["id"][:23], "--json")).rows == [shown]

    for command in (["documents"], ["events"], ["search", "peaceful"], ["show", shown["id"]]):
        assert shown["title"] in well(house.run(*command)).out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST_DELAY", "abc"),
        ("CONCURRENCY", "0"),
        ("FETCH_DEADLINE", "-1"),
        ("ALLOW_PRIVATE_NETWORKS", "10.0.0.0/99"),
        ("BASE_URL", "ftp://x"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    """The start ends with 1, and the operator knows which variable to mend."""
    refused(House(tmp_path, settings={name: value}).run("sources", "list"), 1, f"KHRONIKA_{name}")
    assert not (tmp_path / "data").exists()


def test_what_cannot_be_done_is_one_sentence_and_exit_1(house: House) -> None:
    """Unknown sources and ids, unreadable files."""
    refused(house.run("fetch", "nobody"), 1, "'nobody'", "sources list")
    refused(house.run("fetch", "office", "nobody", "--json"), 1, "'nobody'")
    refused(house.run("documents", "--source", "nobody"), 1, "'nobody'")
    refused(house.run("events", "--source", "nobody"), 1, "'nobody'")
    refused(house.run("show", "0123"), 1, "0123")
    refused(house.run("sources", "show", "nobody"), 1, "'nobody'")
    refused(house.run("sources", "enable", "nobody"), 1, "'nobody'")
    refused(house.run("sources", "check", "nobody"), 1, "'nobody'")
    refused(house.run("sources", "import", "missing.opml"), 1, "missing.opml")
    refused(house.run("worker"), 1, "PostgreSQL")
    refused(house.run("sources", "list", SOURCES="/nowhere/at/all"), 1, "KHRONIKA_SOURCES")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fetch", "--limit", "0"],
        ["fetch", "--since", "yesterday"],
        ["fetch", "office", "--all"],
        ["fetch", "--bogus"],
        ["bogus"],
        ["run", "--port", "99999"],
        ["sources", "export", "--format", "csv"],
        ["sources", "check"],
        ["search"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_exit_2(tmp_path: Path, arguments: list[str]) -> None:
    """Said on standard error, with nothing on standard output, and nothing made in the data directory."""
    done = well(House(tmp_path).run(*arguments), 2)

    assert done.err
    assert done.out == ""
    assert not (tmp_path / "data").exists()


def test_a_store_that_cannot_be_written_is_exit_3(house: House) -> None:
    """A data directory below a file, a server that is not there, an address that is none."""
    blocked = house.folder / "file"
    blocked.write_text("x")
    refused(house.run("fetch", DATA_DIR=str(blocked / "data")), 3)
    refused(house.run("documents", DATA_DIR=str(blocked / "data")), 3)
    refused(house.run("fetch", DATABASE_URL="postgresql://127.0.0.1:1/none"), 3)
    refused(house.run("fetch", DATABASE_URL="mysql://localhost/none"), 3, "mysql")
    refused(house.run("fetch", DATABASE_URL="nonsense"), 3)


def test_a_database_file_that_is_none_is_exit_3(house: House) -> None:
    """A damaged file is a sentence too, and is left as it is."""
    house.data.mkdir()
    damaged = b"this is no database at all" * 100
    (house.data / "khronika.sqlite3").write_bytes(damaged)

    refused(house.run("documents"), 3)

    assert (house.data / "khronika.sqlite3").read_bytes() == damaged


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_exit_3_and_the_fetch_goes_on_when_there_is_room(
    house: House, origin: Origin, small_disk: Path
) -> None:
    """Nothing half-written is believed; with room again everything comes, once."""
    noise = os.urandom(400_000).hex()
    for number in range(3):
        body = f"Number {number} of the office. {TEXT}"
        markup = f"<html lang=en><h1>Statement {number}</h1><p>{body}</p><script>'{number}{noise}'</script></html>"
        origin.on(f"/{number}", reply(markup.encode()))

    full = house.run("fetch", "office", "--json", DATA_DIR=str(small_disk))

    well(full, 3)
    assert SENTENCE.fullmatch(full.err.splitlines(keepends=True)[-1])
    subprocess.run(["mount", "-o", "remount,size=40m", str(small_disk)], check=True)
    done = well(house.run("fetch", "office", "--json", DATA_DIR=str(small_disk)))
    assert done.rows[0]["status"] in {"ok", "not_modified"}
    documents = well(house.run("documents", "--json", DATA_DIR=str(small_disk))).rows
    assert sorted(row["title"] for row in documents) == ["Statement 0", "Statement 1", "Statement 2"]


def test_a_dry_run_stores_nothing(house: House) -> None:
    """It says what would be new, again and again."""
    for _ in range(2):
        (row,) = well(house.run("fetch", "office", "--dry-run", "--json")).rows
        assert list(row) == FETCHED
        assert (row["status"], row["items_new"]) == ("ok", 3)
    assert well(house.run("documents", "--json")).rows == []
    assert well(house.run("events", "--json")).rows == []
    assert not list((house.data / "archive").iterdir())
    (shown,) = well(house.run("sources", "show", "office", "--json")).rows
    assert shown["polls"] == []


def test_since_and_limit_bound_a_visit_and_lose_nothing(house: House, origin: Origin) -> None:
    """What is older than --since is left out, what is beyond --limit waits for the next visit."""
    (row,) = well(house.run("fetch", "office", "--since", "2026-02-01", "--limit", "1", "--json")).rows
    assert (row["status"], row["items_new"], row["error"]["code"]) == ("partial", 1, "waiting")

    (row,) = well(house.run("fetch", "office", "--since", "2026-02-01", "--json")).rows
    assert row["items_new"] == 1
    titles = {row["title"] for row in well(house.run("documents", "--json")).rows}
    assert titles == {"Statement 0", "Statement 1"}

    (row,) = well(house.run("fetch", "office", "--json")).rows
    assert row["items_new"] == 1


def test_ctrl_c_ends_a_slow_fetch_soon_and_keeps_what_came(house: House, origin: Origin) -> None:
    """Exit 1 within three seconds, one sentence, the finished documents stored; the next fetch goes on."""

    def slow(asked: Asked, sock: socket.socket) -> bool:
        origin.stopped.wait(1)
        sock.sendall(page("Statement 2", f"Number 2 of the office. {TEXT}"))
        return True

    origin.on("/2", slow)
    entries = [(f"/{n}", f"Statement {n}", DATE) for n in (0, 1, 2, 3, 4)]
    origin.on("/feed", rss(origin, *entries))
    for number in (3, 4):
        origin.on(f"/{number}", slow)
    process = house.start("fetch", "office", "--json")
    while not origin.of("/2") and process.poll() is None:
        origin.stopped.wait(0.05)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=3)

    assert process.returncode == 1, err
    assert "Traceback" not in err
    assert SENTENCE.fullmatch(err.splitlines(keepends=True)[-1])
    assert "interrupted" in out
    titles = {row["title"] for row in well(house.run("documents", "--json")).rows}
    assert {"Statement 0", "Statement 1"} <= titles
    assert len(titles) < 5
    for number in (2, 3, 4):
        origin.on(f"/{number}", page(f"Statement {number}", f"Number {number} of the office. {TEXT}"))
    well(house.run("fetch", "office", "--json"))
    assert len(well(house.run("documents", "--json")).rows) == 5


@pytest.mark.parametrize(
    "command",
    [["documents", "--json"], ["documents"], ["sources", "list", "--json"], ["events", "--json"]],
    ids=" ".join,
)
def test_a_reader_that_has_seen_enough_is_no_error(house: House, origin: Origin, command: list[str]) -> None:
    """`khronika … | head -1` ends without a word."""
    many = [(f"/{n}", f"Statement {n} {'x' * 3000}", DATE) for n in range(60)]
    origin.on("/feed", rss(origin, *many, extra=f"<description>{TEXT}</description>"))
    well(house.run("fetch", "office", "--json"))
    line = " ".join([f'"{sys.executable}"', "-c", "'from service.cli import main; main()'", *command])

    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{line} | head -1"], capture_output=True, text=True, env=house.environment(),
        cwd=house.folder, timeout=30, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_sources_go_out_and_come_back_as_yaml_and_opml(house: House, tmp_path: Path, origin: Origin) -> None:
    """What one installation exports another one imports, and exports the same again."""
    house.add("second", f"{origin.url}/second", kind="ministry", country="NO", every="30m")
    exported = well(house.run("sources", "export")).out
    assert {record["id"] for record in yaml.safe_load(exported)["sources"]} == {"office", "second"}
    other = House(tmp_path / "other")
    other.folder.mkdir()
    (other.folder / "book.yml").write_text(exported)
    assert "2 sources imported" in well(other.run("sources", "import", "book.yml")).out
    assert yaml.safe_load(well(other.run("sources", "export")).out) == yaml.safe_load(exported)
    assert well(other.run("fetch", "office", "--json")).rows[0]["items_new"] == 3

    outline = well(house.run("sources", "export", "--format", "opml")).out
    assert {node.get("xmlUrl") for node in etree.fromstring(outline.encode()).iter("outline")} >= {f"{origin.url}/feed"}
    third = House(tmp_path / "third")
    third.folder.mkdir()
    assert "imported" in well(third.run("sources", "import", "-", stdin=outline)).out
    starts = {row["start"] for row in well(third.run("sources", "list", "--json")).rows}
    assert starts == {f"{origin.url}/feed", f"{origin.url}/second"}

    for broken in ("sources: [", "<opml><body>", "sources: []", "sources:\n- id: x\n"):
        refused_file = third.run("sources", "import", "-", stdin=broken)
        well(refused_file, 1)
        assert refused_file.err.startswith("khronika: ")
    assert {row["start"] for row in well(third.run("sources", "list", "--json")).rows} == starts


def test_sources_are_switched_and_checked(house: House, origin: Origin) -> None:
    """A disabled source is not fetched by --all, stays so at the next start, and is due at once when enabled again."""
    assert "1 disabled" in well(house.run("sources", "disable", "office")).out
    assert well(house.run("fetch", "--all", "--json")).rows == []
    assert [row["enabled"] for row in well(house.run("sources", "list", "--json")).rows] == [False]
    assert "1 enabled" in well(house.run("sources", "enable", "office")).out
    assert len(well(house.run("fetch", "--due", "--json")).rows) == 1
    assert well(house.run("fetch", "--due", "--json")).rows == []

    house.add("wrong", origin.on("/empty", reply(b"")))
    found: dict[str, dict[str, Any]] = {
        row["source_id"]: row for row in well(house.run("sources", "check", "--all", "--json")).rows
    }
    assert found["office"]["status"] == "ok"
    assert (found["wrong"]["status"], found["wrong"]["error"]["code"]) == ("suspect", "layout_changed")
    assert "wrong: suspect" in well(house.run("sources", "check", "wrong")).out
