"""The items of an HTML listing: each link with its title and date, and the reason where it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from bs4 import BeautifulSoup, Tag
from lxml import etree
from soupsieve import SelectorSyntaxError

from scrapers import clean, dates, markup, repeat, scope
from scrapers.errors import LayoutChanged
from scrapers.feedvalue import likely
from scrapers.model import Dated, Link, Page, Selectors, Source

Element = etree._Element  # noqa: SLF001 - the name lxml itself gives for annotations
Item = tuple[Link, str | None]

_DATED = re.compile(r"date|time|posted|published|created|meta|footer", re.IGNORECASE)
_TRAILING = re.compile(r"(?://|\||–|—)\s*(\d{1,2}[./-]\d{1,2}[./-]\d{4})\s*\Z")
_TRIED = 8
"""Elements that look as if they held the date; more would only cost time."""
_PIECES = 60
_ATTRIBUTES = ("datetime", "content", "data-date", "title")


def tree(text: str, url: str) -> Element:
    """Parse a listing within bounds; raises as `markup.parse` does."""
    found: Element = markup.parse(text, url)
    return found


def title(tree: Element) -> str:
    """Return the page's title as plain text."""
    found = tree.find(".//title")
    return clean.line(found.text or "")[:300] if found is not None else ""


def soup(text: str) -> BeautifulSoup:
    """Parse a listing for CSS selectors; `tree` has checked its bounds."""
    return BeautifulSoup(text, "lxml")


def selected(source: Source, select: Selectors, soup: BeautifulSoup, page: Page) -> Iterator[Item]:
    """Yield the items that the record's selectors find, in page order."""
    base = _base(soup, page.url)
    for block, anchor in _anchors(soup, select, page):
        url = clean.absolute(str(anchor.get("href") or ""), base)
        if url is None:
            yield Link(url=str(anchor.get("href") or "")[:300]), "no web address"
            continue
        named = _select(block, select.title, page)[:1] if select.title else []
        words = (named and named[0]) or anchor.find(["h1", "h2", "h3", "h4", "h5", "h6"]) or anchor
        label = clean.line(words.get_text(" ")) or clean.line(str(anchor.get("title") or ""))
        link = Link(url=url, title=label[:500] or None, published=_date_in(source, select, block, label, page))
        yield link, scope.outside(source, url, page.url) or scope.beside(url)


def guessed(source: Source, tree: Element, page: Page) -> Iterator[Item]:
    """Yield what looks like the items of a page, in page order."""
    base = page.url
    if (declared := tree.find(".//base[@href]")) is not None:
        base = clean.absolute(declared.get("href") or "", page.url) or page.url
    candidates, refused = [], []
    for anchor in tree.iter("a"):
        url = clean.absolute(anchor.get("href") or "", base)
        if url is None:
            continue
        reason = scope.outside(source, url, page.url) or scope.beside(url)
        if reason is None:
            candidates.append(repeat.Candidate(anchor, url, repeat.headline(anchor)))
        else:
            refused.append((Link(url=url), reason))

    items = repeat.repeated(candidates, chosen=bool(source.include))
    shared = repeat.shared_by(item.anchor for item in items)
    for item in items:
        block = repeat.container(item.anchor, shared)
        yield (
            Link(
                url=item.url, title=clean.line(item.text) or None, published=_date_near(source, block, item.text, page)
            ),
            None,
        )
    yield from refused


def next_by_selector(select: Selectors, soup: BeautifulSoup, page: Page) -> str | None:
    """Return the next page where the record says how to find it."""
    if not select.next:
        return None
    for anchor in _select(soup, select.next, page):
        url = clean.absolute(str(anchor.get("href") or ""), _base(soup, page.url))
        if url and url != page.url:
            return url
    return None


def _anchors(soup: BeautifulSoup, select: Selectors, page: Page) -> Iterator[tuple[Tag, Tag]]:
    """Yield each item's block and its link; without `item` the block is what holds no second link of the kind."""
    if select.item:
        for block in _select(soup, select.item, page):
            inner = _select(block, select.link, page) if select.link else []
            anchor = (
                inner[0]
                if inner
                else None
                if select.link
                else block
                if block.name == "a"
                else block.find("a", href=True)
            )
            if isinstance(anchor, Tag):
                yield block, anchor
        return
    anchors = [anchor for anchor in _select(soup, select.link or "a", page) if anchor.get("href")]
    below: dict[int, int] = {}
    for anchor in anchors:
        for depth, above in enumerate(anchor.parents):
            if depth > 30:
                break
            below[id(above)] = below.get(id(above), 0) + 1
    for anchor in anchors:
        block = anchor
        for above in anchor.parents:
            if below.get(id(above), 2) > 1 or above.name in {"body", "html", "main", "[document]"}:
                break
            block = above
        yield block, anchor


def _select(within: Tag, selector: str, page: Page) -> list[Tag]:
    try:
        return list(within.select(selector))
    except SelectorSyntaxError as error:
        raise LayoutChanged(
            page.url, f"the selector {selector!r} cannot be read: {str(error).splitlines()[0]}"
        ) from error


def _base(soup: BeautifulSoup, url: str) -> str:
    declared = soup.find("base", href=True)
    return (clean.absolute(str(declared.get("href")), url) or url) if isinstance(declared, Tag) else url


def _date_in(source: Source, select: Selectors, block: Tag, label: str, page: Page) -> Dated | None:
    chosen = _select(block, select.date, page) if select.date else []
    marked = [*chosen, *block.select("time[datetime]"), *block.find_all(class_=_DATED)][:_TRIED]
    texts = [
        text
        for each in marked
        for text in (*(str(each.get(name) or "") for name in _ATTRIBUTES), each.get_text(" ", strip=True))
    ]
    # A headline may hold a date of its own, which is not the day it was published.
    pieces = (piece for piece in islice(block.stripped_strings, _PIECES) if piece not in label)
    return _first_date(source, [*texts, *pieces], page)


def _date_near(source: Source, block: Element, label: str, page: Page) -> Dated | None:
    texts: list[str] = []
    for element in islice(block.iter(etree.Element), 200):
        if element.tag == "time" or _DATED.search(f"{element.get('class') or ''} {element.get('itemprop') or ''}"):
            texts += [
                *(str(element.get(name) or "") for name in _ATTRIBUTES),
                " ".join(str(each) for each in islice(element.itertext(), 20)),
            ]
    pieces = (" ".join(str(piece).split()) for piece in islice(block.itertext(), _PIECES))
    return _first_date(source, [*texts[: _TRIED * 5], *(piece for piece in pieces if piece not in label)], page)


def _first_date(source: Source, texts: list[str], page: Page) -> Dated | None:
    """Return the first text that is hardly more than a date, else the date that a teaser ends with: `… // 24.02.2022`."""
    for text in dict.fromkeys(texts):
        short = " ".join(text[:200].split()).strip("/|·•-–— ,")
        if 6 <= len(short) <= 60 and any(char.isdigit() for char in short):
            found = dates.parse(short, languages=source.languages, now=page.fetched_at, method="listing")
            if found and found.precision not in {"month", "year"} and likely(found, page.fetched_at):
                return found
    for text in texts:
        if (ending := _TRAILING.search(text[-100:])) and (
            found := dates.parse(ending[1], now=page.fetched_at, method="listing")
        ):
            return found
    return None
