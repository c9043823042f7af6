"""JSON search interfaces: the record's dotted paths say where everything stands; the linked page is the document."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from scrapers import clean, document, instead, jsonbody
from scrapers.families import listing
from scrapers.feedvalue import label, when
from scrapers.model import Draft, Link, Listing, Page, Rejected, Selectors, Source
from scrapers.scope import outside

_FRAGMENT = "html:"
"""Before the path of `item`: there is no list there but markup, which is read as a listing; the rest is CSS then."""
_OFFSETS = ("offset", "start", "skip", "from")
_PAGES = ("page", "pagenumber", "page_number", "paged", "pg", "p")
_MOST_REJECTED = 500
_MOST_WORDS = 5


def links(source: Source, page: Page) -> Listing:
    """Read the items of an answer. Raises LayoutChanged where nothing of the kind stands at `item`."""
    select = source.layout(page.fetched_at)
    value = jsonbody.read(page)
    if (select.item or "").startswith(_FRAGMENT):
        return _fragment(source, page, select, _at(value, (select.item or "").removeprefix(_FRAGMENT)))
    rows = _at(value, select.item)
    if not isinstance(rows, list):
        raise instead.of(page, f"a list at `{select.item}`" if select.item else "a list")

    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    for row in rows[: listing.MOST_LINKS]:
        address = _words(row, select.link or "link")
        url = clean.absolute(address, source.home or page.url)
        reason = outside(source, url, page.url) if url else "an item without web address"
        if url and reason is None:
            found.setdefault(url, _link(row, url, select, page))
        elif len(rejected) < _MOST_REJECTED:
            rejected.append(Rejected(what=(url or address)[:300], reason=reason or "an item without web address"))
    following = _following(_words(value, select.next), page) if select.next else _advanced(page, len(rows))
    return Listing(links=list(found.values()), rejected=rejected, next=following)


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the linked page; dotted paths mean nothing there, only `remove` and a fragment's CSS do."""
    select = source.layout(page.fetched_at)
    if not (select.item or "").startswith(_FRAGMENT):
        source = msgspec.structs.replace(source, select=Selectors(remove=select.remove))
    return document.read(source, page, link)


def _fragment(source: Source, page: Page, select: Selectors, markup: object) -> Listing:
    if not isinstance(markup, str):
        raise instead.of(page, f"markup at `{(select.item or '').removeprefix(_FRAGMENT)}`")
    bare = msgspec.structs.replace(source, select=msgspec.structs.replace(select, item=None))
    inner = msgspec.structs.replace(
        page, body=markup.encode("utf-8", "replace"), headers={"content-type": "text/html; charset=utf-8"}
    )
    found = listing.links(bare, inner)
    return found if found.next else msgspec.structs.replace(found, next=_advanced(page, len(found.links)))


def _link(row: object, url: str, select: Selectors, page: Page) -> Link:
    return Link(
        url=url,
        title=label(_words(row, select.title or "title"))[:500] or None,
        published=when(_words(row, select.date or "date"), page.fetched_at),
        author=label(_words(row, select.author))[:500] or None if select.author else None,
        text=_words(row, select.body) or None if select.body else None,
    )


def _at(value: object, path: str | None) -> object:
    """Follow a dotted path down; a number leads into a list."""
    for key in path.split(".") if path else ():
        if isinstance(value, list):
            value = value[int(key)] if key.isdecimal() and len(key) < 6 and int(key) < len(value) else None
        else:
            value = jsonbody.at(value, key)
    return value


def _words(value: object, path: str | None) -> str:
    """Return what stands at a path as text: the words of a list, such as several authors, are joined."""
    found = _at(value, path)
    several = found[:_MOST_WORDS] if isinstance(found, list) else [found]
    return ", ".join(text for each in several if (text := jsonbody.text({"": each}, "")))


def _following(address: str, page: Page) -> list[str]:
    url = clean.absolute(address, page.url)
    return [url] if url and url != page.url and urlsplit(url).hostname == urlsplit(page.url).hostname else []


def _advanced(page: Page, count: int) -> list[str]:
    """Advance the offset in the address by the items there were, or its page by one; without either there is no next."""
    parts = urlsplit(page.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for names, step in ((_OFFSETS, count), (_PAGES, 1)):
        at = next((i for i, (name, n) in enumerate(query) if name.lower() in names and _number(n)), None)
        if at is not None and count:
            query[at] = (query[at][0], str(int(query[at][1]) + step))
            return [urlunsplit(parts._replace(query=urlencode(query)))]
    return []


def _number(text: str) -> bool:
    return text.isdecimal() and len(text) < 8
