"""`sources check`: every door of a source tested live, with what is wrong and what to do."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from scrapers.errors import BY_CODE
from scrapers.model import Source
from service.checking import ADVICE, check_doors, check_sources
from service.errors import CannotDo
from service.stop import Stop
from tests.origin import reply
from tests.service.world import TEXT, World, page, rss

pytestmark = pytest.mark.slow
DATE = "Sun, 01 Mar 2026 09:00:00 GMT"


@pytest.fixture
def office(world: World) -> World:
    """A feed of two statements with a listing that has lost its items and an interface that is closed as further doors."""
    world.origin.on("/feed", rss(world.origin, ("/1", "First", DATE), ("/2", "Second", DATE)))
    for name in ("1", "2"):
        world.origin.on(f"/{name}", page(f"Statement {name}", TEXT))
    world.origin.on("/news", reply(b"<html><title>News</title><body><p>We have moved house.</p></body></html>"))
    world.origin.on("/closed", reply(b"no", 403))
    doors = [
        {"family": "listing", "start": f"{world.origin.url}/news"},
        {"family": "wordpress", "start": f"{world.origin.url}/closed"},
    ]
    world.add(doors=doors)
    return world


def test_each_door_has_its_own_outcome_and_advice(office: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One object a door in the order they are tried; nothing is stored by looking."""
    check_sources(office.k, ["office"], True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [list(row) for row in rows] == [["source_id", "door", "status", "items", "error", "advice"]] * 3
    assert [row["door"].split()[0] for row in rows] == ["feed", "listing", "wordpress"]
    assert (rows[0]["status"], rows[0]["items"], rows[0]["error"], rows[0]["advice"]) == ("ok", 2, None, None)
    assert [(row["status"], row["error"]["code"]) for row in rows[1:]] == [
        ("suspect", "layout_changed"),
        ("refused", "forbidden"),
    ]
    assert rows[2]["advice"] == ADVICE["forbidden"]
    assert not office.documents
    assert not office.items


def test_a_person_reads_a_sentence_and_what_to_do(office: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One paragraph a door; all enabled sources where none is named; an unknown name is an error."""
    check_sources(office.k, [], False)
    said = capsys.readouterr().out
    assert "office: ok. 2 items listed" in said
    assert "layout_changed" not in said
    assert ADVICE["layout_changed"] in said
    with pytest.raises(CannotDo, match="'nobody'"):
        check_sources(office.k, ["nobody"], False)


def test_pages_that_cannot_be_read_are_said(office: World) -> None:
    """A feed whose pages are gone is not in order, however many items it lists; a moved source is tested where it is now."""
    source = msgspec.convert(office.source().record, Source)
    office.origin.on("/1", reply(b"", 500))
    office.origin.on("/2", reply(b"", 500))
    checked = next(check_doors(office.k, source))
    assert (checked.status, checked.items) == ("error", 2)
    assert checked.error is not None
    assert checked.error["code"] == "http_5xx"

    moved = next(check_doors(office.k, source, f"{office.origin.url}/closed"))
    assert (moved.status, moved.door) == ("refused", f"feed {office.origin.url}/closed")


def test_a_wish_to_stop_is_heard_between_doors(office: World) -> None:
    """Ctrl-C ends a long check."""
    stop = Stop()
    stop.ask()
    source = msgspec.convert(office.source().record, Source)
    with pytest.raises(CannotDo, match="stopped"):
        next(check_doors(replace(office.k, stop=stop), source))


def test_every_name_of_trouble_has_advice() -> None:
    """Whatever a visit can run into, there is a sentence on what to do about it."""
    abstract = {"unknown", "refused", "suspect"}
    assert set(BY_CODE) - abstract <= set(ADVICE)
