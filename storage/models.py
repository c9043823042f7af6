"""Every table, in one file, without ORM relationships.

Times are aware UTC (SQLModel's `UTCDateTime`). Identifiers are made by us, so they are never None. Joins are written out.
A date a publisher stated is kept as two columns: the instant, and the precision it was given with.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, MetaData, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.ids import new_id, new_position

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """Shares one metadata with a full naming convention, so that every constraint can be altered later."""

    metadata = MetaData(naming_convention=NAMING)


def _json() -> Any:
    return Column(JSON, nullable=False)


def _text() -> Any:
    return Column(Text, nullable=False)


class Setting(Base, table=True):
    """A fact fixed at first start, such as the authority of feed ids."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str = Field(sa_column=_text())


class Source(Base, table=True):
    """A place that publishes, and how it has been doing."""

    __tablename__ = "source"
    __table_args__ = (Index(None, "enabled", "due_at"),)

    id: str = Field(primary_key=True, max_length=80)
    title: str
    kind: str
    country: str
    family: str
    origin: str
    """`builtin`, `user` (a folder of files) or `imported` (kept only here)."""
    record: dict[str, Any] = Field(sa_column=_json())
    enabled: bool = True
    switched: bool = False
    """True once a person enabled or disabled it: the catalogue no longer decides."""
    state: str = "new"
    """`new`, `ok`, `quiet`, `suspect`, `broken` or `blocked`."""
    due_at: datetime
    claimed_until: datetime | None = None
    claimed_by: str | None = None
    address: str | None = None
    """Where the start address has moved for good, once something was read there."""
    resume: str | None = Field(default=None, sa_column=Column(Text))
    """The older page of the listing at which the last walk broke off."""
    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    """Visits in a row that were not believed or did not succeed."""
    yielded: bool = False
    """True once a visit found at least one item: from then on, nothing is not normal."""
    polled_at: datetime | None = None


class Host(Base, table=True):
    """The pace of one host, shared by everyone who visits it."""

    __tablename__ = "host"

    name: str = Field(primary_key=True, max_length=255)
    free_at: datetime
    held_until: datetime | None = None
    visits: dict[str, Any] = Field(sa_column=_json())
    """Visit token to `[holder, lease end as a Unix time]` for every connection in use."""


class Robots(Base, table=True):
    """The robots.txt of one origin, as last read."""

    __tablename__ = "robots"

    origin: str = Field(primary_key=True, max_length=300)
    content: str = Field(sa_column=_text())
    expires_at: datetime


class Poll(Base, table=True):
    """One visit to a source: when, what came back, how many new, what failed."""

    __tablename__ = "poll"
    __table_args__ = (Index(None, "source_id", "started_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    started_at: datetime
    finished_at: datetime
    status: str
    code: str | None = None
    message: str | None = None
    items_new: int = 0
    items_seen: int = 0
    items_known: int = 0
    items_rejected: int = 0
    items_edited: int = 0
    door: str | None = None
    """Family and address of the door that answered."""
    reasons: dict[str, Any] = Field(sa_column=_json())
    """Why items were rejected: reason to count."""
    seconds: float = 0.0


class Capture(Base, table=True):
    """One HTTP exchange in a WARC file, found by file and offset, proved by its digests."""

    __tablename__ = "capture"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    url: str = Field(sa_column=_text())
    at: datetime
    status: int
    content_type: str = ""
    peer: str | None = None
    truncated: str | None = None
    file: str
    offset: int
    length: int
    payload_sha256: str
    block_sha256: str


class Item(Base, table=True):
    """Something a source's listing has named. It stays due until it is read, so a listing that rolls on loses nothing."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("source_id", "key"), Index(None, "source_id", "state", "due_at"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    key: str = Field(sa_column=_text())
    """The address in the one spelling that identifies it."""
    guid: str | None = Field(default=None, sa_column=Column(Text))
    digest: str
    """Of what the listing said about it: another digest means the page is worth another look."""
    link: dict[str, Any] = Field(sa_column=_json())
    state: str = "due"
    """`due`, `kept` or `rejected`."""
    capture_id: UUID = Field(foreign_key="capture.id")
    """The listing that said so."""
    door: int = 0
    """Which of the source's doors that listing is; 0 is the main one."""
    due_at: datetime
    attempts: int = 0
    code: str | None = None
    document_id: UUID | None = Field(default=None, foreign_key="document.id", index=True)
    first_seen: datetime


class Document(Base, table=True):
    """One page, PDF or feed entry at one address."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("source_id", "key"), Index(None, "key"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    statement_id: UUID = Field(foreign_key="statement.id", index=True)
    role: str
    """`original`, `copy`, `translation` or `coverage`."""
    why: str
    """The reason for statement and role, in words."""
    key: str = Field(sa_column=_text())
    url: str = Field(sa_column=_text())
    guid: str | None = Field(default=None, sa_column=Column(Text))
    language: str
    state: str = "live"
    version: int = 1
    """Number of the latest version."""
    title: str = Field(sa_column=_text())
    """Title of the latest version."""
    digest: str | None = Field(default=None, index=True)
    """SHA-256 of the latest text's folded words; None if too few to identify anything."""
    published: datetime | None = None
    published_precision: str | None = None
    first_seen: datetime
    updated: datetime


class Version(Base, table=True):
    """The text of a document as of a capture."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    document_id: UUID = Field(foreign_key="document.id")
    number: int
    capture_id: UUID = Field(foreign_key="capture.id", index=True)
    at: datetime
    title: str = Field(sa_column=_text())
    text: str = Field(sa_column=_text())
    html: str = Field(sa_column=_text())
    fingerprint: str
    """SHA-256 of title and text as read: another one is another version."""
    language: str
    media: str
    published: datetime | None = None
    published_precision: str | None = None
    statement_date: datetime | None = None
    statement_date_precision: str | None = None
    place: str | None = None
    author: str | None = None
    issuer: str | None = None
    details: dict[str, Any] = Field(sa_column=_json())
    """Where each field came from, what is missing, twins, attachments, pages of a PDF."""


class Statement(Base, table=True):
    """The utterance itself: groups every document that carries it. One entry in a feed."""

    __tablename__ = "statement"
    __table_args__ = (Index(None, "sort_at", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    position: int = Field(default_factory=new_position, sa_type=BigInteger, unique=True)
    """Row number in the full-text index: small integers in order of arrival keep that index small."""
    document_id: UUID
    """The document whose text stands for the statement."""
    title: str = Field(sa_column=_text())
    issuer: str | None = None
    language: str
    published: datetime | None = None
    published_precision: str | None = None
    statement_date: datetime | None = None
    statement_date_precision: str | None = None
    place: str | None = None
    state: str = "live"
    first_seen: datetime
    updated: datetime
    """When its text or state last changed here: what feeds call updated."""
    sort_at: datetime
    """Its place in time: when it was published, or first seen if that is unknown or not credible."""


class Event(Base, table=True):
    """Something that happened to a document. Readers ask for `handled_at IS NULL`, never for "later than the last"."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "handled_at"), Index(None, "at", "id"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    type: str
    source_id: str = Field(foreign_key="source.id", index=True)
    document_id: UUID = Field(foreign_key="document.id", index=True)
    statement_id: UUID = Field(foreign_key="statement.id", index=True)
    at: datetime
    summary: str = Field(sa_column=_text())
    handled_at: datetime | None = None
