"""From a due source to rows, on both databases."""

from datetime import timedelta

import pytest

from storage.models import Event
from tests.origin import redirect, reply
from tests.service.world import TEXT, World, page, rss

DATE = "Sun, 01 Mar 2026 09:00:00 GMT"
OTHER = (
    "Eleven governments urged the authorities to let the press work freely, and asked for the return of what had been taken "
    "from newsrooms in the course of the searches last week."
)


@pytest.fixture
def office(world: World) -> World:
    """A source with one statement, polled once."""
    world.add()
    world.origin.on("/feed", rss(world.origin, ("/a", "On the observers", DATE)))
    world.origin.on("/a", page("On the observers", TEXT))
    assert world.poll().status == "ok"
    return world


def test_a_statement_travels_from_the_feed_to_the_rows(office: World) -> None:
    """One entry, one page, one document, one version, one statement, one event."""
    (document,), (version,), (statement,) = office.documents, office.versions, office.statements
    assert (document.title, document.role, document.language) == ("On the observers", "original", "en")
    assert document.published is not None
    assert document.published.isoformat() == "2026-03-01T09:00:00+00:00"
    assert "without delay" in version.text
    assert "All rights reserved" not in version.text
    assert statement.document_id == document.id
    assert office.events == [("new", "On the observers")]


def test_an_unchanged_feed_is_asked_for_with_its_validators_and_nothing_else_is_fetched(office: World) -> None:
    """The second visit costs the site one 304."""
    etag = office.source().etag
    office.origin.on("/feed", reply(status=304))
    report = office.poll()
    assert (report.status, report.items_seen) == ("not_modified", 0)
    assert office.origin.of("/feed")[-1].headers["if-none-match"] == etag
    assert len(office.origin.of("/a")) == 1


def test_a_known_entry_is_not_fetched_again(office: World) -> None:
    """Only what is new or changed costs the site a page."""
    office.origin.on("/feed", rss(office.origin, ("/a", "On the observers", DATE), ("/b", "On the press", DATE)))
    office.origin.on("/b", page("On the press", OTHER))
    report = office.poll()
    assert (report.items_new, report.items_known, report.items_seen) == (1, 1, 2)
    assert len(office.origin.of("/a")) == 1


def test_an_edit_in_place_keeps_both_texts(office: World) -> None:
    """The entry's changed words are the hint, the page is the record; each version points at its own capture."""
    office.origin.on("/feed", rss(office.origin, ("/a", "On the election observers", DATE)))
    office.origin.on("/a", page("On the election observers", TEXT.replace("nine", "eleven")))
    report = office.poll()
    first, second = office.versions
    assert (report.items_edited, report.items_new) == (1, 0)
    assert "nine observers" in first.text
    assert "eleven observers" in second.text
    assert first.capture_id != second.capture_id
    assert [kind for kind, _ in office.events] == ["new", "edited"]
    assert office.statements[0].title == "On the election observers"


def test_an_item_that_leaves_the_window_is_still_read(world: World) -> None:
    """What was named once stays due, however short the feed is."""
    world.add()
    world.origin.on(
        "/feed", rss(world.origin, ("/a", "On the observers", DATE)), rss(world.origin, ("/b", "On the press", DATE))
    )
    world.origin.on("/a", reply(status=500), page("On the observers", TEXT))
    world.origin.on("/b", page("On the press", OTHER))
    first = world.poll()
    second = world.poll()
    assert (first.status, first.error and first.error.code) == ("error", "http_5xx")
    assert (second.status, second.items_new) == ("ok", 2)


def test_an_entry_whose_page_is_forbidden_keeps_what_the_feed_said(world: World) -> None:
    """Refused is final, so the feed's own words are kept at once and marked."""
    world.add()
    said = f"<description>{OTHER}</description>"
    world.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /closed/", Content_Type="text/plain"))
    world.origin.on("/feed", rss(world.origin, ("/closed/a", "On the press", DATE), extra=said))
    report = world.poll()
    assert (report.status, report.error and report.error.code) == ("partial", "robots")
    assert (report.items_new, report.items_rejected) == (1, 0)
    (version,) = world.versions
    assert (version.media, version.text) == ("entry", OTHER)
    assert world.origin.of("/closed/a") == []


def test_the_page_replaces_what_only_the_feed_said_without_an_edit(world: World) -> None:
    """After three failures the feed's words are kept; when the page comes, the publisher has changed nothing."""
    world.add()
    said = f"<description>{OTHER[:60]}</description>"
    world.origin.on("/feed", rss(world.origin, ("/a", "On the press", DATE), extra=said))
    world.origin.on("/a", *[reply(status=404)] * 3, page("On the press", OTHER))
    statuses = [world.poll().status for _ in range(4)]
    assert statuses == ["error", "error", "partial", "ok"]
    assert [version.media for version in world.versions] == ["entry", "html"]
    assert [kind for kind, _ in world.events] == ["new"]


def test_a_source_that_used_to_yield_and_now_yields_nothing_is_suspect(office: World) -> None:
    """Silence is never success."""
    office.origin.on("/feed", rss(office.origin))
    report = office.poll()
    assert (report.status, report.error and report.error.code) == ("suspect", "layout_changed")
    assert office.source().failures == 1
    assert len(office.documents) == 1


def test_the_same_words_at_another_publisher_are_one_statement(office: World) -> None:
    """Both places are kept; the feed lists the statement once."""
    office.add("wire", start=office.origin.url + "/wire/feed")
    office.origin.on("/wire/feed", rss(office.origin, ("/wire/a", "Joint: On the observers", DATE)))
    office.origin.on("/wire/a", page("Joint: On the observers", TEXT))
    assert office.poll("wire").items_new == 1
    assert len(office.statements) == 1
    assert [(row.source_id, row.role) for row in office.documents] == [("office", "original"), ("wire", "copy")]


def test_one_address_however_written_is_one_document(office: World) -> None:
    """Tracking parameters, fragments and a redirect do not make another document."""
    office.origin.on(
        "/feed",
        rss(office.origin, ("/a?utm_source=rss", "On the observers", DATE), ("/short", "On the observers again", DATE)),
    )
    office.origin.on("/short", redirect(office.origin.url + "/a#top"))
    office.poll()
    assert len(office.documents) == 1
    assert len(office.versions) == 1


def test_a_moved_listing_is_remembered_once_something_was_read_there(office: World) -> None:
    """A permanent redirect is followed once, a temporary one each time."""
    office.origin.on("/feed", redirect(office.origin.url + "/new-feed", 301))
    office.origin.on("/new-feed", rss(office.origin, ("/a", "On the observers", DATE)))
    office.poll()
    office.poll()
    assert office.source().address == office.origin.url + "/new-feed"
    assert len(office.origin.of("/new-feed")) == 2
    assert len(office.origin.of("/feed")) == 2


def test_a_listing_that_is_gone_disables_its_source(office: World) -> None:
    """410 is the server's wish to be left alone."""
    office.origin.on("/feed", reply(status=410))
    report = office.poll()
    assert (report.status, report.error and report.error.code) == ("error", "gone")
    assert (office.source().enabled, office.source().state) == (False, "broken")


def test_retry_after_moves_the_next_visit(office: World) -> None:
    """The server's wish is kept to, for the source and for its host."""
    office.origin.on("/feed", reply(status=429, Retry_After="7200"))
    report = office.poll()
    assert (report.status, report.error and report.error.code) == ("error", "http_429")
    assert office.source().due_at - office.clock() >= timedelta(hours=2)
    office.clock.go(minutes=30)
    assert office.poll().error is not None
    assert len(office.origin.of("/feed")) == 2


def test_a_limit_leaves_the_rest_for_later(world: World) -> None:
    """What is not read now is written down and read by the next visits."""
    world.add()
    paths = [f"/{number}" for number in range(5)]
    world.origin.on("/feed", rss(world.origin, *((path, f"Statement {path}", DATE) for path in paths)))
    for path in paths:
        world.origin.on(path, page(f"Statement {path}", f"{OTHER} This one is number {path.strip('/')} of five."))
    first = world.poll(limit=2)
    assert (first.status, first.error and first.error.code, first.items_new) == ("partial", "waiting", 2)
    assert world.poll().items_new == 3
    assert len(world.documents) == 5


def test_listings_are_walked_back_until_something_known(world: World) -> None:
    """A gap between two visits is closed page by page, and no further."""
    world.add(
        family="listing", start=world.origin.url + "/news", select={"item": "li", "link": "a", "next": "a[rel=next]"}
    )

    def listing(*names: str, older: str | None = None) -> bytes:
        rows = "".join(f"<li><h3><a href=/{name}>A statement called {name}</a></h3></li>" for name in names)
        onward = f"<a rel=next href={older}>Older</a>" if older else ""
        return reply(f"<html><body><main><ul>{rows}</ul>{onward}</main></body></html>".encode())

    for name in "abcdef":
        world.origin.on(
            f"/{name}", page(f"Statement {name}", f"{OTHER} It was the statement that carries letter {name} here.")
        )
    world.origin.on("/news", listing("c", "b", older="/news/1"), listing("f", "e", older="/news/1"))
    world.origin.on("/news/1", listing("a"), listing("d", "c", older="/news/2"))
    world.origin.on("/news/2", listing("b", "a"))
    assert world.poll().items_new == 3
    assert world.poll().items_new == 3
    assert world.origin.of("/news/2") == []


def test_the_undated_are_kept(world: World) -> None:
    """A statement without a date takes its place by when it was first seen."""
    world.add()
    body = f"<html><head><title>On the press</title></head><body><main><h1>On the press</h1><p>{OTHER}</p></main></body></html>"
    world.origin.on("/feed", rss(world.origin, ("/a", "On the press", "not a date")))
    world.origin.on("/a", reply(body.encode()))
    assert world.poll().items_new == 1
    assert world.documents[0].published is None
    assert world.statements[0].sort_at == world.clock()


def test_an_id_that_leads_to_another_address_is_a_move(office: World) -> None:
    """The document keeps its identity and its history when its address changes."""
    feed = rss(office.origin, ("/b", "On the observers", DATE)).replace(
        f"<guid>{office.origin.url}/b</guid>".encode(), f"<guid>{office.origin.url}/a</guid>".encode()
    )
    head, _, body = feed.partition(b"\r\n\r\n")
    office.origin.on("/feed", reply(body, Content_Type="application/rss+xml"))
    office.origin.on("/b", page("On the observers", TEXT))
    assert head
    office.poll()
    (document,) = office.documents
    assert document.url.endswith("/b")
    assert [kind for kind, _ in office.events] == ["new", "moved"]


def test_another_door_is_used_when_the_main_one_fails_and_the_report_says_so(world: World) -> None:
    """A blocked feed does not silence a source that has a listing; the same page is the same document."""
    listing = {"family": "listing", "start": world.origin.url + "/news", "select": {"item": "li", "link": "a"}}
    world.add(doors=[listing])
    world.origin.on("/feed", reply(status=403), rss(world.origin, ("/a", "On the observers", DATE)))
    world.origin.on(
        "/news", reply(b"<html><body><main><ul><li><a href=/a>On the observers</a></li></ul></main></body></html>")
    )
    world.origin.on("/a", page("On the observers", TEXT))
    report = world.poll()
    assert (report.status, report.items_new, report.error and report.error.code) == ("partial", 1, "forbidden")
    assert report.door == f"listing {world.origin.url}/news"
    again = world.poll()
    assert (again.status, again.items_new, again.door) == ("ok", 0, f"feed {world.origin.url}/feed")
    assert len(world.documents) == 1


def test_two_items_that_lead_to_one_address_are_one_document_that_stays_put(office: World) -> None:
    """An old address that now redirects joins what stands there; nothing moves back and forth."""
    office.origin.on("/feed", rss(office.origin, ("/a", "On the observers", DATE), ("/b", "On the press", DATE)))
    office.origin.on("/b", page("On the press", OTHER))
    office.poll()
    office.origin.on("/b", redirect(office.origin.url + "/a", 301))
    for turn in ("once", "twice"):
        titles = [("/a", f"On the observers, {turn}", DATE), ("/b", f"On the press, {turn}", DATE)]
        office.origin.on("/feed", rss(office.origin, *titles))
        office.poll()
    assert [kind for kind, _ in office.events] == ["new", "new"]
    assert [row.url.rpartition("/")[2] for row in office.documents] == ["a", "b"]


def test_teasers_of_the_same_words_are_different_statements(world: World) -> None:
    """What a feed says of every entry alike says nothing about any of them."""
    world.add()
    teaser = "<description>Read the whole statement of the Office on our web site, in three languages.</description>"
    world.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /closed/", Content_Type="text/plain"))
    entries = [("/closed/a", "On the press", DATE), ("/closed/b", "On the observers", DATE)]
    world.origin.on("/feed", rss(world.origin, *entries, extra=teaser))
    assert world.poll().items_new == 2
    assert len(world.statements) == 2


def test_a_page_that_completes_its_entry_joins_the_statement_it_carries(office: World) -> None:
    """The wire's feed came first with its own words; its page then shows the office's."""
    office.add("wire", start=office.origin.url + "/wire/feed")
    said = "<description>A short word of the wire about the observers and their appeal.</description>"
    office.origin.on("/wire/feed", rss(office.origin, ("/wire/a", "Wire: observers", DATE), extra=said))
    office.origin.on("/wire/a", *[reply(status=404)] * 3, page("Wire: observers", TEXT))
    for _ in range(3):
        office.poll("wire")
    assert len(office.statements) == 2
    office.poll("wire")
    assert len(office.statements) == 1
    assert [(row.source_id, row.role) for row in office.documents] == [("office", "original"), ("wire", "copy")]
    assert len({row.statement_id for row in office.rows(Event)}) == 1


def test_an_edited_copy_draws_no_others(office: World) -> None:
    """It stays where it was and says so; a third site with its new words is a statement of its own."""
    changed = TEXT.replace("nine", "ninety")
    for name, text in (("wire", TEXT), ("third", changed)):
        office.add(name, start=f"{office.origin.url}/{name}/feed")
        office.origin.on(f"/{name}/feed", rss(office.origin, (f"/{name}/a", name, DATE)))
        office.origin.on(f"/{name}/a", page(name, text))
    office.poll("wire")
    office.origin.on("/wire/feed", rss(office.origin, ("/wire/a", "wire, anew", DATE)))
    office.origin.on("/wire/a", page("wire", changed))
    office.poll("wire")
    office.poll("third")
    assert [row.role for row in office.documents] == ["original", "copy", "original"]
    assert office.documents[1].why.endswith("(edited since)")
    assert len(office.statements) == 2


def test_a_source_whose_every_page_is_forbidden_never_looks_fine(world: World) -> None:
    """What was given up once is still rejected, with its reason, at the next visit."""
    world.add()
    world.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /closed/", Content_Type="text/plain"))
    feed = (
        rss(world.origin, ("/closed/a", "On the press", DATE)),
        rss(world.origin, ("/closed/a", "On the press", DATE), extra="<x/>"),
    )
    world.origin.on("/feed", *feed)
    for _ in range(2):
        report = world.poll()
        assert (report.status, report.error and report.error.code) == ("refused", "robots")
        assert (report.items_known, report.items_rejected, report.reasons) == (0, 1, {"robots": 1})
    assert world.source().state == "blocked"
