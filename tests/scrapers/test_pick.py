"""A source's own selectors: plain CSS from the tree, the rest through Beautiful Soup, with the same answers."""

import pytest

from scrapers import markup, pick
from scrapers.model import Selectors

URL = "https://press.example/1"
PAGE = """<html><body><h1 class="entry-title big">On the <em>observers</em></h1>
<p class=meta><time datetime="2026-03-01T09:00:00Z">yesterday</time> by <a rel=author>A. Desk</a></p>
<div class="entry-content"><p>First.</p><div class="entry-content"><p>Within.</p></div><aside>Share</aside>
<script>var x = 1;</script><p>Last.</p></div></body></html>"""


def picked(**selectors: object) -> pick.Picked:
    chosen = Selectors(**selectors)  # type: ignore[arg-type]
    return pick.pick(chosen, markup.parse(PAGE, URL), PAGE, URL)


@pytest.mark.parametrize("prefix", ["", ":is(html) "], ids=["tree", "soup"])
def test_both_ways_give_the_same(prefix: str) -> None:
    """Whether a selector is plain or not must not change what a page says."""
    found = picked(
        title=prefix + "h1.entry-title",
        date=prefix + ".meta time[datetime]",
        author=prefix + "a[rel=author]",
        body=prefix + "div.entry-content",
        remove=["aside"],
    )
    assert (found.title, found.date, found.author) == (["On the observers"], ["2026-03-01T09:00:00Z"], ["A. Desk"])
    (body,) = found.body
    words = " ".join(body.text_content().split())
    assert [words.count(part) for part in ("First.", "Within.", "Last.")] == [1, 1, 1]
    assert "Share" not in words
    assert found.notes == {}


def test_what_finds_nothing_is_noted() -> None:
    """A redesign shows in the notes before it shows in the texts."""
    assert picked(title="h2.headline").notes == {"select.title": "selector found nothing"}


def test_what_nobody_can_read_is_noted() -> None:
    """A typing error in a record costs that field only."""
    found = picked(title="h1[", body=".entry-content")
    assert "select.title" in found.notes
    assert len(found.body) == 1


def test_the_tree_stays_as_it_is() -> None:
    """What the selectors take out is still there for whoever reads on."""
    tree = markup.parse(PAGE, URL)
    pick.pick(Selectors(body=".entry-content", remove=["h1", "aside"]), tree, PAGE, URL)
    assert tree.find(".//aside") is not None
    assert tree.find(".//h1") is not None
