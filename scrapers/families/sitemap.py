"""Sitemaps (https://www.sitemaps.org/protocol.html), their indexes, and news sitemaps; compressed or not."""

from __future__ import annotations

from scrapers import charset, instead, scope
from scrapers.decode import gunzip
from scrapers.document import read
from scrapers.feedvalue import label, language, when
from scrapers.feedxml import Element, elements, local, without_prolog
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source

_LIMIT = 50 * 1024 * 1024
"""Bytes of an expanded sitemap, the most the protocol allows; it also allows 50,000 addresses."""
_MOST_LINKS = 50_000
_MOST_REJECTED = 500
_ROOT = "urlset|sitemapindex"


def links(source: Source, page: Page) -> Listing:
    """Read addresses, newest first as far as the sitemap dates them; an index leads to its sitemaps.

    Raises HostileMarkup, TooLarge, or LayoutChanged where this is no sitemap.
    """
    text = charset.decode(gunzip(page.body, _LIMIT), page.http_charset).text
    bare = without_prolog(text, page.url, _ROOT)
    if bare is None:
        raise instead.of(page, "a sitemap")
    root, faults = elements(bare)
    rows = [] if root is None else [row for row in root if local(row.tag) in {"url", "sitemap"}]
    rows.sort(key=lambda row: _stamp(_text(row, "lastmod"), page), reverse=True)
    whole = bare.rstrip().endswith(">") and "</" in bare[-40:]

    if root is not None and local(root.tag) == "sitemapindex":
        children = dict.fromkeys(address for row in rows if (address := _text(row, "loc")))
        return Listing(index=True, next=[child for child in children if scope.chosen_sitemap(source, child)])

    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    for row in rows:
        address = _text(row, "loc")
        reason = scope.outside(source, address, page.url) if address else "an entry without address"
        if reason is None and len(found) >= _MOST_LINKS:
            reason = f"more than {_MOST_LINKS} in one sitemap"
        if reason is None:
            found.setdefault(address, _link(row, address, page))
        elif len(rejected) < _MOST_REJECTED:
            rejected.append(Rejected(what=address[:300], reason=reason))
    partial = None if whole and not faults else "the sitemap is damaged"
    return Listing(links=list(found.values()), rejected=rejected, partial=partial)


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the page or PDF."""
    return read(source, page, link)


def _link(row: Element, address: str, page: Page) -> Link:
    news = next((child for child in row if local(child.tag) == "news"), None)
    if news is None:
        return Link(url=address)
    publication = next((child for child in news if local(child.tag) == "publication"), news)
    return Link(
        url=address,
        title=label(_text(news, "title")) or None,
        published=when(_text(news, "publication_date"), page.fetched_at),
        language=language(_text(publication, "language")),
    )


def _text(row: Element, name: str) -> str:
    """Return a child's text; pictures and videos have locations too, but deeper down."""
    return next(("".join((child.text or "").split()) if name == "loc" else (child.text or "").strip() for child in row
                 if isinstance(child.tag, str) and local(child.tag) == name), "")  # fmt: skip


def _stamp(lastmod: str, page: Page) -> str:
    found = when(lastmod, page.fetched_at)
    return found.at.isoformat() if found else ""
