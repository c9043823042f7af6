"""Hands every exchange to the archive and keeps its row ready for the next transaction of the same thread.

The bytes are on disk before this returns; the row follows with the rows that point at it. A process killed in between
leaves a record without a row, which the next start finds and indexes.
"""

from __future__ import annotations

import threading
from uuid import UUID

from sqlmodel import Session

from scrapers.model import Exchange
from storage import captures
from storage.database import Database
from storage.ids import new_id
from storage.insert import insert
from storage.models import Capture
from storage.warc import Archive, Received


class Evidence:
    """What the fetcher calls to archive an exchange."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._waiting = threading.local()
        self._lock = threading.Lock()
        self._everyone: list[list[Capture]] = []

    def __call__(self, exchange: Exchange) -> UUID:
        """Put an exchange on disk. Raises StorageError if it cannot be kept."""
        capture_id = new_id()
        place = self._archive.append(
            Received(
                url=exchange.url,
                at=exchange.at,
                request_head=exchange.request_head,
                response_head=exchange.response_head,
                body=exchange.body,
                peer=exchange.peer,
                tls=exchange.tls,
                truncated=exchange.truncated,
            ),
            capture_id,
        )
        self._rows().append(
            Capture(
                id=capture_id,
                url=exchange.url,
                at=exchange.at,
                status=exchange.status,
                content_type=exchange.content_type,
                peer=exchange.peer,
                truncated=exchange.truncated,
                file=place.file,
                offset=place.offset,
                length=place.length,
                payload_sha256=place.payload_sha256,
                block_sha256=place.block_sha256,
            )
        )
        return capture_id

    def index(self, session: Session) -> None:
        """Write the rows of what this thread has archived since the last time. The caller owns the transaction.

        They are forgotten only by `indexed`, once the transaction is committed.
        """
        insert(session, self._rows())

    def indexed(self) -> None:
        """The transaction that held the rows is committed."""
        self._rows().clear()

    def recall(self, session: Session) -> None:
        """Forget rows that were written by a transaction whose end this thread did not hear of."""
        rows = self._rows()
        if rows:
            written = captures.known(session, [row.id for row in rows])
            rows[:] = [row for row in rows if row.id not in written]

    def settle(self, database: Database) -> None:
        """Write the rows that any thread has left, before the archive closes its files. Raises StorageError."""
        with self._lock:
            left = [row for rows in self._everyone for row in rows]
        if not left:
            return
        with database.writing() as session:
            written = captures.known(session, [row.id for row in left])
            insert(session, [row for row in left if row.id not in written])

    def _rows(self) -> list[Capture]:
        rows: list[Capture] | None = getattr(self._waiting, "rows", None)
        if rows is None:
            rows = self._waiting.rows = []
            with self._lock:
                self._everyone.append(rows)
        return rows


def discard(exchange: Exchange) -> UUID:
    """Archive nothing: for a rehearsal (`--dry-run`), which stores nothing."""
    del exchange
    return new_id()
