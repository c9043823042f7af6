"""Make text and markup from outside harmless: no control characters, allow-listed tags, absolute addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from scrapers import markup
from scrapers.errors import ScrapeError

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\xad\u200b\u2060\ufeff\ufff9-\ufffb]"
    "|[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)
_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028]")
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n ?")
_GAP = re.compile(r"\n{3,}")
# Normalisation sorts a run of combining marks in quadratic time; no script needs more than a few.
_COMBINING: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_MARKS = re.compile(f"([{_COMBINING}]{{16}})[{_COMBINING}]+")

KEPT: Final = markup.tags(
    "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre table thead tbody tfoot tr th td caption"
    " a em strong b i u s br hr sub sup abbr cite q code figure figcaption bdi bdo"
)
_DROPPED: Final = markup.tags(
    "script style noscript template iframe frame frameset form input button select textarea option"
    " svg math canvas audio video map head title meta link base dialog"
)
_INLINE: Final = frozenset(
    ("a", "b", "i", "u", "em", "strong", "sub", "sup", "small", "span", "mark", "abbr", "cite", "q", "code", "s")
)
_VOID: Final = frozenset(("br", "hr"))
_BLOCKS: Final = markup.tags("div section article main header footer aside address details summary center")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_MAX_DEPTH: Final = 60
_MAX_MARKUP: Final = 2_000_000
_PIECE: Final = 60_000
"""nh3 takes quadratic time in what stands in one element (0.6 s for 64 KB of references), so it gets pieces."""


def plain(text: str) -> str:
    """Make text storable and comparable: NFC, no control characters, one blank line between paragraphs."""
    text = _BREAK.sub("\n", text).replace("\u2029", "\n\n")
    text = _MARKS.sub(r"\1", _FORBIDDEN.sub("", text))
    text = unicodedata.normalize("NFC", text)
    return _GAP.sub("\n\n", _LINES.sub("\n", _SPACE.sub(" ", text))).strip()


def whole(text: str) -> str:
    """Replace half surrogate pairs, which JSON can spell and no text can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def line(text: str) -> str:
    """Make a title, name or label of one line."""
    return " ".join(plain(text).split())


def sanitise(html: str, base_url: str) -> str:
    """Keep the markup a reader needs, with absolute http(s) links, and nothing that runs, loads or hides; never raises."""
    try:
        tree = markup.parse(html[:_MAX_MARKUP], base_url)
    except ScrapeError:
        return ""
    return sanitise_tree(tree, base_url)


def sanitise_tree(element: etree._Element, base_url: str) -> str:
    """Do the same for a parsed part of a page."""
    return finish("".join(render(element, base_url)))


def finish(html: str) -> str:
    """Pass markup made by `render` through nh3, whose allow-list is the second wall."""
    import nh3

    pieces = _pieces(html)
    safe = [
        nh3.clean(
            piece,
            tags=set(KEPT),
            attributes={"*": {"dir", "lang"}, "a": {"href"}},
            url_schemes={"http", "https"},
            link_rel="noopener noreferrer nofollow",
            clean_content_tags={"script", "style"},
        )
        for piece in pieces
    ]
    return "".join(safe).strip()


def _pieces(html: str) -> Iterator[str]:
    """Split between top-level blocks; an oversized block loses its end rather than the page."""
    start = 0
    for end in (match.end() for match in re.finditer("\n", html)):
        if end - start >= _PIECE // 2:
            yield from _cut(html[start:end])
            start = end
    yield from _cut(html[start:])


def _cut(piece: str) -> Iterator[str]:
    if len(piece) <= _PIECE * 4:
        yield piece
        return
    # One block of a quarter of a megabyte is a table or an attack: its words stay, its markup goes.
    words = re.sub(r"<[^>]{0,2000}>", " ", piece)
    for at in range(0, len(words), _PIECE):
        yield f"<p>{words[at : at + _PIECE]}</p>"


def render(root: etree._Element, base_url: str) -> Iterator[str]:
    """Write the allowed part of a tree in time linear in its size; a newline follows each top-level block."""
    open_tags: list[str | None] = []
    hidden: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if hidden is None and element.tag in _DROPPED and element is not root:
                hidden = element
            if hidden is not None:
                continue
            name = _name(element, open_tags)
            open_tags.append(name)
            if name is not None:
                yield f"<{name}{_attributes(name, element, base_url)}>"
            elif element.tag == "img":
                yield _picture(element)
            yield _text(element.text)
            continue
        if hidden is None:
            name = open_tags.pop()
            if name is not None and name not in _VOID:
                yield f"</{name}>" + ("\n" if name not in _INLINE and not any(open_tags) else "")
        if hidden is element:
            hidden = None
        if hidden is None and element is not root:
            yield _text(element.tail)


def _name(element: etree._Element, open_tags: list[str | None]) -> str | None:
    tag = str(element.tag)
    if len(open_tags) > _MAX_DEPTH:
        return None
    if tag in KEPT:
        return tag
    within = any(name in ("p", "li", "td", "th", "dd", "dt") for name in open_tags[-8:])
    if tag in _BLOCKS and not within and not any(child.tag in KEPT or child.tag in _BLOCKS for child in element):
        return "p"
    return None


def _attributes(name: str, element: etree._Element, base_url: str) -> str:
    kept = ""
    if (direction := element.get("dir", "").strip().lower()) in ("ltr", "rtl", "auto"):
        kept += f' dir="{direction}"'
    if _LANGUAGE.fullmatch(language := element.get("lang", "").strip()):
        kept += f' lang="{language}"'
    if name == "a" and (href := absolute(element.get("href", ""), base_url)):
        kept += f' href="{escape(href)}"'
    return kept


def _picture(element: etree._Element) -> str:
    alt = line(element.get("alt", "")[:500])
    return f" [{escape(alt)}] " if alt else ""


def _text(text: str | None) -> str:
    return escape(_SPACE.sub(" ", _FORBIDDEN.sub("", text)).replace("\n", " "), quote=False) if text else ""


def absolute(href: str, base_url: str) -> str | None:
    """Resolve a link, or give None if it does not lead to http or https."""
    href = re.sub(r"[\x00-\x20\x7f-\x9f]+", "", href.strip()) if href else ""
    if not href or len(href) > 4000 or href.startswith("#"):
        return None
    try:
        joined = urljoin(base_url, href)
    except ValueError:
        return None
    return joined if re.match(r"https?://[^/\\\s]", joined, re.IGNORECASE) and "\\" not in joined else None
