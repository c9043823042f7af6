"""The reading side: statements, newest first, as frozen values ready for feeds and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, String, and_, bindparam, func, or_, select, type_coerce
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from storage.models import Capture, Document, Poll, Source, Statement, Version

Place = tuple[datetime, UUID]
"""Where a statement stands in the timeline: `sort_at` and id, the key of the next page."""


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a statement, with the name of its source."""

    id: UUID
    url: str
    source_id: str
    source_title: str
    role: str
    why: str
    language: str
    state: str
    version: int
    title: str
    published: datetime | None
    published_precision: str | None
    first_seen: datetime
    updated: datetime


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with the latest text of its primary document and every document that carries it."""

    id: UUID
    title: str
    issuer: str | None
    language: str
    published: datetime | None
    published_precision: str | None
    statement_date: datetime | None
    statement_date_precision: str | None
    place: str | None
    state: str
    first_seen: datetime
    updated: datetime
    sort_at: datetime
    text: str = ""
    html: str = ""
    media: str = "text"
    missing: tuple[str, ...] = ()
    """What the reading of the primary document lacks, as the reader named it."""
    primary: DocumentView | None = None
    """The document whose text stands for the statement."""
    documents: tuple[DocumentView, ...] = ()
    """All of them, the primary first, then in the order they were found."""


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a document and the capture that proves it."""

    document_id: UUID
    number: int
    at: datetime
    title: str
    capture_id: UUID
    capture_url: str
    payload_sha256: str
    file: str
    offset: int
    length: int


class Mark(msgspec.Struct, frozen=True):
    """A statement of a timeline and a token that changes whenever what is shown of it would."""

    key: str
    """Its id, as the database writes it."""
    token: str

    @property
    def id(self) -> UUID:
        """Its id."""
        return UUID(self.key)


def newest(
    session: Session, *, source_id: str | None = None, limit: int, before: Place | None = None
) -> list[StatementView]:
    """Read the newest statements, those that have a document of the source if one is named; three queries."""
    wanted = _newest(source_id, limit, before, col(Statement.id))
    return read(session, [row[0] for row in session.connection().execute(wanted)])


def one(session: Session, statement_id: UUID) -> StatementView | None:
    """Read one statement, None if there is none by that id."""
    found = read(session, [statement_id])
    return found[0] if found else None


def read(session: Session, ids: Sequence[UUID]) -> list[StatementView]:
    """Read these statements in the order given, leaving out those that do not exist; two queries."""
    if not ids:
        return []
    connection = session.connection()
    documents = _documents(connection, ids)
    views = {
        row.id: _view(row, documents.get(row.id, [])) for row in connection.execute(_STATEMENTS, {"ids": list(ids)})
    }
    return [views[id_] for id_ in ids if id_ in views]


def marks(session: Session, *, source_id: str | None = None, limit: int) -> list[Mark]:
    """List the newest statements with a token each, without reading any text; one query."""
    query, values = (_MARKS, {}) if source_id is None else (_MARKS_OF_SOURCE, {"source_id": source_id})
    told: dict[object, list[str]] = {}
    for id_, *seen in session.connection().execute(query, values | {"limit": limit}).all():
        told.setdefault(id_, []).append("\x1f".join(map(str, seen)))
    return [Mark(str(id_), "\x1e".join(seen)) for id_, seen in told.items()]


def stamp(session: Session, source_id: str | None = None, *, limit: int = 100) -> str:
    """Make a token that changes whenever the newest statements, or anything a feed shows of them, change."""
    return stamp_of(marks(session, source_id=source_id, limit=limit))


def stamp_of(listed: Sequence[Mark]) -> str:
    """Make the token of a timeline that has been listed already."""
    whole = "\x1d".join(f"{mark.key}\x1f{mark.token}" for mark in listed)
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def history(session: Session, statement_id: UUID) -> list[VersionView]:
    """Read every version of every document of a statement, the newest first, with the capture of each."""
    wanted: Select[*tuple[Any, ...]] = (
        select(
            col(Version.document_id),
            col(Version.number),
            col(Version.at),
            col(Version.title),
            col(Version.capture_id),
            col(Capture.url).label("capture_url"),
            col(Capture.payload_sha256),
            col(Capture.file),
            col(Capture.offset),
            col(Capture.length),
        )
        .join(Document, col(Document.id) == col(Version.document_id))
        .join(Capture, col(Capture.id) == col(Version.capture_id))
        .where(col(Document.statement_id) == statement_id)
        .order_by(col(Version.at).desc(), col(Version.id).desc())
    )
    rows = session.connection().execute(wanted)
    return [VersionView(**row) for row in rows.mappings()]


def polls(session: Session, source_id: str, *, limit: int) -> Sequence[Poll]:
    """Read the latest visits to a source, the newest first."""
    return session.exec(
        select_rows(Poll).where(col(Poll.source_id) == source_id).order_by(col(Poll.started_at).desc()).limit(limit)
    ).all()


def last_polls(session: Session) -> dict[str, Poll]:
    """Read the latest visit to every source that was ever visited, by source; one query."""
    last = (
        select(col(Poll.source_id).label("source_id"), func.max(col(Poll.started_at)).label("at"))
        .group_by(col(Poll.source_id))
        .subquery()
    )
    rows = session.exec(
        select_rows(Poll).join(last, and_(last.c.source_id == col(Poll.source_id), last.c.at == col(Poll.started_at)))
    )
    return {row.source_id: row for row in rows}


def _newest(source_id: Any, limit: Any, before: Place | None, *columns: Any) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*columns)
    if source_id is not None:
        carried = select(col(Document.statement_id)).where(col(Document.source_id) == source_id)
        query = query.where(col(Statement.id).in_(carried))
    if before is not None:
        query = query.where(_earlier(*before))
    return query.order_by(col(Statement.sort_at).desc(), col(Statement.id).desc()).limit(limit)


def _marks(source_id: Any) -> Select[*tuple[Any, ...]]:
    # As the driver gives them: nobody needs the dates, only whether they are other ones.
    shown: tuple[Any, ...] = (
        type_coerce(col(Statement.id), String).label("id"),
        type_coerce(col(Statement.updated), String).label("updated"),
        type_coerce(col(Statement.sort_at), String).label("sort_at"),
        type_coerce(col(Statement.document_id), String).label("document_id"),
        col(Statement.state).label("state"),
    )
    chosen = _newest(source_id, bindparam("limit"), None, *shown).subquery()
    beside: tuple[Any, ...] = (
        type_coerce(col(Document.id), String),
        type_coerce(col(Document.updated), String),
        col(Document.version),
        col(Document.state),
        col(Document.role),
        col(Source.title),
    )
    return (
        # Outer joins keep SQLite from starting at the documents, of which it would read every one.
        select(chosen, *beside)
        .outerjoin(Document, type_coerce(col(Document.statement_id), String) == chosen.c.id)
        .outerjoin(Source, col(Source.id) == col(Document.source_id))
        .order_by(chosen.c.sort_at.desc(), chosen.c.id.desc(), col(Document.id))
    )


_MARKS = _marks(None)
_MARKS_OF_SOURCE = _marks(bindparam("source_id"))

_STATEMENTS: Select[*tuple[Any, ...]] = (
    select(
        col(Statement.id),
        col(Statement.document_id),
        col(Statement.title),
        col(Statement.issuer),
        col(Statement.language),
        col(Statement.published),
        col(Statement.published_precision),
        col(Statement.statement_date),
        col(Statement.statement_date_precision),
        col(Statement.place),
        col(Statement.state),
        col(Statement.first_seen),
        col(Statement.updated),
        col(Statement.sort_at),
        col(Version.text),
        col(Version.html),
        col(Version.media),
        col(Version.details),
    )
    .outerjoin(Document, col(Document.id) == col(Statement.document_id))
    .outerjoin(
        Version, and_(col(Version.document_id) == col(Document.id), col(Version.number) == col(Document.version))
    )
    .where(col(Statement.id).in_(bindparam("ids", expanding=True)))
)

_DOCUMENTS: Select[*tuple[Any, ...]] = (
    select(
        col(Document.statement_id),
        col(Document.id),
        col(Document.url),
        col(Document.source_id),
        col(Source.title).label("source_title"),
        col(Document.role),
        col(Document.why),
        col(Document.language),
        col(Document.state),
        col(Document.version),
        col(Document.title),
        col(Document.published),
        col(Document.published_precision),
        col(Document.first_seen),
        col(Document.updated),
    )
    .join(Source, col(Source.id) == col(Document.source_id))
    .where(col(Document.statement_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Document.first_seen), col(Document.id))
)


def _earlier(at: datetime, id_: UUID) -> ColumnElement[bool]:
    # The first condition alone lets both engines start in the middle of the index.
    return and_(col(Statement.sort_at) <= at, or_(col(Statement.sort_at) < at, col(Statement.id) < id_))


def _documents(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[DocumentView]]:
    found: dict[UUID, list[DocumentView]] = {}
    for statement_id, *fields in connection.execute(_DOCUMENTS, {"ids": list(ids)}):
        view = DocumentView(**dict(zip(DocumentView.__struct_fields__, fields, strict=True)))
        found.setdefault(statement_id, []).append(view)
    return found


def _view(row: Any, documents: list[DocumentView]) -> StatementView:
    primary = next((document for document in documents if document.id == row.document_id), None)
    ordered = sorted(documents, key=lambda document: document is not primary)
    details = row.details if isinstance(row.details, dict) else {}
    missing = [str(name) for name in details.get("missing") or []]
    if details.get("scanned"):
        missing.append("scan")
    return StatementView(
        id=row.id,
        title=row.title,
        issuer=row.issuer,
        language=row.language,
        published=row.published,
        published_precision=row.published_precision,
        statement_date=row.statement_date,
        statement_date_precision=row.statement_date_precision,
        place=row.place,
        state=row.state,
        first_seen=row.first_seen,
        updated=row.updated,
        sort_at=row.sort_at,
        text=row.text or "",
        html=row.html or "",
        media=row.media or "text",
        missing=tuple(missing),
        primary=primary,
        documents=tuple(ordered),
    )
