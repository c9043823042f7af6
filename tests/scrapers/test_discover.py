"""Pages read for the ways into their sites: shapes, feeds, interfaces, selectors, other languages."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import guessing
from scrapers.discover import inspect
from scrapers.errors import ChallengePage, LayoutChanged, ScrapeError
from scrapers.families import listing
from scrapers.model import Selectors
from scrapers.seen import FeedLink, Site
from tests.scrapers.reading import PROSE, article, page, paragraphs, source

NEWS = "https://ngo.example/en/news"


def rows(form: str, count: int = 6) -> str:
    """Items of a listing: `form` gets a number, an address and a headline."""
    return "".join(
        form.format(
            n=n, url=f"/en/news/{100 + n}", title=f"Statement number {n} on the arrests", day=f"{n + 10}.02.2026"
        )
        for n in range(count)
    )


def seen(body: str, url: str = NEWS, *, head: str = "") -> Site:
    """Inspect a page with the usual furniture."""
    return inspect(page(article(body, head=head, title="News | An NGO"), url=url))


LAYOUTS = {
    "cards": (
        '<div class="cards">{}</div>',
        '<div class="card c{n}"><h3><a href="{url}">{title}</a></h3><time datetime="2026-02-1{n}">x</time></div>',
    ),
    "whole links": (
        '<section class="grid">{}</section>',
        '<a class="tile" href="{url}"><h4>{title}</h4><p class="tile-date">{day}</p></a>',
    ),
    "list": ('<ul id="latest">{}</ul>', '<li><span class="date">{day}</span> <a href="{url}">{title}</a></li>'),
    "table": (
        '<table class="reg">{}</table>',
        '<tr><td>{n}</td><td>{day}</td><td class="t"><a href="{url}">{title}</a></td></tr>',
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_selectors_find_what_structure_finds(name: str) -> None:
    """Derived selectors, read by the real family, give the same items with the same dates, in the same order."""
    frame, form = LAYOUTS[name]
    markup = article(frame.format(rows(form)), title="News | An NGO")
    found = inspect(page(markup, url=NEWS))

    assert (found.shape, found.items) == ("page", 6)
    assert found.select.item
    by_structure = listing.links(source(start=NEWS), page(markup, url=NEWS)).links
    by_selectors = listing.links(source(start=NEWS, select=found.select), page(markup, url=NEWS)).links
    assert by_selectors == by_structure
    assert all(link.published for link in by_selectors)


def test_a_next_link_is_written_down_where_its_name_says_so() -> None:
    """`rel=next` wins over a class, and a class over nothing; a pager without either is left to the fallback."""
    items = f"<ul id=latest>{rows(LAYOUTS['list'][1])}</ul>"
    pagers = {
        "a[rel~=next]": '<a rel="next" class="next" href="?page=2">2</a>',
        "a.pager-next": '<a class="pager-next" href="?page=2">›</a>',
        "li.next a": '<ul><li class="next"><a href="?page=2">›</a></li></ul>',
        None: '<a href="?page=2">2</a>',
    }
    assert {rule: seen(items + pager).select.next for rule, pager in pagers.items()} == {rule: rule for rule in pagers}


def test_items_that_look_like_furniture_count_if_they_are_dated() -> None:
    """A grid with an unlucky class is found by its dates, with selectors; a menu without dates never is."""
    form = '<div class="card"><h5><a href="{url}">{title}</a></h5><div class="card-footer">{day}</div></div>'
    found = seen(f'<div class="related-grid">{rows(form)}</div>')
    assert found.items == 6
    assert found.select.item
    links = listing.links(
        source(start=NEWS, select=found.select),
        page(article(f'<div class="related-grid">{rows(form)}</div>'), url=NEWS),
    ).links
    assert [link.url for link in links] == [f"https://ngo.example/en/news/{100 + n}" for n in range(6)]

    undated = '<div class="card"><h5><a href="{url}">{title}</a></h5></div>'
    assert seen(f'<div class="related-grid">{rows(undated)}</div>').select == Selectors()


def test_a_statement_is_told_from_a_page_that_lists_them() -> None:
    """A text with related links is one; a list with teasers is not, however long; nor is the front page."""
    related = f"<div class=more>{rows('<p><a href={url}>{title}</a></p>', 3)}</div>"
    text = f"<h1>Observers protest</h1>{paragraphs()}{related}"
    assert seen(text, url="https://ngo.example/en/news/observers-protest").shape == "article"
    assert seen(text, url="https://ngo.example/").shape == "page"

    teasers = rows(f'<div class="item"><h2><a href="{{url}}">{{title}}</a></h2><p>{PROSE[0]}</p></div>')
    assert seen(f"<h1>News</h1><div>{teasers}</div>").shape == "page"


def test_a_statement_leads_to_the_pages_above_it() -> None:
    """Folders that it lies in come first, then pages named for statements and news; years are passed over."""
    crumbs = '<a href="/en/library">Library</a> <a href="/en/library/appeals">Appeals</a> <a href="/en/statements">Statements</a>'
    found = seen(crumbs + paragraphs(), url="https://ngo.example/en/library/appeals/2026/02/free-them-now")
    assert found.sections[:2] == ["https://ngo.example/en/library", "https://ngo.example/en/library/appeals"]
    assert "https://ngo.example/en/statements" in found.sections
    alone = inspect(page(f"<h1>Free them</h1>{paragraphs()}", url="https://ngo.example/appeals/2026/02/free-them-now"))
    assert alone.sections == ["https://ngo.example/appeals"]


def test_feeds_are_those_announced_and_then_those_linked_to() -> None:
    """Titles are kept, other kinds of alternate are not feeds, and a link to a feed counts only on the same site."""
    head = (
        '<link rel="alternate" type="application/rss+xml" title="All" href="/all.rss">'
        '<link rel="alternate" hreflang="fr" href="/fr/"><link rel="stylesheet" type="text/css" href="/feed.css">'
    )
    found = seen('<a href="/en/rss.xml">RSS</a> <a href="https://other.example/feed">Feed</a>', head=head)
    assert found.feeds == [
        FeedLink(url="https://ngo.example/all.rss", title="All"),
        FeedLink(url="https://ngo.example/en/rss.xml", title="RSS", announced=False),
    ]


def test_a_wordpress_interface_is_where_the_site_says() -> None:
    """By link element, by header, in a category narrowed to it; generator and paths only make it likely."""
    declared = '<link rel="https://api.w.org/" href="https://ngo.example/blog/wp-json/">'
    term = '<link rel="alternate" type="application/json" href="https://ngo.example/wp-json/wp/v2/categories/7">'
    posts = "https://ngo.example/blog/wp-json/wp/v2/posts"
    assert (seen("", head=declared).posts, seen("", head=declared).declared) == (posts, True)
    assert seen("", head=declared + term).posts == f"{posts}?categories=7"
    likely = seen("", head='<meta name="generator" content="WordPress 6.4">')
    assert (likely.posts, likely.declared) == ("https://ngo.example/wp-json/wp/v2/posts", False)
    assert seen("").posts is None

    said = {"content-type": "text/html", "link": '<https://ngo.example/?rest_route=/>; rel="https://api.w.org/"'}
    headed = inspect(msgspec.structs.replace(page(article("<p>Hello</p>")), headers=said))
    assert headed.posts == "https://ngo.example/?rest_route=/wp/v2/posts"


def test_other_languages_are_found_by_tag_and_by_name() -> None:
    """hreflang and the names that switches use; its own language is no twin."""
    head = (
        '<link rel="alternate" hreflang="fr" href="/fr/nouvelles"><link rel="alternate" hreflang="en" href="/en/news">'
    )
    found = seen('<a href="/ru/novosti">Русский</a> <a href="/uk/">UK</a> <a href="/en/news/5">be</a>', head=head)
    assert found.twins == {
        "fr": "https://ngo.example/fr/nouvelles",
        "ru": "https://ngo.example/ru/novosti",
        "uk": "https://ngo.example/uk/",
    }


def test_other_answers_are_named_for_what_they_are() -> None:
    """Feed, sitemap, interface, empty shell; a bot check or a PDF is an error with its name."""
    rss = '<?xml version="1.0"?><rss><channel><title>An NGO</title><link>https://ngo.example/</link><item><title>x</title></item></channel></rss>'
    found = inspect(page(rss, kind="text/xml"))
    assert (found.shape, found.name, found.home) == ("feed", "An NGO", "https://ngo.example/")
    assert (
        inspect(page("<urlset><url><loc>https://ngo.example/1</loc></url></urlset>", kind="text/xml")).shape
        == "sitemap"
    )
    api = page(
        '[{"link": "https://ngo.example/1", "title": {"rendered": "One"}}]',
        url="https://ngo.example/api?x",
        kind="application/json",
    )
    assert (inspect(api).shape, inspect(api).posts) == ("posts", "https://ngo.example/api?x")
    root = page('{"namespaces": ["wp/v2"]}', url="https://ngo.example/wp-json/", kind="application/json")
    assert inspect(root).posts == "https://ngo.example/wp-json/wp/v2/posts"
    assert inspect(page('<html><body><div id="app"></div><script src="/a.js"></script></body></html>')).shape == "shell"
    with pytest.raises(ChallengePage):
        inspect(page("<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"))
    with pytest.raises(LayoutChanged, match="PDF"):
        inspect(page(b"%PDF-1.7 x", kind="application/pdf"))


HOSTILE = (
    *("<a href='/n/1'>", "</a>", "<div class='x x'>", "</div>", "<li>", "<table><tr><td>", "<h2>", "{", "<urlset>"),
    *("<base href='//['>", "\x00", "<link rel=alternate type=application/rss+xml href='http://[::'>", "12.02.2026"),
    *("<a href='http://[x/'>word word word word</a>", "text that is long enough for a headline", "<html lang='x\x01'>"),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), max_size=40))
def test_hostile_pages_are_read_or_refused_by_name(pieces: list[str]) -> None:
    """Nothing but a named error ever comes out of an inspection."""
    try:
        found = inspect(page("".join(pieces)))
    except ScrapeError:
        return
    assert found.items >= 0
    assert not any(ord(letter) < 32 for letter in found.title + found.name)


def test_folders_are_what_addresses_have_in_common() -> None:
    """The deepest folder nearly all lie in, cut off where years begin; statements are told by number and name."""
    news = [f"https://x.example/en/news/2026/0{n}/slug" for n in range(1, 6)]
    assert guessing.folder(news) == "/en/news/"
    assert guessing.folder(["https://x.example/a", "https://x.example/b"]) is None
    others = ["https://x.example/", "https://x.example/about", "https://x.example/team/the-board-of-directors"]
    assert guessing.statements_folder(news + others) is None
    slugs = [f"https://x.example/en/news/2026/0{n}/a-longer-slug" for n in range(1, 6)]
    assert guessing.statements_folder(slugs + others) == "/en/news/"
    assert guessing.statements_folder(slugs + others, "/team") is not None
    assert guessing.statements_folder(others) is None


@pytest.mark.parametrize(
    ("host", "title", "kind", "country"),
    [
        ("www.mfa.gov.pl", "News", "ministry", "PL"),
        ("www.state.gov", "Press releases", "ministry", "US"),
        ("www.auswaertiges-amt.de", "", "ministry", "DE"),
        ("www.ohchr.org", "OHCHR", "igo", "ZZ"),
        ("www.coe.int", "Portal", "igo", "ZZ"),
        ("www.example.co.uk", "Committee", "ngo", "GB"),
        ("northnews.com", "North", "media", "ZZ"),
        ("watch.io", "Watch", "ngo", "ZZ"),
    ],
)
def test_kind_and_country_are_guessed_from_names(host: str, title: str, kind: str, country: str) -> None:
    """Government and international endings tell the kind, country endings the country, popular ones none."""
    assert (guessing.kind(host, title), guessing.country(host, "en")) == (kind, country)


def test_names_are_short_and_leave_out_what_every_site_says() -> None:
    """Ids come from the host, or the title where that is a number; titles lose "News" and "RSS"."""
    assert guessing.slug("www.north-watch.org", "North Watch") == "north-watch"
    assert guessing.slug("mfa.gov.pl", "x") == "mfa-gov-pl"
    assert guessing.slug("127.0.0.1", "Committee of the North!") == "committee-of-the-north"
    assert guessing.slug("[::1]", "Наша") == "source"
    assert guessing.site_name("Press Releases | Committee of the North") == "Committee of the North"
    assert guessing.site_name("News - RSS") == ""
