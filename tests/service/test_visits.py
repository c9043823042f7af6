"""What a visit survives: a wish to stop, faults of ours, ids and addresses made to break it, listings longer than a walk."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from sqlmodel import select

from scrapers.model import Exchange
from scrapers.sandbox import Sandbox
from service.hands import poll_claimed
from service.pace import HostGate
from service.poll import LEASE
from service.stop import Stop, Stopped
from storage import hosts, sources
from storage.database import Database, open_database
from storage.models import Capture, Poll, Source
from storage.processes import Presence
from tests.origin import reply
from tests.service.world import TEXT, World, open_world, page, rss

DATE = "Sun, 01 Mar 2026 09:00:00 GMT"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def listing(*names: str, older: str | None = None) -> bytes:
    """A page of a listing."""
    rows = "".join(f"<li><h3><a href=/{name}>A statement called {name}</a></h3></li>" for name in names)
    onward = f"<a rel=next href={older}>Older</a>" if older else ""
    body = f"<html><body><main><ul>{rows}</ul>{onward}</main></body></html>"
    return reply(body.encode(), ETag=f'"{"".join(names)}"')


def test_a_visitor_told_to_stop_while_waiting_leaves_the_host(database: Database, tmp_path: Path) -> None:
    """After Ctrl-C nobody waits for a lease that a visitor who never went there had taken."""
    presence, stop = Presence(tmp_path, "test"), Stop()
    gate = HostGate(database, presence, connections=1, clock=lambda: NOW, sleep=stop.sleep)
    stop.ask()
    with gate.visit("office.example", 60):
        pass
    with pytest.raises(Stopped), gate.visit("office.example", 60):
        pass
    with database.writing() as session:
        start = hosts.reserve(
            session, "office.example", visit="next", holder="next", gap=timedelta(seconds=60), connections=1,
            lease=LEASE, now=NOW, dead=presence.dead,
        )  # fmt: skip
    presence.close()
    assert start is not None


def test_a_fault_of_ours_is_an_outcome_with_a_pause_after_it(world: World) -> None:
    """A source whose visit breaks is neither silent nor visited anew with every tick."""
    world.add()
    with world.k.database.writing() as session:
        row = session.get_one(Source, "office")
        row.record = {"id": "office"}
        assert sources.claim(session, "office", world.clock(), holder=world.k.presence.token, lease=LEASE)
    poll_claimed(world.k, "office")
    (poll,) = world.rows(Poll)
    kept = world.source()
    assert (poll.status, poll.code) == ("error", "internal")
    assert (kept.claimed_by, kept.failures) == (None, 1)
    assert kept.due_at > world.clock()


def test_ids_alike_for_longer_than_an_index_goes_stay_apart(world: World) -> None:
    """Neither an id nor its length can keep a listing from being noted."""
    world.add()
    long = "".join(sha256(str(number).encode()).hexdigest() for number in range(90))
    feed = rss(world.origin, ("/a", "On the observers", DATE), ("/b", "On the press", DATE))
    for path in ("/a", "/b"):
        feed = feed.replace(f"<guid>{world.origin.url}{path}<".encode(), f"<guid>{long}{path}<".encode())
        world.origin.on(path, page(f"At {path}", f"{TEXT} It was said at {path}."))
    _, _, body = feed.partition(b"\r\n\r\n")
    world.origin.on("/feed", reply(body, Content_Type="application/rss+xml"))
    assert world.poll().items_new == 2
    assert world.poll().items_known == 2


def test_an_entry_without_a_usable_address_does_not_stop_the_others(world: World) -> None:
    """Its own words cannot be kept without a place; it is rejected, with a name."""
    world.add()
    feed = rss(
        world.origin,
        ("/a", "On the observers", DATE),
        ("/b", "On the press", DATE),
        extra=f"<description>{TEXT}</description>",
    )
    feed = feed.replace(f"<link>{world.origin.url}/a<".encode(), b"<link>https://me:secret@office.example/a<")
    feed = feed.replace(f"<guid>{world.origin.url}/a<".encode(), b"<guid isPermaLink='false'>first<")
    _, _, body = feed.partition(b"\r\n\r\n")
    world.origin.on("/feed", reply(body, Content_Type="application/rss+xml"))
    world.origin.on("/b", page("On the press", TEXT))
    report = world.poll()
    assert (report.items_new, report.items_rejected, report.items_seen) == (1, 1, 2)


def test_a_second_entry_of_a_known_page_is_known_even_if_the_page_cannot_be_had(world: World) -> None:
    """What is new is counted by what became of it, not by the way it came."""
    world.add()
    world.origin.on("/feed", rss(world.origin, ("/a", "On the observers", DATE)))
    world.origin.on("/a", page("On the observers", TEXT), reply(status=403))
    world.poll()
    feed = rss(world.origin, ("/a", "On the observers", DATE), extra=f"<description>{TEXT}</description>")
    feed = feed.replace(f"<guid>{world.origin.url}/a<".encode(), b"<guid isPermaLink='false'>another<")
    _, _, body = feed.partition(b"\r\n\r\n")
    world.origin.on("/feed", reply(body, Content_Type="application/rss+xml"))
    report = world.poll()
    assert len(world.documents) == 1
    assert (report.items_new, report.items_known) == (0, 1)


def test_a_walk_that_broke_off_is_not_acknowledged(world: World) -> None:
    """A 304 would hide the gap that the next walk is to close."""
    world.add(
        family="listing",
        start=world.origin.url + "/news",
        pages=1,
        select={"item": "li", "link": "a", "next": "a[rel=next]"},
    )
    for name in "abcd":
        world.origin.on(f"/{name}", page(f"Statement {name}", f"{TEXT} It carries the letter {name} here."))
    world.origin.on("/news", listing("a"), listing("d", "c", older="/news/1"))
    world.origin.on("/news/1", listing("b", "a"))
    world.poll()
    assert world.source().etag == '"a"'
    world.poll()
    assert (world.source().resume, world.source().etag) == (world.origin.url + "/news/1", None)


def test_a_visit_back_to_a_date_does_not_acknowledge_what_it_left_out(world: World) -> None:
    """The next plain visit still hears of the items before that date."""
    world.add()
    world.origin.on("/feed", rss(world.origin, ("/a", "On the observers", DATE)))
    world.origin.on("/a", page("On the observers", TEXT))
    assert world.poll(since=datetime(2026, 3, 2, tzinfo=UTC).date()).items_new == 0
    assert world.source().etag is None
    assert world.poll().items_new == 1


def test_a_long_walk_keeps_its_claim(world: World) -> None:
    """Walking a listing back may take longer than a claim lasts."""
    world.add(
        family="listing", start=world.origin.url + "/news", select={"item": "li", "link": "a", "next": "a[rel=next]"}
    )
    for name in "ab":
        world.origin.on(f"/{name}", page(f"Statement {name}", f"{TEXT} It carries the letter {name} here."))
    world.origin.on("/news", listing("b", older="/news/1"))
    world.origin.on("/news/1", listing("a"))
    began, seen = world.clock(), []

    def say(words: str) -> None:
        world.clock.go(minutes=5)
        if words.startswith("walking"):
            seen.append(world.source().claimed_until)

    world.poll(say=say)
    assert seen == [began + timedelta(minutes=5) + LEASE]


def test_what_was_archived_last_has_its_row_when_the_house_closes(
    tmp_path: Path, database_url: str, sandbox: Sandbox
) -> None:
    """A clean end gives files their final names, after which nobody looks for records without rows."""
    exchange = Exchange(
        url="https://office.example/", at=NOW, request_head=b"GET / HTTP/1.1\r\n\r\n", response_head=b"HTTP/1.1 200 OK\r\n\r\n",
        body=b"words", status=200,
    )  # fmt: skip
    with open_world(tmp_path, database_url, sandbox) as world:
        thread = Thread(target=world.k.evidence, args=(exchange,))
        thread.start()
        thread.join()
    database = open_database(database_url)
    with database.reading() as session:
        kept = len(session.exec(select(Capture)).all())
    database.close()
    assert kept == 1
