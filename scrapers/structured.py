"""What a page says about itself: JSON-LD, meta elements and microdata, read once from the parsed tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final

import lxml.html
import msgspec

from scrapers import clean

_MAX_BLOCK: Final = 1_000_000
_MAX_NODES: Final = 5_000
_ARTICLE = re.compile(
    r"(?:News|Blog|Report|Opinion|Review|Scholarly|Tech|Background|Analysis|AskPublicNews|LiveBlog|Social)?"
    r"(?:Article|Posting|MediaPosting)|PressRelease|SpecialAnnouncement|Statement|Report|GovernmentService|DiscussionForumPosting"
)


class Structured(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of one page. Nothing here is checked yet."""

    headline: str = ""
    body: str = ""
    published: str = ""
    modified: str = ""
    author: str = ""
    publisher: str = ""
    site: str = ""
    language: str = ""
    meta: dict[str, str] = {}
    """Name or property in lower case to the first content given for it."""
    article: bool = False
    """True if the page calls itself an article."""


def read(tree: lxml.html.HtmlElement) -> Structured:
    """Collect what the page claims; never raises on malformed data."""
    meta = _meta(tree)
    nodes = list(_nodes(tree))
    article = next((node for node in nodes if _is_article(node)), {})
    page = next((node for node in nodes if _types(node) & {"WebPage", "ItemPage", "AboutPage"}), {})
    site = next((node for node in nodes if _types(node) & {"WebSite"}), {})
    return Structured(
        headline=_text(article.get("headline") or article.get("name")),
        body=_prose(article.get("articleBody") or article.get("text")),
        published=_text(article.get("datePublished") or page.get("datePublished") or article.get("dateCreated")),
        modified=_text(article.get("dateModified") or page.get("dateModified")),
        author=_names(article.get("author") or article.get("creator"), nodes),
        publisher=_names(article.get("publisher") or article.get("sourceOrganization"), nodes),
        site=_text(meta.get("og:site_name")) or _text(site.get("name")) or _text(meta.get("application-name")),
        language=_text(article.get("inLanguage")) or _text(page.get("inLanguage")),
        meta=meta,
        article=bool(article) or meta.get("og:type", "").lower() == "article",
    )


def _meta(tree: lxml.html.HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = element.get("content")
        if name and content and content.strip() and len(name) < 100:
            found.setdefault(name.strip().lower(), content.strip()[:5000])
    return found


def _nodes(tree: lxml.html.HtmlElement) -> Iterator[dict[str, Any]]:
    count = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        block = script.text or ""
        if not block.strip() or len(block) > _MAX_BLOCK:
            continue
        waiting = [_load(block)]
        while waiting and count < _MAX_NODES:
            count += 1
            node = waiting.pop(0)
            if isinstance(node, list):
                waiting[:0] = node[:500]
            elif isinstance(node, dict):
                yield node
                waiting[:0] = [
                    value
                    for name in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item")
                    if isinstance(value := node.get(name), (dict, list))
                ]


def _load(block: str) -> Any:
    """Read JSON as it is found in pages: in comments or CDATA, with raw line breaks and trailing commas."""
    block = (
        re.sub(
            r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*;?\s*$",
            "",
            block,
        )
        .strip()
        .rstrip(";")
    )
    for attempt in (block, re.sub(r",(\s*[\]}])", r"\1", block)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _types(node: dict[str, Any]) -> set[str]:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return {one.rpartition("/")[2] for one in kinds if isinstance(one, str)}


def _is_article(node: dict[str, Any]) -> bool:
    return any(_ARTICLE.fullmatch(kind) for kind in _types(node))


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str)), "")
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    return clean.line(unescape(unescape(value[:5000]))) if isinstance(value, str) else ""


def _prose(value: Any) -> str:
    if not isinstance(value, str) or len(value) < 80:
        return ""
    value = unescape(value)
    if re.search(r"</?(?:p|br|div|span|a|strong|em|h\d|ul|li)\b", value):
        value = re.sub(r"(?i)<br\b[^>]{0,200}>|</(?:p|div|h\d|li|blockquote)>", "\n\n", value)
        value = unescape(re.sub(r"<[^<>]{0,4000}>", "", value))
    return clean.plain(value)


def _names(value: Any, nodes: list[dict[str, Any]]) -> str:
    values = value if isinstance(value, list) else [value]
    names = []
    for one in values[:30]:
        if isinstance(one, dict) and "name" not in one and "@id" in one:
            one = next((node for node in nodes if node.get("@id") == one["@id"] and "name" in node), one)  # noqa: PLW2901
        name = _text(one)
        if name and not name.startswith(("http:", "https:", "#")) and name not in names:
            names.append(name)
    return ", ".join(names)[:500]
