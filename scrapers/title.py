"""Find a page's title: the heading that the page's other claims agree with, else the claim without the site's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

import lxml.html
import msgspec

from scrapers import clean
from scrapers.blocks import cut
from scrapers.structured import Structured

_BEFORE_SITE = re.compile(r"\s+[|\-–—·•»«]+\s+")
_SEPARATOR = re.compile(r"\s+[|\-–—·•»«:/\\<>~]+\s+|\s*[|»«•]+\s*|\s+::\s+|:\s+")
_STRAY = re.compile(r"<(?:meta|link|base)\b[^<>]*>", re.IGNORECASE)
"""Elements that a template put into the title: browsers show them as text."""
_MAX: Final = 600
_WORD = re.compile(r"\w+")


class Title(msgspec.Struct, frozen=True, kw_only=True):
    """A title and the rule that found it."""

    text: str
    method: str


def find(tree: lxml.html.HtmlElement, claims: Structured, *, selected: Sequence[str] = ()) -> Title:
    """Find the title. `selected` are the texts a source's own selector gave; the text is empty if there is none at all."""
    for text in selected:
        if chosen := clean.line(text):
            return Title(text=chosen[:_MAX], method="selector")

    site = claims.site or claims.publisher
    tag = _tag(tree)
    stated = {
        "jsonld": claims.headline,
        "og:title": clean.line(claims.meta.get("og:title", "")),
        "twitter:title": clean.line(claims.meta.get("twitter:title", "")),
        "title": tag,
    }
    bare = {name: without_site(text, site) for name, text in stated.items() if text}
    headings = _headings(tree)
    for (
        level,
        text,
    ) in headings:  # however short: what stands before the separator is the title where the heading says so
        if level == "h1" and tag.startswith(text) and _BEFORE_SITE.match(tag, len(text)):
            bare["title"] = text

    best: tuple[float, str] = (0.0, "")
    for rank, (level, text) in enumerate(headings):
        score = max((_likeness(text, claim) for claim in (*bare.values(), *stated.values()) if claim), default=0.0)
        score -= {"h1": 0.0, "h2": 0.06, "h3": 0.1}[level] + min(rank, 10) * 0.002
        if len(text) < 8 and text != bare.get("title"):
            score -= 0.2
        if score > best[0]:
            best = (score, text)
    if best[0] >= 0.6:
        # A rubric often stands inside the heading: what the claims agree to be the title ends it.
        ending = next(
            (
                bare[n]
                for n in ("jsonld", "og:title")
                if len(bare.get(n, "")) > 20 and _fold(best[1]).endswith(" " + _fold(bare[n]))
            ),
            None,
        )
        return Title(text=(ending or best[1])[:_MAX], method="heading")
    for name in ("jsonld", "og:title", "title", "twitter:title"):
        if bare.get(name) and _worthy(bare[name], site):
            return Title(text=bare[name][:_MAX], method=name)
    ones = [text for level, text in headings if level == "h1" and _worthy(text, site)]
    if ones:
        return Title(text=max(ones, key=len)[:_MAX], method="h1")
    if headings:
        return Title(text=headings[0][1][:_MAX], method="heading")
    return Title(text=tag[:_MAX], method="title" if tag else "none")


def without_site(title: str, site: str) -> str:
    """Cut the site's name off a title."""
    title = clean.line(title)
    name = _fold(site)
    parts = [(match.start(), match.end()) for match in _SEPARATOR.finditer(title)]
    if not parts:
        return title
    if name:
        for start, end in parts:
            tail, head = _fold(title[end:]), _fold(title[:start])
            if tail and (tail == name or tail in name or (name in tail and len(tail) < 2 * len(name) + 12)):
                return title[:start].strip()
            if head and head == name:
                return title[end:].strip()
    start, end = parts[-1]
    tail = title[end:]
    strong = re.search(r"[|»«•·–—]|\s-\s", title[start:end]) is not None
    if strong and len(_WORD.findall(tail)) <= 4 and len(_WORD.findall(title[:start])) >= 3 and len(tail) < 0.5 * start:
        return without_site(title[:start], "") if len(parts) > 1 and re.search(r"\|", title) else title[:start].strip()
    first_start, first_end = parts[0]
    if "|" in title[first_start:first_end] and len(_WORD.findall(title[:first_start])) <= 3 < len(
        _WORD.findall(title[first_end:])
    ):
        return title[first_end:].strip()
    return title


def _tag(tree: lxml.html.HtmlElement) -> str:
    for element in tree.iter("title"):
        parent = element.getparent()
        if parent is not None and parent.tag in ("svg", "symbol"):
            continue
        if text := clean.line(_STRAY.sub(" ", element.text_content()[:2000])):
            return text
    return ""


def _headings(tree: lxml.html.HtmlElement) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for element in tree.iter("h1", "h2", "h3"):
        if len(found) >= 80:
            break
        text = _words(element)
        if 2 < len(text) <= _MAX:
            found.append((str(element.tag), text))
    return found


def _words(element: lxml.html.HtmlElement) -> str:
    """The text of a heading without its icons."""
    return clean.line(" ".join(block.text for block in cut(element, prune=False))[:2000])


def _fold(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _likeness(one: str, other: str) -> float:
    """How alike two titles are, from 0 to 1: equal words, or one cut short."""
    a, b = _fold(one), _fold(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 12 and longer.startswith(shorter):
        return 0.75 + 0.2 * len(shorter) / len(longer)
    if min(len(a), len(b)) < 0.3 * max(len(a), len(b)):
        return 0.0
    return SequenceMatcher(None, a[:400], b[:400], autojunk=False).ratio()


def _worthy(title: str, site: str) -> bool:
    return len(title) > 3 and _fold(title) != _fold(site)
