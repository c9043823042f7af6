"""One draft, one transaction: the only place that turns what a site said into rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session

from scrapers.address import key as address_key
from scrapers.model import Dated, Draft, Source
from service.decide import Verdict, decide, digest, fingerprint
from service.match import Neighbour, Placement, place
from storage import documents, search, statements
from storage.ids import new_id
from storage.insert import insert
from storage.items import indexable
from storage.models import Document, Event, Statement, Version

EDITED = " (edited since)"
FUTURE = timedelta(hours=36)
"""A publication date further ahead than any time zone explains is not believed when it comes to order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of a draft."""

    verdict: Verdict
    document_id: UUID
    statement_id: UUID
    role: str
    moved: bool = False


def ingest(
    session: Session,
    source: Source,
    draft: Draft,
    capture_id: UUID,
    now: datetime,
    *,
    guid: str | None = None,
    known_as: UUID | None = None,
    redirected: bool = False,
) -> Ingested:
    """Record what a source said, once. The caller owns the transaction.

    `known_as` is the document the source's own id led to before: if the address is another one now, it has moved. If the
    page was only reached by a redirect (`redirected`) and another document lives there, the id has joined that one.
    """
    key = indexable(address_key(draft.url))
    document = documents.find(session, source.id, key)
    moved = False
    joined = redirected and document is not None
    if known_as is not None and not joined and (document is None or document.id != known_as):
        former = session.get(Document, known_as)
        if former is not None:
            _move(session, former, document, draft, key, now)
            document, moved = former, True

    if document is None:
        return _new_document(session, source, draft, key, capture_id, now, guid)
    return _known_document(session, document, draft, capture_id, now, moved)


def _new_document(
    session: Session, source: Source, draft: Draft, key: str, capture_id: UUID, now: datetime, guid: str | None
) -> Ingested:
    words = _words(draft)
    published = draft.published.at if draft.published else now
    placement = place(_host(draft.url), published, _same_words(session, words))
    document_id = new_id()
    if placement.statement_id is None:
        statement = _statement_row(draft, document_id, now)
        insert(session, [statement])
        search.index(session, statement.position, draft.title, draft.text, fresh=True)
        statement_id = statement.id
    else:
        statement_id = placement.statement_id
    document = _document_row(source, draft, document_id, statement_id, placement, key, words, guid, now)
    summary = draft.title if placement.statement_id is None else f"{draft.title} ({placement.why})"
    insert(
        session,
        [document, _version_row(document, draft, 1, capture_id, now), _event_row("new", document, summary, now)],
    )
    return Ingested(verdict=Verdict.NEW, document_id=document.id, statement_id=statement_id, role=placement.role)


def _known_document(
    session: Session, document: Document, draft: Draft, capture_id: UUID, now: datetime, moved: bool
) -> Ingested:
    latest = documents.latest(session, document)
    verdict = decide(fingerprint(draft.title, draft.text), draft.media, latest.fingerprint, latest.media)
    if verdict is not Verdict.SAME:
        _next_version(session, document, latest, draft, capture_id, now, verdict)
    return Ingested(
        verdict=verdict, document_id=document.id, statement_id=document.statement_id, role=document.role, moved=moved
    )


def _next_version(
    session: Session,
    document: Document,
    latest: Version,
    draft: Draft,
    capture_id: UUID,
    now: datetime,
    verdict: Verdict,
) -> None:
    document.version += 1
    document.title = draft.title
    document.digest = _words(draft)
    document.updated = now
    if draft.published is not None and document.published is None:
        document.published, document.published_precision = draft.published.at, draft.published.precision
    documents.add(session, document)
    documents.add(session, _version_row(document, draft, document.version, capture_id, now))
    if verdict is Verdict.EDITED:
        documents.add(session, _event_row("edited", document, _what_changed(latest, draft), now))
        if document.role == "copy":  # it no longer carries the statement's words, so it must not draw others to it
            document.digest, document.why = None, f"{document.why.removesuffix(EDITED)}{EDITED}"
            documents.add(session, document)
    if verdict is Verdict.COMPLETED:
        _join(session, document, draft)

    statement = session.get_one(Statement, document.statement_id)
    if statement.document_id != document.id:
        return
    statement.title, statement.language, statement.updated = draft.title, draft.language, now
    if statement.published is None and document.published is not None:
        statement.published, statement.published_precision = document.published, document.published_precision
    documents.add(session, statement)
    search.index(session, statement.position, draft.title, draft.text)


def _join(session: Session, document: Document, draft: Draft) -> None:
    """Place a document anew now that its page is here: what a feed said of it was not yet the statement's words."""
    alone = len(statements.documents_of(session, [document.statement_id])) == 1
    others = [row for row in _same_words(session, document.digest) if row.document_id != document.id]
    placement = place(_host(draft.url), document.published or document.first_seen, others)
    if not alone or placement.statement_id is None or placement.statement_id == document.statement_id:
        return
    former, document.statement_id = document.statement_id, placement.statement_id
    document.role, document.why = placement.role, placement.why
    documents.add(session, document)
    statements.dissolve(session, former, placement.statement_id)


def _words(draft: Draft) -> str | None:
    """What makes a draft the same as another. A feed's teaser is often the same for all: its title is part of it."""
    return digest(f"{draft.title}\n{draft.text}" if draft.media == "entry" else draft.text)


def _move(session: Session, former: Document, occupant: Document | None, draft: Draft, key: str, now: datetime) -> None:
    """Let a document take a new address; one that stood there before keeps its rows under a key of its own."""
    if occupant is not None:
        occupant.key = indexable(f"{occupant.key} (until {now:%Y-%m-%dT%H:%M:%S.%fZ}) {new_id()}")
        documents.add(session, occupant)
    summary = f"from {former.url} to {draft.url}"
    former.key, former.url, former.updated = key, draft.url, now
    documents.add(session, former)
    documents.add(session, _event_row("moved", former, summary, now))


def _same_words(session: Session, words: str | None) -> list[Neighbour]:
    if words is None:
        return []
    statements.lock_words(session, words)
    return [
        Neighbour(
            document_id=row.id,
            statement_id=row.statement_id,
            source_id=row.source_id,
            host=_host(row.url),
            published=row.published or row.first_seen,
        )
        for row in statements.carrying(session, words)
    ]


def _what_changed(latest: Version, draft: Draft) -> str:
    if latest.title != draft.title and latest.text.strip() != draft.text.strip():
        return f"title and text changed: {draft.title}"
    if latest.title != draft.title:
        return f"title changed from {latest.title!r} to {draft.title!r}"
    return f"text changed: {draft.title}"


def sort_at(published: Dated | None, now: datetime) -> datetime:
    """A statement's place in time: publication; for a bare date of today, and for what is not credible, first sight."""
    if published is None or published.at > now + FUTURE:
        return now
    if published.precision not in ("second", "minute") and published.at.date() == now.date():
        return now
    return min(published.at, now)


def _statement_row(draft: Draft, document_id: UUID, now: datetime) -> Statement:
    return Statement(
        document_id=document_id,
        title=draft.title,
        issuer=draft.issuer,
        language=draft.language,
        **_date_columns("published", draft.published),
        **_date_columns("statement_date", draft.statement_date),
        place=draft.place,
        first_seen=now,
        updated=now,
        sort_at=sort_at(draft.published, now),
    )


def _document_row(
    source: Source,
    draft: Draft,
    document_id: UUID,
    statement_id: UUID,
    placement: Placement,
    key: str,
    words: str | None,
    guid: str | None,
    now: datetime,
) -> Document:
    return Document(
        id=document_id,
        source_id=source.id,
        statement_id=statement_id,
        role=placement.role,
        why=placement.why,
        key=key,
        url=draft.url,
        guid=guid,
        language=draft.language,
        title=draft.title,
        digest=words,
        **_date_columns("published", draft.published),
        first_seen=now,
        updated=now,
    )


def _version_row(document: Document, draft: Draft, number: int, capture_id: UUID, now: datetime) -> Version:
    return Version(
        document_id=document.id,
        number=number,
        capture_id=capture_id,
        at=now,
        title=draft.title,
        text=draft.text,
        html=draft.html,
        fingerprint=fingerprint(draft.title, draft.text),
        language=draft.language,
        media=draft.media,
        **_date_columns("published", draft.published),
        **_date_columns("statement_date", draft.statement_date),
        place=draft.place,
        author=draft.author,
        issuer=draft.issuer,
        details={
            "origins": draft.origins,
            "missing": draft.missing,
            "encoding": draft.encoding,
            "twins": draft.twins,
            "attachments": draft.attachments,
            "pages": draft.pages,
            "scanned": draft.scanned,
            "reposted_from": draft.reposted_from,
            "paragraph_languages": draft.paragraph_languages,
        },
    )


def _event_row(kind: str, document: Document, summary: str, now: datetime) -> Event:
    return Event(
        type=kind,
        source_id=document.source_id,
        document_id=document.id,
        statement_id=document.statement_id,
        at=now,
        summary=summary,
    )


def _date_columns(name: str, dated: Dated | None) -> dict[str, Any]:
    if dated is None:
        return {}
    return {name: dated.at, f"{name}_precision": dated.precision}


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
