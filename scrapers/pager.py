"""Finds the next page of a listing by the ways pagers are usually built."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from scrapers import clean

Element = etree._Element  # noqa: SLF001 - the name lxml itself gives for annotations

_WORDS = re.compile(
    r"(?:go to )?(?:the )?(?:next|older)(?: page| posts?| entries| items| news)?|[›»→>]{1,2}|(?:next|older).{0,3}[›»→>]{1,2}"
    r"|(?:след(?:ующ(?:ая|ие))?|далее|дальше|вперёд|вперед|старонка наперад|наступн(?:ая|ыя)|далей|наперад|наступн[аі]|далі)"
    r"(?: страница| записи| старонка| навіны| сторінка)?.{0,3}"
    r"|suivante?s?.{0,3}|page suivante.{0,3}|weiter.{0,3}|nächste(?: seite)?.{0,3}|siguientes?.{0,3}"
    r"|próxim[ao].{0,3}|następn[ay].{0,3}",
    re.IGNORECASE,
)
_CLASS = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-])", re.IGNORECASE)
_PATH = re.compile(r"/page/(\d{1,5})/?$")
_PAGES = ("page", "paged", "pg")


def following(links: Iterable[Element], here: str) -> str | None:
    """Return the address of the page after `here`, or None at the end. `links` are the `link` and `a` elements in page order."""
    number = _number(here)
    worded = counted = None
    for element in links:
        url = clean.absolute(element.get("href") or "", here)
        if url is None or url == here or urlsplit(url).hostname != urlsplit(here).hostname:
            continue
        if "next" in (element.get("rel") or "").lower().split():
            return url
        if element.tag != "a":
            continue
        if worded is None and _says_next(element) and (_number(url) != number or _counts_otherwise(url, here)):
            worded = url
        if counted is None and _trunk(url) == _trunk(here) and _counts_on(element, _number(url), number):
            counted = url
    return worded or counted


def _counts_on(anchor: Element, target: int, here: int) -> bool:
    """Tell whether a pager's figure leads on: on a first page the figure is right where `page=` counts from 1."""
    words = _words(anchor)
    if here == 0 and words in {"1", "2"}:
        return words == "2"
    return target == here + 1


def _says_next(anchor: Element) -> bool:
    marks = [anchor.get("class") or ""]
    parent = anchor.getparent()
    if parent is not None:
        marks.append(parent.get("class") or "")
    words = _words(anchor)
    labels = (words, anchor.get("title") or "", anchor.get("aria-label") or "")
    if any(_WORDS.fullmatch(label.strip()) for label in labels if label):
        return True
    return any(_CLASS.search(mark) for mark in marks) and len(words) < 30


def _words(anchor: Element) -> str:
    return " ".join("".join(str(piece) for piece in anchor.itertext()).split())[:60]


def _number(url: str) -> int:
    """Return the number of a page: zero-based `page=` counts from 0, `/page/N/` from 1, the bare address is the first."""
    parts = urlsplit(url)
    if found := _PATH.search(parts.path):
        return int(found[1]) - 1
    for name, value in parse_qsl(parts.query[:2000]):
        if name in _PAGES and value.isdecimal() and len(value) < 6:
            return int(value)
    return 0


def _counts_otherwise(url: str, here: str) -> bool:
    """Tell whether two addresses differ in their query alone, and not in a page: `start=20`, `cur=2`."""
    one, other = urlsplit(url), urlsplit(here)
    names = {name for name, _ in parse_qsl(one.query[:2000])}
    return one.path == other.path and one.query != other.query and bool(names) and names.isdisjoint(_PAGES)


def _trunk(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    parts = urlsplit(url)
    rest = tuple((name, value) for name, value in parse_qsl(parts.query[:2000]) if name not in _PAGES)
    return _PATH.sub("", parts.path).rstrip("/"), rest
