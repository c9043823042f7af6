"""What is seen in bytes: the values that come back from a parsing process besides listings and drafts.

They stand apart from the code that makes them, so that a process which only hands pages to parsers need not load any.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from scrapers.model import Dated, Draft, Selectors

Shape = Literal["page", "article", "shell", "feed", "sitemap", "posts"]


class FeedInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says about itself."""

    kind: str
    """`rss`, `atom`, `rdf`, `cdf` or `json`."""
    title: str = ""
    link: str | None = None
    id: str | None = None
    subtitle: str = ""
    author: str | None = None
    language: str | None = None
    published: Dated | None = None
    updated: Dated | None = None
    ttl: int | None = None
    """Seconds between visits the feed asks for, 30 days at most."""
    partial: str | None = None
    """What could not be read, in words."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says about one item. `title` and `author` are plain text, `summary` and `content` are markup."""

    title: str = ""
    link: str | None = None
    id: str | None = None
    permalink: bool = False
    """Whether `id` is an address that the item can be read at."""
    author: str | None = None
    summary: str = ""
    content: str = ""
    published: Dated | None = None
    updated: Dated | None = None
    language: str | None = None
    enclosures: list[str] = []


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as it was read, markup as it came."""

    info: FeedInfo
    entries: list[Entry]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood: a document, or a feed with its entries."""

    draft: Draft | None = None
    feed: FeedInfo | None = None
    entries: list[Entry] = []


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood of a bare text."""

    language: str
    date: Dated | None


class FeedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that a page announces or links to."""

    url: str
    title: str = ""
    announced: bool = True
    """False where it is only an ordinary link that looks like one to a feed."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a site, read for the ways in."""

    url: str
    shape: Shape
    name: str = ""
    """What the site calls itself."""
    title: str = ""
    """What this page is called."""
    language: str = ""
    home: str | None = None
    generator: str = ""
    feeds: list[FeedLink] = []
    posts: str | None = None
    """The list of posts of a WordPress interface, only those of this page's category where it is a category's."""
    declared: bool = False
    """Whether the site itself says where that interface is."""
    items: int = 0
    """How many items the page repeats."""
    select: Selectors = Selectors()
    """Selectors that find just these items; without any, structure has to do."""
    sections: list[str] = []
    """Pages of the site that are likely to list statements, the likeliest first."""
    twins: dict[str, str] = {}
    """Language to address of this page in other languages."""
