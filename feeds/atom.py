"""Atom (RFC 4287), made with feedgen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.entry import Entry, rendered
from feeds.marks import EntryMarks, FeedMarks
from feeds.pages import FeedInfo

MEDIA_TYPE = "application/atom+xml"
_END = b"</feed>"


def atom(info: FeedInfo, entries: Iterable[Entry]) -> bytes:
    """Render a feed; the same values give the same bytes."""
    return join(info, [fragment(entry) for entry in entries])


def fragment(entry: Entry) -> bytes:
    """Render one entry by itself, so that it can be kept and so that one that fails spoils no other."""
    return rendered(entry, _fragment)


def join(info: FeedInfo, fragments: Iterable[bytes]) -> bytes:
    """Put rendered entries, the newest first, into a feed document."""
    feed = _feed(info)
    feed.link(href=info.self_url, rel="self", type=MEDIA_TYPE)
    feed.link(href=info.home_url, rel="alternate", type="text/html")
    feed.subtitle(info.subtitle)
    feed.generator("Khronika")
    head = feed.atom_str().removesuffix(b"\n").removesuffix(_END)
    return b"\n".join((head, *fragments, _END + b"\n"))


def _feed(info: FeedInfo) -> Any:
    feed = FeedGenerator()
    feed.id(info.id)
    feed.title(info.title)
    feed.updated(info.updated)  # feedgen would say "now", and every reader would see everything as new
    return feed


def _fragment(entry: Entry) -> bytes:
    item: Any = FeedEntry()
    item.id(entry.id)
    item.title(entry.title)
    item.updated(entry.updated)
    item.published(entry.published)
    item.author(name=entry.author)
    item.content(entry.html, type="html")
    if entry.summary:
        item.summary(entry.summary)
    item.register_extension("marks", EntryMarks, atom=True, rss=False)
    item.marks.describe(entry)

    feed = FeedGenerator()
    feed.register_extension("marks", FeedMarks, EntryMarks, atom=True, rss=False)
    feed.id(entry.id)
    feed.title("-")
    feed.updated(entry.updated)
    feed.add_entry(item, order="append")
    whole: bytes = feed.atom_str()
    return whole[whole.index(b"<entry") : whole.rindex(_END)]
