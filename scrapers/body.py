"""Find the text of a page: the source's selector if it answers well, else what several methods agree on.

The candidate whose four-word shingles agree most with the others' wins (a medoid): each method fails on other pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Final

import lxml.html
import msgspec

from scrapers import clean, dates
from scrapers.blocks import Block, cut, is_furniture, prose

_WORD = re.compile(r"\w+")

THIN: Final = 40
"""Characters below which a selector's answer counts as failed where another method finds much more."""

AGREED: Final = 0.99
"""Agreement of the two cheap methods above which the dear one is not asked."""

_HINTS: Final = (
    "//*[@itemprop='articleBody']",
    "//*[contains(concat(' ',normalize-space(@class),' '),' entry-content ')]",
    "//*[contains(@class,'article-body') or contains(@class,'articleBody') or contains(@class,'article__body') or "
    "contains(@class,'story-body')"
    " or contains(@class,'article-content') or contains(@class,'post-content') or "
    "contains(@class,'field--name-body') or contains(@class,'govspeak')]",
    "//article",
    "//main",
)


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a page, the elements it stands in (if they are known) and the method that found it."""

    text: str
    method: str
    blocks: list[Block] = []


def find(
    tree: lxml.html.HtmlElement,
    *,
    stated: str = "",
    selected: Sequence[lxml.html.HtmlElement] = (),
    title: str = "",
) -> Body:
    """Find the text. `selected` are the elements a source's selector gave, `stated` is JSON-LD's articleBody.

    The method is `selector`, `jsonld`, `blocks`, `hint` or `trafilatura`, or `none` with an empty text.
    """
    chosen = _selected(selected)
    if chosen is not None and len(chosen.text) >= 200:
        return chosen
    found = _agreed(tree, stated, title)
    if chosen is not None and (len(chosen.text) >= THIN or len(found.text) < 4 * len(chosen.text)):
        return chosen
    if chosen is None:
        return found
    return Body(
        text=found.text, method=f"{found.method} (selector gave {len(chosen.text)} characters)", blocks=found.blocks
    )


def _selected(elements: Sequence[lxml.html.HtmlElement]) -> Body | None:
    blocks = [block for element in elements for block in cut(element, prune=False)]
    text = clean.plain(prose(blocks))
    return Body(text=text, method="selector", blocks=blocks) if text else None


def _agreed(tree: lxml.html.HtmlElement, stated: str, title: str) -> Body:
    blocks = cut(tree)
    densest, hinted = _densest(blocks, title), _hinted(tree, title)
    if (
        densest is not None
        and hinted is not None
        and len(hinted.text) > 400
        and _overlap(_shingles(densest.text), _shingles(hinted.text)) > AGREED
    ):
        return densest  # a third opinion would cost more than everything else together
    candidates = [densest, hinted]
    if stated:
        candidates.append(Body(text=stated, method="jsonld"))
    third = _trafilatura(tree)
    if third is not None and (len(third.text) >= THIN or densest is not None):
        candidates.append(third)  # alone it would take a menu of one word for a text
    found = [candidate for candidate in candidates if candidate is not None and candidate.text]
    return medoid(found) if found else Body(text="", method="none")


def medoid(candidates: Sequence[Body]) -> Body:
    """Pick the candidate whose shingles agree most with those of the others; the first of equals."""
    if len(candidates) < 3:
        return candidates[0]
    bags = [_shingles(candidate.text) for candidate in candidates]
    agreement = [sum(_overlap(mine, other) for other in bags if other is not mine) for mine in bags]
    return candidates[max(range(len(bags)), key=lambda n: agreement[n])]


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(zip(*(words[at:] for at in range(4)), strict=False)) if len(words) > 3 else Counter([tuple(words)])


def _overlap(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    """F1 of two bags of shingles."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _worth(block: Block) -> float:
    """What a block says for its surroundings being the text: characters if it is prose, less than nothing if it is furniture."""
    length = len(block.text)
    density = block.density
    tag = block.element.tag
    if is_furniture(block):
        return -30.0
    if tag in ("h1", "h2", "h3", "h4", "h5", "h6", "pre"):
        return 5.0 if density < 0.5 else -20.0
    if density > 0.5:
        return -20.0 - length * 0.2
    ended = block.text.rstrip("\"'”’»)]").endswith((".", "!", "?", ":", "…", ";", "。", "！", "？", "؟", "।", "։"))
    prose_like = min(length, 600) * (1 - density)
    if length >= 80:
        return prose_like
    if ended and length >= 25:
        return prose_like * 0.8
    if tag == "p":
        return 0.0
    return -12.0


def _densest(blocks: list[Block], title: str) -> Body | None:
    """The part of the page whose blocks are worth most together, and the best unbroken run within it."""
    sums: dict[lxml.html.HtmlElement, float] = {}
    worths = [_worth(block) for block in blocks]
    inside: dict[lxml.html.HtmlElement, tuple[int, int]] = {}
    for n, (block, worth) in enumerate(zip(blocks, worths, strict=True)):
        element = block.element
        while element is not None:
            sums[element] = sums.get(element, 0.0) + worth
            first, _ = inside.get(element, (n, n))
            inside[element] = (first, n + 1)
            element = element.getparent()
    if not sums:
        return None
    best = max(sums, key=lambda element: (sums[element], -(inside[element][1] - inside[element][0])))
    start, end = inside[best]
    kept = _trim(blocks[start:end], worths[start:end], title)
    return Body(text=clean.plain(prose(kept)), method="blocks", blocks=kept) if kept else None


def _trim(blocks: list[Block], worths: list[float], title: str) -> list[Block]:
    """Cut to the run of highest worth (Kadane), then drop what is only links, and the title where the text repeats it."""
    best = run = 0.0
    start = first = last = 0
    for n, worth in enumerate(worths):
        if run <= 0:
            run, start = 0.0, n
        run += worth
        if run > best:
            best, first, last = run, start, n + 1
    return _tidy(blocks[first:last], title)


def _tidy(blocks: list[Block], title: str) -> list[Block]:
    """Drop what precedes the headline, repeats of it, lines that are only links, and furniture."""
    for n, block in enumerate(blocks):
        if (
            block.element.tag == "h1"
            or _within(block.element, "h1")
            or (title and block.text.casefold() == title.casefold())
        ):
            if sum(len(one.text) for one in blocks[:n]) * 3 < sum(len(one.text) for one in blocks[n:]):
                blocks = blocks[n + 1 :]
            break
    kept = [block for block in blocks if not is_furniture(block) and (block.density < 0.8 or len(block.text) > 400)]
    while kept and (dates.is_stamp(kept[0].text) or kept[0].text.casefold() == title.casefold()):
        kept = kept[1:]
    while kept and kept[-1].element.tag in ("h2", "h3", "h4", "h5", "h6"):
        kept = kept[:-1]
    return kept


def _within(element: lxml.html.HtmlElement, tag: str) -> bool:
    above = element.getparent()
    return above is not None and above.tag == tag


def _hinted(tree: lxml.html.HtmlElement, title: str) -> Body | None:
    """The element that the page's own names call the text."""
    for hint in _HINTS:
        best: tuple[float, list[Block]] = (0.0, [])
        for element in tree.xpath(hint)[:50]:
            blocks = cut(element)
            worth = sum(max(_worth(block), 0.0) for block in blocks)
            if worth > best[0]:
                best = (worth, blocks)
        if best[0] > 300:
            kept = _tidy(best[1], title)
            return Body(text=clean.plain(prose(kept)), method="hint", blocks=kept)
    return None


def _trafilatura(tree: lxml.html.HtmlElement) -> Body | None:
    import trafilatura

    try:
        text = trafilatura.extract(deepcopy(tree), favor_precision=True, include_comments=False, fast=False)
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
        return None  # a third opinion is never worth losing the page
    return Body(text=clean.plain(re.sub(r"\n+", "\n\n", text)), method="trafilatura") if text else None
