"""Rows as a poll would leave them, for tests of what is published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session

from storage.database import Database, open_database, upgrade
from storage.documents import add
from storage.models import Capture, Document, Poll, Source, Statement, Version

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
AUTHORITY = "khronika.example"
DAY = "2026-01-01"
BASE = "https://khronika.example"


def database_in(folder: Path) -> Database:
    """Open an empty SQLite database with every table."""
    database = open_database(f"sqlite:///{folder / 'khronika.sqlite3'}")
    upgrade(database)
    return database


def add_source(session: Session, id_: str, title: str = "", **fields: Any) -> Source:
    """Add a source."""
    row: dict[str, Any] = {
        "kind": "ngo",
        "country": "BY",
        "family": "feed",
        "origin": "builtin",
        "record": {},
        "due_at": START,
    } | fields
    return add(session, Source(id=id_, title=title or id_.title(), **row))


def add_poll(session: Session, source_id: str, at: datetime, **fields: Any) -> Poll:
    """Add one visit to a source."""
    row: dict[str, Any] = {"status": "ok", "reasons": {}, "seconds": 0.4, "finished_at": at} | fields
    return add(session, Poll(source_id=source_id, started_at=at, **row))


def add_statement(
    session: Session,
    number: int,
    *,
    source_id: str = "viasna",
    title: str = "",
    text: str = "First paragraph.\n\nSecond paragraph.",
    html: str = "",
    language: str = "en",
    url: str = "",
    details: dict[str, Any] | None = None,
    media: str = "html",
    **fields: Any,
) -> Statement:
    """Add a statement with its one document, the `number`th hour after the start."""
    at = START + timedelta(hours=number)
    row: dict[str, Any] = {
        "document_id": UUID(int=0),
        "title": title or f"Statement {number}",
        "issuer": "Viasna",
        "language": language,
        "published": at,
        "published_precision": "minute",
        "first_seen": at,
        "updated": at,
        "sort_at": at,
    }
    statement = Statement(**row | fields)
    add(session, statement)
    document = add_document(
        session,
        statement,
        source_id,
        url or f"https://viasna.example/{number}",
        text=text,
        html=html,
        language=language,
        title=title,
        details=details,
        media=media,
        at=statement.first_seen,
    )
    statement.document_id = document.id
    return add(session, statement)


def add_document(
    session: Session,
    statement: Statement,
    source_id: str,
    url: str,
    *,
    role: str = "original",
    why: str = "first seen here",
    text: str = "First paragraph.",
    html: str = "",
    language: str = "en",
    title: str = "",
    details: dict[str, Any] | None = None,
    media: str = "html",
    at: datetime = START,
) -> Document:
    """Add a document with one version and its capture."""
    document = add(
        session,
        Document(
            source_id=source_id,
            statement_id=statement.id,
            role=role,
            why=why,
            key=url,
            url=url,
            language=language,
            title=title or statement.title,
            published=at,
            first_seen=at,
            updated=at,
        ),
    )
    add_version(session, document, 1, at=at, text=text, html=html, details=details, media=media)
    return document


def add_version(
    session: Session,
    document: Document,
    number: int,
    *,
    at: datetime,
    text: str,
    html: str = "",
    details: dict[str, Any] | None = None,
    media: str = "html",
) -> Version:
    """Add a version of a document as of a capture."""
    capture = add(
        session,
        Capture(
            url=document.url,
            at=at,
            status=200,
            content_type="text/html",
            file="khronika-20260301.warc.gz",
            offset=1234,
            length=5678,
            payload_sha256="ab" * 32,
            block_sha256="cd" * 32,
        ),
    )
    version = Version(
        document_id=document.id,
        number=number,
        capture_id=capture.id,
        at=at,
        title=document.title,
        text=text,
        html=html,
        fingerprint=f"{number:064}",
        language=document.language,
        media=media,
        details=details or {},
    )
    return add(session, version)


def fill(database: Database, count: int, sources: Sequence[str] = ("viasna", "ohchr")) -> list[UUID]:
    """Add sources and `count` statements, a turn each, the oldest first."""
    with database.writing() as session:
        for id_ in sources:
            add_source(session, id_)
        return [add_statement(session, n, source_id=sources[n % len(sources)]).id for n in range(count)]
