"""RSS 2.0, made with feedgen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.feed import FeedGenerator

from feeds.entry import Entry, rendered
from feeds.marks import EntryMarks
from feeds.pages import FeedInfo

MEDIA_TYPE = "application/rss+xml"
_END = b"</channel>"
_TITLE = re.compile(rb"<title>[^<]*</title>")


def rss(info: FeedInfo, entries: Iterable[Entry]) -> bytes:
    """Render a feed; the same values give the same bytes."""
    return join(info, [fragment(entry) for entry in entries])


def fragment(entry: Entry) -> bytes:
    """Render one item by itself, so that it can be kept and so that one that fails spoils no other."""
    return rendered(entry, _fragment)


def join(info: FeedInfo, fragments: Iterable[bytes]) -> bytes:
    """Put rendered items, the newest first, into a feed document."""
    feed = _feed(info.title, info.home_url, info.subtitle)
    feed.link(href=info.self_url, rel="self", type=MEDIA_TYPE)
    feed.link(href=info.home_url, rel="alternate")  # the last one added is what feedgen takes for <link>
    feed.lastBuildDate(info.updated)
    feed.generator("Khronika")
    feed.docs("https://www.rssboard.org/rss-specification")
    whole: bytes = _titles(feed.rss_str())
    cut = whole.rindex(_END)
    return b"\n".join((whole[:cut], *fragments, whole[cut:].rstrip() + b"\n"))


def _feed(title: str, link: str, description: str) -> Any:
    feed: Any = FeedGenerator()
    feed.register_extension("dc", DcExtension, DcEntryExtension, atom=False, rss=True)
    feed.title(title)
    feed.link(href=link, rel="alternate")
    feed.description(description)
    return feed


def _fragment(entry: Entry) -> bytes:
    item: Any = FeedEntry()
    item.guid(entry.id, permalink=False)
    item.title(entry.title)
    item.link(href=entry.alternate, rel="alternate")
    # feedgen writes content:encoded only beside a description, and a description is markup.
    item.description(escape(entry.summary or entry.title, quote=False))
    item.content(entry.html)
    item.pubDate(entry.published)
    item.register_extension("dc", DcEntryExtension, atom=False, rss=True)
    item.dc.dc_creator(entry.author)  # <author> must be a mail address
    item.register_extension("marks", EntryMarks, atom=False, rss=True)
    item.marks.describe(entry)

    feed = _feed("-", entry.related, "-")
    feed.lastBuildDate(entry.updated)
    feed.add_entry(item, order="append")
    whole: bytes = feed.rss_str()
    return _titles(whole[whole.index(b"<item") : whole.rindex(_END)])


def _titles(xml: bytes) -> bytes:
    """Write `&` and `<` in titles as numbers: the one form that every reader shows as it is meant (RSS profile)."""
    return _TITLE.sub(lambda found: found.group().replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), xml)
