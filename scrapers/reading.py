"""What Khronika sees in some bytes, whatever they are: a feed, a PDF, a page, or a bare line of text."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from scrapers import clean, dates, document, feedread, language
from scrapers.errors import LayoutChanged
from scrapers.model import Page, Source
from scrapers.seen import Line, Reading

_FEED = re.compile(
    rb"<(?:[a-z0-9]+:)?(?:rss|feed|rdf|channel)\b|\"(?:version|items)\"\s*:|<!doctype\s+rss|<item[\s>]|<entry[\s>]",
    re.IGNORECASE,
)
_PAGE = re.compile(rb"<!doctype\s+html|<html\b|<body\b", re.IGNORECASE)
_HEAD = 4096
NOWHERE = "http://localhost/"


def read(source: Source, page: Page) -> Reading:
    """Read bytes as what they are. Raises ScrapeError with the name of what stands in the way."""
    if looks_like_feed(page):
        try:
            info, entries = feedread.read_feed(page)
            return Reading(feed=info, entries=entries)
        except LayoutChanged:
            if not _PAGE.search(page.body[:_HEAD]):
                raise
    if not page.url:  # a file nobody said where it came from: its links stay as they are, a page needs some address
        page = msgspec.structs.replace(page, url=NOWHERE)
    return Reading(draft=document.read(source, page, None))


def looks_like_feed(page: Page) -> bool:
    """True if the first bytes, rather than the label, speak of a feed."""
    head = page.body[:_HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:64]:
        head = head.replace(b"\x00", b"")
    found, html = _FEED.search(head), _PAGE.search(head)
    if found is None:
        return page.content_type.endswith(("rss+xml", "atom+xml", "feed+json"))
    return html is None or found.start() < html.start()


def line(text: str, languages: list[str], now: datetime) -> Line:
    """Read a bare text: its language, and the date it holds."""
    spoken = clean.plain(text)
    heard = language.identify(spoken, languages)
    return Line(language=heard, date=dates.parse(spoken, languages=tuple(languages) or (heard,), now=now))
