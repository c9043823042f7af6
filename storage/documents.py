"""Documents and their versions: one page at one address, and its text as of each capture that changed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import bindparam, inspect
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, col, select

from storage.insert import insert
from storage.models import Base, Document, Version

Row = TypeVar("Row", bound=Base)

# Built once: making a statement anew costs more than what it asks.
_AT = select(Document).where(Document.source_id == bindparam("source"), Document.key == bindparam("address"))
_DATES = (
    select(Document.published)
    .where(Document.source_id == bindparam("source"), col(Document.published).is_not(None))
    .order_by(col(Document.first_seen).desc())
    .limit(bindparam("most"))
)


def find(session: Session, source_id: str, key: str) -> Document | None:
    """The document of a source at an address."""
    return session.exec(_AT, params={"source": source_id, "address": key}).first()


def latest(session: Session, document: Document) -> Version:
    """The newest version of a document."""
    return session.exec(
        select(Version).where(Version.document_id == document.id, Version.number == document.version)
    ).one()


def versions(session: Session, document_id: UUID) -> Sequence[Version]:
    """All versions of a document, the first one first."""
    return session.exec(select(Version).where(Version.document_id == document_id).order_by(col(Version.number))).all()


def listed(session: Session, source_id: str | None, after: UUID | None, limit: int) -> Sequence[Document]:
    """Documents in the order they arrived, page by page."""
    wanted = select(Document).order_by(col(Document.id)).limit(limit)
    if source_id is not None:
        wanted = wanted.where(Document.source_id == source_id)
    if after is not None:
        wanted = wanted.where(col(Document.id) > after)
    return session.exec(wanted).all()


def add(session: Session, row: Row) -> Row:
    """Put a row in now, so that rows that point at it can follow: there are no ORM relationships to order them."""
    if inspect(row).transient:
        insert(session, [row])
        make_transient_to_detached(row)
    session.add(row)
    session.flush()
    return row


def publication_dates(session: Session, source_id: str, limit: int = 40) -> list[datetime]:
    """When a source's newest documents were published, newest first, as far as that is known."""
    found = session.connection().execute(_DATES, {"source": source_id, "most": limit}).scalars()
    return sorted((moment for moment in found if moment is not None), reverse=True)
