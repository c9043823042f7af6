"""Follow what a page links to: the same text in other languages, and the PDFs that belong to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import lxml.html

from scrapers import address, clean
from scrapers.blocks import Block, cut
from scrapers.errors import SchemeRefused

_READ_IN = re.compile(
    r"(?:read|available|version|this (?:page|text|statement)|also)?\s*(?:this (?:page|text|statement"
    r"|article) )?(?:in|auf|en|på|in het|на|по|па|у)[\s-]+(?P<name>[^\W\d]+)(?: (?:version|language|языке"
    r"|мове))?\W*",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"(?:read|available|version|lire|lesen|leer|leggi|czytaj|чита\w*|чыта\w*)\b[^.]{0,40}$", re.IGNORECASE
)
_NAMES: Final = {
    "en": "english,anglais,englisch,английском,английски,англійською,ангельску,англійскай",
    "ru": "russian,russe,russisch,русском,русски,російською,руску,рускай,русский",
    "be": "belarusian,biélorusse,belarussisch,белорусском,беларуску,беларускай,білоруською",
    "uk": "ukrainian,ukrainien,ukrainisch,украинском,українською,украінскай",
    "fr": "french,français,französisch,french version",
    "es": "spanish,español,espagnol,spanisch",
    "de": "german,deutsch,allemand",
    "pl": "polish,polsku,polnisch",
    "ar": "arabic,arabe,العربية",
    "zh": "chinese",
    "fa": "persian,farsi",
    "pt": "portuguese,português",
    "it": "italian,italiano",
    "lt": "lithuanian",
    "ka": "georgian",
    "hy": "armenian",
    "tr": "turkish,türkçe",
    "az": "azerbaijani",
    "kk": "kazakh",
    "ja": "japanese",
    "ko": "korean",
    "nl": "dutch",
}
"""Languages as links call them, in the forms that stand after "in"."""
_LANGUAGES: Final = {name: tag for tag, names in _NAMES.items() for name in names.split(",")}


_LONGEST_PROMISE: Final = 60


def twins(tree: lxml.html.HtmlElement, base: str, own: str, spoken: str) -> dict[str, str]:
    """The same text in other languages, as links say it; links that all lead to one address say nothing."""
    found: dict[str, str] = {}
    for element in tree.iter("link", "a"):
        href = element.get("href")
        if not href:
            continue
        tag = (element.get("hreflang") or "").strip().lower().replace("_", "-").partition("-")[0]
        if element.tag == "link" and "alternate" not in (element.get("rel") or "").lower():
            continue
        if not tag and element.tag == "a":
            tag = _called(element)
        if not re.fullmatch(r"[a-z]{2,3}", tag) or tag == spoken:
            continue
        try:
            there = address.canonical(clean.absolute(href, base) or "")
        except SchemeRefused:
            continue
        if address.key(there) != address.key(own) and re.search(r"[^/]/[^/]+", there.partition("://")[2]):
            found.setdefault(tag, there)
    addresses = list(found.values())
    return {tag: there for tag, there in found.items() if addresses.count(there) == 1}


def _around(first: lxml.html.HtmlElement, last: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    """The smallest element around a whole text: a link on a line of its own is no text, but belongs to it."""
    above = {first, *first.iterancestors()}
    shared = next((element for element in (last, *last.iterancestors()) if element in above), first)
    parent = shared.getparent()
    return parent if shared is first and parent is not None else shared


def _called(element: lxml.html.HtmlElement) -> str:
    """The language that the words of a link, or those before it, promise."""
    words = " ".join(element.text_content()[:200].split())
    if len(words) > _LONGEST_PROMISE:
        return ""
    if match := _READ_IN.fullmatch(words):
        return _LANGUAGES.get(match["name"].lower(), "")
    if words.lower() not in _LANGUAGES:
        return ""
    previous, parent = element.getprevious(), element.getparent()
    before = (previous.tail if previous is not None else parent.text if parent is not None else "") or ""
    return _LANGUAGES[words.lower()] if _PROMISE.search(before) else ""


def attachments(tree: lxml.html.HtmlElement, blocks: Sequence[Block], base: str) -> list[str]:
    """PDF addresses that the text links to or that the page shows in a frame."""
    elements: list[lxml.html.HtmlElement] = []
    blocks = blocks or cut(tree)
    if blocks:
        elements.extend(_around(blocks[0].element, blocks[-1].element).iter("a"))
    elements.extend(tree.iter("iframe", "object", "embed"))
    found: dict[str, None] = {}
    for element in elements:
        for name in ("href", "src", "data", "data-src"):
            value = element.get(name)
            if not value or ".pdf" not in value.lower():
                continue
            if re.search(r"\.pdf(?:$|[?#])", value, re.IGNORECASE) and (there := clean.absolute(value, base)):
                try:
                    found.setdefault(address.canonical(there))
                except SchemeRefused:
                    continue
    return list(found)[:50]
