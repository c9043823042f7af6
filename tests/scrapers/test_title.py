"""The title is the heading the page's claims agree on, without the site's name."""

from __future__ import annotations

import pytest

from scrapers import markup, structured, title
from tests.scrapers.reading import article, paragraphs


def found(html: str, **options: object) -> title.Title:
    tree = markup.parse(html)
    return title.find(tree, structured.read(tree), **options)  # type: ignore[arg-type]


def test_the_heading_that_matches_the_claims_wins() -> None:
    """A campaign's name in h1 is not the statement's title in h2."""
    html = article(
        f"<h1>Observers for Free Elections</h1><h2>Observers protest repression after the vote</h2>{paragraphs()}",
        title="Observers protest repression after the vote | An NGO",
    )
    assert found(html).text == "Observers protest repression after the vote"


@pytest.mark.parametrize(
    "tag",
    [
        "Observers protest repression | An NGO",
        "Observers protest repression - An NGO",
        "An NGO – Observers protest repression",
        "An NGO: Observers protest repression",
        "Observers protest repression » News » An NGO",
    ],
)
def test_the_site_is_cut_off_the_title_element(tag: str) -> None:
    """Where no heading helps, the title element without the site's name does."""
    html = article(paragraphs(), title=tag, head='<meta property="og:site_name" content="An NGO">')
    assert found(html).text == "Observers protest repression"


def test_a_hyphen_within_a_title_stays() -> None:
    """Only what follows a separator at the end can be the site's name."""
    assert title.without_site(
        "Twenty-nine countries – and one more – urge restraint in the capital", "An NGO"
    ).endswith("in the capital")


def test_a_selector_goes_before_everything() -> None:
    """The source knows its own pages; markup in its answer is text."""
    picked = found(article("<h1>Wrong</h1>"), selected=["  Right\n title "])
    assert (picked.text, picked.method) == ("Right title", "selector")


def test_icons_in_a_heading_are_no_words() -> None:
    """A drawing's own title is not part of the headline."""
    html = article(
        "<h1><svg><title>Icon</title></svg>Observers protest <span>again</span></h1>", title="Observers protest again"
    )
    assert found(html).text == "Observers protest again"


def test_a_rubric_before_the_headline_is_left_out() -> None:
    """`Politics | Headline` in h1 ends with what the claims call the title."""
    head = '<meta property="og:title" content="Court leaves the sentence unchanged">'
    html = article("<h1><span>Politics | </span>Court leaves the sentence unchanged</h1>", head=head, title="x")
    assert found(html).text == "Court leaves the sentence unchanged"


def test_a_page_without_any_title_has_an_empty_one() -> None:
    """Nothing is made up."""
    assert found("<p>text</p>").text == ""


def test_a_short_heading_is_the_title_where_the_page_says_so_too() -> None:
    """Three words of title and a long name of the site behind them."""
    html = "<html><head><title>Mill Day - Department of Mills</title></head><body><h1>Mill Day</h1><p>Words.</p></body></html>"
    tree = markup.parse(html, "https://mills.example/1")
    assert title.find(tree, structured.read(tree)).text == "Mill Day"
