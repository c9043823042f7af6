"""RSS, Atom and JSON feeds: the feed is the listing, the linked page is the document."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urldefrag

from scrapers import document, instead, scope
from scrapers.feedread import read
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source
from scrapers.seen import Entry

_MOST_REJECTED = 500


def links(source: Source, page: Page) -> Listing:
    """Read the entries of a feed.

    Raises HostileMarkup, or LayoutChanged and its like where there is no feed; a feed without entries is a listing without links.
    """
    feed = read(page, source.home)
    if not feed.entries and not any(
        (feed.info.title, feed.info.link, feed.info.id, feed.info.subtitle, feed.info.updated)
    ):
        raise instead.of(page, "a feed that at least names itself")
    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    for each in feed.entries:
        link = _link(page, each, feed.info.language, each.link)
        reason = _refusal(source, link)
        if reason == scope.ITSELF:  # every item points at the front page: the feed is all there is to read
            link = _link(page, each, feed.info.language, None)
            reason = _refusal(source, link)
        if reason is None and link.url in found:
            reason = "this address was listed before"
        if reason is None:
            found[link.url] = link
        elif len(rejected) < _MOST_REJECTED:
            rejected.append(Rejected(what=link.url[:300], reason=reason))
    return Listing(
        links=list(found.values()),
        rejected=rejected,
        partial=feed.info.partial,
        ttl=feed.info.ttl,
        title=feed.info.title or None,
    )


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the linked page."""
    return document.read(source, page, link)


def _link(page: Page, each: Entry, language: str | None, address: str | None) -> Link:
    text = each.content or each.summary
    has_page = address is not None and address.startswith(("http://", "https://"))
    name = each.id or each.title or text
    own = f"{_own(page)}{sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}" if name else ""
    return Link(
        url=address if address is not None and has_page else own,
        page=has_page,
        guid=each.id,
        title=each.title or None,
        published=each.published or each.updated,
        author=each.author,
        language=each.language or language,
        text=text or None,
        enclosures=each.enclosures,
    )


def _own(page: Page) -> str:
    """What the address of an entry without a page begins with; `#!` marks a fragment that is part of the identity."""
    return f"{urldefrag(page.requested).url}#!entry-"


def _refusal(source: Source, link: Link) -> str | None:
    if not link.url:
        return "an item without link, guid, title or text"
    if not link.page:
        return None if link.title or link.text else "an item without link, title or text"
    return scope.outside(source, link.url, anywhere=True)
