"""What readers find in the three formats."""

from __future__ import annotations

import json
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import feedparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.atom import atom
from feeds.entry import MAX_BODY, Entry, bare, entry, web_address, weight
from feeds.formats import FORMATS
from feeds.jsonfeed import jsonfeed
from feeds.pages import MAX_BYTES, MAX_ENTRIES, FeedInfo, etag, feed_info, fitting
from feeds.rss import rss
from storage.timeline import DocumentView, StatementView
from tests.feeds.rows import AUTHORITY, BASE, DAY, START

RENDER = {"atom": atom, "rss": rss, "json": jsonfeed}
HOSTILE = "a\x00b\x0bc\ud800d\ufffee\U0001ffff]]>f<script>alert(1)</script>&amp;&#0;\x85\u2028\u202eg"


def view(number: int = 0, *, url: str = "", documents: int = 1, **fields: Any) -> StatementView:
    """Make a statement as the timeline gives it."""
    at = START + timedelta(hours=number)
    listed = tuple(
        DocumentView(
            id=UUID(int=number * 100 + n),
            url=url or f"https://viasna.example/{number}/{n}",
            source_id="viasna",
            source_title="Human Rights Center Viasna",
            role="copy" if n else "original",
            why="first",
            language="en" if not n else "be",
            state="live",
            version=1,
            title="T",
            published=at,
            published_precision="second",
            first_seen=at,
            updated=at,
        )
        for n in range(documents)
    )
    row: dict[str, Any] = {
        "id": UUID(int=number),
        "title": f"Statement {number}",
        "issuer": "Viasna",
        "language": "en",
        "published": at,
        "published_precision": "second",
        "statement_date": None,
        "statement_date_precision": None,
        "place": None,
        "state": "live",
        "first_seen": at,
        "updated": at + timedelta(minutes=5),
        "sort_at": at,
        "text": "One.\n\nTwo.",
        "html": "<p>One.</p><p>Two &amp; more.</p>",
        "media": "html",
        "primary": listed[0] if listed else None,
        "documents": listed,
    }
    return StatementView(**row | fields)


def made(statement: StatementView) -> Entry:
    """Make the entry of a statement."""
    return entry(statement, base_url=BASE, authority=AUTHORITY, authority_date=DAY)


def info(extension: str, entries: list[Entry], **fields: Any) -> FeedInfo:
    """Make what a feed of these entries says about itself."""
    return feed_info(
        fields.pop("name", "all"),
        extension=extension,
        base_url=BASE,
        authority=AUTHORITY,
        authority_date=DAY,
        updated=[one.updated for one in entries],
        **fields,
    )


def rendered(extension: str, statements: list[StatementView], **fields: Any) -> bytes:
    """Render statements in one format."""
    entries = [made(statement) for statement in statements]
    return RENDER[extension](info(extension, entries, **fields), entries)


def _utc(parsed: Any) -> datetime:
    return datetime.fromtimestamp(timegm(parsed), UTC)


def facts(extension: str, content: bytes) -> list[tuple[str, str, str, datetime, datetime, str, str]]:
    """Read id, title, link, dates, author and body back with a parser that is not ours."""
    if extension == "json":
        return [
            (
                item["id"],
                item["title"],
                item["url"],
                datetime.fromisoformat(item["date_published"]),
                datetime.fromisoformat(item["date_modified"]),
                item["authors"][0]["name"],
                item["content_html"],
            )
            for item in json.loads(content)["items"]
        ]
    parsed = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    return [
        (
            item.id,
            item.title,
            item.link,
            _utc(item.published_parsed),
            _utc(item.updated_parsed),
            item.author,
            item.content[0].value,
        )
        for item in parsed.entries
    ]


def test_three_formats_say_the_same() -> None:
    """Ids, titles, links, dates, authors, bodies and order are alike in Atom, RSS and JSON Feed."""
    statements = [view(n, issuer="A & B" if n % 2 else "Вясна") for n in range(5, 0, -1)]
    read = {extension: facts(extension, rendered(extension, statements)) for extension in RENDER}
    assert read["atom"] == read["rss"] == read["json"]
    assert [title for _, title, *_ in read["atom"]] == [f"Statement {n}" for n in (5, 4, 3, 2, 1)]
    assert read["atom"][0][0] == f"tag:{AUTHORITY},{DAY}:statement/{UUID(int=5)}"
    assert read["atom"][0][2] == "https://viasna.example/5/0"


@pytest.mark.parametrize("extension", RENDER)
def test_rendered_twice_is_the_same_bytes(extension: str) -> None:
    """Rendering depends on the rows alone: no clock, no chance."""
    statements = [view(n, documents=3) for n in range(3)]
    assert rendered(extension, statements) == rendered(extension, statements)


@pytest.mark.parametrize("extension", RENDER)
def test_an_empty_feed_is_a_feed(extension: str) -> None:
    """Without statements a feed is well formed and dated by the day of its ids."""
    content = rendered(extension, [])
    assert facts(extension, content) == []
    assert b"2026" in content
    assert str(datetime.now(UTC).date()).encode() not in content.replace(DAY.encode(), b"")


@pytest.mark.parametrize("extension", RENDER)
def test_no_text_breaks_a_feed(extension: str) -> None:
    """Control characters, surrogates, non-characters and CDATA ends in any field leave a feed that parses, nothing lost."""
    poisoned = view(
        1,
        title=HOSTILE,
        issuer=HOSTILE,
        text=HOSTILE,
        html=HOSTILE,
        language=HOSTILE,
        url=f"https://x.example/{HOSTILE}",
    )
    content = rendered(extension, [view(2), poisoned, view(0)], name="source/viasna", source_title=HOSTILE)
    read = facts(extension, content)
    assert [id_.rpartition("/")[2] for id_, *_ in read] == [str(UUID(int=n)) for n in (2, 1, 0)]
    assert "[U+202E]" in read[1][5]
    assert read[1][2] == f"{BASE}/statements/{UUID(int=1)}"


@given(
    st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=40)
)
def test_any_text_gives_wellformed_feeds(title: str, text: str, url: str) -> None:
    """Whatever Unicode can hold in title, body and address: XML and JSON parsers accept the result."""
    statement = view(title=title, text=text, html=text, issuer=title, url=f"https://x.example/{url}")
    assert len(etree.fromstring(rendered("atom", [statement])).findall("{*}entry")) == 1
    assert len(etree.fromstring(rendered("rss", [statement])).findall("channel/item")) == 1
    assert len(json.loads(rendered("json", [statement]))["items"]) == 1


@pytest.mark.parametrize("extension", RENDER)
def test_an_entry_that_cannot_be_rendered_spoils_no_other(extension: str) -> None:
    """What slips past every cleaning comes out as a plain entry with the same id."""
    good = made(view(1))
    bad = msgspec.structs.replace(made(view(2)), title="a\x00\ud800b", html="\x00\ud800")
    content = RENDER[extension](info(extension, [good]), [bad, good])
    read = facts(extension, content)
    assert [id_ for id_, *_ in read] == [bad.id, good.id]
    assert read[1][1] == "Statement 1"
    assert read[0][1] == "a??b"


def test_a_bare_entry_keeps_its_identity() -> None:
    """The plain form has the id and dates of the whole one, so that readers see the same entry."""
    whole = made(view(3))
    plain = bare(whole)
    assert (plain.id, plain.updated, plain.published) == (whole.id, whole.updated, whole.published)


@pytest.mark.parametrize("extension", RENDER)
def test_titles_are_text(extension: str) -> None:
    """A title with markup signs arrives as those signs."""
    title = "Law & order: <b>not bold</b> &amp; AT&T"
    content = rendered(extension, [view(title=title)])
    if extension == "json":
        assert json.loads(content)["items"][0]["title"] == title
        return
    path = "channel/item/title" if extension == "rss" else "{*}entry/{*}title"
    assert etree.fromstring(content).findtext(path) == title


def test_titles_of_rss_are_written_as_every_reader_takes_them() -> None:
    """The signs of markup stand as numbers in RSS titles (RSS profile)."""
    assert b"<title>R&#x26;D &#x3C;b&gt;</title>" in rendered("rss", [view(title="R&D <b>")])


def test_every_document_is_linked_with_role_and_language() -> None:
    """Atom links the publisher as alternate, our page and each other document as related, with hreflang."""
    root = etree.fromstring(rendered("atom", [view(documents=3)]))
    links = [dict(link.attrib) for link in root.findall("{*}entry/{*}link")]
    assert [link["rel"] for link in links] == ["alternate", "related", "related", "related"]
    assert links[0] == {"href": "https://viasna.example/0/0", "rel": "alternate", "type": "text/html", "hreflang": "en"}
    assert links[1]["href"] == f"{BASE}/statements/{UUID(int=0)}"
    assert links[2] == {
        "href": "https://viasna.example/0/1",
        "rel": "related",
        "title": "copy: Human Rights Center Viasna",
        "hreflang": "be",
    }
    item = json.loads(rendered("json", [view(documents=3)]))["items"][0]
    assert [document["role"] for document in item["_khronika"]["documents"]] == ["original", "copy", "copy"]


@pytest.mark.parametrize(("extension", "path"), [("atom", "{*}entry"), ("rss", "channel/item")])
def test_each_entry_has_its_language(extension: str, path: str) -> None:
    """xml:lang is the statement's language, and is absent where nobody knows it."""
    root = etree.fromstring(rendered(extension, [view(1, language="be"), view(0, language="und")]))
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert [found.get(lang) for found in root.findall(path)] == ["be", None]


def test_rss_names_itself_its_page_and_who_speaks() -> None:
    """The channel links to the page, names itself, and items have a creator and a guid that is no address."""
    root = etree.fromstring(rendered("rss", [view()]))
    assert root.findtext("channel/link") == f"{BASE}/"
    assert root.find("channel/{*}link[@rel='self']").get("href") == f"{BASE}/feeds/all.rss"  # type: ignore[union-attr]
    assert root.findtext("channel/item/{http://purl.org/dc/elements/1.1/}creator") == "Viasna"
    assert root.find("channel/item/guid").get("isPermaLink") == "false"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "gone"}, "removed"),
        ({"missing": ("scan",), "text": "", "html": ""}, "scan"),
        ({"media": "entry"}, "own feed"),
        ({"text": "", "html": ""}, "no text"),
    ],
)
def test_what_is_missing_is_said(fields: dict[str, Any], expected: str) -> None:
    """A removal, a scan, a text that only the feed had: the body says so in a short line."""
    assert expected in made(view(**fields)).html


def test_an_edit_is_said() -> None:
    """The body of an edited statement names the version."""
    statement = view()
    assert statement.primary is not None
    edited = msgspec.structs.replace(statement, primary=msgspec.structs.replace(statement.primary, version=3))
    assert "version 3" in made(edited).html
    assert "version" not in made(statement).html


def test_a_very_long_body_is_cut_with_a_note() -> None:
    """A megabyte of text becomes its beginning and a link to the whole; the markup stays whole."""
    one = made(view(text="word " * 250_000, html="<p>" + "word " * 250_000 + "</p>"))
    assert len(one.html) < MAX_BODY + 500
    assert "cut here" in one.html
    etree.fromstring(f"<div>{one.html}</div>")


def test_a_document_ends_at_a_hundred_entries_or_two_megabytes() -> None:
    """Entries that fit are taken newest first, at least one, and what is rendered keeps to the limit in every format."""
    assert fitting([1000] * 150) == MAX_ENTRIES
    assert fitting([]) == 0
    assert fitting([MAX_BYTES * 2, 10]) == 1
    entries = [made(view(n, html="<p>&amp;\"'\n</p>" * 8000)) for n in range(60)]
    taken = fitting(weight(one) for one in entries)
    assert 1 < taken < 60
    for extension, render in RENDER.items():
        assert len(render(info(extension, entries), entries[:taken])) <= MAX_BYTES * 1.02


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/a?b=c#d", "https://x.example/a?b=c#d"),
        ("https://x.example/пра?ў=1", "https://x.example/%D0%BF%D1%80%D0%B0?%D1%9E=1"),
        ("https://вясна.example/", "https://xn--80ad7ap3e.example/"),
        ("javascript:alert(1)", None),
        ("https://x.example/a b", None),
        ("https://\ud800.example/", None),
        ("https://", None),
        ("http://[::1/", None),
    ],
)
def test_only_web_addresses_are_linked(url: str, expected: str | None) -> None:
    """Links are http or https and plain ASCII, or they are not made."""
    assert web_address(url) == expected


def test_tags_are_strong_and_of_the_bytes() -> None:
    """The same bytes have the same tag; other bytes have another."""
    assert etag(b"a") == etag(b"a") != etag(b"b")
    assert etag(b"a").startswith('"')


def test_media_types_are_the_registered_ones() -> None:
    """Each format is served as what it is."""
    assert {name: form.media_type for name, form in FORMATS.items()} == {
        "atom": "application/atom+xml",
        "rss": "application/rss+xml",
        "json": "application/feed+json",
    }
