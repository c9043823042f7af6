"""The families that are not feeds or pages of HTML, and how a family is found."""

from __future__ import annotations

import gzip
import json

import pytest

from scrapers.errors import ChallengePage, HostileMarkup, LayoutChanged, TooLarge
from scrapers.families import family, govuk, names, sitemap, wordpress
from scrapers.model import Link
from tests.scrapers.pages import page, source

POSTS = "https://press.example/wp-json/wp/v2/posts"
SEARCH = "https://gov.example:8443/api/search.json?count=2&order=-public_timestamp"
MAP = "https://press.example/sitemap.xml"
CHALLENGE = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser.</p></body></html>"


def test_families_are_the_modules_of_the_package() -> None:
    """Adding a module adds a family; an unknown name is answered with the known ones."""
    assert {"feed", "listing", "wordpress", "govuk", "sitemap"} <= set(names())
    assert family("feed").links is not None
    with pytest.raises(LookupError, match=r"unknown family 'rss', known are .*feed"):
        family("rss")


@pytest.mark.parametrize("name", ["../x", "os", "__init__", ""])
def test_a_family_name_never_reaches_the_import_unchecked(name: str) -> None:
    """Only modules of the package can be named."""
    with pytest.raises(LookupError):
        family(name)


# WordPress


def post(number: int, **fields: object) -> dict[str, object]:
    """Make a post as the interface gives it."""
    return {
        "id": number,
        "date_gmt": "2024-09-18T13:30:00",
        "guid": {"rendered": f"https://press.example/?p={number}"},
        "link": f"https://press.example/statement/{number}/",
        "title": {"rendered": "Rooms &#038; keepers &#8211; a <em>statement</em>"},
        "content": {"rendered": "<p>Text</p>"},
        **fields,
    }


def test_posts_are_read_with_everything_they_say() -> None:
    """Address, guid, title without markup, time in UTC, language and text."""
    listing = wordpress.links(
        source("wordpress", POSTS), page(POSTS, json.dumps([post(1, lang="be")]), "application/json")
    )
    [link] = listing.links
    assert (link.url, link.guid) == ("https://press.example/statement/1/", "https://press.example/?p=1")
    assert (link.title, str(link.published), link.language) == (
        "Rooms & keepers – a statement",
        "2024-09-18T13:30:00Z",
        "be",
    )
    assert link.text == "<p>Text</p>"


@pytest.mark.parametrize(
    ("query", "count", "total", "following"),
    [
        ("?per_page=2", 2, "3", "?per_page=2&page=2"),
        ("?per_page=2&page=2", 2, "3", "?per_page=2&page=3"),
        ("?per_page=2&page=3", 2, "3", None),
        ("?per_page=2", 2, None, "?per_page=2&page=2"),
        ("?per_page=3", 2, None, None),
        ("", 0, "9", None),
    ],
)
def test_pages_of_posts_follow_each_other(query: str, count: int, total: str | None, following: str | None) -> None:
    """The header says how many there are; without it a full page has a next one."""
    headers = {"x-wp-totalpages": total} if total else {}
    found = wordpress.links(
        source("wordpress", POSTS),
        page(POSTS + query, json.dumps([post(n) for n in range(count)]), "application/json", **headers),
    )
    assert found.next == ([POSTS + following] if following else [])


def test_home_and_root_lead_to_the_posts() -> None:
    """The record may start at the site's front page or at the root of its interface, in a subfolder too."""
    home = '<html><head><link rel="https://api.w.org/" href="https://press.example/en/wp-json/"></head><body>Hello</body></html>'
    record = source("wordpress", "https://press.example/en/")
    for url, body in (
        ("https://press.example/en/", home),
        ("https://press.example/en/wp-json", '{"name": "x", "namespaces": ["wp/v2"]}'),
    ):
        listing = wordpress.links(record, page(url, body))
        assert (listing.index, listing.next) == (True, ["https://press.example/en/wp-json/wp/v2/posts"])
    assert wordpress.links(record, page("https://press.example/en/", "<html><p>Hi</p></html>")).next == [POSTS]


def test_an_interface_that_is_closed_is_a_changed_layout() -> None:
    """An error object says its message; a page of HTML where JSON was asked is no listing; the page beyond the last is empty."""
    record = source("wordpress", POSTS)
    with pytest.raises(LayoutChanged, match="Sorry, not allowed"):
        wordpress.links(
            record, page(POSTS, '{"code": "rest_forbidden", "message": "Sorry, not allowed"}', "application/json")
        )
    with pytest.raises(LayoutChanged, match="web page"):
        wordpress.links(record, page(POSTS, "<html><body><p>Welcome to the site of the press room.</p></body></html>"))
    with pytest.raises(ChallengePage):
        wordpress.links(record, page(POSTS, CHALLENGE))
    assert (
        wordpress.links(record, page(POSTS, '{"code": "rest_post_invalid_page_number"}', "application/json")).links
        == []
    )


def test_posts_of_strange_shape_are_rejected_one_by_one() -> None:
    """A post without address or from another site costs only itself."""
    odd: list[object] = [
        None,
        5,
        {"link": 7},
        post(1, link="https://evil.example/x"),
        post(2, title="no object", content=None),
        post(3),
    ]
    listing = wordpress.links(source("wordpress", POSTS), page(POSTS, json.dumps(odd), "application/json"))
    assert [link.url for link in listing.links] == [
        "https://press.example/statement/2/",
        "https://press.example/statement/3/",
    ]
    assert len(listing.rejected) == 4


# GOV.UK


def test_search_results_lead_to_content_documents() -> None:
    """The public address is kept, the content interface is what is fetched, on the host of the record."""
    record = source("govuk", SEARCH)
    results = {
        "results": [
            {
                "title": "A statement",
                "link": "/government/news/a",
                "public_timestamp": "2020-09-18T17:00:00+01:00",
                "description": "Lead.",
            },
            {"title": "Elsewhere", "link": "https://evil.example/"},
            {"title": "Nowhere"},
            {"title": "Sly", "link": "//evil.example/a"},
        ],
        "total": 9,
    }
    listing = govuk.links(record, page(SEARCH, json.dumps(results), "application/json"))
    [link] = listing.links
    assert link.url == "https://gov.example:8443/government/news/a"
    assert link.fetch == "https://gov.example:8443/api/content/government/news/a"
    assert str(link.published) == "2020-09-18T16:00:00Z"
    assert len(listing.rejected) == 3
    assert listing.next == [f"{SEARCH}&start=4"]


def test_the_last_window_of_results_has_no_next() -> None:
    """`start` counts results; at the total it ends."""
    last = json.dumps({"results": [{"title": "T", "link": "/a"}], "total": 5})
    assert govuk.links(source("govuk", SEARCH), page(f"{SEARCH}&start=4", last, "application/json")).next == []


def test_no_results_object_is_a_changed_layout() -> None:
    """An error answer or a web page is no empty listing."""
    for body in ('{"error": "unknown parameter"}', "<html><body><p>GOV.UK is here for you.</p></body></html>", "[]"):
        with pytest.raises(LayoutChanged):
            govuk.links(source("govuk", SEARCH), page(SEARCH, body, "application/json"))


def test_a_speech_is_dated_by_its_delivery() -> None:
    """When it was given, where, by whom and in which languages comes beside when it was published."""
    value = {
        "base_path": "/government/speeches/s",
        "title": "Speech on rooms",
        "locale": "en",
        "first_published_at": "2020-09-20T10:00:00+01:00",
        "details": {
            "body": '<p>Friends. <a href="/a.pdf">PDF</a></p><script>x</script>',
            "delivered_on": "2020-09-18T00:30:00+01:00",
            "location": "Minsk",
        },
        "links": {
            "organisations": [{"title": "Foreign Office"}],
            "speaker": [{"title": "A. Person"}],
            "available_translations": [
                {"locale": "en", "base_path": "/government/speeches/s"},
                {"locale": "ru", "base_path": "/government/speeches/s.ru"},
            ],
        },
    }
    url = "https://gov.example:8443/government/speeches/s"
    record = source("govuk", SEARCH, issuer="Another")
    draft = govuk.draft(
        record,
        page("https://gov.example:8443/api/content/government/speeches/s", json.dumps(value), "application/json"),
        Link(url=url),
    )

    assert (draft.url, draft.title, draft.text, draft.media) == (url, "Speech on rooms", "Friends. PDF", "json")
    assert (str(draft.published), str(draft.statement_date)) == ("2020-09-20T09:00:00Z", "2020-09-18")
    assert (draft.issuer, draft.author, draft.place) == ("Foreign Office", "A. Person", "Minsk")
    assert draft.twins == {"ru": "https://gov.example:8443/government/speeches/s.ru"}
    assert draft.attachments == ["https://gov.example:8443/a.pdf"]


def test_a_withdrawal_is_said_in_the_text() -> None:
    """A withdrawn item keeps its address; its notice heads the text, so that the change is seen."""
    value = {
        "title": "[Withdrawn] Old advice",
        "details": {"body": "<p>Old.</p>"},
        "withdrawn_notice": {"explanation": "<p>No longer current.</p>", "withdrawn_at": "2021-05-06T10:00:00Z"},
    }
    draft = govuk.draft(
        source("govuk", SEARCH), page("https://gov.example/x", json.dumps(value), "application/json"), None
    )
    assert draft.text == "Withdrawn 2021-05-06. No longer current.\n\nOld."
    assert draft.origins["withdrawn"] == "2021-05-06T10:00:00Z"
    assert draft.missing == ["published"]


def test_a_document_without_details_is_a_changed_layout() -> None:
    """A redirect stub or an error object is no statement."""
    with pytest.raises(LayoutChanged):
        govuk.draft(
            source("govuk", SEARCH),
            page("https://gov.example/x", '{"document_type": "gone"}', "application/json"),
            None,
        )


# Sitemaps


def urlset(*rows: str, news: str = "") -> str:
    """Make a sitemap."""
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{news}>{"".join(rows)}</urlset>'


def test_a_sitemap_gives_its_addresses_newest_first() -> None:
    """Pictures of a page are no pages, downloads are rejected, PDF files are kept."""
    body = urlset(
        "<url><loc> https://press.example/a </loc><lastmod>2020-01-01</lastmod></url>",
        "<url><image:image xmlns:image='x'><image:loc>https://press.example/i.jpg</image:loc>"
        "</image:image><loc>https://press.example/b.pdf</loc>"
        "<lastmod>2021-01-01T10:00:00Z</lastmod></url>",
        "<url><loc>https://press.example/c.zip</loc></url><url></url>",
    )
    listing = sitemap.links(source("sitemap", MAP), page(MAP, body, "application/xml"))
    assert [link.url for link in listing.links] == ["https://press.example/b.pdf", "https://press.example/a"]
    assert [each.reason for each in listing.rejected] == ["a file, not a page", "an entry without address"]
    assert [link.published for link in listing.links] == [None, None]


def test_a_news_sitemap_gives_title_day_and_language() -> None:
    """What the news extension says is kept."""
    row = (
        "<url><loc>https://press.example/a</loc><n:news><n:publication><n:name>P</n:name>"
        "<n:language>be</n:language></n:publication>"
        "<n:publication_date>2020-09-18T10:00+03:00</n:publication_date><n:title>A &amp; B</n:title></n:news></url>"
    )
    [link] = sitemap.links(
        source("sitemap", MAP), page(MAP, urlset(row, news=' xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'))
    ).links
    assert (link.title, link.language) == ("A & B", "be")
    assert str(link.published).startswith("2020-09-18T07:00")


def test_an_index_leads_to_its_sitemaps_newest_first() -> None:
    """Patterns that speak of sitemaps choose among them, and leave the pages alone."""
    body = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>'
        "https://press.example/post-sitemap1.xml</loc><lastmod>2020-01-01</lastmod></sitemap>"
        "<sitemap><loc>https://press.example/post-sitemap2.xml</loc><lastmod>2021-01-01</lastmod></sitemap>"
        "<sitemap><loc>https://press.example/people-sitemap.xml</loc><lastmod>2022-01-01</lastmod></sitemap></sitemapindex>"
    )
    record = source("sitemap", MAP, include=["*post-sitemap*.xml"])
    listing = sitemap.links(record, page(MAP, body))
    assert listing.index
    assert listing.next == ["https://press.example/post-sitemap2.xml", "https://press.example/post-sitemap1.xml"]
    child = urlset("<url><loc>https://press.example/a</loc></url>")
    assert [link.url for link in sitemap.links(record, page(listing.next[0], child)).links] == [
        "https://press.example/a"
    ]


def test_a_compressed_sitemap_is_expanded_within_bounds() -> None:
    """A .gz body is a sitemap like any other; a bomb is refused."""
    packed = gzip.compress(urlset("<url><loc>https://press.example/a</loc></url>").encode())
    assert len(sitemap.links(source("sitemap", MAP), page(f"{MAP}.gz", packed, "application/gzip")).links) == 1
    with pytest.raises(TooLarge):
        sitemap.links(
            source("sitemap", MAP),
            page(f"{MAP}.gz", gzip.compress(b"<urlset>" + b" " * (51 << 20)), "application/gzip"),
        )


def test_a_cut_sitemap_is_partial() -> None:
    """What stands before the cut is kept, and the listing says so."""
    body = urlset("<url><loc>https://press.example/a</loc></url>", "<url><loc>https://press.example/b</loc></url>")
    listing = sitemap.links(source("sitemap", MAP), page(MAP, body[:-40]))
    assert listing.links[0].url == "https://press.example/a"
    assert listing.partial == "the sitemap is damaged"


def test_what_is_no_sitemap_is_named() -> None:
    """Web pages, bot checks and declared entities are no empty sitemaps."""
    record = source("sitemap", MAP)
    with pytest.raises(LayoutChanged):
        sitemap.links(record, page(MAP, "<html><body><p>Page of the organisation.</p></body></html>"))
    with pytest.raises(ChallengePage):
        sitemap.links(record, page(MAP, CHALLENGE))
    with pytest.raises(HostileMarkup):
        sitemap.links(record, page(MAP, '<!DOCTYPE urlset [<!ENTITY a "b">]>' + urlset()))
