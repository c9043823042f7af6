"""What is read from feeds, whole, broken and hostile."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers import entry
from scrapers.errors import HostileMarkup, LayoutChanged, ScrapeError
from scrapers.families import feed
from scrapers.feedread import read, read_feed
from scrapers.feedvalue import label, person, wait
from scrapers.model import Link
from scrapers.seen import Entry
from tests.scrapers.pages import page, source

HERE = "https://press.example/feed"
FEED = source("feed", HERE)

ITEM = """<item><title>On the closing of a reading room</title><link>https://press.example/s/{n}</link>
<guid isPermaLink="false">https://press.example/?p={n}</guid><pubDate>Thu, 17 Sep 2020 21:04:31 +0000</pubDate>
<description><![CDATA[<p>The room {n} was closed.</p>]]></description></item>"""


def rss(*items: str, head: str = "", declared: str = "") -> str:
    """Make an RSS 2.0 feed."""
    head = "\n".join(["<title>Press room</title>", head, *items])
    return f'<?xml version="1.0"?>\n<rss version="2.0"{declared}><channel>{head}\n</channel></rss>'


def entries(text: str | bytes, url: str = HERE, kind: str = "application/xml") -> list[Entry]:
    """Read the entries of a feed for display."""
    return read_feed(page(url, text, kind))[1]


def one(text: str | bytes) -> Entry:
    """Read the single entry of a feed."""
    [entry] = entries(text)
    return entry


def outcome(body: str | bytes) -> str:
    """Read a feed and its listing; return the name of the error, or `feed` if every title can be stored."""
    try:
        found = read(page(HERE, body))
        feed.links(FEED, page(HERE, body))
    except ScrapeError as error:
        return error.code
    storable = all("\x00" not in entry.title and entry.title.encode() is not None for entry in found.entries)
    return "feed" if storable else "unstorable"


def test_rss_gives_every_field() -> None:
    """Title, address, identity, author, both dates, both texts, language and enclosures are read from RSS 2.0."""
    item = """<item><title>A &amp; B</title><link>/s/1</link><guid>tag:x,1</guid><dc:creator>Press office</dc:creator>
    <pubDate>Thu, 17 Sep 20 21:04:31 GMT</pubDate><atom:updated>2020-09-18T08:00:00Z</atom:updated><dc:language>be</dc:language>
    <description>Short</description><content:encoded><![CDATA[<p>Long <script>x()</script></p>]]></content:encoded>
    <enclosure url="/a.pdf" type="application/pdf"/></item>"""
    declared = (
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    )
    info, [entry] = read_feed(page(HERE, rss(item, head="<language>en-us</language><ttl>90</ttl>", declared=declared)))

    assert (info.kind, info.title, info.language, info.ttl) == ("rss", "Press room", "en-US", 5400)
    assert (entry.title, entry.link, entry.id, entry.author) == (
        "A & B",
        "https://press.example/s/1",
        "tag:x,1",
        "Press office",
    )
    assert (str(entry.published), str(entry.updated)) == ("2020-09-17T21:04:31Z", "2020-09-18T08:00:00Z")
    assert (entry.summary, entry.content, entry.language) == ("Short", "<p>Long </p>", "be")
    assert entry.enclosures == ["https://press.example/a.pdf"]


def test_atom_gives_every_field() -> None:
    """The alternate link wins over others, and relative addresses follow xml:base."""
    info, [entry] = read_feed(
        page(
            HERE,
            """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru" xml:base="https://base.example/x/">
            <title type="html">&lt;b&gt;News&lt;/b&gt;</title>
            <link rel="self" href="https://press.example/feed"/><link href="/"/><updated>2024-01-02T03:04:05+02:00</updated>
            <entry><id>urn:1</id><title type="text">1 &lt; 2</title><link rel="edit" href="/edit/1"/>
            <link href="s/1"/><link rel="enclosure" href="a.pdf"/>
            <author><name>The office</name><email>o@x.example</email></author>
            <published>2024-01-01</published><updated>2024-01-02T00:00:00Z</updated>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text</p></div></content></entry></feed>""",
        )
    )
    assert (info.kind, info.title, info.link, info.language) == ("atom", "News", "https://base.example/", "ru")
    assert str(info.updated) == "2024-01-02T01:04:05Z"
    assert (entry.title, entry.link, entry.author) == ("1 < 2", "https://base.example/x/s/1", "The office")
    assert (str(entry.published), str(entry.updated)) == ("2024-01-01", "2024-01-02T00:00:00Z")
    assert entry.content == "<p>Text</p>"
    assert entry.enclosures == ["https://base.example/x/a.pdf"]


@pytest.mark.parametrize(
    "text",
    [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/"><channel><title>C</title></channel>'
        '<item rdf:about="https://press.example/s/1"><title>T</title><link>https://press.example/s/1</link></item></rdf:RDF>',
        '<rss version="0.91"><channel><title>C</title><item><title>T</title><link>'
        "https://press.example/s/1</link></item></channel></rss>",
        '<rss xmlns="http://backend.userland.com/rss2"><channel><item><title>T</title><link>'
        "https://press.example/s/1</link></item></channel></rss>",
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="base64">VA==</title>'
        '<link rel="alternate" type="text/html" href="https://press.example/s/1"/></entry></feed>',
        '<CHANNEL HREF="https://press.example/"><ITEM HREF="https://press.example/s/1"><TITLE>T</TITLE></ITEM></CHANNEL>',
        '{"version": "https://jsonfeed.org/version/1.1", "title": "C", '
        '"items": [{"id": 7, "url": "https://press.example/s/1", "title": "T"}]}',
    ],
    ids=["rss-1.0", "rss-0.91", "rss-namespace", "atom-0.3", "cdf", "json"],
)
def test_every_dialect_gives_title_and_address(text: str) -> None:
    """No dialect of twenty-five years is foreign."""
    entry = one(text)
    assert (entry.title, entry.link) == ("T", "https://press.example/s/1")


def test_a_json_feed_survives_wrong_types() -> None:
    """Numbers, nulls and lists where texts belong cost nothing but themselves, and a lone surrogate is replaced."""
    text = json.dumps(
        {
            "items": [
                {"id": None, "url": 5, "title": ["x"], "authors": "nobody", "attachments": {}},
                "no item",
                {
                    "id": "https://press.example/s/2",
                    "title": "A\ud800B",
                    "content_text": "1 < 2",
                    "date_published": "2024-02-30T00:00:00Z",
                },
            ]
        }
    )
    first, second = entries(text)
    assert (first.title, first.id) == ("", None)
    assert (second.title, second.content, second.published) == ("A\ufffdB", "1 &lt; 2", None)


@pytest.mark.parametrize(
    ("kind", "damaged"),
    [
        ("spaces before", "\n\n  " + rss(ITEM.format(n=1), ITEM.format(n=2))),
        ("two byte order marks", "\ufeff\ufeff" + rss(ITEM.format(n=1), ITEM.format(n=2))),
        ("a warning before", "<br />\n<b>Warning</b>: in <b>/a.php</b>\n" + rss(ITEM.format(n=1), ITEM.format(n=2))),
        ("a script behind", rss(ITEM.format(n=1), ITEM.format(n=2)) + "<!-- cached --><script>var a=1;</script>"),
        ("control characters", rss(ITEM.format(n=1), ITEM.format(n=2)).replace("closing", "clos\x0b\x08ing")),
        (
            "bare ampersands",
            rss(ITEM.format(n=1), ITEM.format(n=2)).replace(
                "<channel>", "<channel><copyright>R&D <3 &AT&T</copyright>"
            ),
        ),
        (
            "unknown entities",
            rss(ITEM.format(n=1), ITEM.format(n=2), head="<copyright>&laquo;x&raquo;&nbsp;&nosuch;</copyright>"),
        ),
        ("an open tag", rss(ITEM.format(n=1), ITEM.format(n=2)).replace("</pubDate>", "")),
        ("an open section", rss(ITEM.format(n=1), ITEM.format(n=2)).replace("]]>", "]] >", 1)),
        ("capitals", rss(ITEM.format(n=1), ITEM.format(n=2)).replace("item>", "ITEM>").replace("title>", "TITLE>")),
        ("a doubled attribute", rss(ITEM.format(n=1), ITEM.format(n=2), declared=' lang="a" lang="b"')),
        (
            "an undeclared prefix",
            rss(ITEM.format(n=1), ITEM.format(n=2), head='<atom:link href="x"/>').replace(
                "<guid", "<dc:creator>O</dc:creator><guid"
            ),
        ),
    ],
)
def test_a_damaged_feed_keeps_all_its_items(kind: str, damaged: str) -> None:
    """Each kind of damage seen on real servers is repaired: titles and addresses stay whole."""
    found = [(entry.title, entry.link) for entry in entries(damaged)]
    assert found == [("On the closing of a reading room", f"https://press.example/s/{n}") for n in (1, 2)], kind


def test_ampersands_in_addresses_survive_a_fault_elsewhere() -> None:
    """libxml2 drops `&amp;` after the first fault; the address must not suffer by it."""
    item = "<item><title>T</title><link>https://press.example/s?a=1&amp;b=2&#038;c=3</link></item>"
    assert one(rss(item, head="<x>AT&T</x>")).link == "https://press.example/s?a=1&b=2&c=3"


@pytest.mark.parametrize("codec", ["utf-8", "windows-1251", "utf-16"])
def test_a_feed_with_a_wrong_encoding_label_is_read(codec: str) -> None:
    """What the bytes prove wins over what the declaration says."""
    title = "Заява праваабарончых арганізацый аб закрыцці чытальнай залы"
    text = rss(ITEM.format(n=1).replace("On the closing of a reading room", title)).replace(
        '"1.0"?', '"1.0" encoding="iso-8859-1"?'
    )
    assert one(text.encode(codec)).title == title


def test_a_few_stray_bytes_do_not_turn_utf8_into_something_else() -> None:
    """One damaged character leaves the others as they were."""
    body = (
        rss(ITEM.format(n=1).replace("On the", "Über den — “"), head="<copyright>@@</copyright>")
        .encode()
        .replace(b"@@", b"\xff\xe9")
    )
    assert one(body).title.startswith("Über den — “")


def test_a_cut_feed_keeps_whole_items_and_says_so() -> None:
    """An item without its end is left for the next visit: half a text would look like an edit."""
    whole = rss(*(ITEM.format(n=n) for n in range(1, 5)))
    listing = feed.links(FEED, page(HERE, whole[: whole.rindex("was closed")]))
    assert [link.url for link in listing.links] == [f"https://press.example/s/{n}" for n in (1, 2, 3)]
    assert listing.partial == "the feed was cut"


def test_declared_entities_are_refused() -> None:
    """No feed needs them; bombs and file readers do."""
    for inner in (
        '<!ENTITY a "b">',
        '<!ENTITY % a SYSTEM "http://evil.example/x.dtd"> %a;',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
    ):
        with pytest.raises(HostileMarkup):
            entries(f"<?xml version='1.0'?><!DOCTYPE rss [{inner}]>" + rss(ITEM.format(n=1)).partition("?>")[2])


def test_a_harmless_doctype_and_html_entities_are_accepted() -> None:
    """RSS 0.91 came with a DOCTYPE, and writers of HTML write &nbsp; anywhere."""
    text = (
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS '
        '0.91//EN" "http://my.netscape.com/rss.dtd">'
        "<!-- <rss> <!ENTITY in a comment "
        "--><rss><channel><item><title>a&nbsp;&eacute;</title><link>https://press.example/1</link></item></channel></rss>"
    )
    assert one(text).title == "a é"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "0 bytes"),
        (b"hello world", "11 bytes"),
        (
            b"<!DOCTYPE html><html><head><title>Latest</title></head>"
            b"<body><p>All our news in one place, and rss too: &lt;rss&gt;</p></body></html>",
            "this is none",
        ),
        (
            b"<html><body><svg></svg> <rss><channel><item><title>copied</title></item></channel></rss>"
            b" and more text</body></html>",
            "this is none",
        ),
        (b'{"items": "none of it", "padding": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}', "this is none"),
        (b"{" * 100_000, "this is none"),
    ],
)
def test_what_is_no_feed_is_a_changed_layout(body: bytes, words: str) -> None:
    """A dead feed that answers 200 never looks like a quiet day."""
    with pytest.raises(LayoutChanged, match=words):
        feed.links(FEED, page(HERE, body, "application/rss+xml"))


def test_a_feed_without_entries_is_a_listing_without_links() -> None:
    """Whether an empty feed is a fault is for the caller to judge."""
    listing = feed.links(FEED, page(HERE, rss()))
    assert (listing.links, listing.partial, listing.title) == ([], None, "Press room")


def test_an_item_without_link_is_read_from_its_guid_or_from_itself() -> None:
    """A guid that is an address serves as link; else the item gets a fragment of the feed's address and keeps its text."""
    listing = feed.links(
        FEED,
        page(
            HERE,
            rss(
                "<item><title>One</title><guid>https://press.example/s/1</guid></item>",
                '<item><title>Two</title><guid isPermaLink="false">two</guid>'
                "<description>&lt;p&gt;Second text.&lt;/p&gt;</description></item>",
                "<item></item>",
            ),
        ),
    )
    one_link, two = listing.links
    assert one_link.url == "https://press.example/s/1"
    assert two.url.startswith(f"{HERE}#!entry-")
    assert two.text == "<p>Second text.</p>"
    assert [rejected.reason for rejected in listing.rejected] == ["an item without link, guid, title or text"]

    assert (one_link.page, two.page) == (True, False)
    draft = entry.read(FEED, two)
    assert (draft.url, draft.title, draft.text, draft.media) == (two.url, "Two", "Second text.", "entry")


def test_an_item_that_leads_to_the_front_page_is_kept() -> None:
    """Where every item has the home page as its address, the entries themselves are the documents."""
    record = source("feed", HERE, home="https://press.example/")
    items = [f"<item><title>{n}</title><link>https://press.example</link><guid>{n}</guid></item>" for n in (1, 2)]
    listing = feed.links(record, page(HERE, rss(*items)))
    assert [link.title for link in listing.links] == ["1", "2"]
    assert all(link.url.startswith(f"{HERE}#!entry-") for link in listing.links)


def test_the_fragment_of_an_item_stays_the_same() -> None:
    """An item without address keeps its name from visit to visit, whatever stands around it."""
    item = '<item><title>Two</title><guid isPermaLink="false">two</guid></item>'
    [first] = feed.links(FEED, page(HERE, rss(item))).links
    *_, second = feed.links(FEED, page(HERE, rss(ITEM.format(n=1), item.replace("Two", "Zwei")))).links
    assert first.url == second.url


def test_titles_are_one_line_of_plain_text() -> None:
    """Markup, scripts, references and control characters in a title do no harm; a `<` that is no tag stays."""
    assert label("<script>alert(1)</script>A <b>bold</b>\n&amp;amp; title\x00 &#x41;") == "A bold &amp; title A"
    assert label("3 < 5 & 7") == "3 < 5 & 7"
    assert one(rss("<item><title>&lt;img src=x onerror=alert(1)&gt;Hi</title></item>")).title == "Hi"


@pytest.mark.parametrize(
    "date",
    [
        "0000-00-00T00:00:00Z",
        "Tue, 01 Mar 2203 10:00:00 GMT",
        "1970-01-01T00:00:00Z",
        "Wed, 31 Dec 0000 00:00:00 GMT",
        "Fri, 99 Foo 2024",
        "x" * 5000,
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_an_impossible_date_is_no_date(date: str) -> None:
    """A date that cannot be is left out; the item stays."""
    [link] = feed.links(
        FEED,
        page(HERE, rss(f"<item><title>T</title><link>https://press.example/1</link><pubDate>{date}</pubDate></item>")),
    ).links
    assert link.published is None


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Thu, 17 Sep 2020 21:04:31 +0000", "2020-09-17T21:04:31Z"),
        ("7 Sep 2020 01:04:31 +0300", "2020-09-06T22:04:31Z"),
        ("Thu, 17 Sep 2020 21:04:31 EST", "2020-09-18T02:04:31Z"),
        ("Thu, 17 Sep 20 21:04:31 GMT", "2020-09-17T21:04:31Z"),
        ("2020-09-17T21:04:31-05:00", "2020-09-18T02:04:31Z"),
        ("2020-09-17", "2020-09-17"),
        ("17 сентября 2020", "2020-09-17"),
    ],
)
def test_dates_of_feeds_are_read_to_the_precision_they_have(date: str, moment: str) -> None:
    """The usual forms, the old ones and those of people all give the moment or the day they name."""
    entry = one(rss(f"<item><title>T</title><pubDate>{date}</pubDate></item>"))
    assert str(entry.published) == moment
    assert entry.published is not None
    assert (entry.published.method, entry.published.raw) == ("feed", date)


def test_content_is_sanitised_for_display() -> None:
    """Nothing that runs, loads or leads to javascript: comes out of `read_feed`."""
    entry = one(
        rss(
            "<item><title>T</title><description><![CDATA["
            "<p onclick=x()>a<img src=http://t.example/p.gif><a href='javascript:x'>b</a></p>]]></description></item>"
        )
    )
    assert not any(bad in entry.summary for bad in ("onclick", "<img", "javascript"))
    assert "a" in entry.summary


def test_base64_content_is_unpacked() -> None:
    """Atom 0.3 allowed it, and broken padding is shown as it came."""
    packed = base64.b64encode(b"<p>In a box</p>").decode()
    text = (
        '<feed xmlns="http://purl.org/atom/ns#"><entry><title>T</title>'
        '<content mode="base64" type="text/html">{}</content></entry></feed>'
    )
    assert one(text.format(packed)).content == "<p>In a box</p>"
    assert one(text.format("!")).title == "T"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("press@x.example (The Office)", "The Office"),
        ("The Office <press@x.example>", "The Office"),
        ("Office", "Office"),
        ("", None),
    ],
)
def test_an_author_is_a_name(text: str, name: str | None) -> None:
    """A mailbox is cut down to the person."""
    assert person(text) == name


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (("60", None, None), 3600),
        ((None, "hourly", "2"), 1800),
        ((None, "daily", None), 86_400),
        (("x", "never", "y"), None),
        (("9999999", None, None), 2_592_000),
    ],
)
def test_the_asked_interval_is_bounded(asked: tuple[str | None, str | None, str | None], seconds: int | None) -> None:
    """A feed may ask for patience, up to thirty days."""
    assert wait(*asked) == seconds


def test_an_address_listed_twice_is_given_once() -> None:
    """The second is rejected with its reason."""
    listing = feed.links(FEED, page(HERE, rss(ITEM.format(n=1), ITEM.format(n=1))))
    assert [link.url for link in listing.links] == ["https://press.example/s/1"]
    assert [rejected.reason for rejected in listing.rejected] == ["this address was listed before"]


def test_only_included_addresses_are_given() -> None:
    """The record's patterns hold for feeds too."""
    record = source("feed", HERE, include=["/s/*"], exclude=["/s/2"])
    listing = feed.links(
        record,
        page(
            HERE, rss(*(ITEM.format(n=n) for n in (1, 2, 3)), "<item><link>https://press.example/blog/1</link></item>")
        ),
    )
    assert [link.url for link in listing.links] == ["https://press.example/s/1", "https://press.example/s/3"]


def test_a_mention_of_items_inside_a_text_is_not_an_item() -> None:
    """A text about feeds quotes their tags; it neither adds items nor loses any."""
    item = ITEM.format(n=1).replace("The room 1", "An <item> holds <title>s")
    assert [entry.title for entry in entries(rss(item, ITEM.format(n=2)))] == ["On the closing of a reading room"] * 2


@pytest.mark.slow
def test_ten_thousand_items_are_read_in_seconds() -> None:
    """The work grows with the items, not with their square; in whole and in damaged feeds alike."""
    items = [ITEM.format(n=n) for n in range(10_000)]
    for text in (
        rss(*items),
        rss(*items, head="<x>AT&T</x>"),
        rss(*items).replace("</pubDate>", ""),
        rss(*items).replace("]]>", "]] >"),
    ):
        assert len(feed.links(FEED, page(HERE, text)).links) == 10_000


@pytest.mark.slow
@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "body",
    [
        "<rss "
        + " ".join(f'a{n}="1"' for n in range(200_000))
        + "><channel><item><title>x</title></item></channel></rss>",
        "<rss><channel><item><description>" + "<b>" * 200_000,
        "<rss><channel>" + "<" * 1_000_000,
        "<rss><channel><item><title>" + "<![CDATA[" * 100_000,
        "<rss><channel><item><title>" + "&" * 500_000,
        "<!-- <rss> -->" * 50_000 + "<rss></rss>",
        "<rss><channel>" + "<item><title>x</title>" * 20_000,
    ],
    ids=["attributes", "depth", "brackets", "sections", "ampersands", "comments", "open items"],
)
def test_hostile_feeds_end_in_time(body: str) -> None:
    """Bytes made to hang a parser give a listing or a named error."""
    assert outcome(body) in {"feed", "layout_changed"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "<rss>",
                    "<channel>",
                    "<item>",
                    "</item>",
                    "<title>",
                    "</title>",
                    "<link>",
                    "<![CDATA[",
                    "]]>",
                    "<!--",
                    "&amp;",
                    "&",
                    "<feed>",
                    "<entry ",
                    "\x00",
                ]
            ),
            st.text(max_size=8),
            st.sampled_from(
                ["https://press.example/s/1", "<pubDate>2020</pubDate>", "<!DOCTYPE", "<!ENTITY", "xmlns:a='b'", ">"]
            ),
        ),
        max_size=40,
    ),
    st.sampled_from(["utf-8", "utf-16", "windows-1251"]),
)
def test_no_bytes_bring_the_reader_down(pieces: list[str], codec: str) -> None:
    """Whatever arrives, the answer is a feed or a named error, and titles are storable."""
    body = ("<rss><channel><item>" + "".join(pieces)).encode(codec, "ignore")
    assert outcome(body) in {"feed", "dtd", "layout_changed"}


def test_a_link_can_be_kept_when_its_page_cannot_be_had() -> None:
    """The feed's own text makes a draft that says where it came from and what it lacks."""
    from scrapers import entry

    draft = entry.read(
        FEED, Link(url="https://press.example/s/1", text="<p>First words. More &amp; more.</p><p>End.</p>")
    )
    assert (draft.title, draft.text) == ("First words. More & more.", "First words. More & more.\n\nEnd.")
    assert draft.missing == ["published"]
    assert draft.origins == {"title": "feed", "text": "feed"}
