"""What is stored, printed: documents, events, search results and one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from rich.table import Table
from rich.text import Text

from scrapers.model import Dated
from service.errors import CannotDo
from service.terminal import emit, terminal
from storage import documents, events, search, sources, statements
from storage.database import Database
from storage.models import Document, Event, Statement, Version

PAGE = 500

Row = TypeVar("Row", Document, Event)


def day(at: datetime | None, precision: str | None) -> str | None:
    """A stored date as precisely as it was given: `2020-09-17`, or with the time and `Z`."""
    if at is None:
        return None
    return str(msgspec.convert({"at": at, "precision": precision or "second"}, Dated))


def stamp(at: datetime) -> str:
    """An instant of ours, in RFC 3339 and UTC."""
    return at.isoformat().replace("+00:00", "Z")


def paged(list_rows: Callable[[UUID | None, int], Sequence[Row]], limit: int | None) -> Iterator[Row]:
    """Rows page by page, in flat memory however many there are."""
    last: UUID | None = None
    left = limit
    while left is None or left > 0:
        rows = list_rows(last, PAGE if left is None else min(PAGE, left))
        if not rows:
            return
        yield from rows
        last = rows[-1].id
        left = None if left is None else left - len(rows)


def print_documents(database: Database, source: str | None, limit: int | None, as_json: bool) -> None:
    """Print documents in order of arrival. Raises CannotDo for an unknown source."""
    require_source(database, source)

    def rows(after: UUID | None, count: int) -> Sequence[Document]:
        with database.reading() as session:
            return documents.listed(session, source, after, count)

    found = (document_json(row) for row in paged(rows, limit))
    _print(found, ("published", "source_id", "language", "role", "state", "title", "url"), as_json)


def document_json(row: Document) -> dict[str, Any]:
    """A document as `documents --json` prints it."""
    return {
        "id": str(row.id),
        "source_id": row.source_id,
        "guid": row.guid,
        "url": row.url,
        "title": row.title,
        "language": row.language,
        "published": day(row.published, row.published_precision),
        "state": row.state,
        "statement_id": str(row.statement_id),
        "role": row.role,
    }


def print_events(database: Database, source: str | None, limit: int | None, as_json: bool) -> None:
    """Print events in the order they happened. Raises CannotDo for an unknown source."""
    require_source(database, source)

    def rows(after: UUID | None, count: int) -> Sequence[Event]:
        with database.reading() as session:
            return events.listed(session, source, after, count)

    found = (
        {
            "id": str(row.id),
            "type": row.type,
            "document_id": str(row.document_id),
            "statement_id": str(row.statement_id),
            "at": stamp(row.at),
            "summary": row.summary,
        }
        for row in paged(rows, limit)
    )
    _print(found, ("at", "type", "summary", "document_id"), as_json)


def require_source(database: Database, source: str | None) -> None:
    """Raise CannotDo unless the source is known."""
    if source is None:
        return
    with database.reading() as session:
        if sources.find(session, source) is None:
            raise CannotDo(f"there is no source {source!r}; `khronika sources list` shows them")


def print_found(database: Database, query: str, limit: int, as_json: bool) -> None:
    """Print the statements that hold every word of a query, the newest first."""
    with database.reading() as session:
        ids = search.find(session, query, limit)
    values = (statement_json(database, statement_id) for statement_id in ids)
    _print((value for value in values if value), ("published", "language", "issuer", "title", "id"), as_json)


def print_statement(database: Database, prefix: str, as_json: bool) -> None:
    """Print the one statement whose id, or whose document's id, begins like that. Raises CannotDo unless there is just one."""
    with database.reading() as session:
        found = statements.starting_with(session, prefix)
    value = statement_json(database, found[0].id) if len(found) == 1 else None
    if value is None:
        raise CannotDo(
            f"{'several statements have' if found else 'no statement or document has'} an id that begins with {prefix!r}"
        )
    if as_json:
        emit(value)
        return
    console = terminal()
    console.print(Text(value["title"], style="bold"))
    for name in ("issuer", "published", "statement_date", "place", "language", "state", "first_seen", "updated", "id"):
        if value[name]:
            console.print(Text(f"{name.replace('_', ' '):>15}  ", style="dim") + Text(str(value[name])))
    for document in value["documents"]:
        words = f"{document['role']} in {document['language']} at {document['source_id']}: {document['url']} ({document['why']})"
        console.print(Text(f"{'document':>15}  ", style="dim") + Text(words))
    console.print()
    console.print(Text(value["text"]))


def statement_json(database: Database, statement_id: UUID) -> dict[str, Any] | None:
    """A statement as `search --json` and `show --json` print it."""
    with database.reading() as session:
        statement = statements.find(session, statement_id)
        if statement is None:
            return None
        carried = statements.documents_of(session, [statement_id])
        primary = next(row for row in carried if row.id == statement.document_id)
        return _statement_value(statement, carried, documents.latest(session, primary))


def _statement_value(statement: Statement, carried: Sequence[Document], text: Version) -> dict[str, Any]:
    return {
        "id": str(statement.id),
        "title": statement.title,
        "issuer": statement.issuer,
        "signatories": [],
        "countries": [],
        "topics": [],
        "place": statement.place,
        "statement_date": day(statement.statement_date, statement.statement_date_precision),
        "published": day(statement.published, statement.published_precision),
        "first_seen": stamp(statement.first_seen),
        "updated": stamp(statement.updated),
        "language": statement.language,
        "state": statement.state,
        "documents": [
            {
                "id": str(row.id),
                "url": row.url,
                "source_id": row.source_id,
                "role": row.role,
                "language": row.language,
                "published": day(row.published, row.published_precision),
                "why": row.why,
            }
            for row in carried
        ],
        "text": text.text,
    }


def _print(values: Iterable[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    if as_json:
        for value in values:
            emit(value)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(
            name.replace("_", " "), overflow="fold" if name in ("url", "id", "document_id") else "ellipsis"
        )
    count = 0
    for value in values:
        count += 1
        table.add_row(*(Text(str(value[name] if value[name] is not None else "–")) for name in columns))
    terminal().print(table if count else "Nothing is stored.")
