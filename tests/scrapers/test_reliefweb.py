"""ReliefWeb's interface and the answers it gives instead of reports."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import ChallengePage, Forbidden, Gone, LayoutChanged, RateLimited, ScrapeError
from scrapers.families import reliefweb
from scrapers.model import Link, Source
from tests.scrapers.pages import page, source

START = "https://api.reliefweb.int/v2/reports?appname=press-desk-x1&profile=full&limit=2"


def record() -> Source:
    """Make a record as the catalogue has it."""
    return source("reliefweb", START, home="https://reliefweb.int/")


def report(number: int, **fields: object) -> dict[str, object]:
    """Make a report as the interface gives it."""
    return {
        "id": str(number),
        "score": 1,
        "href": f"https://api.reliefweb.int/v2/reports/{number}",
        "fields": {
            "id": number,
            "title": "Two keepers &amp; a room",
            "body": "**Text**",
            "body-html": "<p>Text</p>",
            "url": f"https://reliefweb.int/node/{number}",
            "url_alias": f"https://reliefweb.int/report/zarechyn/keepers-{number}",
            "date": {"original": "2024-09-17T00:00:00+00:00", "created": "2024-09-18T13:30:00+00:00"},
            "source": [{"id": 1, "name": "Room Watch"}, {"id": 2, "name": "Readers' Union"}],
            "language": [{"id": 267, "name": "English", "code": "en"}],
            "file": [
                {"url": "https://reliefweb.int/attachments/a/letter.pdf", "mimetype": "application/pdf"},
                {"url": "https://reliefweb.int/attachments/a/map.png", "mimetype": "image/png"},
            ],
            **fields,
        },
    }


def answer(*reports: object, total: object = 5) -> str:
    """Make an answer with reports."""
    return json.dumps({"time": 9, "totalCount": total, "count": len(reports), "data": list(reports)})


def test_a_report_is_read_with_everything_it_says() -> None:
    """Public address, the day of its source rather than of its entry, sources, language, text and PDF."""
    [link] = reliefweb.links(record(), page(START, answer(report(1)), "application/json")).links
    assert (link.url, link.fetch, link.guid) == ("https://reliefweb.int/report/zarechyn/keepers-1", None, None)
    assert (link.title, link.author) == ("Two keepers & a room", "Room Watch, Readers' Union")
    assert (str(link.published), link.language) == ("2024-09-17T00:00:00Z", "en")
    assert (link.text, link.enclosures) == ("<p>Text</p>", ["https://reliefweb.int/attachments/a/letter.pdf"])


def test_missing_fields_cost_only_themselves() -> None:
    """The slim profile lacks most fields; a report in two languages has no one language."""
    bare = {"fields": {"title": "T", "url": "https://reliefweb.int/node/3", "date": {"created": "2024-09-18"}}}
    two = report(4, language=[{"code": "en"}, {"code": "fr"}], file=None, source="x", **{"body-html": 7, "body": "B"})
    first, second = reliefweb.links(record(), page(START, answer(bare, two), "application/json")).links
    assert (first.url, str(first.published), first.text) == ("https://reliefweb.int/node/3", "2024-09-18", None)
    assert (second.language, second.enclosures, second.author, second.text) == (None, [], None, "7")


@pytest.mark.parametrize(
    ("start", "total", "following"),
    [
        (START, 5, [f"{START}&offset=2"]),
        (f"{START}&offset=2", 5, [f"{START}&offset=4"]),
        (f"{START}&offset=3", 5, []),
        (START, "many", []),
        (START, None, []),
        (START, 10**40, []),
    ],
)
def test_pages_follow_each_other_by_offset(start: str, total: object, following: list[str]) -> None:
    """The offset grows until the total is reached, and the approved name is kept."""
    body = answer(report(1), report(2), total=total)
    assert reliefweb.links(record(), page(start, body, "application/json")).next == following


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ('{"status": 403, "error": {"message": "Name <b>not</b> approved"}}', Forbidden, "403 Name not approved"),
        ('{"status": 410, "error": {"message": "Version 1 is gone"}}', Gone, "410 Version 1 is gone"),
        ('{"status": 429, "error": {"message": "Quota"}}', RateLimited, "429 Quota"),
        ('{"status": 400, "error": {"message": "Invalid date range"}}', LayoutChanged, "400 Invalid date range"),
        ('{"error": {"status": 403}}', Forbidden, "403"),
        ('{"status": [403], "error": "x"}', LayoutChanged, "an answer without reports"),
        ('{"data": {"1": 2}}', LayoutChanged, "an answer without reports"),
        ("[1]", LayoutChanged, "an answer of the interface"),
        ("", LayoutChanged, "an answer of the interface"),
    ],
)
def test_what_is_answered_instead_is_named(body: str, error: type[ScrapeError], words: str) -> None:
    """Each refusal of the interface has the name that the program acts on, and says what the interface said."""
    with pytest.raises(error, match=words):
        reliefweb.links(record(), page(START, body, "application/json"))


def test_a_bot_check_is_named() -> None:
    """A challenge page in place of the answer is recognised."""
    html = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser.</p></body></html>"
    with pytest.raises(ChallengePage):
        reliefweb.links(record(), page(START, html))


def test_odd_reports_are_rejected_one_by_one() -> None:
    """Reports without address, of another site, or of no shape cost only themselves."""
    odd: list[object] = [None, 3, [], {"fields": []}, report(8, url_alias="https://elsewhere.example/a"), {"id": "9"}]
    listing = reliefweb.links(record(), page(START, answer(*odd, report(1), report(1)), "application/json"))
    assert len(listing.links) == 1
    assert [rejected.reason for rejected in listing.rejected].count("a report without public address") == 5
    assert listing.rejected[-1].what == "9"


def test_the_public_page_is_the_record() -> None:
    """Title and text come from the report's own page."""
    html = (
        "<html><body><h1>Two keepers and a room</h1><article><p>Both keepers of the room were freed on Friday evening "
        "after nine days without charge.</p><p>We thank all who wrote to the council.</p></article></body></html>"
    )
    url = "https://reliefweb.int/report/zarechyn/keepers-1"
    draft = reliefweb.draft(record(), page(url, html), Link(url=url))
    assert (draft.title, "nine days" in draft.text) == ("Two keepers and a room", True)


values = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=2)
fields = st.dictionaries(
    st.sampled_from(["title", "url", "url_alias", "date", "source", "language", "file", "body-html"]), values
)


@given(st.lists(values | st.fixed_dictionaries({"fields": values | fields})), values)
def test_any_shape_gives_a_listing(reports: list[object], total: object) -> None:
    """Wrong types never raise anything but a named error."""
    listing = reliefweb.links(record(), page(START, answer(*reports, total=total), "application/json"))
    assert len(listing.links) + len(listing.rejected) <= max(len(reports), 500)
