"""What the whole service makes of hostile and broken answers: a name, a sentence, nothing lost, nothing believed."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from sqlmodel import select

from scrapers.fetch import Fetcher, Limits
from scrapers.guard import Networks
from scrapers.sandbox import Limits as ParserLimits
from scrapers.sandbox import Sandbox
from scrapers.transport import GuardedTransport, connect
from service.pace import HostGate, RobotsMemory
from service.report import PollReport
from storage import sources, warc
from storage.models import Base, Capture, Document, Host, Poll, Version
from tests.crash.hostile import CHALLENGE, FEED_ONLY, HOSTILE, Hostile, html
from tests.origin import Asked, Origin, redirect, reply
from tests.service.webserver import serving
from tests.service.world import TEXT, World, open_world, page, rss

DATE = "Sun, 01 Mar 2026 09:00:00 GMT"
LATER = "Mon, 02 Mar 2026 09:00:00 GMT"


def only_here(address: str, port: int, seconds: float) -> socket.socket:
    """Connect as usual, but fail the test when asked to leave 127.0.0.0/8."""
    if not address.startswith("127."):
        pytest.fail(f"asked to connect to {address}")
    return connect(address, port, seconds)


def contained(world: World) -> World:
    """The same world with a fetcher that cannot leave the loopback network unnoticed."""
    k = world.k
    networks = Networks.parse(k.settings.allow_private_networks)
    fetcher = Fetcher(
        user_agent="khronika/tests",
        archive=k.evidence,
        gate=HostGate(k.database, k.presence, connections=1, clock=k.clock, sleep=k.stop.sleep),
        robots=RobotsMemory(k.database, clock=k.clock),
        networks=networks,
        limits=Limits(deadline=k.settings.fetch_deadline),
        host_delay=0,
        clock=k.clock,
        sleep=k.stop.sleep,
        dice=k.dice,
        transport_factory=lambda: GuardedTransport(networks, connect=only_here),
    )
    return World(dataclasses.replace(k, fetcher=fetcher), world.origin, world.clock)


@pytest.fixture
def lone(tmp_path: Path, sandbox: Sandbox) -> Iterator[World]:
    """A service on SQLite that cannot leave the loopback network unnoticed, with `office` to watch."""
    with open_world(tmp_path, f"sqlite:///{tmp_path / 'khronika.sqlite3'}", sandbox) as opened:
        made = contained(opened)
        yield made
        made.k.fetcher.close()


def publish(world: World, source_id: str, *titles: str, date: str = DATE) -> None:
    """Let a source's feed name these pages, each with a text of its own."""
    entries = []
    for number, title in enumerate(titles):
        path = f"/{source_id}/{number}"
        world.origin.on(path, page(title, f"{title} of {source_id} number {number}. {TEXT}"))
        entries.append((path, title, date))
    world.origin.on(f"/{source_id}", rss(world.origin, *entries))


def watch(world: World, source_id: str, *titles: str, **record: Any) -> None:
    """Add a source whose feed names these pages."""
    publish(world, source_id, *titles)
    world.add(source_id, start=f"{world.origin.url}/{source_id}", **record)


def together(world: World, *source_ids: str) -> list[PollReport]:
    """Poll several sources at once, as a run does."""
    with ThreadPoolExecutor(len(source_ids)) as pool:
        return list(pool.map(world.poll, source_ids))


def kept(world: World, source_id: str) -> list[dict[str, Any]]:
    """Everything stored of what a source said."""
    documents: list[Document] = [row for row in world.documents if row.source_id == source_id]
    ids = {row.id for row in documents}
    versions: list[Version] = [row for row in world.versions if row.document_id in ids]
    statements = [row for row in world.statements if row.document_id in ids]
    rows: list[Base] = [*documents, *versions, *statements]
    return [row.model_dump() for row in rows]


def named(report: PollReport) -> tuple[str, str | None]:
    """Outcome and name; the sentence must be one a person can read."""
    if report.error is None:
        return report.status, None
    sentence = report.error.message
    assert len(sentence) > 20
    assert sentence[0].isupper() or sentence[0].isdigit()
    assert "Traceback" not in sentence
    assert report.items_seen == report.items_new + report.items_known + report.items_rejected
    return report.status, report.error.code


def ids(case: Hostile) -> str:
    """Name a case in the test's id."""
    return case.name


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE, ids=ids)
def test_a_hostile_listing_has_a_name_and_changes_nothing(lone: World, case: Hostile) -> None:
    """What was stored stays as it was, a healthy source in the same run is read, and the next good answer is read whole."""
    watch(lone, "bad", "An older statement", **case.record)
    watch(lone, "office", "A healthy statement")
    lone.poll("bad")
    before = kept(lone, "bad")
    assert len(before) == 3
    case.at(lone.origin, "/bad")

    bad, office = together(lone, "bad", "office")

    assert named(bad) == (case.status, case.code)
    assert (office.status, office.items_new) == ("ok", 1)
    assert kept(lone, "bad") == before
    row = max((row for row in lone.rows(Poll) if row.source_id == "bad"), key=lambda row: row.id)
    assert bad.error is not None
    assert (row.status, row.code, row.message) == (case.status, case.code, bad.error.message)
    assert lone.source("bad").failures == 1
    assert lone.source("bad").enabled
    assert lone.origin.of("/secret") == []

    publish(lone, "bad", "An older statement", "A newer statement")
    after = lone.poll("bad")
    assert (after.status, after.items_new, after.items_known) == ("ok", 1, 1)
    assert lone.source("bad").failures == 0
    assert len(lone.statements) == 3


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in HOSTILE if case.name not in FEED_ONLY], ids=ids)
def test_a_hostile_page_is_no_edit(lone: World, case: Hostile) -> None:
    """Where a known page answers badly there is no version and no event, the others are read, and a real edit still counts."""
    watch(lone, "office", "First", "Second", **case.record)
    lone.poll()
    before = kept(lone, "office")
    publish(lone, "office", "First", "Second", "Third", date=LATER)
    case.at(lone.origin, "/office/0")

    report = lone.poll()

    assert named(report) == ("partial", case.code)
    assert (report.items_new, report.items_edited) == (1, 0)
    assert [row for row in kept(lone, "office") if row in before] == before
    assert [event for event, _ in lone.events] == ["new"] * 3

    publish(lone, "office", "First, amended", "Second", "Third", date="Tue, 03 Mar 2026 09:00:00 GMT")
    assert lone.poll().items_edited == 1
    assert [event for event, _ in lone.events] == ["new"] * 3 + ["edited"]
    assert len(lone.versions) == 4


HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>Office</title>'
END = "</channel></rss>"


def item(number: int, title: str = "", link: str = "", date: str = DATE) -> str:
    """One item of a feed, `URL` standing for the origin."""
    return (
        f"<item><title>{title or f'Item {number}'}</title><link>{link or f'URL/i/{number}'}</link><guid>URL/i/{number}</guid>"
        f"<pubDate>{date}</pubDate></item>"
    )


A, B, C = item(1), item(2), item(3)
NO_FEED = ("suspect", "layout_changed")
WHOLE: tuple[str, str | None] = ("ok", None)
CUT = ("partial", "incomplete")

MALFORMED: dict[str, tuple[str | bytes, int, tuple[str, str | None]]] = {
    "cut in a tag": (HEAD + A + B + C[:30], 2, CUT),
    "cut between items": (HEAD + A + B + "<ite", 2, CUT),
    "without end": (HEAD + A + B + C, 3, CUT),
    "item left open": (HEAD + A.replace("</item>", "") + B + C + END, 3, WHOLE),
    "bare ampersand": (HEAD + item(1, "Fish & chips & <b") + B + C + END, 3, WHOLE),
    "bare less-than": (HEAD + item(1, "5 < 6") + B + C + END, 3, WHOLE),
    "entities of HTML": (HEAD + item(1, "caf&eacute; &nbsp; &bogus;") + B + C + END, 3, WHOLE),
    "control characters": (HEAD + item(1, "a\x01\x0b\x1fb") + B + C + END, 3, WHOLE),
    "NUL": (HEAD + item(1, "a\x00b") + B + C + END, 3, WHOLE),
    "CDATA left open": (HEAD + item(1, "<![CDATA[open") + B + C + END, 3, WHOLE),
    "tags that do not match": (HEAD + A.replace("</title>", "</titel>") + B + C + END, 3, WHOLE),
    "prefix without namespace": (HEAD + A.replace("<title>", "<dc:x>x</dc:x><title>") + B + C + END, 3, WHOLE),
    "two roots": (HEAD + A + END + HEAD + B + C + END, 3, WHOLE),
    "a warning before": ("\n\n Warning: mysql_connect()\n" + HEAD + A + B + C + END, 3, WHOLE),
    "rubbish after": (HEAD + A + B + C + END + "<!-- x --><script>", 3, WHOLE),
    "an empty item": (HEAD + "<item></item>" + B + C + END, 2, WHOLE),
    "item in item": (HEAD + "<item><item>" + A[6:] + "</item>" + B + C + END, 3, WHOLE),
    "5,000 levels": (HEAD + item(1, "<b>" * 5000) + B + C + END, 2, WHOLE),
    "unknown encoding": (HEAD.replace("1.0", '1.0" encoding="bogus-8', 1) + A + B + C + END, 3, WHOLE),
    "wrong encoding": (HEAD.replace("1.0", '1.0" encoding="utf-16', 1) + A + B + C + END, 3, WHOLE),
    "bytes that are no UTF-8": ((HEAD + A + B + C + END).encode().replace(b"Item 1", b"\xff\xfe\xc3("), 3, WHOLE),
    "a tag of 3 MB": (HEAD + f"<item a='{'x' * 3_000_000}'>" + A[6:] + B + C + END, 3, WHOLE),
    "50,000 attributes": (
        HEAD + "<item " + " ".join(f"a{n}='1'" for n in range(50_000)) + ">" + A[6:] + B + C + END,
        3,
        WHOLE,
    ),
    "a script for link": (HEAD + item(1, link="javascript:alert(1)") + B + C + END, 3, WHOLE),
    "a file for link": (HEAD + item(1, link="file:///etc/passwd") + B + C + END, 3, WHOLE),
    "a private address for link": (
        HEAD + item(1, link="http://10.0.0.1/x") + B + C + END,
        2,
        ("partial", "ssrf_blocked"),
    ),
    "a port too high": (HEAD + item(1, link="http://127.0.0.1:99999999/x") + B + C + END, 2, WHOLE),
    "half an IPv6 address": (HEAD + item(1, link="http://[::1/x") + B + C + END, 2, WHOLE),
    "a link of 100 KB": (HEAD + item(1, link="URL/i/1?" + "x" * 100_000) + B + C + END, 3, WHOLE),
    "one guid three times": (HEAD + A + A + A + B + C + END, 3, WHOLE),
    "declaration only": ('<?xml version="1.0"?>', 0, NO_FEED),
    "noise": (random.Random(2).randbytes(5000), 0, NO_FEED),
    "broken JSON": ('{"items": [{"id": "1", "url": "URL/i/1"', 0, NO_FEED),
    "null": ("null", 0, NO_FEED),
    "an empty list": ("[]", 0, NO_FEED),
    "a bare page": ("<!doctype html><html><body><p>hello</p></body></html>", 0, NO_FEED),
    "plain text": ("hello world", 0, NO_FEED),
    "no items": (HEAD + END, 0, NO_FEED),
    "JSON items that are none": ('{"version":"https://jsonfeed.org/version/1.1","items":["a",1,null]}', 0, NO_FEED),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_feed_gives_what_is_whole_in_it(lone: World, name: str) -> None:
    """Whole items are kept, what is missing is said, and what is no feed at all is never "0 new, fine"."""
    body, new, outcome = MALFORMED[name]
    raw = (body.encode() if isinstance(body, str) else body).replace(b"URL/", lone.origin.url.encode() + b"/")
    for number in (1, 2, 3):
        lone.origin.on(f"/i/{number}", page(f"Item {number}", f"Number {number}. {TEXT}"))
    watch(lone, "office", "An older statement")
    assert lone.poll().items_new == 1
    before = kept(lone, "office")
    lone.origin.on("/office", reply(raw, Content_Type="application/rss+xml"))

    report = lone.poll()

    assert named(report) == outcome
    assert report.items_new == new
    assert len(lone.statements) == 1 + new
    assert [row for row in kept(lone, "office") if row in before] == before


# Places that say no, or not now


def test_robots_txt_is_heeded_and_named(lone: World) -> None:
    """Nothing but robots.txt is asked for, and the source counts as blocked."""
    lone.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /bad\n", Content_Type="text/plain"))
    watch(lone, "bad", "One")
    watch(lone, "office", "A healthy statement")

    bad, office = together(lone, "bad", "office")

    assert named(bad) == ("refused", "robots")
    assert (office.status, office.items_new) == ("ok", 1)
    assert lone.origin.of("/bad") == []
    assert lone.source("bad").state == "blocked"


def test_a_page_that_robots_txt_forbids_leaves_what_the_feed_says(lone: World) -> None:
    """The feed's own words are kept as an entry; the page is never asked for."""
    lone.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /private\n", Content_Type="text/plain"))
    lone.origin.on("/private", page("Secret", TEXT))
    lone.origin.on(
        "/feed", rss(lone.origin, ("/private", "On the observers", DATE), extra=f"<description>{TEXT}</description>")
    )
    lone.add()

    report = lone.poll()

    assert report.error is not None
    assert report.error.code == "robots"
    assert lone.origin.of("/private") == []
    (document,), (version,) = lone.documents, lone.versions
    assert (document.title, version.media) == ("On the observers", "entry")
    assert "peaceful observation" in version.text


def test_gone_for_good_disables_the_source_and_keeps_what_it_said(lone: World) -> None:
    """410 on the listing ends the visits; nothing that is stored is touched, and a person can enable it again."""
    watch(lone, "office", "One")
    lone.poll()
    before = kept(lone, "office")
    lone.origin.on("/office", html("Gone", status=410))

    report = lone.poll()

    assert named(report) == ("error", "gone")
    assert (lone.source().enabled, lone.source().state) == (False, "broken")
    assert kept(lone, "office") == before
    with lone.k.database.writing() as session:
        assert sources.switch(session, "office", True, lone.clock())
    publish(lone, "office", "One", "Two")
    assert lone.poll().items_new == 1


def test_too_many_requests_holds_the_host_and_no_other(lone: World) -> None:
    """429 with Retry-After: nobody visits that host before then, other hosts are visited, afterwards all is well."""
    watch(lone, "office", "One")
    with Origin(host="127.0.0.2") as other:
        other.on("/feed", reply(b"slow down", 429, Retry_After="600"))
        lone.add("bad", start=f"{other.url}/feed")
        lone.add("neighbour", start=other.on("/neighbour", html("x")))

        bad, office = together(lone, "bad", "office")
        assert named(bad) == ("error", "http_429")
        assert (office.status, office.items_new) == ("ok", 1)
        assert lone.source("bad").due_at >= lone.clock() + timedelta(seconds=600)
        with lone.k.database.reading() as session:
            assert session.get_one(Host, "127.0.0.2").held_until == lone.clock() + timedelta(seconds=600)

        asked = len(other.asked)
        neighbour = lone.poll("neighbour")
        assert named(neighbour) == ("error", "http_429")
        assert len(other.asked) == asked

        lone.clock.go(seconds=601)
        other.on(
            "/feed",
            reply(b"<rss><channel><item><title>Late</title><description>Words.</description></item></channel></rss>"),
        )
        other.on("/robots.txt", reply(status=404))
        assert lone.poll("bad").items_new == 1


def test_a_ban_is_named_and_marks_the_source_as_blocked(lone: World) -> None:
    """403 is asked once, under one name."""
    lone.add("bad", start=lone.origin.on("/bad", html("Forbidden", status=403)))

    assert named(lone.poll("bad")) == ("refused", "forbidden")

    assert len(lone.origin.of("/bad")) == 1
    assert lone.source("bad").state == "blocked"


# What is not believed


@pytest.mark.parametrize("family", ["feed", "listing"])
def test_a_source_that_used_to_yield_and_yields_nothing_is_suspect(lone: World, family: str) -> None:
    """Zero items are a changed layout, never "0 new"; two in a row still leave every document as it was."""
    record: dict[str, Any] = {"family": family}
    if family == "listing":
        record["select"] = {"link": "h2 a"}
    watch(lone, "office", "One", **record)
    if family == "listing":
        lone.origin.on("/office", html("News", "<h2><a href='/office/0'>One</a></h2>"))
    lone.poll()
    before = kept(lone, "office")
    assert before
    empty = reply((HEAD + END).encode()) if family == "feed" else html("News", "<h3><a href='/x'>Moved</a></h3>" * 30)
    lone.origin.on("/office", empty)

    for failures in (1, 2):
        assert named(lone.poll()) == ("suspect", "layout_changed")
        assert lone.source().failures == failures
    assert kept(lone, "office") == before


def test_a_feed_that_never_had_an_item_is_quiet_not_wrong(lone: World) -> None:
    """A new source may be empty."""
    lone.add(start=lone.origin.on("/feed", reply((HEAD + END).encode())))

    assert named(lone.poll()) == ("ok", None)


@pytest.mark.parametrize("lacking", ["text", "title", "published"])
def test_new_entries_that_all_lack_something_are_suspect(lone: World, lacking: str) -> None:
    """Three or more new documents without a text, a title or a date say that the layout has changed."""
    entries = ""
    for number in range(4):
        address = lone.origin.on(f"/{number}", lame(number, lacking))
        title = "" if lacking == "title" else f"<title>On observer {number}</title>"
        date = "" if lacking == "published" else f"<pubDate>{DATE}</pubDate>"
        entries += f"<item><link>{address}</link>{title}{date}</item>"
    lone.add(start=lone.origin.on("/feed", reply(f"{HEAD}{entries}{END}".encode())))

    report = lone.poll()

    assert named(report) == ("suspect", "layout_changed")
    assert report.error is not None
    assert lacking in report.error.message
    assert report.items_new == 4


def lame(number: int, lacking: str) -> bytes:
    """A page without a text, a title or a date."""
    title = "" if lacking == "title" else f"On observer {number}"
    body = "" if lacking == "text" else f"<p>Number {number}.</p><p>{TEXT}</p>"
    return html(title, f"<article><div class=body>{body}</div></article>")


def test_a_link_that_leads_to_the_front_page_is_a_soft_404(lone: World) -> None:
    """A removed page often redirects home: that is no edit, and the front page's words are nobody's statement."""
    watch(lone, "office", "One", "Two")
    lone.poll()
    before = kept(lone, "office")
    lone.origin.on("/", page("The Office", "Welcome. " + TEXT))
    publish(lone, "office", "One", "Two", "Three", date=LATER)
    lone.origin.on("/office/0", redirect("/"))

    report = lone.poll()

    assert named(report) == ("partial", "soft_404")
    assert [row for row in kept(lone, "office") if row in before] == before
    assert len(lone.documents) == 3


def test_a_challenge_instead_of_a_new_page_is_tried_again(lone: World) -> None:
    """The item stays due; when the page comes, it is stored once."""
    watch(lone, "office", "One")
    good = page("One", TEXT)
    lone.origin.on("/office/0", CHALLENGE, good)

    assert named(lone.poll()) == ("suspect", "challenge_page")
    assert not lone.documents
    assert lone.poll().items_new == 1
    assert lone.poll().items_new == 0
    assert len(lone.statements) == 1


# Size


@pytest.mark.slow
def test_a_listing_of_ten_thousand_links_is_read_in_portions(lone: World) -> None:
    """All addresses are noted at once, a visit reads so many pages and no more, the next ones go on where it stopped."""
    links = "".join(
        f"<li><h2><a href='/item/{n}'>Statement number {n} of the Office</a></h2></li>" for n in range(10_000)
    )
    lone.add(
        start=lone.origin.on("/list", html("News", f"<ul>{links}</ul>")), family="listing", select={"link": "h2 a"}
    )
    for number in range(10_000):
        lone.origin.on(f"/item/{number}", numbered)

    first = lone.poll(limit=4)
    assert named(first) == ("partial", "waiting")
    assert first.items_new == 4
    assert len(lone.items) == 10_000
    lone.origin.on(
        "/list", html("News", "<ul><li><h2><a href='/item/9999'>Statement number 9999 of the Office</a></h2></li></ul>")
    )

    second = lone.poll(limit=4)
    assert (named(second), second.items_new) == (("partial", "waiting"), 4)
    asked = [path for path in lone.origin.paths() if path != "/list"]
    assert len(asked) == len(set(asked)) == 8
    states = Counter(row.state for row in lone.items)
    assert states == {"kept": 8, "due": 9_992}


def numbered(asked: Asked, sock: socket.socket) -> bool:
    """A page with a text of its own for every address."""
    sock.sendall(page(f"Statement {asked.path}", f"At {asked.path}. {TEXT}"))
    return True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "limits", "sentence"),
    [
        ("<p>Many words and a stop.</p>", ParserLimits(cpu_seconds=1, wall_seconds=20), "CPU"),
        (
            "<a href=/x>Many words.</a> ",
            ParserLimits(cpu_seconds=20, wall_seconds=20, memory_bytes=160 << 20),
            "memory",
        ),
        ("<div><span>ab</span></div>", ParserLimits(cpu_seconds=20, wall_seconds=0.8), "no answer"),
    ],
    ids=["hangs", "swallows", "stalls"],
)
def test_a_page_that_hangs_or_swallows_a_parser_costs_that_page_only(
    lone: World, part: str, limits: ParserLimits, sentence: str
) -> None:
    """It is named `parse_limit`; the pages before and after it are stored, and its bytes are kept as evidence."""
    watch(lone, "office", "One", "Two", "Three")
    lone.origin.on("/office/1", html("Two", part * 70_000))
    tight = Sandbox(1, limits)
    strict = World(dataclasses.replace(lone.k, sandbox=tight), lone.origin, lone.clock)

    try:
        report = strict.poll()
    finally:
        tight.close()

    assert named(report) == ("partial", "parse_limit")
    assert report.error is not None
    assert sentence in report.error.message
    assert sorted(row.url[-9:] for row in lone.documents) == ["/office/0", "/office/2"]
    (row,) = [row for row in lone.rows(Capture) if row.url.endswith("/office/1")]
    assert b"<title>Two" in warc.read(lone.k.archive.folder, row.file, row.offset, row.length).body


# Characters, charsets and dates, on both databases


def json_feed(world: World, marks: str) -> bytes:
    """A JSON feed with these characters in every field of its three items."""
    items = [
        {
            "id": f"id{marks}{n}",
            "url": f"{world.origin.url}/{n}",
            "title": f"Ti{marks}tle {n}",
            "content_text": f"Wo{marks}rd {n}",
        }
        for n in range(3)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": f"Office{marks}", "items": items}
    return reply(json.dumps(feed).encode(), Content_Type="application/feed+json")


def clean(world: World) -> bool:
    """Whether every text that is stored is free of control characters and can be written as UTF-8."""
    rows = (*world.documents, *world.versions, *world.statements)
    texts = [value for row in rows for value in row.model_dump().values() if isinstance(value, str)]
    return bool(texts) and not any(re.search("[\x00\x08\x1b\ud800-\udfff\ufffe]", text) for text in texts)


def test_nul_and_control_characters_are_stored_nowhere_and_break_nothing(world: World) -> None:
    """They are kept out of rows in feeds and pages alike, on PostgreSQL too, which refuses NUL in any text."""
    world.add(start=world.origin.on("/feed", json_feed(world, "\x00\x1b\x08\ufffe")))
    for number in range(2):
        markup = f"<h1>Title &#0;&#xd800;\x00 {number}</h1><p>\x00Words &#x1b;\x08 {number}. {TEXT}</p>"
        world.origin.on(f"/{number}", html("Ti\x00tle", markup))
    first = world.poll()
    assert (named(first), first.items_new) == (("partial", "http_4xx"), 2)
    for _ in range(2):  # the third page never comes: after three failures the feed's own words stand for it
        world.poll()

    assert len(world.documents) == 3
    assert clean(world)
    assert {row.media for row in world.versions} == {"html", "entry"}


def test_lone_surrogates_in_a_json_feed_cost_no_item(world: World) -> None:
    """JSON can spell what no text can hold; such an item is kept with a replacement, and the others as they are."""
    world.add(start=world.origin.on("/feed", json_feed(world, "\ud800")))
    for number in range(3):
        world.origin.on(f"/{number}", page(f"Title {number}", f"Number {number}. {TEXT}"))

    assert named(world.poll()) == ("ok", None)

    assert len(world.documents) == 3
    assert clean(world)


WORDS = "Управление осуждает приговор девяти наблюдателям. " * 8


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("utf-8", "windows-1251"),
        ("iso-8859-1", "utf-8"),
        ("bogus-8", "utf-8"),
        ("", "windows-1251"),
        ("utf-16", "utf-8"),
    ],
)
def test_a_wrong_charset_costs_no_letter(lone: World, declared: str, real: str) -> None:
    """What the header says is checked against the bytes."""
    markup = f"<html lang=ru><head><title>О наблюдателях</title></head><body><h1>О наблюдателях</h1><p>{WORDS}</p></body></html>"
    kind = f"text/html; charset={declared}" if declared else "text/html"
    watch(lone, "office", "x")
    lone.origin.on("/office/0", reply(markup.encode(real), Content_Type=kind))

    assert lone.poll().items_new == 1

    (version,) = lone.versions
    assert version.title == "О наблюдателях"
    assert WORDS.strip() in version.text


def test_impossible_and_distant_dates_are_kept_apart_from_the_order(world: World) -> None:
    """Year 0 is no date; 2203 is one, but does not stand before everything else for two hundred years."""
    dates = {
        "zero": "Mon, 01 Jan 0000 00:00:00 GMT",
        "far": "Tue, 01 Mar 2203 09:00:00 GMT",
        "nonsense": "99 Foo 99999 99:99:99 +9999",
        "edge": "Fri, 31 Dec 9999 23:59:59 -2359",
        "old": "Thu, 01 Jan 1970 00:00:00 GMT",
        "true": DATE,
    }
    entries = ""
    for name, date in dates.items():
        address = world.origin.on(
            f"/{name}", html(name, f"<article><h1>{name}</h1><p>It is {name}.</p><p>{TEXT}</p></article>")
        )
        entries += f"<item><link>{address}</link><title>{name}</title><pubDate>{date}</pubDate></item>"
    world.add(start=world.origin.on("/feed", reply(f"{HEAD}{entries}{END}".encode())))

    report = world.poll()

    assert report.items_new == len(dates)
    rows = {row.title: row for row in world.statements}
    assert rows["zero"].published is None
    assert rows["nonsense"].published is None
    assert rows["true"].published == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert all(row.sort_at <= world.clock() for row in rows.values())
    assert rows["true"].sort_at == rows["true"].published
    assert rows["far"].sort_at == world.clock()


TITLES = [
    "<b>Bold</b> &amp; <script>alert(1)</script>brash",
    "&lt;img src=x onerror=alert(1)&gt; A picture",
    "A \x07bell \x00 and \x1b[31m red",
    "<![CDATA[<svg onload=alert(1)>A drawing</svg>]]>",
    "\u202egnirts\u202c backwards",
]


def test_titles_are_plain_text_in_the_feeds(lone: World) -> None:
    """No markup of a title survives as markup, no control character breaks the XML, and every entry is there."""
    entries = ""
    for number, title in enumerate(TITLES):
        address = lone.origin.on(f"/{number}", lame(number, "title"))
        entries += f"<item><link>{address}</link><title>{title}</title><pubDate>{DATE}</pubDate></item>"
    lone.add(start=lone.origin.on("/feed", reply(f"{HEAD}{entries}{END}".encode())))
    assert lone.poll().items_new == len(TITLES)

    with serving(lone.k.database) as site:
        atom = httpx.get(f"{site.base}/feeds/all.atom", trust_env=False).content
        shown = httpx.get(f"{site.base}/feeds/all.json", trust_env=False).json()

    titles = [node.findtext("{*}title") or "" for node in etree.fromstring(atom).iter("{*}entry")]
    assert len(titles) == len(TITLES)
    assert sorted(entry["title"] for entry in shown["items"]) == sorted(titles)
    for title in titles:
        assert not re.search("[\x00-\x1f\x7f]", title)
        assert not re.search("<(script|img|svg|b)", title)


# What must not be lost


def test_entries_without_address_are_documents_of_their_own(lone: World) -> None:
    """A feed whose items have neither link nor guid gives one document each, and no edit of one into the next."""
    entries = "".join(
        f"<item><title>Note {n}</title><description>Words of note {n}.</description></item>" for n in range(4)
    )
    lone.add(start=lone.origin.on("/feed", reply(f"{HEAD}{entries}{END}".encode())))

    report = lone.poll()

    assert (report.items_new, report.items_edited) == (4, 0)
    assert sorted(row.title for row in lone.documents) == [f"Note {n}" for n in range(4)]


def test_an_entry_without_page_costs_no_request(lone: World) -> None:
    """What the feed itself carries is read from the feed."""
    entries = "".join(
        f"<item><title>Note {n}</title><description>Words of note {n}.</description></item>" for n in range(4)
    )
    lone.add(start=lone.origin.on("/feed", reply(f"{HEAD}{entries}{END}".encode())))

    lone.poll()

    assert lone.origin.paths() == ["/feed"]


def test_items_are_read_in_the_order_of_the_listing(lone: World) -> None:
    """The newest come first, whatever is left for the next visit."""
    watch(lone, "office", *(f"Statement {n}" for n in range(30)))

    lone.poll()

    assert lone.origin.paths() == ["/office", *(f"/office/{n}" for n in range(30))]


def test_a_short_page_that_states_no_language_is_read(lone: World) -> None:
    """The statistical guess at a language must not need more than a parsing process is allowed."""
    watch(lone, "office", "One")
    lone.origin.on("/office/0", reply(b"<title>Hm</title><h1>Hm</h1><p>Aber nicht so. Wij ook.</p>"))

    report = lone.poll()

    assert named(report) == ("ok", None)
    assert report.items_new == 1


def test_an_outage_of_robots_txt_loses_no_item(lone: World) -> None:
    """While robots.txt answers 500 nothing is fetched (RFC 9309); once it is back, what was named meanwhile is read."""
    with Origin(host="127.0.0.2") as pages:
        pages.on("/robots.txt", reply(b"oops", 500))
        pages.on("/a", page("On the observers", TEXT))
        feed = f"{HEAD}<item><title>On the observers</title><link>{pages.url}/a</link><pubDate>{DATE}</pubDate></item>{END}"
        lone.add(start=lone.origin.on("/feed", reply(feed.encode())))
        assert named(lone.poll()) == ("refused", "robots")
        assert pages.of("/a") == []
        pages.on("/robots.txt", reply(status=404))
        lone.clock.go(days=2)

        assert lone.poll().items_new == 1


def test_a_feed_that_was_cut_is_asked_for_whole(lone: World) -> None:
    """Validators of a listing that was read in part must not hide the rest of it behind a 304."""
    for number in (1, 2, 3):
        lone.origin.on(f"/i/{number}", page(f"Item {number}", f"Number {number}. {TEXT}"))
    whole = (HEAD + A + B + C + END).encode().replace(b"URL/", lone.origin.url.encode() + b"/")
    answers = iter([reply(whole[: whole.index(b"<item>", 300) + 20], ETag='"1"'), reply(whole, ETag='"1"')])

    def answer(asked: Any, sock: socket.socket) -> bool:
        sock.sendall(reply(status=304) if "if-none-match" in asked.headers else next(answers))
        return True

    lone.add(start=lone.origin.on("/feed", answer))
    first = lone.poll()
    assert named(first) == CUT

    assert lone.poll().items_new == 3 - first.items_new


def test_older_pages_of_a_listing_that_failed_once_are_walked_later(lone: World) -> None:
    """An outage in the middle of a walk must not leave what stands behind it unread for ever."""
    for number in range(4):
        lone.origin.on(f"/i/{number}", page(f"Item {number}", f"Number {number}. {TEXT}"))

    def listing(numbers: range, following: str) -> bytes:
        links = "".join(f"<h2><a href='/i/{n}'>Statement number {n}</a></h2>" for n in numbers)
        return html("News", links + following)

    lone.origin.on("/list", listing(range(2), "<a rel=next href='/list2'>Older</a>"))
    lone.origin.on("/list2", html("Oops", status=500), listing(range(2, 4), ""))
    lone.add(start=f"{lone.origin.url}/list", family="listing", select={"link": "h2 a", "next": "a[rel=next]"})
    first = lone.poll()
    assert (named(first), first.items_new) == (CUT, 2)

    assert lone.poll().items_new == 2


def test_every_capture_of_a_hostile_run_reads_back(lone: World) -> None:
    """What was refused or not believed is evidence all the same: whole, and marked where it was cut."""
    for case in HOSTILE:
        if case.name in {"50-mb", "endless", "drip"}:
            continue
        lone.add(case.name, start=case.at(lone.origin, f"/x/{case.name}"), **case.record)
        lone.poll(case.name)

    with lone.k.database.reading() as session:
        captures = session.exec(select(Capture)).all()
    assert len(captures) > len(HOSTILE) - 3
    for row in captures:
        assert warc.read(lone.k.archive.folder, row.file, row.offset, row.length).url == row.url
