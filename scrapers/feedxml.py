"""The bytes of an XML feed, however broken, to its elements: repaired, parsed with recovery, counted.

Nothing of a document type declaration ever reaches the parser: what stands before the root element is looked at and cut off.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

from lxml import etree

from scrapers.errors import HostileMarkup

Element = etree._Element  # noqa: SLF001 - the name lxml itself gives for annotations

ITEMS = frozenset(("item", "entry"))
_NAMES = "rss|feed|rdf|channel|entry"
START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)

_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DAMAGE = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(#?\w{1,32};?)?|<(?![\w!/?:])", re.DOTALL)
_OWNER = re.compile(r"<([\w.:-]+)[^<>]*>\s*\Z")
_UNBALANCED = {
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH,
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED,
    etree.ErrorTypes.ERR_GT_REQUIRED,
    etree.ErrorTypes.ERR_CDATA_NOT_FINISHED,
    etree.ErrorTypes.ERR_DOCUMENT_END,
}
_HARMLESS = {
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE,
    etree.ErrorTypes.NS_ERR_XML_NAMESPACE,
    etree.ErrorTypes.NS_ERR_ATTRIBUTE_REDEFINED,
    etree.ErrorTypes.NS_ERR_QNAME,
    etree.ErrorTypes.NS_ERR_COLON,
    etree.ErrorTypes.NS_ERR_EMPTY,
}


class Tree(NamedTuple):
    """The elements of a feed: its head, its items, how many items the text announces, and whether its end is there."""

    root: Element
    items: list[Element]
    announced: int
    whole: bool


def parse(text: str, url: str) -> Tree | None:
    """Read a feed, trying the repairs only where the text needs them; None if this is no feed in XML.

    Raises HostileMarkup where entities are declared.
    """
    bare = without_prolog(text, url)
    if bare is None:
        return None
    text = bare
    announced = len(START.findall(text))

    root, faults = elements(text)
    if root is not None and faults <= _HARMLESS:
        items = list(root.iter("{*}item", "{*}entry"))
        if len(items) != announced or any(
            local(above.tag) in ITEMS for item in items for above in item.iterancestors()
        ):
            items = items_of(root)
        if len(items) >= announced:
            return Tree(root, items, announced, whole=True)

    text = _mend(_close_sections(_FORBIDDEN.sub("", text)))
    root, faults = elements(text)
    starts = _item_starts(text)
    if root is None:
        root = etree.Element("rss")
    items = items_of(root)
    if not faults & _UNBALANCED and len(items) >= len(starts):
        return Tree(root, items, len(starts), whole=True)
    return _one_by_one(text, root, starts)


def local(tag: object) -> str:
    """Return the name of a tag without namespace and prefix, lower-case; empty for a comment."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def items_of(root: Element) -> list[Element]:
    """Return the items and entries of a feed in document order, without those quoted inside another."""
    found = [element for element in root.iter(etree.Element) if local(element.tag) in ITEMS]
    return [element for element in found if not any(local(above.tag) in ITEMS for above in element.iterancestors())]


def without_prolog(text: str, url: str, names: str = _NAMES) -> str | None:
    """Cut off declarations, comments and whatever a broken server printed before the root element; None if there is no root.

    Raises HostileMarkup where entities are declared.
    """
    root = _root(names)
    found = root.search(text)
    prolog, at = [], 0
    while found and (comment := text.find("<!--", at, found.start())) >= 0:
        prolog.append(text[at:comment])
        end = text.find("-->", comment)
        at = end + 3 if end >= 0 else len(text)
        if found.start() < at:  # this root stands inside the comment
            found = root.search(text, at)
    if found is None:
        return None
    before = "".join([*prolog, text[at : found.start()]])
    if _HTML.search(before):
        return None
    if _ENTITY.search(before):
        raise HostileMarkup(url, "entity declarations")
    return text[found.start() :]


@lru_cache(maxsize=8)
def _root(names: str) -> re.Pattern[str]:
    return re.compile(rf"<((?:[\w.-]+:)?(?:{names}))(?=[\s>/])", re.IGNORECASE)


def elements(text: str) -> tuple[Element | None, set[int]]:
    """Parse with recovery, without entities or network; return the root, if any, and the kinds of faults met."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None, _UNBALANCED
    return root, {error.type for error in parser.error_log}


def _close_sections(text: str) -> str:
    """Close a CDATA section that was left open where its element ends, instead of letting it swallow the items after it."""
    parts: list[str] = []
    done = end = 0
    while (start := text.find("<![CDATA[", done)) >= 0:
        if 0 <= end < start:  # looked for once: a search that fails each time would take quadratic time
            end = text.find("]]>", start)
        stop = len(text) if end < 0 else end
        swallowed = (
            end < 0 or text.find("<![CDATA[", start + 9, stop) >= 0 or START.search(text, start, stop) is not None
        )
        owner = _OWNER.search(text, max(done, start - 200), start) if swallowed else None
        close = text.find(f"</{owner[1]}", start, stop) if owner else -1
        if close >= 0:
            parts += [text[done:close].removesuffix("]] >").removesuffix("]]"), "]]>"]
            done = close
        else:
            done, parts = min(stop + 3, len(text)), [*parts, text[done : stop + 3]]
    return "".join([*parts, text[done:]])


def _mend(text: str) -> str:
    """Replace named HTML entities, bare `&` and `<`, and references to characters XML forbids; leave CDATA alone.

    All become numeric references: after the first fault libxml2 drops even `&amp;`.
    """

    def mended(match: re.Match[str]) -> str:
        seen = match[0]
        if seen.startswith("<!"):
            return seen
        if seen == "<":
            return "&#60;"
        name = match[1] or ""
        if not name.startswith("#"):
            known = html5.get(name) if name.endswith(";") else None
            return "".join(f"&#{ord(char)};" for char in known) if known else f"&#38;{name}"
        digits = name[1:].rstrip(";")
        try:
            code = int(digits[1:], 16) if digits[:1] in "xX" else int(digits)
            char = chr(code)
        except (ValueError, OverflowError):
            return f"&#38;{name}"
        return "" if _FORBIDDEN.match(char) else f"&#{code};"

    return _DAMAGE.sub(mended, text)


def _item_starts(text: str) -> list[int]:
    """Find where items begin, not counting those quoted inside CDATA and comments."""
    quoted = re.finditer(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", text, re.DOTALL)
    spans = [match.span() for match in quoted]
    starts: list[int] = []
    at = 0
    for match in START.finditer(text):
        while at < len(spans) and spans[at][1] <= match.start():
            at += 1
        if at == len(spans) or match.start() < spans[at][0]:
            starts.append(match.start())
    return starts


def _one_by_one(text: str, root: Element, starts: list[int]) -> Tree:
    """Parse each item on its own, so that what one leaves open cannot swallow the next; drop one that was cut."""
    found = _root(_NAMES).match(text)
    closing = f"</{found[1]}" if found else "</"
    whole = text.rfind(closing, starts[-1] if starts else 0) >= 0
    opening = text[: text.find(">") + 1].rstrip("/>") + ">"
    head, _ = elements(text[: starts[0]]) if starts else (root, set())

    items: list[Element] = []
    for start, stop in itertools.pairwise([*starts, len(text)]):
        end = END.search(text, start, stop)
        if end is None and stop == len(text) and not whole:
            continue
        piece, _ = elements(opening + text[start : end.end() if end else stop])
        if piece is not None:
            items += items_of(piece)[:1]
    return Tree(root if head is None else head, items, len(starts) - (0 if whole else 1), whole)
