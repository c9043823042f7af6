"""Writes down as CSS selectors what structure finds in a listing, where they find just the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

import lxml.html
from bs4 import BeautifulSoup, Tag
from lxml import etree

from scrapers import charset, clean, dates, htmllist, repeat, scope
from scrapers.errors import ScrapeError
from scrapers.model import Link, Listing, Page, Selectors, Source

Element = etree._Element  # noqa: SLF001 - the name lxml itself gives for annotations

_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]*(?:[0-9]{1,2}[A-Za-z_-]*)?")
"""A class or id that is not made anew for each item or each build."""
_STATE = re.compile(
    r"first|last|odd|even|active|sticky|featured|has-|col|row|clearfix|views-row-\d|status-|type-|format-"
)
_DATED = re.compile(r"date|time|posted|published|created", re.IGNORECASE)
_NEXT = re.compile(r"next|older", re.IGNORECASE)
_UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "title"))
_FURNITURE = frozenset(("nav", "footer", "aside", "form"))
_HEADLINE = 16
_MOST_GROUPS = 4
_FEWEST = 3
_MOST_TRIED = 24
_MOST_MARKUP = 2_000_000
_SAME = 0.9
"""Share of the items that selectors have to find, and nothing beside."""


def visible(tree: Element) -> str:
    """Return a page's text as far as the server wrote it, in one line."""
    texts = (
        str(piece)
        for element in tree.iter(etree.Element)
        if str(element.tag) not in _UNSEEN and not any(above.tag in _UNSEEN for above in element.iterancestors())
        for piece in (element.text or "", *(child.tail or "" for child in element))
    )
    return clean.line(" ".join(islice(texts, 5000)))


def blocks(tree: lxml.html.HtmlElement, items: Sequence[str], base: str) -> list[Element]:
    """Return the block around each item of a listing, in page order."""
    anchors = list(_anchors(tree, dict.fromkeys(items, None), base))
    shared = repeat.shared_by(anchors)
    return [repeat.container(anchor, shared) for anchor in anchors]


def selectors(source: Source, tree: lxml.html.HtmlElement, found: Listing, page: Page) -> Selectors:
    """Return selectors that find the same items as structure does, as many of them as can be expressed."""
    text = charset.decode(page.body, page.http_charset).text
    if len(found.links) < _FEWEST or len(text) > _MOST_MARKUP:
        return Selectors()
    anchors = list(_anchors(tree, {link.url: link.title for link in found.links}, page.url))
    shared = repeat.shared_by(anchors)
    around = [repeat.container(anchor, shared) for anchor in anchors]
    soup = htmllist.soup(text)
    trials = product(_items(around), _links(anchors, around))
    best = next((each for each in islice(trials, _MOST_TRIED) if _finds(source, each, soup, found, page)), None)
    following = _next(soup, found, page)
    if best is None:
        return Selectors(next=following)
    item, link = best
    return Selectors(item=item, link=link, date=_date(source, item, around, soup, found, page), next=following)


def dated(source: Source, tree: lxml.html.HtmlElement, page: Page) -> tuple[Selectors, int]:
    """Return selectors for what structure takes for furniture, if nearly each item of it has a date; and how many it has."""
    for group in islice(sorted(_alike(source, tree, page), key=len, reverse=True), _MOST_GROUPS):
        found = Listing(links=[Link(url=url, title=title) for url, title in group.items()])
        proposed = selectors(source, tree, found, page)
        if not proposed.item:
            continue
        soup = htmllist.soup(charset.decode(page.body, page.http_charset).text)
        rows = [link for link, reason in htmllist.selected(source, proposed, soup, page) if reason is None]
        if sum(link.published is not None for link in rows) >= _SAME * len(rows):
            return proposed, len(rows)
    return Selectors(), 0


def _alike(source: Source, tree: lxml.html.HtmlElement, page: Page) -> list[dict[str, str]]:
    """Group links, address to headline, by the tags above them; what is furniture by its very tag is left out."""
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for anchor in tree.iter("a"):
        above = tuple(str(each.tag) for each in islice(anchor.iterancestors(), 40))
        url = clean.absolute(anchor.get("href") or "", page.url)
        words = clean.line(repeat.headline(anchor))
        if url is None or len(words) < _HEADLINE or not _FURNITURE.isdisjoint(above):
            continue
        if scope.outside(source, url, page.url) is None and scope.beside(url) is None:
            groups.setdefault(above, {}).setdefault(url, words)
    return [group for group in groups.values() if len(group) >= _FEWEST]


def _anchors(tree: lxml.html.HtmlElement, wanted: dict[str, str | None], base: str) -> Iterator[Element]:
    left = dict(wanted)
    declared = tree.find(".//base[@href]")
    if declared is not None:
        base = clean.absolute(declared.get("href") or "", base) or base
    for anchor in tree.iter("a"):
        url = clean.absolute(anchor.get("href") or "", base) or ""
        if url in left and left[url] in (None, clean.line(repeat.headline(anchor))):
            del left[url]
            yield anchor


def _items(around: Sequence[Element]) -> list[str]:
    """Propose selectors for the blocks: by their own classes, else by their place below something that has a name."""
    tag, times = Counter(str(block.tag) for block in around).most_common(1)[0] if around else ("", 0)
    if times < _SAME * len(around):
        return []
    alike = [block for block in around if block.tag == tag]
    proposed = [f"{tag}.{name}" for name in _common(alike)]
    if tag in {"body", "html", "main"}:
        return []
    above = _shared(alike)
    direct = all(block.getparent() is above for block in alike)
    for depth in range(4):
        if above is None or above.tag in {"body", "html"}:
            break
        joint = " > " if direct and depth == 0 else " "
        names = [f"#{above.get('id')}"] if _NAME.fullmatch(above.get("id") or "") else []
        names += [f"{above.tag}.{name}" for name in _names(above)]
        names += ["main"] if above.tag == "main" else []
        proposed += [f"{name}{joint}{tag}" for name in names]
        above = above.getparent()
    return proposed


def _links(anchors: Sequence[Element], around: Sequence[Element]) -> list[str | None]:
    """Propose selectors for the link within its block; None stands for the first link, or the block itself."""
    if all(anchor is block for anchor, block in zip(anchors, around, strict=True)):
        return [None]
    proposed: list[str | None] = []
    for heading in ("h1", "h2", "h3", "h4", "h5", "h6"):
        if all(any(above.tag == heading for above in anchor.iterancestors()) for anchor in anchors):
            proposed.append(f"{heading} a")
        if all(anchor.find(f".//{heading}") is not None for anchor in anchors):
            proposed.append(f"a:has({heading})")
    proposed += [f"a.{name}" for name in _common(anchors)]
    parents = [parent for anchor in anchors if (parent := anchor.getparent()) is not None]
    proposed += [f"{parents[0].tag}.{name} > a" for name in _common(parents)] if parents else []
    return [*proposed, None]


def _finds(source: Source, proposed: tuple[str, str | None], soup: BeautifulSoup, found: Listing, page: Page) -> bool:
    """Tell whether the listing read by these selectors is the one that structure found."""
    item, link = proposed
    wanted = {each.url: each for each in found.links}
    try:
        rows = list(htmllist.selected(source, Selectors(item=item, link=link), soup, page))
    except ScrapeError:
        return False
    urls = {each.url for each, reason in rows if reason is None}
    if not urls <= wanted.keys() or len(urls) < _SAME * len(wanted):
        return False
    same = sum(each.title == wanted[each.url].title for each, reason in rows if reason is None)
    dated = sum(each.published is not None for each, reason in rows if reason is None)
    return same >= _SAME * len(urls) and dated >= sum(each.published is not None for each in found.links) * _SAME


def _date(
    source: Source, item: str, around: Sequence[Element], soup: BeautifulSoup, found: Listing, page: Page
) -> str | None:
    """Return what holds the date in nearly all blocks, provided that it reads as the listing's own date."""
    days = {each.published.at.date() for each in found.links if each.published}
    names: Counter[str] = Counter()
    for block in around:
        marked = {
            f"{element.tag}.{name}"
            for element in block.iter(etree.Element)
            for name in _names(element)
            if _DATED.search(name)
        }
        marked |= {"time"} if block.find(".//time") is not None else set()
        names.update(marked)
    rows = soup.select(item)
    for proposed, times in sorted(names.items(), key=lambda pair: (pair[0] != "time", -pair[1], pair[0]))[:8]:
        if times < _SAME * len(around) or not rows:
            continue
        read = [_reads(source, row.select(proposed)[:1], page) in days for row in rows]
        if sum(read) >= _SAME * len(rows):
            return proposed
    return None


def _reads(source: Source, tags: Sequence[Tag], page: Page) -> object:
    for tag in tags:
        for text in (str(tag.get("datetime") or ""), tag.get_text(" ", strip=True)):
            dated = dates.parse(text[:200], languages=source.languages, now=page.fetched_at) if text else None
            if dated:
                return dated.at.date()
    return None


def _next(soup: BeautifulSoup, found: Listing, page: Page) -> str | None:
    if not found.next:
        return None
    proposed = ["a[rel~=next]", "link[rel~=next]"]
    for anchor in soup.find_all("a", href=True):
        if clean.absolute(str(anchor.get("href")), page.url) != found.next[0]:
            continue
        proposed += [f"a.{name}" for name in _classes(anchor) if _NEXT.search(name)]
        parent = anchor.parent
        proposed += [f"{parent.name}.{name} a" for name in _classes(parent) if _NEXT.search(name)] if parent else []
    for each in proposed:
        if soup.select(each) and htmllist.next_by_selector(Selectors(next=each), soup, page) == found.next[0]:
            return each
    return None


def _classes(tag: Tag) -> list[str]:
    given = tag.get("class")
    return [name for name in (given if isinstance(given, list) else []) if _NAME.fullmatch(name)]


def _names(element: Element) -> list[str]:
    return [name for name in (element.get("class") or "").split()[:12] if _NAME.fullmatch(name)]


def _common(elements: Iterable[Element]) -> list[str]:
    """Return the classes that all elements have, those that tell a state or a column last."""
    found: dict[str, int] | None = None
    for element in elements:
        names = dict.fromkeys(_names(element), 0)
        found = names if found is None else {name: 0 for name in found if name in names}
    return sorted(found or {}, key=lambda name: bool(_STATE.match(name)))


def _shared(elements: Sequence[Element]) -> Element | None:
    """Return the innermost element above all of these."""
    first, *others = elements
    sets = [set(other.iterancestors()) for other in others]
    return next((above for above in first.iterancestors() if all(above in each for each in sets)), None)
