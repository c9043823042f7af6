"""What real feeds, pages and servers do, by number; those that only show over several visits are in tests/service."""

from __future__ import annotations

import gzip

import pytest

from scrapers import address, dates, document, published
from scrapers.errors import (
    ChallengePage,
    Forbidden,
    LayoutChanged,
    MaintenancePage,
    ScrapeError,
    SoftNotFound,
    TooLarge,
)
from scrapers.families import feed, govuk, listing, sitemap
from scrapers.model import Draft, Link, Selectors
from tests.origin import Origin, reply
from tests.scrapers import fetching
from tests.scrapers.fetching import Desk
from tests.scrapers.reading import NOW, PROSE, article, page, paragraphs, pdf, source

RSS = "application/rss+xml"
URL = "https://ngo.example/en/news/101"
SPOKEN = "The Office deplores the sentencing of nine observers, and it calls for their release without any delay."


def read(html: str, *, link: Link | None = None, url: str = URL, **fields: object) -> Draft:
    return document.read(source(**fields), page(html, url=url), link)


def rss(*items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Office</title>{"".join(items)}</channel></rss>'.encode()


def item(path: str, extra: str = "", opening: str = "<item>") -> str:
    return f"{opening}<title>On {path}</title><link>https://ngo.example{path}</link>{extra}</item>"


def entries(body: bytes | str, kind: str = RSS, **fields: object) -> list[Link]:
    given = {"family": "feed", "start": "https://ngo.example/feed"} | fields
    return feed.links(source(**given), page(body, url="https://ngo.example/feed", kind=kind)).links


CHECK = (
    "<html><head><title>Just a moment...</title></head><body><p>Checking your browser before access.</p>"
    "<script>window._cf_chl_opt={}</script></body></html>"
)


@pytest.mark.parametrize("body", [b"<rss></rss>", b"hello world", b"<feed/>\n\n\n\n"])
def test_01_a_zombie_feed_of_eleven_bytes_is_no_quiet_day(body: bytes) -> None:
    """A feed that does not even say its name is no feed, whereas a named feed without items is an empty one."""
    assert len(body) == 11
    with pytest.raises(LayoutChanged):
        entries(body)
    assert entries(rss()) == []


def test_02_a_challenge_page_with_status_200_where_a_feed_was_asked_is_named() -> None:
    """The answer looks successful and is none."""
    with pytest.raises(ChallengePage):
        entries(CHECK, kind="text/html; charset=utf-8")


def test_02_a_challenge_on_one_path_says_nothing_about_another(origin: Origin, desk: Desk) -> None:
    """Some paths of a host answer 403 while others are open."""
    closed = origin.on("/closed", reply(CHECK.encode(), 403))
    opened = origin.on("/open", reply(article(paragraphs()).encode()))
    with pytest.raises((Forbidden, ChallengePage)):
        desk.fetcher.get(closed)
    assert fetching.page(desk.fetcher.get(opened)).status == 200


@pytest.mark.parametrize("kind", [RSS, "application/xml", "text/xml; charset=utf-8"])
def test_03_the_label_of_a_feed_does_not_make_a_blocking_page_one(kind: str) -> None:
    """Bytes decide, not the Content-Type."""
    with pytest.raises(ChallengePage):
        entries(CHECK, kind=kind)


def test_04_an_interstitial_that_reloads_itself_is_a_challenge() -> None:
    """No text, a script and a meta refresh: a browser check."""
    html = (
        "<html><head><title>One moment</title><meta http-equiv='refresh' content='3'></head>"
        "<body><script>document.cookie='k=1'</script></body></html>"
    )
    with pytest.raises(ChallengePage):
        read(html)


def test_04_technical_difficulties_are_maintenance() -> None:
    """A notice for visitors from data centres is not the text of a statement."""
    with pytest.raises(MaintenancePage):
        read(article("<h1>Technical Difficulties</h1><p>We are experiencing technical difficulties.</p>"))


FRAME = (
    "<div class=intro><p>The Department serves the public with news about its work, its people and its programmes in every "
    "part of the world, on every day of the year, and it does so free of charge and in nine languages.</p></div>"
)


@pytest.mark.parametrize("select", [Selectors(), Selectors(title=".featured h1", body=".entry-content")])
def test_04_a_whole_page_without_the_item_is_a_changed_layout(select: Selectors) -> None:
    """The site's frame alone, 200 and full size, must not become a statement."""
    link = Link(url=URL, title="Observers protest against arrests")
    with pytest.raises(LayoutChanged):
        read(article(FRAME * 3, title="Department"), link=link, select=select)


def test_05_html_handed_to_the_feed_reader_is_not_reported_as_malformed_xml() -> None:
    """What stands there is named: a parser's complaint would hide a block."""
    for html, error in ((CHECK, ChallengePage), (article(paragraphs()), LayoutChanged)):
        with pytest.raises(error) as caught:
            entries(html, kind="text/xml")
        assert "XML" not in caught.value.sentence


def test_06_a_landing_page_at_the_old_address_of_a_feed_is_a_changed_layout() -> None:
    """A page about feeds is no empty feed."""
    landing = article("<h1>Our feeds</h1><ul><li><a href=/rss/news>News</a></li></ul>" + paragraphs())
    with pytest.raises(LayoutChanged):
        entries(landing, kind="text/html")


@pytest.mark.parametrize("heading", ["Page not found", "Lapa nav atrasta", "No RSS feeds available"])
def test_07_an_error_page_with_status_200_is_a_soft_404(heading: str) -> None:
    """In the site's language or in English, for a page as for a feed."""
    html = article(f"<h1>{heading}</h1><p>Please use the search.</p>", title=heading)
    with pytest.raises(SoftNotFound):
        read(html)
    with pytest.raises(SoftNotFound):
        entries(html, kind="text/html")


def test_08_we_do_not_call_ourselves_compatible(origin: Origin, desk: Desk) -> None:
    """Firewalls drop agents of the form "(compatible; Name; +URL)"; ours names itself as RFC 9110 has it."""
    desk.fetcher.get(origin.on("/", reply(b"<p>hello")))
    assert "compatible" not in origin.asked[-1].headers["user-agent"].lower()
    assert not origin.asked[-1].headers["user-agent"].startswith("Mozilla")


@pytest.mark.parametrize("coding", ["gzip", ""])
def test_09_a_body_compressed_said_or_unsaid_is_expanded_within_a_limit(
    origin: Origin, desk: Desk, coding: str
) -> None:
    """Servers compress whatever was asked for."""
    fine = origin.on("/fine", reply(gzip.compress(rss(item("/a"))), Content_Encoding=coding, Content_Type=RSS))
    bomb = origin.on("/bomb", reply(gzip.compress(bytes(8 << 20)), Content_Encoding=coding, Content_Type=RSS))
    assert fetching.page(desk.fetcher.get(fine)).body == rss(item("/a"))
    with pytest.raises(TooLarge):
        desk.fetcher.get(bomb)


@pytest.mark.parametrize(("status", "code"), [(410, "gone"), (403, "forbidden"), (406, "http_4xx")])
def test_10_a_retired_interface_and_a_refusal_are_told_apart(
    origin: Origin, desk: Desk, status: int, code: str
) -> None:
    """Retired for good, awaiting approval, unwilling to talk to programs: three codes."""
    with pytest.raises(ScrapeError) as caught:
        desk.fetcher.get(origin.on("/v1", reply(b"no", status)))
    assert caught.value.code == code


def test_11_what_a_filter_let_through_is_filtered_again() -> None:
    """An interface that ignores its parameters returns everything: the record's own patterns still hold."""
    body = rss(item("/statements/1"), item("/tenders/2"), item("/statements/3"))
    found = feed.links(
        source(family="feed", start="https://ngo.example/feed?kind=statement", include=["/statements/"]),
        page(body, url="https://ngo.example/feed?kind=statement", kind=RSS),
    )
    assert [link.url[-2:] for link in found.links] == ["/1", "/3"]
    assert [each.reason for each in found.rejected] == ["not among the included addresses"]


def test_13_14_15_an_item_is_its_id_and_its_address_but_not_its_title() -> None:
    """Items of one title are kept apart, and an address that is listed under two ids is read once."""
    same = "<item><title>Statement</title><link>https://ngo.example/{}</link><guid isPermaLink='false'>{}</guid></item>"
    found = entries(rss(same.format("a", "1"), same.format("b", "2"), same.format("a", "3")))
    assert [(link.url[-1], link.guid) for link in found] == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize("guid", ["", "<guid/>", "<guid>  </guid>"])
def test_19_an_item_without_id_has_its_address(guid: str) -> None:
    """A missing and an empty id are the same nothing."""
    (link,) = entries(rss(item("/a", guid)))
    assert (link.url, link.guid) == ("https://ngo.example/a", None)


@pytest.mark.parametrize(
    "host", ["http://ngo.example", "https://www.ngo.example", "https://ngo.example.", "https://NGO.example:443"]
)
def test_21_one_page_on_five_spellings_of_a_host_has_one_key(host: str) -> None:
    """Scheme, www, capitals, port and a trailing dot make no other document; a campaign's subdomain may."""
    assert address.key(f"{host}/en/news/5/") == address.key("https://ngo.example/en/news/5")
    assert address.key("https://vote.ngo.example/en/news/5") != address.key("https://ngo.example/en/news/5")


def test_22_a_mirror_does_not_speak_for_the_origin() -> None:
    """Neither a canonical link to another site is believed, nor do a mirror's addresses belong to the source."""
    head = '<link rel="canonical" href="https://mirror-4711.example/en/news/101">'
    assert read(article(f"<h1>Observers protest</h1>{paragraphs()}", head=head)).url == URL
    rows = "".join(
        f'<li><h3><a href="https://mirror-4711.example/{n}">A statement number {n}</a></h3></li>' for n in range(3)
    )
    found = listing.links(source(), page(f"<html><body><main><ul>{rows}</ul></main></body></html>"))
    assert found.links == []
    assert {each.reason for each in found.rejected} == {"another site"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://ngo.example/a?utm_source=rss&utm_medium=feed", "https://ngo.example/a"),
        ("https://ngo.example/a?fbclid=Xyz", "https://ngo.example/a"),
        ("https://ngo.example/index.php?id=15&utm_campaign=x", "https://ngo.example/index.php?id=15"),
        ("https://ngo.example/view?ID=15", "https://ngo.example/view?ID=15"),
        ("https://ngo.example/doc?File=/15.pdf", "https://ngo.example/doc?File=/15.pdf"),
    ],
)
def test_23_tracking_parameters_go_and_identity_stays(url: str, kept: str) -> None:
    """A parameter is identity unless it is known to be tracking."""
    assert address.canonical(url) == kept


def test_24_a_print_view_is_the_same_document() -> None:
    """By parameter, and by the block inside a page that repeats nothing of the text."""
    assert address.key("https://ngo.example/news/5?print=print") == address.key("https://ngo.example/news/5")
    assert address.key("https://ngo.example/index.php?do=print&id=5") == address.key(
        "https://ngo.example/index.php?id=5"
    )
    inner = f"<h1>Observers protest</h1><div class=print-link><a href='?print=print'>Версия для печати</a></div>{paragraphs()}"
    assert "Версия" not in read(article(inner)).text


CYRILLIC = "ВІКІ і МВФ: Україна та її Криголам. Ми вимагаємо звільнити всіх, кого затримали за спостереження."


@pytest.mark.parametrize("label", ["windows-1251", "utf-8", "iso-8859-1", None])
def test_25_windows_1251_is_read_whatever_it_is_called(label: str | None) -> None:
    """A wrong header, a missing one, a meta element that landed in the title; short words in capitals survive."""
    html = (
        f'<html><head><title>ВІКІ і МВФ<meta charset="{label or ""}"></title></head><body><main><h1>ВІКІ і МВФ</h1>'
        f"{paragraphs(*[CYRILLIC] * 3)}</main></body></html>"
    )
    kind = f"text/html; charset={label}" if label else "text/html"
    draft = document.read(source(languages=["uk"]), page(html.encode("cp1251"), kind=kind), None)
    assert (draft.title, draft.encoding, draft.language) == ("ВІКІ і МВФ", "windows-1251", "uk")
    assert draft.text.startswith(CYRILLIC)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Fri 18th September 2020", "en", "2020-09-18"),
        ("TOWN (Some News / Wire - 18th September, 2020)", "en", "2020-09-18"),
        ("24 Березня, 2020", "uk", "2020-03-24"),
        ("// 24.02.2022", "en", "2022-02-24"),
        ("//", "en", "None"),
        ("12/2/2013", "fr", "2013-02-12"),
        ("Minsk - December 2, 2019", "en", "2019-12-02"),
        ("January 24, BPN.", "en", "2026-01-24"),
        ("22:57 GMT 28.04.2020", "en", "2020-04-28T22:57:00Z"),
        ("13-02-2025 - 12:47", "en", "2025-02-13T12:47:00Z"),
        ("18 сентября 2020", "ru", "2020-09-18"),
        ("18 верасня 2020", "be", "2020-09-18"),
        ("9 мая 2020", "be", "2020-05-09"),
        ("9 траўня 2020", "be", "2020-05-09"),
        ("5 сьнежня 2019", "be", "2019-12-05"),
        ("Thu, 20 Aug 26 10:00:00 GMT", "en", "2026-08-20T10:00:00Z"),
        ("1970-01-01T03:00:00+0300", "ru", "None"),
        ("2010-02-03T10:00:00+0200", "be", "2010-02-03T08:00:00Z"),
        ("2012-02-03T10:00:00+0300", "be", "2012-02-03T07:00:00Z"),
    ],
)
def test_26_27_28_dates_as_sites_write_them(text: str, language: str, expected: str) -> None:
    """Ordinals, capitals, stray slashes, day first, no year, GMT first, both Mays, short years, the epoch, old offsets."""
    assert str(dates.parse(text, languages=(language,), now=NOW)) == expected


def test_28_a_date_without_offset_keeps_its_own_day() -> None:
    """Nothing says in which zone 23:30 is meant: the day that readers see is the day."""
    draft = read(
        article(f'<h1>Observers protest</h1><time datetime="2020-07-16T23:30:00">16 July</time>{paragraphs()}')
    )
    assert draft.published is not None
    assert dates.local_day(draft.published).isoformat() == "2020-07-16"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/2020/07/16/protest", "2020-07-16"),
        ("/ru/2020/07/d4711/", "2020-07"),
        ("/news/14-07-2021-observers-protest", "2021-07-14"),
        ("/index.php?id=1594857600", "None"),
        ("/news/1594857600", "None"),
    ],
)
def test_29_an_address_may_be_all_that_dates_a_page(path: str, expected: str) -> None:
    """In three orders, and never from an id that looks like a Unix time."""
    assert str(published.from_address(f"https://ngo.example{path}", NOW)) == expected


def test_29_the_date_in_an_id_yields_to_the_date_of_publication() -> None:
    """A number such as 20260810IPR12345 is older than the release that bears it."""
    inner = (
        f'<h1>Observers protest</h1><time itemprop="datePublished" datetime="2026-08-12T12:47">x</time>{paragraphs()}'
    )
    draft = read(article(inner), url="https://ngo.example/en/press-room/20260810IPR12345/protest")
    assert str(draft.published) == "2026-08-12T12:47:00Z"


def test_30_a_page_without_any_date_is_read_and_says_so() -> None:
    """No date is better than an invented one."""
    draft = read(article(f"<h1>Observers protest</h1>{paragraphs()}"))
    assert draft.published is None
    assert "published" in draft.missing


def test_30_a_title_may_hold_the_only_date() -> None:
    """Where it ends the title, it is the statement's; a day within the title is what the statement is about."""
    dated = read(article(f"<h1>Statement by the Ministry, 12 March 2021</h1>{paragraphs()}", title="x"))
    assert (str(dated.statement_date), str(dated.published)) == ("2021-03-12", "2021-03-12")
    assert dated.origins["statement_date"] == "title"
    assert (
        read(article(f"<h1>On the vote of 9 August 2020 and after</h1>{paragraphs()}", title="x")).statement_date
        is None
    )


def test_31_an_absolute_date_goes_before_a_relative_one() -> None:
    """Both stand in spans of one class; the relative one counts only when alone."""
    bar = '<p class="info"><span class="d">A Writer</span> <span class="d">12 minutes ago</span> {}</p>'
    absolute = read(
        article(f"<h1>Observers protest</h1>{bar.format('<span class=d>Fri 7th August 2026</span>')}{paragraphs()}")
    )
    assert str(absolute.published) == "2026-08-07"


def test_31_a_date_that_a_script_draws_is_in_its_attribute() -> None:
    """The element has no text, only an epoch."""
    inner = f'<h1>Observers protest</h1><dateformat data-time="1594857600"></dateformat>{paragraphs()}'
    assert str(read(article(inner)).published) == "2020-07-16T00:00:00Z"


def test_32_a_sitemap_of_everything_yields_pages() -> None:
    """Files and other folders are rejected by name, and an index leads only to the chosen sitemaps."""
    rows = "".join(
        f"<url><loc>https://ngo.example{path}</loc></url>" for path in ("/news/1", "/a.zip", "/photo.jpg", "/people/2")
    )
    found = sitemap.links(
        source(family="sitemap", include=["/news/"]), page(f"<urlset>{rows}</urlset>", kind="application/xml")
    )
    assert [link.url for link in found.links] == ["https://ngo.example/news/1"]
    assert {each.reason for each in found.rejected} == {"a file, not a page", "not among the included addresses"}

    maps = "".join(
        f"<sitemap><loc>https://ngo.example/{name}-sitemap.xml</loc></sitemap>" for name in ("post", "person")
    )
    index = sitemap.links(
        source(family="sitemap", exclude=["*person-sitemap*"]),
        page(f"<sitemapindex>{maps}</sitemapindex>", kind="text/xml"),
    )
    assert index.next == ["https://ngo.example/post-sitemap.xml"]


def test_33_a_statement_may_be_a_pdf_behind_a_landing_page() -> None:
    """The landing page names the file, in a link, a frame or an object; the file itself is read by its bytes."""
    inner = (
        f"<h1>Observers protest</h1>{paragraphs()}<p><a href=/files/full.pdf>Full text</a></p>"
        "<iframe data-src=/files/frame.pdf></iframe><object data=/files/object.pdf></object>"
    )
    assert {each.rpartition("/")[2] for each in read(article(inner)).attachments} == {
        "full.pdf",
        "frame.pdf",
        "object.pdf",
    }
    document_page = page(
        pdf([["Observers protest", "", *PROSE]]), url="https://ngo.example/files/full.pdf", kind="text/html"
    )
    assert document.read(source(), document_page, None).media == "pdf"


def test_33_letters_set_apart_are_joined_again() -> None:
    """P R E S S is a word."""
    file = pdf([["P R E S S  R E L E A S E", "", "Observers protest against the arrests", "", *PROSE]])
    draft = document.read(source(), page(file, url="https://ngo.example/a.pdf", kind="application/pdf"), None)
    assert "P R E S S" not in draft.text
    assert "PRESS" in draft.text.upper()


def test_34_an_article_page_that_repeats_the_listing_is_read_without_it() -> None:
    """The other items' teasers are none of this text."""
    rows = "".join(
        f"<div class=views-row><h3><a href=/en/news/{n}>Another headline, number {n}</a></h3>"
        f"<p>A teaser of statement {n} that goes on for a while and then stops. <a href=/en/news/{n}>Read more</a></p></div>"
        for n in range(12)
    )
    text = read(
        article(f"<article><h1>Observers protest</h1>{paragraphs(*PROSE * 2)}</article><div class=view>{rows}</div>")
    ).text
    assert all(part in text for part in PROSE)
    assert "teaser" not in text


@pytest.mark.parametrize("title", ["Cookie Consent and Choices", "We value your privacy"])
def test_36_a_consent_page_is_no_article(title: str) -> None:
    """It stands in place of the text on the hosts of reposting media."""
    html = article(
        f"<h1>{title}</h1><p>We and our partners store and use cookies. Accept all or manage your choices.</p>",
        title=title,
    )
    with pytest.raises(ChallengePage):
        read(html)


@pytest.mark.parametrize(
    ("path", "lang", "text", "language"),
    [
        ("/en/zayava-pra-zatrymanni", "be", [SPOKEN] * 3, "en"),
        ("/en/news/5", "en", ["Мы заклікаем улады неадкладна вызваліць усіх, хто быў затрыманы падчас назірання."] * 3, "be"),
        ("/ru/news/5", "ru", [SPOKEN] * 3, "en"),
        ("/en/news/6", "en", ["Le Bureau déplore la condamnation de neuf observateurs et demande leur libération."] * 3, "fr"),
        ("/***CURRENT_LANGUAGE***/news/7", "***CURRENT_LANGUAGE***", [SPOKEN] * 3, "en"),
    ],
)  # fmt: skip
def test_37_the_text_tells_its_language_not_its_surroundings(
    path: str, lang: str, text: list[str], language: str
) -> None:
    """Slug, folder, lang attribute and unresolved tokens are hints that the text overrules."""
    html = article(f"<h1>101</h1>{paragraphs(*text)}", lang=lang, title="101")
    assert read(html, url=f"https://ngo.example{path}", languages=["en", "be"]).language == language


def test_37_an_unresolved_token_is_no_language_of_a_twin() -> None:
    """A template that forgot to fill in a language names none."""
    links = "".join(
        f'<link rel="alternate" hreflang="{tag}" href="/{tag}/news/7">' for tag in ("***CURRENT_LANGUAGE***", "ru")
    )
    assert list(read(article(f"<h1>101</h1>{paragraphs()}", head=links)).twins) == ["ru"]


def test_39_a_correction_is_part_of_the_title_and_a_withdrawal_of_the_text() -> None:
    """Both are the publisher's words: neither is cut off nor put elsewhere."""
    assert (
        read(article(f"<h1>[Withdrawn] Observers protest</h1>{paragraphs()}", title="x")).title
        == "[Withdrawn] Observers protest"
    )
    assert read(article(f"<h1>Observers protest (Corrected)</h1>{paragraphs()}", title="x")).title.endswith(
        "(Corrected)"
    )
    content = b"""{"title": "On the vote", "base_path": "/x", "locale": "en", "details": {"body": "<p>Text of it.</p>"},
        "withdrawn_notice": {"explanation": "<p>It is out of date.</p>", "withdrawn_at": "2026-02-03T10:00:00Z"}}"""
    draft = govuk.draft(source(family="govuk"), page(content, kind="application/json"), None)
    assert draft.text.startswith("Withdrawn 2026-02-03. It is out of date.")


def test_40_items_with_attributes_count_and_an_empty_feed_is_no_broken_one() -> None:
    """<item rdf:about="…"> is an item; a feed with none is empty, and one cut short is read in part."""
    opening = '<item rdf:about="https://ngo.example/a" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    assert [link.url for link in entries(rss(item("/a", opening=opening), item("/b")))] == [
        "https://ngo.example/a",
        "https://ngo.example/b",
    ]

    empty = feed.links(source(family="feed"), page(rss(), kind=RSS))
    assert (empty.links, empty.partial) == ([], None)
    cut = feed.links(source(family="feed"), page(rss(item("/a"), item("/b"))[:-40], kind=RSS))
    assert cut.partial is not None
