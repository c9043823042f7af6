"""Statements: the utterances that documents carry."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from storage import search
from storage.models import Document, Event, Statement

_CARRYING = select(Document).where(Document.digest == bindparam("words")).order_by(col(Document.id))


def lock_words(session: Session, digest: str) -> None:
    """Let one transaction at a time decide about a text, so that two workers do not make two statements of it.

    On SQLite every writing transaction is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_advisory_xact_lock(int(digest[:15], 16))))


def carrying(session: Session, digest: str) -> Sequence[Document]:
    """The documents whose latest text has this digest, in order of arrival."""
    return session.exec(_CARRYING, params={"words": digest}).all()


def find(session: Session, statement_id: UUID) -> Statement | None:
    """One statement, or None."""
    return session.get(Statement, statement_id)


def starting_with(session: Session, prefix: str) -> Sequence[Statement]:
    """Statements whose id, or the id of one of their documents, begins like that; at most three."""
    plain = prefix.replace("-", "").lower()
    if not plain or any(letter not in "0123456789abcdef" for letter in plain) or len(plain) > 32:
        return []
    first = UUID(hex=plain.ljust(32, "0"))
    last = UUID(hex=plain.ljust(32, "f"))
    found = session.exec(select(Statement).where(col(Statement.id).between(first, last)).limit(3)).all()
    if found:
        return found
    owners = select(Document.statement_id).where(col(Document.id).between(first, last)).limit(3)
    return session.exec(select(Statement).where(col(Statement.id).in_(owners))).all()


def documents_of(session: Session, statement_ids: Sequence[UUID]) -> Sequence[Document]:
    """Every document of these statements, in order of arrival."""
    return session.exec(
        select(Document).where(col(Document.statement_id).in_(statement_ids)).order_by(col(Document.id))
    ).all()


def count(session: Session) -> int:
    """How many statements there are."""
    return session.exec(select(func.count()).select_from(Statement)).one()


def dissolve(session: Session, statement_id: UUID, into: UUID) -> None:
    """Let a statement without documents of its own go: its events speak of another one from now on."""
    session.connection().execute(update(Event).where(col(Event.statement_id) == statement_id).values(statement_id=into))
    statement = session.get_one(Statement, statement_id)
    search.forget(session, statement.position)
    session.delete(statement)
    session.flush()
