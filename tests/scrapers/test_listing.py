"""What is found on listing pages, with selectors and without."""

from __future__ import annotations

import pytest

from scrapers.errors import HostileMarkup, LayoutChanged
from scrapers.families import listing
from scrapers.model import Listing, Selectors, Source
from tests.scrapers.pages import page, source

ROW = '<li><h3><a href="/en/news/{n}">{title}</a></h3></li>'
HERE = "https://press.example/en/news"
PLAIN = source("listing", HERE)
HEADLINES = [
    "Statement on the closing of a reading room",
    "Keepers of the room released after nine hours",
    "Council asked for its missing order",
]


def read(body: str, record: Source = PLAIN, url: str = HERE) -> Listing:
    """Read a listing page."""
    return listing.links(record, page(url, f"<html><head><title>News</title></head><body>{body}</body></html>"))


def urls(found: Listing) -> list[str]:
    """Return the addresses found."""
    return [link.url for link in found.links]


def cards(template: str) -> str:
    """Fill a card for each headline."""
    return "".join(template.format(n=n, title=title) for n, title in enumerate(HEADLINES, 1))


WANTED = [f"https://press.example/en/news/{n}" for n in (1, 2, 3)]
MENU = (
    '<nav><ul><li><a href="/en/about-the-organisation">About the whole '
    'organisation</a></li><li><a href="/en/our-partners">All partners of the organisation</a></li></ul></nav>'
)
SIDE = (
    '<aside><h3>Popular</h3><ul><li><a href="/en/reports/a-very-long-report-title">A very '
    "long title of a report that everyone reads</a></li><li><a "
    'href="/en/reports/b">Another very long title of another report</a></li></ul></aside>'
)
FOOT = (
    '<footer><a href="/en/privacy">Privacy and cookies policy of the site</a><a '
    'href="/en/terms">Terms of use of the whole site</a></footer>'
)


@pytest.mark.parametrize(
    "template",
    [
        '<article class="post-{n} tag-{n}"><a href="/en/news/{n}"><img '
        'src="/{n}.jpg"></a><h2><a href="/en/news/{n}">{title}</a></h2><p>Teaser. <a '
        'href="/en/news/{n}">Read more</a></p></article>',
        '<li class="views-row-{n}"><span><a href="/en/news/{n}">{title}</a></span><span>12.05.2020</span></li>',
        '<tr><td>12 May 2020</td><td><a href="{n}">{title}</a></td></tr>',
        '<a class="card" href="/en/news/{n}"><div><h3>{title}</h3><p>A teaser that is much '
        "longer than the headline of the piece it stands under.</p></div></a>",
        '<dl><dt>12 May 2020</dt><dd><a href="/en/news/{n}">{title}</a></dd></dl>',
    ],
    ids=["articles", "list", "table", "whole cards", "definitions"],
)
def test_items_are_found_without_selectors(template: str) -> None:
    """What repeats with the longest texts is the listing; menus, sidebars and footers are not."""
    found = read(
        MENU + f"<main>{cards(template)}</main>" + SIDE + FOOT, url=f"{HERE}/" if '"{n}"' in template else HERE
    )
    assert urls(found) == WANTED
    assert [link.title for link in found.links] == HEADLINES


def test_a_featured_item_in_another_frame_belongs_to_the_listing() -> None:
    """The first item often stands apart; its address is of the same kind."""
    lead = '<section class="hero"><h1><a href="/en/news/9">The newest statement of them all</a></h1></section>'
    assert urls(read(lead + f"<main><ul>{cards(ROW)}</ul></main>")) == ["https://press.example/en/news/9", *WANTED]


def test_the_records_patterns_guide_the_guess() -> None:
    """With `include`, one matching item is enough and everything else is rejected."""
    record = source("listing", HERE, include=["/en/news/*"], exclude=["*/draft-*"])
    found = read(
        MENU
        + '<div><h3><a href="/en/news/1">Only one</a></h3><h3><a href="/en/news/draft-2">A draft that slipped out</a></h3></div>'
        + FOOT,
        record,
    )
    assert urls(found) == WANTED[:1]
    assert ("https://press.example/en/news/draft-2", "among the excluded addresses") in [
        (each.what, each.reason) for each in found.rejected
    ]


def test_selectors_win_over_the_guess() -> None:
    """A record that names its items gets exactly these."""
    record = source("listing", HERE, select=Selectors(item=".card", link=".t a", date=".d"))
    body = '<div class="card"><div class="t"><a href="/en/news/1">Short</a></div><i class="d">5 March 2020</i></div>'
    found = read(cards('<h2><a href="/x/{n}">{title}</a></h2>') + body, record)
    assert urls(found) == WANTED[:1]
    assert str(found.links[0].published) == "2020-03-05"


def test_a_card_that_is_the_link_itself_needs_no_link_selector() -> None:
    """`item` alone suffices, whether it is the link or holds it."""
    record = source("listing", HERE, select=Selectors(item=".card"))
    whole = '<a class="card" href="/en/news/1"><h3>One</h3><p>Teaser</p></a>'
    body = whole + '<div class="card"><a href="/en/news/2">Two</a></div><div class="card"></div>'
    found = read(body, record)
    assert [(link.url, link.title) for link in found.links] == [(WANTED[0], "One"), (WANTED[1], "Two")]


def test_a_title_selector_names_the_item_where_the_whole_card_is_the_link() -> None:
    """The day and the teaser that stand inside the same link stay out of the title."""
    record = source("listing", HERE, select=Selectors(item="li", link="a", title=".title"))
    card = '<li><a href="/en/news/{n}"><span>12.03.2026</span><div class="title">{title}</div><div>In short.</div></a></li>'
    assert [link.title for link in read(f"<ul>{cards(card)}</ul>", record).links] == HEADLINES


def test_an_unreadable_selector_is_named() -> None:
    """The record is wrong, and the message shows what."""
    with pytest.raises(LayoutChanged, match=r"'div\[' cannot be read"):
        read("<p>text</p>", source("listing", HERE, select=Selectors(link="div[")))


@pytest.mark.parametrize(
    ("markup", "day"),
    [
        ('<time datetime="2020-05-12T23:30:00-04:00">yesterday</time>', "2020-05-13"),
        ('<span class="post-date">12 мая 2020</span>', "2020-05-12"),
        ("<span>12.05.2020</span>", "2020-05-12"),
        ("<p>A teaser of the text // 12.05.2020</p>", "2020-05-12"),
        ("<p>A teaser of the text //</p>", None),
        ("<p>In 2020 something happened.</p>", None),
    ],
)
def test_dates_beside_the_items_are_read(markup: str, day: str | None) -> None:
    """The day is read from what stands in the item's own block, and a year in a teaser is no day."""
    record = source("listing", HERE, languages=["en", "ru"])
    found = read("<ul>" + cards(ROW.replace("</li>", f"{markup}</li>")) + "</ul>", record)
    assert [link.published and str(link.published)[:10] for link in found.links] == [day] * 3


def test_a_date_in_a_headline_is_not_the_day_of_publication() -> None:
    """A statement about a past day was not published on it."""
    found = read(
        "<ul>"
        + "".join(f'<li><h3><a href="/en/news/{n}">On the events of {n} March 2006</a></h3></li>' for n in (1, 2))
        + "</ul>"
    )
    assert [link.published for link in found.links] == [None, None]


@pytest.mark.parametrize(
    ("markup", "url", "following"),
    [
        ('<a rel="next" href="?page=2">more</a>', HERE, f"{HERE}?page=2"),
        ('<link rel="next" href="/en/news/page/2/">', HERE, "https://press.example/en/news/page/2/"),
        ('<li class="pager__item--next"><a href="?page=1">»</a></li>', HERE, f"{HERE}?page=1"),
        ('<a href="?page=1" title="Go to next page">›</a>', HERE, f"{HERE}?page=1"),
        ('<a href="/en/news/page/3/">Older posts</a>', f"{HERE}/page/2/", "https://press.example/en/news/page/3/"),
        ('<a href="?page=0">1</a><a href="?page=1">2</a><a href="?page=2">3</a>', f"{HERE}?page=1", f"{HERE}?page=2"),
        (
            '<a href="/en/news/page/2/">2</a><a href="/en/news/page/9/">9</a>',
            HERE,
            "https://press.example/en/news/page/2/",
        ),
        ('<a href="?page=2">Следующая</a>', HERE, f"{HERE}?page=2"),
        ('<a href="?page=2">Наступная старонка</a>', HERE, f"{HERE}?page=2"),
        ('<a href="?page=0">1</a><a href="?page=1">2</a>', f"{HERE}?page=1", None),
        ('<a rel="next" href="https://other.example/?page=2">next</a>', HERE, None),
        ('<a href="/en/news/7">The next step of the council in Zarechyn</a>', HERE, None),
    ],
)
def test_the_next_page_is_found(markup: str, url: str, following: str | None) -> None:
    """Pagers of the usual anatomy are understood, zero-based ones too; the last page has no next."""
    assert read(cards('<h2><a href="/en/news/{n}">{title}</a></h2>') + markup, url=url).next == (
        [following] if following else []
    )


def test_a_next_selector_decides() -> None:
    """The record's own way to the next page wins."""
    record = source("listing", HERE, select=Selectors(link="h2 a", next="a.more"))
    assert read(
        '<h2><a href="/en/news/1">One</a></h2><a rel="next" href="?x">no</a><a class="more" href="?from=20">more</a>',
        record,
    ).next == [f"{HERE}?from=20"]


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("https://other.example/en/news/5", "another site"),
        ("https://www.facebook.com/sharer/sharer.php?u=x", "a share button"),
        ("/en/news", "the listing itself"),
        ("/en/news?utm_source=rss", "the listing itself"),
        ("/en/news?page=3", "another page of the listing"),
        ("/en/search", "part of the site's furniture"),
        ("/files/photo.jpg", "a file, not a page"),
        ("mailto:press@press.example", "no web address"),
        ("https://user:pass@press.example/x", "no address that may be fetched"),
    ],
)
def test_what_is_no_statement_is_rejected_with_its_reason(href: str, reason: str) -> None:
    """Selectors may catch too much; what they caught is not lost without a word."""
    found = read(
        f'<h2><a href="{href}">A headline that is long enough</a></h2><h2><a href="/en/news/1">One</a></h2>',
        source("listing", HERE, select=Selectors(link="h2 a")),
    )
    assert urls(found) == WANTED[:1]
    assert [each.reason for each in found.rejected] == [reason]


@pytest.mark.parametrize(
    "href",
    ["http://www.press.example/en/news/1", "https://campaign.press.example/en/news/1", "//press.example:443/en/news/1"],
)
def test_other_hosts_of_the_site_belong_to_it(href: str) -> None:
    """www, campaign subdomains and plain http are the same organisation."""
    found = read(f'<h2><a href="{href}">A headline</a></h2>', source("listing", HERE, select=Selectors(link="h2 a")))
    assert len(found.links) == 1


def test_pdf_items_are_kept() -> None:
    """Ministries list statements that are PDF files."""
    assert urls(read("<ul>" + cards(ROW.replace("/en/news/{n}", "/files/{n}.pdf")) + "</ul>")) == [
        f"https://press.example/files/{n}.pdf" for n in (1, 2, 3)
    ]


def test_a_declared_base_is_followed() -> None:
    """Relative addresses follow <base>."""
    items = '<h2><a href="1">A first headline</a></h2><h2><a href="2">A second headline</a></h2>'
    body = f'<html><head><base href="/deep/er/"></head><body>{items}</body></html>'
    for record in (PLAIN, source("listing", HERE, select=Selectors(link="h2 a"))):
        assert urls(listing.links(record, page(HERE, body))) == [
            "https://press.example/deep/er/1",
            "https://press.example/deep/er/2",
        ]


def test_a_page_without_items_is_an_empty_listing() -> None:
    """A page beyond the last answers 200 with an empty view: the caller decides what that means."""
    found = read(MENU + "<main><p>No results were found on this page of the archive.</p></main>" + FOOT)
    assert (found.links, found.next) == ([], [])


@pytest.mark.slow
def test_no_more_than_ten_thousand_links_are_read() -> None:
    """The rest is counted, and the work grows with the links, not with their square."""
    body = (
        "<ul>"
        + "".join(f'<li><h3><a href="/en/news/{n}">Statement about number {n}</a></h3></li>' for n in range(10_050))
        + "</ul>"
    )
    for record in (PLAIN, source("listing", HERE, select=Selectors(link="h3 a"))):
        found = read(body, record)
        assert len(found.links) == listing.MOST_LINKS
        assert [each.what for each in found.rejected] == ["50 further links"]


@pytest.mark.slow
@pytest.mark.timeout(40)
@pytest.mark.parametrize(
    "record", [PLAIN, source("listing", HERE, select=Selectors(link="a"))], ids=["guessed", "selected"]
)
def test_hostile_markup_ends_in_time(record: Source) -> None:
    """Attributes by the hundred thousand and bottomless nesting are refused by name; depth that is read is read in time."""
    for body in ("<a " + " ".join(f'a{n}="1"' for n in range(200_000)) + ">x</a>", "<div>" * 100_000):
        with pytest.raises(HostileMarkup):
            read(body, record)
    deep = "<div>" * 1_500 + "".join(f'<a href="/x/{n}">some longer text of item {n}</a>' for n in range(3_000))
    assert len(read(deep, record).links) == 3_000
