"""The end of a visit, acknowledged in one transaction: its row, the validators, the next due time, the claim given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from scrapers.errors import Gone, ScrapeError
from scrapers.model import NotModified, Source
from service.app import Khronika
from service.health import health
from service.report import PollReport
from service.schedule import next_due, seconds
from service.walk import Found
from storage import documents, items
from storage.insert import insert
from storage.models import Poll
from storage.models import Source as SourceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that is over."""

    outcome: PollReport
    found: Found | None
    error: ScrapeError | None
    """What kept the listing from being read, if anything did."""
    started: datetime
    stopped: bool
    """True if the operator asked to stop: the rest is due at once."""


def finish(k: Khronika, source: Source, visit: Visit) -> None:
    """Acknowledge a visit. Raises StorageError, and then nothing is acknowledged."""
    now = k.clock()
    with k.database.writing() as session:
        k.evidence.index(session)
        row = session.get_one(SourceRow, source.id)
        insert(session, [_poll_row(visit, now)])
        _remember_listing(row, visit.found)
        believed = visit.outcome.status in ("ok", "not_modified", "partial")
        published = documents.publication_dates(session, source.id)
        row.failures = 0 if believed else row.failures + 1
        row.yielded = row.yielded or bool(visit.found and visit.found.links)
        row.state = health(visit.outcome, row.failures, published, now)
        row.enabled = row.enabled and not isinstance(visit.error, Gone)
        row.polled_at = now
        row.due_at = now if visit.stopped else _next_due(k, session, row, source, visit, published)
        if row.claimed_by == k.presence.token:
            row.claimed_by = row.claimed_until = None
        session.add(row)
    k.evidence.indexed()


def _next_due(
    k: Khronika, session: Session, row: SourceRow, source: Source, visit: Visit, published: list[datetime]
) -> datetime:
    now, every = k.clock(), seconds(source.every)
    retry_after = getattr(visit.error, "retry_after", None)
    wish = timedelta(seconds=retry_after) if retry_after else visit.found.server_wish if visit.found else None
    due = next_due(every=every, published=published, failures=row.failures, server_wish=wish, now=now, dice=k.dice())
    waiting = items.next_due(session, source.id)
    return min(due, max(waiting, now + every)) if waiting is not None and row.failures == 0 else due


def _remember_listing(row: SourceRow, found: Found | None) -> None:
    if found is None or found.door:
        return
    given = found.first.validators
    row.resume = found.unfinished
    if isinstance(found.first, NotModified):
        row.etag, row.last_modified = given.etag or row.etag, given.last_modified or row.last_modified
        return
    # A 304 would hide what is missing from a listing that was read in part.
    row.etag, row.last_modified = (None, None) if found.partial else (given.etag, given.last_modified)
    if found.links:
        row.address = found.first.permanent or row.address


def _poll_row(visit: Visit, now: datetime) -> Poll:
    outcome = visit.outcome
    return Poll(
        source_id=outcome.source_id,
        started_at=visit.started,
        finished_at=now,
        status=outcome.status,
        code=outcome.error.code if outcome.error else None,
        message=outcome.error.message if outcome.error else None,
        items_new=outcome.items_new,
        items_seen=outcome.items_seen,
        items_known=outcome.items_known,
        items_rejected=outcome.items_rejected,
        items_edited=outcome.items_edited,
        reasons=outcome.reasons,
        door=outcome.door,
        seconds=outcome.seconds,
    )
