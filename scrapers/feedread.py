"""Bytes to feed: the one way in for every format, with a second opinion where the first came up short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import msgspec

from scrapers import charset, clean, feedjson, feedxml, instead
from scrapers.feedfields import Reader
from scrapers.feedvalue import label, resolve, when
from scrapers.model import Page
from scrapers.seen import Entry, Feed, FeedInfo

_HUGE_TAG = re.compile(r"<[^<>]{20000}")
_BEYOND = re.compile(r"[^\x00-\x7f]")


def read_feed(page: Page) -> tuple[FeedInfo, list[Entry]]:
    """Read a feed for display: its markup is sanitised.

    Raises HostileMarkup, LayoutChanged where there is no feed, or what `trouble.check` recognises.
    """
    feed = read(page)
    return feed.info, [_safe(entry, page.url) for entry in feed.entries]


def read(page: Page, home: str | None = None) -> Feed:
    """Read a feed as it came; raises like `read_feed`. `home` is where the pages are, if known."""
    text = _text(page)
    bare = text.lstrip("\ufeff\x00 \t\r\n")
    base = urljoin(page.url, page.headers.get("content-location", ""))
    if home and urlsplit(home).hostname != urlsplit(base).hostname:
        base = home  # an interface that makes feeds of many sites writes addresses as those sites do

    if bare.startswith(("{", "[")) and (feed := feedjson.read(bare, base, page.fetched_at)):
        return feed
    tree = feedxml.parse(bare, page.url)
    if tree is None:
        raise instead.of(page, "a feed")
    feed = Reader(tree, base, page.fetched_at).read()
    if feed.info.language is None and (spoken := page.headers.get("content-language")):
        feed = msgspec.structs.replace(
            feed, info=msgspec.structs.replace(feed.info, language=spoken.split(",")[0].strip() or None)
        )
    if len(feed.entries) < tree.announced:
        return _second_opinion(feed, bare, page)
    return feed


def _text(page: Page) -> str:
    """Decode the body; XML is UTF-8 unless proved otherwise, so a few stray bytes prove nothing."""
    decoded = charset.decode(page.body, page.http_charset)
    if decoded.encoding.startswith("utf-") or page.body.isascii():
        return decoded.text
    text = page.body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    valid = len("".join(_BEYOND.findall(text)).encode()) - 3 * bad  # bytes in valid sequences
    return text if valid > bad else decoded.text


def _second_opinion(feed: Feed, text: str, page: Page) -> Feed:
    """Ask feedparser, which copes with other kinds of damage, and keep whichever reading has more items."""
    # feedparser takes quadratic time over the attributes of one tag and over many items.
    if len(text) > 500_000 or len(feed.entries) > 500 or _HUGE_TAG.search(text):
        return feed
    import feedparser

    other = feedparser.parse(text.encode("utf-8", "replace"), sanitize_html=False, resolve_relative_uris=False)
    if len(other.entries) <= len(feed.entries):
        return feed
    return msgspec.structs.replace(feed, entries=list(_converted(other.entries, page)))


def _converted(entries: list[dict[str, object]], page: Page) -> Iterator[Entry]:
    for each in entries:
        texts = {key: value for key, value in each.items() if isinstance(value, str)}
        contents = each.get("content")
        content = str(contents[0].get("value", "")) if isinstance(contents, list) and contents else ""
        yield Entry(
            title=label(texts.get("title", "")),
            link=resolve(texts.get("link"), page.url),
            id=texts.get("id") or None,
            permalink=bool(each.get("guidislink")),
            author=label(texts.get("author", "")) or None,
            summary=texts.get("summary", "") or content,
            content=content,
            published=when(texts.get("published"), page.fetched_at),
            updated=when(texts.get("updated"), page.fetched_at),
        )


def _safe(entry: Entry, base: str) -> Entry:
    here = entry.link or base
    content = _sanitised(entry.content, here)
    return msgspec.structs.replace(
        entry, summary=content if entry.summary == entry.content else _sanitised(entry.summary, here), content=content
    )


def _sanitised(markup: str, base: str) -> str:
    return clean.sanitise(markup, base) if "<" in markup else clean.plain(markup)
