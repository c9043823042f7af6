"""Walks a source's listing back, page by page, until something known is met."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

from msgspec import structs

from scrapers.address import key as address_key
from scrapers.clean import line
from scrapers.errors import ScrapeError
from scrapers.model import Link, Listing, NotModified, Page, Rejected, Source, Validators
from storage.items import indexable

MOST_PAGES = 500
"""Pages that a walk back to a date may visit."""
MOST_LINKS = 50_000
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
    unfinished: str | None = None
    """Where the walk broke off, for the next one to go on."""
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


def walk(
    source: Source,
    start: str,
    *,
    web: Web,
    read: Callable[[Source, Page], Listing],
    validators: Validators,
    known: Callable[[Collection[str]], Collection[str]],
    since: date | None,
    resume: str | None,
    followed: bool,
    say: Callable[[str], None],
) -> Found:
    """Fetch and read the listing and as many of its older pages as hold something new.

    A fault on the first page is raised; one on a later page ends the walk and is kept in `partial`. `resume` is where an
    earlier walk broke off; `followed` is true for a source that was read before: a gap behind the last page a walk may
    visit is then left to the next one (`unfinished`), while a first visit goes back only so far.
    """
    ask_robots = source.ignore_robots is None
    say(f"asking {start}")
    first = web.get(start, validators=validators, deadline=source.deadline, ask_robots=ask_robots)
    if isinstance(first, NotModified):
        return Found(links={}, named_by={}, rejected=[], first=first, listing=None, unfinished=resume)

    page, listing = first, read(source, first)
    found = Found(
        links={}, named_by={}, rejected=[], first=first, listing=listing, partial=listing.partial, unfinished=resume
    )
    waiting: list[str] = []
    visited = {start, first.url}
    most = source.pages if since is None else max(source.pages, MOST_PAGES)
    for number in range(1, most + 1):
        fresh = _take(found, listing, page.capture_id, since)
        waiting = listing.next + waiting if listing.index else listing.next or waiting
        waiting = [url for url in waiting if url not in visited]
        if len(found.links) >= MOST_LINKS or not waiting or not _goes_on(listing, fresh, known, since):
            waiting = [found.unfinished] if found.unfinished and found.unfinished not in visited else []
            found = replace(found, unfinished=None)
        if not waiting:
            return found
        if number == most:
            return replace(found, unfinished=waiting[0]) if followed else found
        url = waiting.pop(0)
        visited.add(url)
        say(f"walking back: {url}")
        try:
            page = _page(web.get(url, deadline=source.deadline, ask_robots=ask_robots), url)
            listing = read(source, page)
        except ScrapeError as error:
            return replace(found, partial=f"older pages of the listing: {error}", unfinished=url)
    return found


def _page(answer: Page | NotModified, url: str) -> Page:
    if isinstance(answer, NotModified):
        raise ScrapeError(url, "304 without being asked")
    return answer


def _take(found: Found, listing: Listing, capture_id: UUID, since: date | None) -> dict[str, Link]:
    """Add a page's links to the walk's; returns those not met before."""
    found.rejected.extend(listing.rejected)
    fresh: dict[str, Link] = {}
    for link in map(_storable, listing.links):
        if since is not None and link.published is not None and link.published.at.date() < since:
            found.rejected.append(Rejected(what=link.url, reason="before the date asked for"))
            continue
        try:
            key = indexable(item_key(link))
        except ScrapeError as error:
            found.rejected.append(Rejected(what=link.url, reason=error.code))
            continue
        if key not in found.links:
            found.links[key] = fresh[key] = link
            found.named_by[key] = capture_id
    return fresh


def _storable(link: Link) -> Link:
    """Give an id the form of a line of text: PostgreSQL refuses NUL, and nobody can store half a surrogate pair."""
    return structs.replace(link, guid=line(link.guid) or None) if link.guid else link


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
