"""Which addresses of a listing belong to its source, and the reason for each that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from scrapers import address
from scrapers.errors import SchemeRefused
from scrapers.model import Source

_PLAIN = re.compile(r"https?://(?:www\.)?([a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{2,5})?/[\w!$'()*+,;=:@/~.-]*)", re.ASCII)
ITSELF = "the listing itself"
_SHARE = re.compile(
    r"//(?:[\w-]+\.)*(?:facebook\.com/(?:sharer?|dialog)|twitter\.com/(?:intent|share|home)|x\.com/(?:intent|share)|t\.me/share"
    r"|linkedin\.com/share|wa\.me/|api\.whatsapp\.com/send|vk\.com/share|connect\.ok\.ru/|reddit\.com/submit|pinterest\.[a-z]+/pin"
    r"|bsky\.app/intent|addtoany\.com/|addthis\.com/|web\.whatsapp\.com)",
    re.IGNORECASE,
)
_PAGER = re.compile(r"(?:/page/\d+/?$|[?&](?:page|paged|pg|start|offset|delta|cur)=\d+(?:&|$))", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|bmp|tiff?|mp[34]|m4[av]|avi|mov|webm|og[gv]|wav|zip|rar|7z|gz|tar|exe|dmg|docx?|xlsx?|pptx?"
    r"|odt|ods|odp|rtf|csv|xml|json|rss|atom|ics|css|js|epub)$",
    re.IGNORECASE,
)
_CHROME = re.compile(
    r"/(?:login|signin|sign-in|register|wp-admin|wp-login\.php|user|cart|search|print|feed|comments)/?$", re.IGNORECASE
)


def outside(source: Source, url: str, *hosts: str | None, anywhere: bool = False) -> str | None:
    """Tell why an address is no statement of this source, or None if it may be one.

    `hosts` are further addresses whose hosts count as its own; `anywhere` lets it lead to another site.
    """
    if _SHARE.search(url):
        return "a share button"
    try:
        parts = urlsplit(url)
        key = _quick_key(url) or address.key(url)
    except (ValueError, SchemeRefused):
        return "no address that may be fetched"
    if key in own_keys(source.start, source.home):
        return ITSELF
    if _FILE.search(parts.path):
        return "a file, not a page"

    wanted = [pattern for pattern in source.include if not for_sitemaps(pattern)]
    if wanted and not any(_matches(pattern, url) for pattern in wanted):
        return "not among the included addresses"
    if any(_matches(pattern, url) for pattern in source.exclude):
        return "among the excluded addresses"
    if not anywhere and not any(
        _same_site(parts.hostname or "", mine) for mine in _hosts(source.start, source.home, *hosts)
    ):
        return "another site"
    return None


def beside(url: str) -> str | None:
    """Tell why an address on a listing is part of its furniture, or None: pages of the listing, log-in, search."""
    path = urlsplit(url).path
    if _PAGER.search(url):
        return "another page of the listing"
    if _CHROME.search(path):
        return "part of the site's furniture"
    return None


def chosen_sitemap(source: Source, url: str) -> bool:
    """Tell whether a sitemap is to be read: patterns with `sitemap` or `.xml` in them choose among sitemaps."""
    wanted = [pattern for pattern in source.include if for_sitemaps(pattern)]
    if wanted and not any(_matches(pattern, url) for pattern in wanted):
        return False
    return not any(_matches(pattern, url) for pattern in source.exclude if for_sitemaps(pattern))


def for_sitemaps(pattern: str) -> bool:
    """Tell whether a pattern speaks of sitemaps rather than of pages."""
    return "sitemap" in pattern or ".xml" in pattern


def _quick_key(url: str) -> str | None:
    """Give the key of an address that is plainly in order: a feed can have 100,000, and `address.key` takes its time."""
    found = _PLAIN.fullmatch(url)
    return found[1].rstrip("/") if found and "/." not in url else None


@lru_cache(maxsize=64)
def own_keys(*urls: str | None) -> frozenset[str]:
    """Return the keys of the source's own entry pages."""
    found = set()
    for url in urls:
        try:
            found.add(address.key(url or ""))
        except SchemeRefused:
            continue
    return frozenset(found)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    whole = r"\Z" if "*" in pattern else ""
    return re.compile(".*".join(re.escape(piece) for piece in re.split(r"\*+", pattern)) + whole, re.DOTALL)


def _matches(pattern: str, url: str) -> bool:
    parts = urlsplit(url)
    target = url if pattern.startswith("http") else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _compiled(pattern).match(target) is not None


def _hosts(*urls: str | None) -> Iterator[str]:
    for url in urls:
        if url:
            yield urlsplit(url).hostname or ""


def _same_site(one: str, other: str) -> bool:
    one, other = (host.rstrip(".").removeprefix("www.") for host in (one, other))
    if not one or not other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
