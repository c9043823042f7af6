"""A feedgen extension for what feedgen cannot say of an entry: its language, and links with all their attributes."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension

from feeds.entry import Entry

ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class FeedMarks(BaseExtension):  # type: ignore[misc]
    """Nothing: feedgen asks for one beside that of the entry."""


class EntryMarks(BaseEntryExtension):  # type: ignore[misc]
    """Adds language and links to the element that feedgen has made."""

    def __init__(self) -> None:
        self._entry: Entry | None = None

    def describe(self, entry: Entry) -> None:
        """Choose the entry whose marks are to be added."""
        self._entry = entry

    def extend_atom(self, element: Any) -> Any:
        """Add them to an Atom entry. feedgen 1.0 drops `rel`, `hreflang` and `title` of an entry's links."""
        return self._extend(element, "")

    def extend_rss(self, element: Any) -> Any:
        """Add them to an RSS item, in Atom's namespace."""
        element = self._extend(element, f"{{{ATOM}}}")
        if self._entry is not None:
            updated = element.makeelement(f"{{{ATOM}}}updated", {})
            updated.text = self._entry.updated.isoformat()
            element.append(updated)
        return element

    def _extend(self, element: Any, namespace: str) -> Any:
        if self._entry is None:
            return element
        if self._entry.language:
            element.set(_LANG, self._entry.language)
        for attributes in _links(self._entry, namespace == ""):
            element.append(element.makeelement(f"{namespace}link", attributes))
        return element


def _links(entry: Entry, with_alternate: bool) -> list[dict[str, str]]:
    links: list[dict[str, str]] = []
    if with_alternate:
        hreflang = {"hreflang": entry.language} if entry.language else {}
        links.append({"href": entry.alternate, "rel": "alternate", "type": "text/html", **hreflang})
    links.append({"href": entry.related, "rel": "related", "title": "Khronika: every document, version and capture"})
    for document in entry.documents:
        if document.href == entry.alternate:
            continue
        hreflang = {"hreflang": document.language} if document.language else {}
        title = f"{document.role}: {document.source}"
        links.append({"href": document.href, "rel": "related", "title": title, **hreflang})
    return links
