"""What a source's own selectors find on a page.

Selectors of plain CSS are answered by the tree that is there anyway; Beautiful Soup, which parses the page once more and
takes ten times as long, answers those that only it knows (`:has`, `:is`, `:-soup-contains`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import lxml.html
from bs4 import BeautifulSoup, Tag
from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from soupsieve import SelectorSyntaxError

from scrapers import clean, markup
from scrapers.errors import ScrapeError
from scrapers.model import Selectors

_MAX_SOUP: Final = 50_000
"""Tags above which Beautiful Soup would take seconds."""
_MOST: Final = 400
_FEW: Final = 5
_STAMPS: Final = ("datetime", "content", "data-timestamp", "data-time", "data-date")
_STAMPED: Final = frozenset(("time", "meta", "span", "div", "dateformat", "p"))
_Way = Callable[[lxml.html.HtmlElement], list[lxml.html.HtmlElement]]
_WORDS: Final[Any] = etree.XPath(".//text()[not(ancestor::script or ancestor::style)]")


class Picked:
    """What the selectors gave: texts, the elements of the body, and notes on those that gave nothing."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.date: list[str] = []
        self.author: list[str] = []
        self.body: list[lxml.html.HtmlElement] = []
        self.notes: dict[str, str] = {}


def pick(chosen: Selectors, tree: lxml.html.HtmlElement, html: str, url: str) -> Picked:
    """Apply the selectors of a layout to a page given as a tree and as the markup it came from. The tree stays as it is."""
    wanted = {"title": chosen.title, "date": chosen.date, "author": chosen.author, "body": chosen.body}
    rules = {field: rule for field, rule in wanted.items() if rule}
    if not rules:
        return Picked()
    try:
        return _from_tree(rules, chosen.remove, tree)
    except SelectorError:
        return _from_soup(rules, chosen.remove, html, url)


def _from_tree(rules: dict[str, str], remove: Sequence[str], tree: lxml.html.HtmlElement) -> Picked:
    found = Picked()
    ways = {field: _compiled(rule) for field, rule in rules.items()}
    unwanted = [_compiled(rule) for rule in remove]
    own = copy.deepcopy(tree)
    for way in unwanted:
        for element in way(own)[:_MOST]:
            if element.getparent() is not None:
                element.drop_tree()
    for field, way in ways.items():
        elements = way(own)[:_MOST]
        if not elements:
            found.notes[f"select.{field}"] = "selector found nothing"
        elif field == "body":
            found.body = _outermost(elements)
        else:
            getattr(found, field).extend(_said(element) for element in elements[:_FEW])
    return found


@lru_cache(maxsize=2_000)
def _compiled(rule: str) -> _Way:
    """Translate plain CSS. Raises SelectorError for what only Beautiful Soup knows, and for what nobody can read."""
    try:
        way: Any = etree.XPath(HTMLTranslator().css_to_xpath(rule))
    except etree.XPathSyntaxError as problem:
        raise SelectorError(str(problem)) from problem
    found: _Way = way
    return found


def _outermost(elements: Sequence[lxml.html.HtmlElement]) -> list[lxml.html.HtmlElement]:
    """Leave out matches within matches, whose text would count twice."""
    chosen = set(elements)
    return [element for element in elements if not any(above in chosen for above in element.iterancestors())]


def _said(element: lxml.html.HtmlElement) -> str:
    return _stamp(str(element.tag), element.attrib) or clean.line(" ".join(_WORDS(element)))


def _stamp(name: str, attributes: Mapping[Any, Any]) -> str:
    """A date in an attribute says more than the text beside it."""
    if name not in _STAMPED:
        return ""
    values = (attributes.get(stamp) for stamp in _STAMPS)
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")


def _from_soup(rules: dict[str, str], remove: Sequence[str], html: str, url: str) -> Picked:
    found = Picked()
    if html.count("<") > _MAX_SOUP:
        found.notes["selectors"] = "not applied: the page has too many tags"
        return found
    soup = BeautifulSoup(html, "lxml")
    for rule in remove:
        for tag in _tags(soup, rule, found, "remove"):
            tag.decompose()
    for field, rule in rules.items():
        tags = _tags(soup, rule, found, field)
        if not tags:
            found.notes.setdefault(f"select.{field}", "selector found nothing")
        elif field == "body":
            chosen = {id(tag) for tag in tags}
            outer = [tag for tag in tags if not any(id(above) in chosen for above in tag.parents)]
            found.body = [element for tag in outer if (element := _element(tag, url)) is not None]
        else:
            getattr(found, field).extend(_said_by(tag) for tag in tags[:_FEW])
    return found


def _tags(soup: BeautifulSoup, rule: str, found: Picked, field: str) -> list[Tag]:
    try:
        return list(soup.select(rule, limit=_MOST))
    except (SelectorSyntaxError, ValueError, NotImplementedError) as problem:
        found.notes[f"select.{field}"] = f"selector is not valid: {str(problem)[:80]}"
        return []


def _element(tag: Tag, url: str) -> lxml.html.HtmlElement | None:
    try:
        tree = markup.parse(str(tag), url)
    except ScrapeError:
        return None
    return tree.find("body") if tree.find("body") is not None else tree


def _said_by(tag: Tag) -> str:
    return _stamp(tag.name, tag.attrs) or clean.line(tag.get_text(" "))
