"""What a page claims about itself is collected, however badly it is written."""

from __future__ import annotations

import pytest

from scrapers import markup, structured
from tests.scrapers.reading import PROSE

ARTICLE = (
    '{"@context":"https://schema.org","@graph":[{"@type":"Organization","@id":"#o","name":"An'
    ' NGO"},{"@type":["NewsArticle"],'
    '"headline":"A &amp;'
    ' B","datePublished":"2020-09-18","articleBody":"BODY","author":[{"name":"One"},{"name":"Two"}],"publisher":{"@id":"#o"}},]}'
).replace("BODY", " ".join(PROSE))


def claims(block: str, meta: str = "") -> structured.Structured:
    return structured.read(
        markup.parse(
            f'<html><head>{meta}<script type="application/ld+json">{block}</script></head><body>x</body></html>'
        )
    )


@pytest.mark.parametrize(
    "block",
    [
        ARTICLE,
        f"<!-- {ARTICLE} -->",
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f"[{ARTICLE}];",
        ARTICLE.replace("We, ", "We,\n"),
    ],
)
def test_the_article_is_found_in_any_wrapping(block: str) -> None:
    """In a graph, in comments, with a trailing comma and raw line breaks; references are followed."""
    found = claims(block)
    assert (found.headline, found.published, found.author, found.publisher) == (
        "A & B",
        "2020-09-18",
        "One, Two",
        "An NGO",
    )
    assert found.body.startswith("We,")
    assert found.article


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        "null",
        "[1, 2]",
        "[" * 100_000,
        '{"@type": {"a": 1}, "headline": 5}',
        '{"@type":"NewsArticle","author":7}',
    ],
)
def test_malformed_data_claims_nothing(block: str) -> None:
    """No page is lost for its JSON."""
    assert claims(block).headline == ""


def test_meta_elements_are_read_by_either_name() -> None:
    """`property` and `name` are used alike in the wild; the first wins."""
    found = claims(
        "",
        (
            '<meta name="OG:Title" content=" A "><meta property="og:title" content="B"><meta'
            ' property="og:site_name" content="S">'
        ),
    )
    assert (found.meta["og:title"], found.site) == ("A", "S")
