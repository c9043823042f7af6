"""What real sources do between two visits, by number; those of one page are in tests/scrapers."""

import socket
from datetime import UTC, datetime

import pytest

from tests.origin import Asked, redirect, reply
from tests.service.world import TEXT, World, page, rss

DATE = "Sun, 01 Mar 2026 09:00:00 GMT"
OTHER = (
    "Eleven governments urged the authorities to let the press work freely, and asked for the return of what had been taken "
    "from newsrooms in the course of the searches last week."
)
THIRD = (
    "The Commission welcomes that the two lawyers may work again, and recalls that the right to a defence of one's own choice "
    "is worth nothing where those who defend lose their licence for it."
)


def feed(world: World, *rows: tuple[str, str, str], date: str = DATE, said: str = "") -> bytes:
    """A feed of (guid, path, title), where the guid is no address."""
    parts = [
        f"<item><title>{title}</title><link>{world.origin.url}{path}</link>"
        + (f'<guid isPermaLink="false">{guid}</guid>' if guid else "")
        + f"<pubDate>{date}</pubDate>{said}</item>"
        for guid, path, title in rows
    ]
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Office</title>{"".join(parts)}</channel></rss>'
    return reply(body.encode(), Content_Type="application/rss+xml")


@pytest.fixture
def office(world: World) -> World:
    """A source with one statement of id 1 at /a, polled once."""
    world.add()
    world.origin.on("/feed", feed(world, ("1", "/a", "On the observers")))
    world.origin.on("/a", page("On the observers", TEXT))
    assert world.poll().status == "ok"
    return world


def kinds(world: World) -> list[str]:
    return [kind for kind, _ in world.events]


@pytest.mark.parametrize("body", [b"<rss></rss>", b"hello world"])
def test_01_a_zombie_feed_is_suspect_not_quiet(office: World, body: bytes) -> None:
    """Eleven bytes with status 200 are no news that there is no news."""
    office.origin.on("/feed", reply(body, Content_Type="application/rss+xml"))
    report = office.poll()
    assert (report.status, report.error and report.error.code) == ("suspect", "layout_changed")


def test_02_03_a_wall_at_the_feeds_address_blocks_the_source_and_loses_nothing(office: World) -> None:
    """The source says that it is blocked; when the wall is gone it goes on as if nothing had been."""
    wall = b"<html><head><title>Just a moment...</title></head><body><p>Checking your browser</p></body></html>"
    office.origin.on(
        "/feed", reply(wall, Content_Type="application/rss+xml"), feed(office, ("1", "/a", "On the observers"))
    )
    report = office.poll()
    assert (report.status, report.error and report.error.code) == ("suspect", "challenge_page")
    assert office.source().state == "blocked"
    assert office.poll().status == "ok"
    assert office.source().state == "ok"
    assert kinds(office) == ["new"]


def test_04_a_page_without_its_item_is_tried_again(world: World) -> None:
    """The frame of a site, served whole with status 200, is not kept as the statement's text."""
    world.add()
    world.origin.on("/feed", feed(world, ("1", "/a", "On the observers of the count")))
    frame = (
        "<html><head><title>Office</title></head><body><nav><a href=/>Home</a></nav><div><p>Our rooms are open from nine "
        "to five; bring a document with a photograph, and leave your bags at the gate.</p></div></body></html>"
    )
    world.origin.on("/a", reply(frame.encode()), page("On the observers of the count", TEXT))
    first = world.poll()
    assert (first.items_new, first.error and first.error.code) == (0, "layout_changed")
    assert world.poll().items_new == 1
    assert "without delay" in world.versions[0].text


def test_06_a_feed_that_works_while_its_pages_are_forbidden_gives_what_it_carries(world: World) -> None:
    """HTML answers 403, the feed does not."""
    world.add()
    world.origin.on("/feed", feed(world, ("1", "/a", "On the press"), said=f"<description>{OTHER}</description>"))
    world.origin.on("/a", reply(status=403))
    report = world.poll()
    assert (report.status, report.error and report.error.code, report.items_new) == ("partial", "forbidden", 1)
    assert world.versions[0].text == OTHER


def test_06_a_feed_that_moved_behind_a_landing_page_is_replaced_by_another_door(world: World) -> None:
    """The page at the old address is no feed; the listing is read instead and the report says so."""
    listing = {"family": "listing", "start": world.origin.url + "/news", "select": {"item": "li", "link": "a"}}
    world.add(doors=[listing])
    world.origin.on("/feed", reply(b"<html><head><title>Feeds</title></head><body><h1>Our feeds</h1></body></html>"))
    world.origin.on(
        "/news", reply(b"<html><body><main><ul><li><a href=/a>On the observers</a></li></ul></main></body></html>")
    )
    world.origin.on("/a", page("On the observers", TEXT))
    report = world.poll()
    assert (report.items_new, report.error and report.error.code) == (1, "layout_changed")
    assert report.door is not None
    assert report.door.startswith("listing")


def test_08_a_firewall_that_drops_compatible_agents_lets_us_through(world: World) -> None:
    """The service's own agent is none of the form that is dropped."""
    body = feed(world, ("1", "/a", "On the observers"))

    def firewall(asked: Asked, sock: socket.socket) -> bool:
        agent = asked.headers["user-agent"].lower()
        sock.sendall(reply(status=403) if "compatible;" in agent or "python" in agent else body)
        return True

    world.add()
    world.origin.on("/feed", firewall)
    world.origin.on("/a", page("On the observers", TEXT))
    assert world.poll().items_new == 1


def test_11_a_filter_of_a_wrong_value_gives_a_valid_feed_of_nothing(world: World) -> None:
    """Where items are expected, a feed without any is a changed layout from the first visit on."""
    world.add(expect={"links": 2})
    world.origin.on("/feed", feed(world))
    report = world.poll()
    assert (report.status, report.error and report.error.code) == ("suspect", "layout_changed")


def test_12_an_item_edited_in_place_is_one_document_of_two_versions(office: World) -> None:
    """Same id, same address, another title: the page is read again."""
    office.origin.on("/feed", feed(office, ("1", "/a", "On the Observers")))
    office.origin.on("/a", page("On the Observers", TEXT))
    assert office.poll().items_edited == 1
    assert [version.title for version in office.versions] == ["On the observers", "On the Observers"]
    assert len(office.documents) == 1


def test_13_an_address_that_passes_to_another_item_takes_no_history_with_it(office: World) -> None:
    """Slugs are renumbered: the first item moves on, and its old address belongs to a new one."""
    office.origin.on("/feed", feed(office, ("2", "/a", "On the press"), ("1", "/a-2", "On the observers")))
    office.origin.on("/a", page("On the press", OTHER))
    office.origin.on("/a-2", page("On the observers", TEXT))
    office.poll()
    office.poll()
    first, second = office.documents
    assert (first.title, first.url.rpartition("/")[2]) == ("On the observers", "a-2")
    assert (second.title, second.url.rpartition("/")[2]) == ("On the press", "a")
    assert [version.title for version in office.versions if version.document_id == first.id] == ["On the observers"]
    assert sorted(kinds(office)) == ["moved", "new", "new"]


def test_14_an_address_used_again_under_another_id_is_a_new_version(office: World) -> None:
    """The yearly message at its yearly address: both texts are kept, and two ids for one address do not take turns."""
    office.origin.on("/feed", feed(office, ("2", "/a", "On the press"), ("1", "/a", "On the observers")))
    office.origin.on("/a", page("On the press", OTHER))
    assert office.poll().items_edited == 1
    assert office.poll().items_edited == 0
    assert [version.number for version in office.versions] == [1, 2]
    assert len(office.documents) == 1


def test_15_items_of_one_title_are_different_items(world: World) -> None:
    """A title is no identity."""
    world.add()
    world.origin.on("/feed", feed(world, ("1", "/a", "Statement"), ("2", "/b", "Statement")))
    world.origin.on("/a", page("Statement", TEXT))
    world.origin.on("/b", page("Statement", OTHER))
    assert world.poll().items_new == 2
    assert len(world.statements) == 2


@pytest.mark.parametrize("date", ["Sun, 01 Mar 2026 10:02:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT"])
def test_16_a_rewritten_date_is_no_edit(office: World, date: str) -> None:
    """The feed's date shifts by an hour or a day; the document and its place in time stay."""
    before = office.statements[0].sort_at
    office.origin.on("/feed", feed(office, ("1", "/a", "On the observers"), date=date))
    report = office.poll()
    assert (report.items_edited, report.items_new) == (0, 0)
    assert len(office.versions) == 1
    assert office.statements[0].sort_at == before


def test_17_an_item_that_left_the_window_and_came_back_is_known(office: World) -> None:
    """Caches flap: an old window after a newer one brings nothing new and costs no page."""
    office.origin.on("/feed", feed(office, ("2", "/b", "On the press")), feed(office, ("1", "/a", "On the observers")))
    office.origin.on("/b", page("On the press", OTHER))
    assert office.poll().items_new == 1
    again = office.poll()
    assert (again.items_new, again.items_edited, again.items_known) == (0, 0, 1)
    assert len(office.origin.of("/a")) == 1


def test_18_an_id_that_flips_between_http_and_https_is_one_id(world: World) -> None:
    """An id that is an address is compared as one."""
    world.add()
    world.origin.on(
        "/feed",
        feed(world, ("http://office.example/?p=7", "/a", "On the observers")),
        feed(world, ("https://www.office.example/?p=7", "/a", "On the observers")),
    )
    world.origin.on("/a", page("On the observers", TEXT))
    assert [world.poll().items_new for _ in range(2)] == [1, 0]
    assert len(world.items) == 1


def test_19_an_id_that_changes_with_its_address_makes_no_second_statement(world: World) -> None:
    """The twin carries the same words, so readers see one statement."""
    world.add()
    world.origin.on(
        "/feed",
        rss(world.origin, ("/a", "On the observers", DATE)),
        rss(world.origin, ("/b", "On the observers", DATE)),
    )
    world.origin.on("/a", page("On the observers", TEXT))
    world.origin.on("/b", page("On the observers", TEXT))
    world.poll()
    world.poll()
    assert len(world.statements) == 1


def test_19_an_address_that_redirects_to_its_successor_is_one_document(world: World) -> None:
    """The old address leads to the new one, which has an id of its own."""
    world.add()
    world.origin.on(
        "/feed",
        rss(world.origin, ("/a", "On the observers", DATE)),
        rss(world.origin, ("/b", "On the observers", DATE)),
    )
    world.origin.on("/a", redirect(world.origin.url + "/b", 301))
    world.origin.on("/b", page("On the observers", TEXT))
    world.poll()
    world.poll()
    assert len(world.documents) == 1
    assert kinds(world) == ["new"]


def test_19_items_without_ids_are_known_by_their_addresses(world: World) -> None:
    """An empty id does not make all items one."""
    world.add()
    world.origin.on("/feed", feed(world, ("", "/a", "On the observers"), ("", "/b", "On the press")))
    world.origin.on("/a", page("On the observers", TEXT))
    world.origin.on("/b", page("On the press", OTHER))
    assert [world.poll().items_new for _ in range(2)] == [2, 0]


def test_20_one_text_under_two_addresses_and_titles_is_one_statement(office: World) -> None:
    """A release and its copy under another headline."""
    office.add("wire", start=office.origin.url + "/wire")
    office.origin.on("/wire", feed(office, ("9", "/live", "Live: the day at the court")))
    office.origin.on("/live", page("Live: the day at the court", TEXT))
    office.poll("wire")
    assert (len(office.documents), len(office.statements)) == (2, 1)


@pytest.mark.xfail(strict=True, reason="document symbols are not read yet: a release and a report of it stay apart")
def test_20_one_event_in_two_wordings_is_joined_by_its_document_symbol(office: World) -> None:
    """Both pages name SC/14632."""
    office.origin.on("/feed", feed(office, ("2", "/b", "Council meets"), ("3", "/c", "Live: Council meets")))
    office.origin.on("/b", page("Council meets", f"SC/14632\n\n{OTHER}"))
    office.origin.on("/c", page("Live: Council meets", f"SC/14632\n\n{THIRD}"))
    office.poll()
    assert len(office.statements) == 2


def test_21_22_a_subdomain_and_a_mirror_carry_the_same_statement(office: World) -> None:
    """Another host name with the same words is another place of the same statement."""
    mirror = office.origin.url.replace("127.0.0.1", "localhost")
    office.add("mirror", start=mirror + "/mirror/feed")
    body = feed(office, ("1", "/mirror/a", "On the observers")).replace(b"127.0.0.1", b"localhost")
    office.origin.on("/mirror/feed", body)
    office.origin.on("/mirror/a", page("On the observers", TEXT))
    office.poll("mirror")
    assert [row.role for row in office.documents] == ["original", "copy"]
    assert len(office.statements) == 1


def listing(*names: str, older: str | None = None) -> bytes:
    rows = "".join(f"<li><h3><a href=/{name}>A statement called {name}</a></h3></li>" for name in names)
    onward = f"<a rel=next href={older}>Older</a>" if older else ""
    return reply(f"<html><body><main><ul>{rows}</ul>{onward}</main></body></html>".encode())


def test_34_an_item_pushed_to_the_next_page_meanwhile_is_read_once_and_none_is_lost(world: World) -> None:
    """Something is published between two requests of one walk: the second page begins with what ended the first."""
    world.add(family="listing", start=world.origin.url + "/news", select={"item": "li", "link": "a"})
    world.origin.on("/news", listing("d", "c", older="/news/1"))
    world.origin.on("/news/1", listing("c", "b", older="/news/2"))
    world.origin.on("/news/2", listing("b", "a"))
    for name in "abcd":
        world.origin.on(
            f"/{name}", page(f"Statement {name}", f"{OTHER} This is the one that carries the letter {name}.")
        )
    assert world.poll().items_new == 4
    assert len(world.origin.of("/c")) == 1


def test_35_a_listing_whose_older_pages_are_forbidden_is_read_as_far_as_it_may_be(world: World) -> None:
    """Pagination that robots.txt forbids ends the walk, not the visit."""
    world.add(family="listing", start=world.origin.url + "/news", select={"item": "li", "link": "a"})
    world.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /news/", Content_Type="text/plain"))
    world.origin.on("/news", listing("a", older="/news/2"))
    world.origin.on("/a", page("On the observers", TEXT))
    report = world.poll()
    assert (report.status, report.items_new) == ("partial", 1)
    assert world.origin.of("/news/2") == []


def test_35_an_unreadable_robots_file_forbids_nothing_that_it_does_not_say(world: World) -> None:
    """Bytes that are no text cost their own lines; the rule beside them holds."""
    world.add()
    world.origin.on(
        "/robots.txt", reply(b"\xff\xfe\x00\x01\nUser-agent: *\nDisallow: /news/\n\x80\x81", Content_Type="text/plain")
    )
    said = f"<description>{OTHER}</description>"
    world.origin.on("/feed", feed(world, ("1", "/news/a", "On the press"), ("2", "/b", "On the observers"), said=said))
    world.origin.on("/b", page("On the observers", TEXT))
    assert world.poll().items_new == 2
    assert {version.media for version in world.versions} == {"entry", "html"}
    assert world.origin.of("/news/a") == []


@pytest.mark.parametrize(("seen", "shown"), [(" count", "count"), ("observers", "obser vers"), ("release", "re-lease")])
def test_38_lost_and_added_spaces_make_no_other_text(office: World, seen: str, shown: str) -> None:
    """A migration glues words, a line break parts them: the words are still the same."""
    assert seen in TEXT
    office.add("wire", start=office.origin.url + "/wire")
    office.origin.on("/wire", feed(office, ("9", "/copy", "On the observers")))
    office.origin.on("/copy", page("On the observers", TEXT.replace(seen, shown)))
    office.poll("wire")
    assert (len(office.documents), len(office.statements)) == (2, 1)


def test_39_a_withdrawn_item_keeps_its_place_and_its_first_text(office: World) -> None:
    """The address stays, the title gains a prefix: an edit that shows, not a new statement."""
    office.origin.on("/feed", feed(office, ("1", "/a", "[Withdrawn] On the observers")))
    office.origin.on("/a", page("[Withdrawn] On the observers", f"This statement was withdrawn.\n\n{TEXT}"))
    assert office.poll().items_edited == 1
    assert kinds(office) == ["new", "edited"]
    assert office.statements[0].title == "[Withdrawn] On the observers"
    assert "withdrawn" not in office.versions[0].text


def test_40_a_feed_of_none_is_empty_for_a_new_source_and_suspect_for_one_that_yielded(office: World) -> None:
    """Zero items are read as zero, and mean something only beside what was there before."""
    office.add("young", start=office.origin.url + "/young")
    office.origin.on("/young", feed(office))
    office.origin.on("/feed", feed(office))
    assert office.poll("young").status == "ok"
    assert office.poll().status == "suspect"


REPORT = (
    "CAPITAL (Daily / Some Wire - 18th September, 2020) Twenty-nine countries called for restraint and for the release of all "
    "who were detained during the protests.\n\n"
    "The department issued the joint statement on Thursday, and the wire reported on it in the night, when it was Friday in "
    "the town of the paper already."
)


def test_a_statement_and_its_report_keep_their_own_days_and_the_report_its_source(world: World) -> None:
    """The statement is of the 17th, the report appeared on the 18th in its own zone and says whose it is."""
    world.add()
    world.origin.on("/feed", feed(world, ("1", "/a", "Countries urge restraint"), date="Fri, 18 Sep 2020 08:00:00 GMT"))
    world.origin.on("/a", page("Countries urge restraint", REPORT, published="2020-09-18T02:10:00+05:00"))
    assert world.poll().items_new == 1
    (version,) = world.versions
    assert version.published == datetime(2020, 9, 17, 21, 10, tzinfo=UTC)
    assert version.statement_date == datetime(2020, 9, 17, tzinfo=UTC)
    assert version.details["reposted_from"] == "Daily / Some Wire"
    assert version.details["origins"]["statement_date"] == "weekday"


def test_a_page_in_two_languages_says_so_for_each_paragraph(world: World) -> None:
    """The document has the language of most of it, each paragraph its own."""
    world.add()
    world.origin.on("/feed", feed(world, ("1", "/a", "On the observers")))
    belarusian = (
        "Мы заклікаем улады неадкладна вызваліць усіх, хто быў затрыманы за назіранне за выбарамі ў нашай краіне."
    )
    world.origin.on("/a", page("On the observers", f"{TEXT}\n\n{belarusian}"))
    world.poll()
    (version,) = world.versions
    assert version.language == "en"
    assert version.details["paragraph_languages"] == ["en", "en", "be"]
