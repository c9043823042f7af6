"""The fields of feeds in XML: which element means what, in the dialects that are really out there."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from html import escape

from lxml import etree

from scrapers.feedvalue import label, language, person, resolve, wait, when
from scrapers.feedxml import ITEMS, Element, Tree, local
from scrapers.model import Dated
from scrapers.seen import Entry, Feed, FeedInfo

_PREFIXES = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    # Prefixes that a feed forgot to declare mean what they always mean.
    **{prefix: prefix for prefix in ("atom", "dc", "dcterms", "content", "sy", "media", "itunes", "feedburner")},
}
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_XMLNS = re.compile(r"\s+xmlns(?::\w+)?=\"[^\"]*\"")
_PREFIXED = re.compile(r"(</?)\w+:(?=\w)")

_PUBLISHED = (
    "pubdate",
    "published",
    "issued",
    "atom:published",
    "dcterms:issued",
    "dc:date",
    "created",
    "dcterms:created",
    "date",
)
_UPDATED = ("updated", "atom:updated", "modified", "dcterms:modified", "lastbuilddate", "dc:date")
_SUMMARY = (
    "summary",
    "description",
    "abstract",
    "atom:summary",
    "dc:description",
    "dcterms:abstract",
    "media:description",
    "itunes:summary",
)
_CONTENT = ("content:encoded", "content", "atom:content", "xhtml:body", "body", "fullitem")
_SUBTITLE = ("subtitle", "description", "tagline", "abstract", "dc:description", "itunes:subtitle", "itunes:summary")
_TITLE = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
_AUTHOR = ("author", "atom:author", "dc:creator", "dc:author", "itunes:author", "managingeditor", "webmaster")
_IDS = ("id", "guid", "atom:id", "dc:identifier")
_LOOSE = {
    "title",
    "link",
    "guid",
    "pubdate",
    "description",
    "author",
    "category",
    "comments",
    "dc:creator",
    "dc:date",
    "content:encoded",
    "id",
    "updated",
    "published",
    "summary",
}

Fields = dict[str, list[Element]]


class Reader:
    """Reads the fields of one feed: knows its dialect, its base and its clock."""

    def __init__(self, tree: Tree, base: str, now: datetime) -> None:
        self.tree, self.base, self.now = tree, base, now
        top = tree.root
        channel = next((child for child in top if local(child.tag) == "channel"), top)
        self.head = channel
        self.kind = {"feed": "atom", "rdf": "rdf", "channel": "cdf"}.get(local(top.tag), "rss")
        if self.kind == "cdf" and not any(_attribute(element, "href") for element in (top, *tree.items)):
            self.kind = "rss"  # the outer tag was lost
        self.own = {_namespace(element.tag) for element in (channel, *tree.items[:1])}
        self.names: dict[str, str] = {}

    def read(self) -> Feed:
        """Read the head, then each item."""
        fields = self.fields(self.head)
        base = _base(self.tree.root, _base(self.head, self.base))
        spoken = self.text(fields, "language", "dc:language") or self.head.get(_LANG) or self.tree.root.get(_LANG)
        tree = self.tree
        missing = max(tree.announced - len(tree.items), 0)
        info = FeedInfo(
            kind=self.kind,
            title=label(self.markup(fields, *_TITLE)),
            link=self.link(self.head, fields, base),
            id=self.text(fields, *_IDS) or None,
            subtitle=label(self.markup(fields, *_SUBTITLE)),
            author=self.author(fields),
            language=language(spoken),
            published=self.date(fields, "pubdate", "published", "issued"),
            updated=self.date(fields, "updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified", "pubdate")
            or self.touched(self.head),
            ttl=wait(
                self.text(fields, "ttl"), self.text(fields, "sy:updateperiod"), self.text(fields, "sy:updatefrequency")
            ),
            partial=None
            if tree.whole and not missing
            else "the feed was cut"
            if not tree.whole
            else f"{missing} items unreadable",
        )
        return Feed(info=info, entries=[self.entry(item, base) for item in tree.items])

    def entry(self, item: Element, base: str) -> Entry:
        """Read one item."""
        fields = self.fields(item)
        base = _base(item, base)
        link = self.link(item, fields, base)
        identity = self.text(fields, *_IDS) or item.get(_ABOUT)
        guid = fields.get("guid", [None])[0]
        permalink = guid is not None and _attribute(guid, "ispermalink").lower() != "false"
        if link is None and permalink and identity and (address := resolve(identity, base)):
            link = address if address.startswith(("http://", "https://")) else None
        spoken = self.text(fields, "dc:language", "language") or item.get(_LANG)
        content = self.markup(fields, *_CONTENT)
        return Entry(
            title=label(self.markup(fields, *_TITLE)),
            link=link or (resolve(item.get(_ABOUT), base) if self.kind == "rdf" else None),
            id=identity or None,
            permalink=permalink,
            author=self.author(fields),
            summary=self.markup(fields, *_SUMMARY) or content,
            content=content,
            published=self.date(fields, *_PUBLISHED),
            updated=self.date(fields, *_UPDATED) or self.touched(item),
            language=language(spoken),
            enclosures=self.enclosures(fields, base),
        )

    def fields(self, element: Element) -> Fields:
        """Sort the children by meaning; what a tag left open has swallowed counts as its neighbour."""
        found: Fields = {}
        todo = [child for child in element if isinstance(child.tag, str)]
        for child in todo:
            name = self.name(child.tag)
            if name in ITEMS:
                continue
            found.setdefault(name, []).append(child)
            if name in _LOOSE and len(child):
                todo += [inner for inner in child if isinstance(inner.tag, str) and self.name(inner.tag) in _LOOSE]
        return found

    def name(self, tag: str) -> str:
        """Name a tag by what it means: bare if it belongs to the feed's own format, else with the usual prefix."""
        if (known := self.names.get(tag)) is None:
            space = _namespace(tag)
            bare = local(tag)
            prefix = "" if space in self.own or not space else _PREFIXES.get(space, "?")
            known = self.names[tag] = f"{prefix}:{bare}" if prefix else bare
        return known

    def text(self, fields: Fields, *names: str) -> str:
        """Return the first non-empty text of these fields."""
        for name in names:
            for element in fields.get(name, ()):
                if text := (element.text or "").strip():
                    return text
        return ""

    def date(self, fields: Fields, *names: str) -> Dated | None:
        """Return the first readable date of these fields."""
        for name in names:
            for element in fields.get(name, ()):
                if found := when(element.text, self.now):
                    return found
        return None

    def touched(self, element: Element) -> Dated | None:
        """Return the date that CDF puts into an attribute."""
        return when(_attribute(element, "lastmod"), self.now) if self.kind == "cdf" else None

    def markup(self, fields: Fields, *names: str) -> str:
        """Return the first non-empty field as markup, whichever of the many ways it was put in."""
        for name in names:
            for element in fields.get(name, ()):
                if text := self.markup_of(element):
                    return text
        return ""

    def markup_of(self, element: Element) -> str:
        """Return one field as markup: plain text is escaped, naked elements are written out, base64 is undone."""
        kind, mode = _attribute(element, "type").lower(), _attribute(element, "mode").lower()
        if len(element) and not any(self.name(child.tag) in _LOOSE for child in element if isinstance(child.tag, str)):
            return _inside(element)
        text = (element.text or "").strip()
        if mode == "base64" or (kind and "/" in kind and not kind.startswith("text/") and not kind.endswith("xml")):
            return _unpacked(text)
        typed = self.kind == "atom" and self.name(element.tag) in {"title", "subtitle", "summary", "content", "tagline"}
        if typed and (kind in {"text", "text/plain"} or (not kind and not mode)):
            return escape(text, quote=False)
        return text

    def link(self, element: Element, fields: Fields, base: str) -> str | None:
        """Return the address of the readable page."""
        if self.kind == "cdf":
            return resolve(_attribute(element, "href"), base)
        if original := self.text(fields, "feedburner:origlink"):
            return resolve(original, base)
        fallback = None
        for link in [*fields.get("link", ()), *fields.get("atom:link", ())]:
            href = link.get("href") or (link.text or "").strip()
            rel = (link.get("rel") or "alternate").lower()
            address = resolve(href, _base(link, base))
            if not address or rel not in {"alternate", "http://www.iana.org/assignments/relation/alternate"}:
                continue
            if not link.get("type") or "html" in (link.get("type") or ""):
                return address
            fallback = fallback or address
        return fallback

    def author(self, fields: Fields) -> str | None:
        """Return who wrote it, several joined by commas."""
        for name in _AUTHOR:
            found = [
                next((inner.text for inner in author if local(inner.tag) == "name" and inner.text), author.text)
                for author in fields.get(name, ())
            ]
            if names := [known for each in found if (known := person(each))]:
                return ", ".join(dict.fromkeys(names))[:300]
        return None

    def enclosures(self, fields: Fields, base: str) -> list[str]:
        """Return the addresses of attached files."""
        found = [element.get("url") for name in ("enclosure", "media:content") for element in fields.get(name, ())]
        found += [
            link.get("href")
            for name in ("link", "atom:link")
            for link in fields.get(name, ())
            if link.get("rel") == "enclosure"
        ]
        return list(dict.fromkeys(address for each in found if (address := resolve(each, base))))[:50]


def _namespace(tag: object) -> str:
    """Return the namespace of a tag, or the prefix that was never declared."""
    if not isinstance(tag, str):
        return ""
    return tag[1:].partition("}")[0].lower() if tag.startswith("{") else tag.rpartition(":")[0].lower()


def _base(element: Element, base: str) -> str:
    own = element.get(_BASE)
    return (resolve(own, base) or base) if own else base


def _attribute(element: Element, name: str) -> str:
    if value := element.get(name):
        return value.strip()
    return next((str(value).strip() for key, value in element.items() if str(key).lower() == name), "")


def _inside(element: Element) -> str:
    """Write out what stands inside an element, without namespaces; a lone div around it all goes."""
    holder = element
    if len(element) == 1 and local(element[0].tag) == "div" and not (element.text or "").strip():
        holder = element[0]
    parts = [escape(holder.text or "", quote=False)]
    parts += [str(etree.tostring(child, encoding="unicode", with_tail=True)) for child in holder]
    return _PREFIXED.sub(r"\1", _XMLNS.sub("", "".join(parts))).strip()


def _unpacked(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace").strip()
    except (binascii.Error, ValueError):
        return text
