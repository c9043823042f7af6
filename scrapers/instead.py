"""Names what stands where something else was expected."""

from __future__ import annotations

from scrapers import charset, clean, entry, markup, trouble
from scrapers.errors import LayoutChanged, ScrapeError
from scrapers.model import Page


def of(page: Page, wanted: str) -> LayoutChanged:
    """Return the error for a page that is not what was `wanted`; raises what `trouble.check` recognises, which says more."""
    check(page)
    return LayoutChanged(page.url, f"{wanted} was expected, this is none ({len(page.body)} bytes)")


def check(page: Page) -> None:
    """Raise ChallengePage and the like if a person would see one of these instead of what was asked for."""
    try:
        tree = markup.parse(charset.decode(page.body, page.http_charset).text, page.url)
    except ScrapeError:
        return
    found = tree.find(".//title")
    title = clean.line(found.text or "") if found is not None else ""
    trouble.check(page, entry.words(clean.sanitise_tree(tree, page.url)), title)
