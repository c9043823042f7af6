"""Finds what a listing page repeats, without selectors: the links whose texts are headlines.

Links are grouped by the tags above them; the group with the longest distinct texts wins, headings preferred, menus and
footers rejected. One pass over the links and their ancestors, no comparison of pairs.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree

Element = etree._Element  # noqa: SLF001 - the name lxml itself gives for annotations

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CHROME_TAGS = frozenset(("nav", "footer", "aside", "form", "button", "select"))
_CHROME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|footer|foot|sidebar|side|breadcrumbs?|share|social|related|pager|pagination"
    r"|tags?|tagcloud|cookies?|banner|widget|languages?|lang|skip|search(?!-results?\b)"
    r"|login|subscribe|partners?|topbar|toolbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:read|learn|see|show|view|find)?\s*(?:more|all|details|on|full (?:text|story|statement))\b.{0,20}|\W*"
    r"|continue reading.*|подробнее|читать.{0,20}|чытаць.{0,20}|далее|далей|падрабязней|детальніше|читати далі|weiterlesen|mehr"
    r"|lire la suite|en savoir plus|leer más|ver más",
    re.IGNORECASE,
)
_SHORTEST = 12
"""Characters; a headline is hardly ever shorter, a menu word hardly ever longer."""
_DEEPEST = 60


class Candidate(NamedTuple):
    """A link that may be an item of the listing."""

    anchor: Element
    url: str
    text: str


class Group(NamedTuple):
    """Links that stand in the same place of the page's structure."""

    members: list[Candidate]
    chrome: bool
    heading: bool


def headline(anchor: Element) -> str:
    """Return the text of a link: of the heading inside it if it wraps a whole card."""
    for inner in anchor.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        if text := _words(inner):
            return text
    return _words(anchor) or " ".join((anchor.get("title") or anchor.get("aria-label") or "").split())


def repeated(candidates: Iterable[Candidate], *, chosen: bool) -> list[Candidate]:
    """Return the items in page order; `chosen` says the addresses were already picked by a pattern, so all groups may count."""
    usable = [each for each in candidates if not _MORE.fullmatch(each.text)]
    groups = list(_groups(usable).values())
    scored = [(score, group) for group in groups if (score := _score(group, chosen=chosen)) > 0]
    if not scored:
        return []
    best = max(scored, key=lambda pair: pair[0])[1]

    wanted = {id(member.anchor) for member in best.members}
    shapes = Counter(_shape(member.url) for member in best.members)
    shape, times = shapes.most_common(1)[0]
    alike = times >= 0.8 * len(best.members) and shape.count("/") > 1
    for _, group in scored:
        if chosen:
            wanted |= {id(member.anchor) for member in group.members}
        elif alike:  # a featured item stands in another frame than the rest but has the same kind of address
            wanted |= {id(member.anchor) for member in group.members if _shape(member.url) == shape}
    return [each for each in usable if id(each.anchor) in wanted]


def container(anchor: Element, shared: Counter[Element]) -> Element:
    """Return the largest block around a link that holds no other item: where its date and summary stand."""
    block = anchor
    for above in _above(anchor):
        if shared[above] > 1:
            break
        block = above
    return block


def shared_by(anchors: Iterable[Element]) -> Counter[Element]:
    """Count how many different addresses stand below each element."""
    seen: dict[Element, set[str]] = defaultdict(set)
    for anchor in anchors:
        for above in _above(anchor):
            seen[above].add(anchor.get("href") or "")
    return Counter({element: len(addresses) for element, addresses in seen.items()})


def _groups(candidates: list[Candidate]) -> dict[tuple[str, ...], Group]:
    shared = shared_by(each.anchor for each in candidates)
    groups: dict[tuple[str, ...], Group] = {}
    for each in candidates:
        path, chrome, heading = [], False, any(True for _ in each.anchor.iter(*_HEADINGS))
        for above in _above(each.anchor):
            tag = str(above.tag)
            marks = f"{above.get('class') or ''} {above.get('id') or ''}"
            # Below the repeated block classes differ from item to item (post-1234); above it they tell places apart.
            path.append(f"{tag}.{marks}" if shared[above] > 2 else tag)
            chrome = (
                chrome
                or tag in _CHROME_TAGS
                or (tag not in {"body", "html", "main", "article"} and bool(_CHROME.search(marks)))
            )
            heading = heading or tag in _HEADINGS
        groups.setdefault(tuple(path), Group([], chrome, heading)).members.append(each)
    return groups


def _score(group: Group, *, chosen: bool) -> float:
    texts = {each.text for each in group.members}
    addresses = {each.url for each in group.members}
    if group.chrome or (len(addresses) < 2 and not chosen and not group.heading):
        return 0.0
    if len(texts) < 0.5 * len(group.members):
        return 0.0
    mean = sum(min(len(text), 120) for text in texts) / len(texts)
    if mean < _SHORTEST and not (chosen and group.heading):
        return 0.0
    return mean * float(min(len(addresses), 60) ** 0.7) * (2.0 if group.heading else 1.0)


def _shape(url: str) -> str:
    """Reduce an address to its kind: the folder, numbers made equal."""
    parts = urlsplit(url)
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return f"{parts.netloc}{re.sub(r'[0-9]+', '0', folder)}/"


def _above(anchor: Element) -> Iterable[Element]:
    for depth, above in enumerate(anchor.iterancestors()):
        if depth > _DEEPEST:
            return
        yield above


def _words(element: Element) -> str:
    return " ".join(" ".join(str(piece) for piece in element.itertext()).split())[:500]
