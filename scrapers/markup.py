"""Parse markup once, within bounds.

libxml2 and Beautiful Soup take quadratic time over hundreds of thousands of attributes and silently lose everything below a
depth of 256. What no real page contains is refused before they see it, by scans that take linear time.
"""

from __future__ import annotations

import re
from typing import Final

import lxml.html
from lxml import etree

from scrapers.errors import HostileMarkup, ParseFailed, TooLarge

MAX_CHARACTERS: Final = 8_000_000
MAX_TAGS: Final = 300_000
MAX_DEPTH: Final = 2_000
_MAX_TAG: Final = 200_000
"""Characters within one pair of angle brackets; pages do carry whole JSON documents in an attribute."""
_MAX_ATTRIBUTES: Final = 20_000
"""Names and bare values together."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTE = re.compile(r"\"[^\"]*\"|'[^']*'|([^\s\"'<>/=]+)")


def tags(names: str) -> frozenset[str]:
    """Make a set of element names from one line of them."""
    return frozenset(names.split())


def parse(html: str, url: str = "") -> lxml.html.HtmlElement:
    """Parse markup into a tree.

    Raises TooLarge, HostileMarkup or, when there is nothing to parse, ParseFailed.
    """
    if len(html) > MAX_CHARACTERS:
        raise TooLarge(url, f"{len(html)} characters of markup, at most {MAX_CHARACTERS} are read")
    _check(html, url)
    html = _FORBIDDEN.sub(" ", _XML_DECLARATION.sub("", html))
    if not html.strip():
        raise ParseFailed(url, "the page is empty")
    parser = lxml.html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as problem:
        raise ParseFailed(url, str(problem)[:200]) from problem
    if _depth(tree) > MAX_DEPTH:
        raise HostileMarkup(url, f"elements nested deeper than {MAX_DEPTH}")
    return tree


def _check(html: str, url: str) -> None:
    tags = html.count("<")
    if tags > MAX_TAGS:
        raise HostileMarkup(url, f"{tags} tags, at most {MAX_TAGS} are read")
    at = html.find("<")
    while at >= 0:
        following = html.find("<", at + 1)
        length = (following if following >= 0 else len(html)) - at
        if length > 8000:
            _check_tag(html, at, at + length, url)
        at = following


def _check_tag(html: str, start: int, end: int, url: str) -> None:
    """Look at one suspiciously long stretch between two `<`."""
    if html[start + 1 : start + 2] in ("!", "?", "") or not html[start + 1].isalpha():
        return
    close = html.find(">", start, end)
    length = (close if close >= 0 else end) - start
    if length <= 8000:
        return
    if length > _MAX_TAG * 10:
        raise HostileMarkup(url, "a tag without end")
    count = 0
    for match in _ATTRIBUTE.finditer(html, start, start + length):
        count += match[1] is not None
        if count > _MAX_ATTRIBUTES:
            raise HostileMarkup(url, "a tag with too many attributes")


def _depth(tree: etree._Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            break
    return deepest
