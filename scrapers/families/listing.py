"""HTML listings: by the record's selectors, or by what the page repeats."""

from __future__ import annotations

from scrapers import charset, htmllist, instead, pager
from scrapers.document import read
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source

MOST_LINKS = 10_000
_MOST_REJECTED = 500


def links(source: Source, page: Page) -> Listing:
    """Read the items of a listing and where its next page is; an empty listing is for the caller to judge.

    Raises HostileMarkup or TooLarge for markup no real page has, and what `trouble.check` recognises if nothing is listed.
    """
    text = charset.decode(page.body, page.http_charset).text
    select = source.layout(page.fetched_at)
    tree = htmllist.tree(text, page.url)
    by_hand = bool(select.link or select.item)
    soup = htmllist.soup(text) if by_hand or select.next else None
    if soup is not None and by_hand:
        items = htmllist.selected(source, select, soup, page)
    else:
        items = htmllist.guessed(source, tree, page)

    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    over = 0
    for link, reason in items:
        if reason is None and link.url not in found and len(found) >= MOST_LINKS:
            over += 1
        elif reason is None:
            found.setdefault(link.url, link)
        elif len(rejected) < _MOST_REJECTED:
            rejected.append(Rejected(what=link.url[:300], reason=reason))
    if over:
        rejected.append(Rejected(what=f"{over} further links", reason=f"more than {MOST_LINKS} on one page"))
    if not found:
        instead.check(page)

    said = htmllist.next_by_selector(select, soup, page) if soup is not None else None
    following = said or pager.following(tree.iter("link", "a"), page.url)
    return Listing(
        links=list(found.values()),
        next=[following] if following else [],
        rejected=rejected,
        title=htmllist.title(tree) or None,
    )


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the linked page or PDF."""
    return read(source, page, link)
