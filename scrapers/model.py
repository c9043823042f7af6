"""The values that travel: frozen, slotted, keyword-only, each named by how far it has come.

`Source` says where to look. The fetcher turns an address into an `Exchange` (what was on the wire, for the archive) and a
`Page` (what a family may read). A family turns pages into a `Listing` of `Link`s and into a `Draft`, the finished reading
of one document. All of them cross process boundaries as MessagePack, so they hold plain values only.
"""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Kind = Literal["ngo", "igo", "ministry", "coalition", "media"]
Precision = Literal["second", "minute", "day", "month", "year"]
Confidence = Literal["verified-in-code", "seen-in-page", "guess", "user"]


PAGE_SELECTORS = ("title", "date", "body", "author", "remove")
"""The selectors that read a page; the others find it."""


class Selectors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CSS selectors of one layout of a site. Those of a listing are relative to `item` where it is given."""

    item: str | None = None
    link: str | None = None
    next: str | None = None
    title: str | None = None
    date: str | None = None
    body: str | None = None
    author: str | None = None
    remove: list[str] = []
    until: Day | None = None
    """The last day this layout was served: newer pages are read by the block above it."""


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a healthy visit yields; anything less is `layout_changed`, never silence."""

    links: int = 1


class Door(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another way into a source, tried when those before it fail: API, sitemap, listing, Telegram preview, a named reposter."""

    family: str
    start: Annotated[str, Meta(pattern=r"^https?://")]
    include: list[str] = []
    exclude: list[str] = []
    select: Selectors | list[Selectors] = Selectors()
    note: str = ""
    """Why it is there, or whose it is where it is a reposter's."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place that publishes. `id`, `title`, `family` and `start` suffice."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    family: str
    start: Annotated[str, Meta(pattern=r"^https?://")]
    kind: Kind = "ngo"
    issuer: str | None = None
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] = "ZZ"
    languages: list[str] = []
    home: str | None = None
    every: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[smhd]$")] = "1h"
    """The shortest interval between two polls."""
    pages: Annotated[int, Meta(ge=1, le=500)] = 5
    """How many pages of a listing one poll may walk back at most, looking for a known item."""
    enabled: bool = True
    confidence: Confidence = "user"
    standing: list[str] = []
    """What is known to stand in the way: blocks, terms, approvals."""
    ignore_robots: str | None = None
    """The written reason for not asking robots.txt, shown wherever the source is shown."""
    deadline: Annotated[int, Meta(ge=1, le=600)] | None = None
    """Seconds for one exchange with all its redirects, where the default does not fit."""
    expect: Expect = Expect()
    include: list[str] = []
    """Path prefixes or `*` patterns an address must match one of, where a listing or sitemap holds more than statements."""
    exclude: list[str] = []
    select: Selectors | list[Selectors] = Selectors()
    doors: list[Door] = []
    """Further ways in, in the order they are tried."""

    def through(self, number: int) -> Source:
        """This source as it is entered through one of its doors; 0 is the main one.

        How a page is read stays as the main record says, unless the door says otherwise.
        """
        if not 0 < number <= len(self.doors):
            return self
        door = self.doors[number - 1]
        select = door.select
        css = "json_api" not in (self.family, door.family)  # whose selectors are paths into an answer
        if css and isinstance(select, Selectors) and isinstance(self.select, Selectors):
            ours = {name: getattr(select, name) or getattr(self.select, name) for name in PAGE_SELECTORS}
            select = msgspec.structs.replace(select, **ours)
        return msgspec.structs.replace(
            self, family=door.family, start=door.start, include=door.include, exclude=door.exclude, select=select
        )

    def layout(self, when: datetime) -> Selectors:
        """The selectors that were right on that day: old captures stay readable by the rules of their day."""
        if isinstance(self.select, Selectors):
            return self.select
        for block in reversed(self.select):
            if block.until is not None and when.date() <= block.until:
                return block
        return self.select[0] if self.select else Selectors()


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """What a server gave to ask 'has it changed?' with, sent back byte for byte (RFC 9110, section 13.1)."""

    etag: str | None = None
    last_modified: str | None = None


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange on the way to a page: redirects come first, the page itself last."""

    url: str
    status: int
    capture_id: UUID


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP exchange exactly as it was on the wire, undecoded; handed to the archive, complete or not."""

    url: str
    at: datetime
    request_head: bytes
    response_head: bytes
    body: bytes
    status: int
    peer: str | None = None
    tls: str | None = None
    """Protocol and SHA-256 of the leaf certificate, e.g. `TLSv1.3 sha256:…`."""
    content_type: str = ""
    truncated: Literal["length", "time", "disconnect"] | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from an address, decoded within bounds: all that a family ever sees."""

    url: str
    """The address after redirects."""
    requested: str
    status: int
    headers: dict[str, str]
    """Lower-case names; the last of repeated fields wins."""
    body: bytes
    fetched_at: datetime
    capture_id: UUID
    hops: list[Hop] = []
    validators: Validators = Validators()
    permanent: str | None = None
    """Where the whole chain moved for good (301, 308), if it did."""
    max_age: int | None = None
    """Seconds the server calls this fresh (Cache-Control, Expires), if it says."""
    notes: list[str] = []
    """What was odd about the answer, yet tolerated."""

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower-case, empty if the server gave none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def http_charset(self) -> str | None:
        """The charset label of the Content-Type header, as given."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset" and value.strip():
                return value.strip().strip("\"'")
        return None


class NotModified(msgspec.Struct, frozen=True, kw_only=True):
    """The server answered 304: what we have is current. Its validators and age may be newer than ours."""

    url: str
    capture_id: UUID
    fetched_at: datetime
    validators: Validators = Validators()
    max_age: int | None = None


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """A point in time as precisely as it was given. `at` is aware UTC: midnight for a day, the first for a month."""

    at: datetime
    precision: Precision = "second"
    method: str = ""
    """Where it came from: `jsonld`, `meta`, `time`, `selector`, `feed`, `dateline`, `url`, `text`, …"""
    raw: str = ""

    def __str__(self) -> str:
        form = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}.get(self.precision)
        return self.at.strftime(form) if form else self.at.isoformat().replace("+00:00", "Z")


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One address found on a listing, with whatever the listing says about it."""

    url: str
    fetch: str | None = None
    """Where the record is fetched, when that is not the public address (an API)."""
    page: bool = True
    """False where there is no page to fetch: what the listing says is the whole document."""
    guid: str | None = None
    title: str | None = None
    published: Dated | None = None
    author: str | None = None
    language: str | None = None
    text: str | None = None
    """The text or markup the listing itself carries: kept if the page cannot be had, and to notice edits."""
    enclosures: list[str] = []


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """Something on a listing that is no statement's address, and why."""

    what: str
    reason: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a visit to a listing, feed, sitemap or API gives."""

    links: list[Link] = []
    next: list[str] = []
    """Further listing pages, in the order to walk them."""
    rejected: list[Rejected] = []
    index: bool = False
    """True if this page only leads to other listings (a sitemap index): having no links is then no fault."""
    partial: str | None = None
    """What is missing, if the listing could only be read in part."""
    ttl: int | None = None
    """Seconds the feed itself asks to wait (ttl, sy:updatePeriod)."""
    title: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The finished reading of one document."""

    url: str
    """Canonical address."""
    title: str
    text: str
    html: str = ""
    """Sanitised markup of the body, ready for display."""
    language: str = "und"
    paragraph_languages: list[str] = []
    """One tag for each paragraph of `text` where they differ; empty where all are in `language`."""
    published: Dated | None = None
    statement_date: Dated | None = None
    place: str | None = None
    author: str | None = None
    issuer: str | None = None
    reposted_from: str | None = None
    """Whose page this one says it repeats, in the page's own words: a "Source:" line, a wire's dateline, a copied record."""
    media: Literal["html", "pdf", "json", "entry", "text"] = "html"
    pages: list[str] = []
    """A PDF's text, page by page."""
    scanned: bool = False
    """A document whose pages are pictures: kept and marked, without text."""
    twins: dict[str, str] = {}
    """Language to address of the same text in other languages, as the page says."""
    attachments: list[str] = []
    """PDF addresses the body links to."""
    encoding: str = ""
    origins: dict[str, str] = {}
    """Field to rule that won: `{"title": "og:title", "body": "selector", …}`."""
    missing: list[str] = []
    """What a statement should have and this reading lacks."""
