"""Walks a source's listing back, page by page, until something known is met."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from scrapers.address import key as address_key
from scrapers.errors import ScrapeError
from scrapers.model import Link, Listing, NotModified, Page, Rejected, Source, Validators

MOST_LINKS = 10_000
"""More than any honest listing holds in one walk."""


class Web(Protocol):
    """The part of the fetcher a walk needs."""

    def get(
        self, url: str, *, validators: Validators = ..., deadline: float | None = ..., ask_robots: bool = ...
    ) -> Page | NotModified: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a walk over a listing brought home."""

    links: dict[str, Link]
    """Item key to link, in the order of the listing."""
    named_by: dict[str, UUID]
    """Item key to the capture of the listing page that named it."""
    rejected: list[Rejected]
    first: Page | NotModified
    listing: Listing | None
    """The first page as read; None if it was not modified."""
    partial: str | None = None
    """What is missing, if the walk could not be made whole."""
    door: int = 0
    """Which of the source's doors answered."""
    before: ScrapeError | None = None
    """Why the main door did not, if another one did."""

    @property
    def server_wish(self) -> timedelta | None:
        """How long the server and the feed ask to be left alone."""
        wishes = [self.first.max_age or 0, (self.listing.ttl if self.listing else None) or 0]
        return timedelta(seconds=max(wishes)) or None


def item_key(link: Link) -> str:
    """What identifies an item within its source: its id where the source gives one, else its address.

    An id that is an address is spelled like one, since sites flip it between http and https.
    """
    if not link.guid:
        return address_key(link.url)
    if link.guid.startswith(("http://", "https://")):
        try:
            return address_key(link.guid)
        except ScrapeError:
            pass
    return f"id:{link.guid}"


def wanted(source: Source, url: str) -> bool:
    """True if the record's include and exclude patterns let an address in."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if any(_matches(target, pattern) for pattern in source.exclude):
        return False
    return not source.include or any(_matches(target, pattern) for pattern in source.include)


def _matches(target: str, pattern: str) -> bool:
    return fnmatchcase(target, pattern) if "*" in pattern else target.startswith(pattern)


def walk(
    source: Source,
    start: str,
    *,
    web: Web,
    read: Callable[[Source, Page], Listing],
    validators: Validators,
    known: Callable[[Collection[str]], Collection[str]],
    since: date | None,
    say: Callable[[str], None],
) -> Found:
    """Fetch and read the listing and as many of its older pages as hold something new.

    A fault on the first page is raised; one on a later page ends the walk and is kept in `partial`.
    """
    ask_robots = source.ignore_robots is None
    say(f"asking {start}")
    first = web.get(start, validators=validators, deadline=source.deadline, ask_robots=ask_robots)
    if isinstance(first, NotModified):
        return Found(links={}, named_by={}, rejected=[], first=first, listing=None)

    page, listing = first, read(source, first)
    newest = listing
    links: dict[str, Link] = {}
    rejected: list[Rejected] = []
    named_by: dict[str, UUID] = {}
    partial = listing.partial
    waiting: list[str] = []
    visited = {start, first.url}
    for _ in range(source.pages if since is None else max(source.pages, 500)):
        fresh = _take(source, listing, links, rejected, since)
        named_by |= dict.fromkeys(fresh, page.capture_id)
        waiting = listing.next + waiting if listing.index else listing.next or waiting
        waiting = [url for url in waiting if url not in visited]
        if not waiting or len(links) >= MOST_LINKS or not _goes_on(listing, fresh, known, since):
            break
        url = waiting.pop(0)
        visited.add(url)
        say(f"walking back: {url}")
        try:
            page = _page(web.get(url, deadline=source.deadline, ask_robots=ask_robots), url)
            listing = read(source, page)
        except ScrapeError as error:
            partial = f"older pages of the listing: {error}"
            break
    return Found(links=links, named_by=named_by, rejected=rejected, first=first, listing=newest, partial=partial)


def _page(answer: Page | NotModified, url: str) -> Page:
    if isinstance(answer, NotModified):
        raise ScrapeError(url, "304 without being asked")
    return answer


def _take(
    source: Source, listing: Listing, links: dict[str, Link], rejected: list[Rejected], since: date | None
) -> dict[str, Link]:
    """Add a page's links to the walk's; returns those not met before."""
    rejected.extend(listing.rejected)
    fresh: dict[str, Link] = {}
    for link in listing.links:
        if not wanted(source, link.url):
            rejected.append(Rejected(what=link.url, reason="excluded by the source's record"))
            continue
        if since is not None and link.published is not None and link.published.at.date() < since:
            rejected.append(Rejected(what=link.url, reason="before the date asked for"))
            continue
        try:
            key = item_key(link)
        except ScrapeError as error:
            rejected.append(Rejected(what=link.url, reason=error.code))
            continue
        if key not in links:
            links[key] = fresh[key] = link
    return fresh


def _goes_on(
    listing: Listing, fresh: dict[str, Link], known: Callable[[Collection[str]], Collection[str]], since: date | None
) -> bool:
    if listing.index:
        return True
    if not fresh:
        return False
    if since is not None:
        return True
    # A pinned item may be known on every page; the last one of a page is the one the next page continues from.
    return next(reversed(fresh)) not in known(fresh.keys())
