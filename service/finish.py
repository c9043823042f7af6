"""The end of a visit, acknowledged in one transaction: its row, the validators, the next due time, the claim given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from scrapers.errors import Gone, ScrapeError
from scrapers.model import NotModified, Source
from service.app import Khronika
from service.health import health
from service.report import Failure, PollReport
from service.schedule import next_due, retry_at, seconds
from service.walk import Found
from storage import documents, items, sources
from storage.insert import insert
from storage.models import Poll


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
    since: bool = False
    """True if only what was published since a date was taken."""


def finish(k: Khronika, source: Source, visit: Visit) -> None:
    """Acknowledge a visit. Raises StorageError, and then nothing is acknowledged."""
    now = k.clock()
    believed = visit.outcome.status in ("ok", "not_modified", "partial")
    with k.database.writing() as session:
        k.evidence.index(session)
        insert(session, [_poll_row(visit, now)])
        state = sources.state(session, source.id)
        published = documents.publication_dates(session, source.id)
        failures = 0 if believed else state.failures + 1
        due = now if visit.stopped else _next_due(k, session, failures, source, visit, published)
        ours = state.claimed_by == k.presence.token
        sources.keep_state(
            session,
            source.id,
            _listing(state, visit)
            | {
                "failures": failures,
                "yielded": state.yielded or bool(visit.found and visit.found.links),
                "state": health(visit.outcome, failures, published, now),
                "enabled": state.enabled and not isinstance(visit.error, Gone),
                "polled_at": now,
                "due_at": due,
                "claimed_by": None if ours else state.claimed_by,
                "claimed_until": None if ours else state.claimed_until,
            },
        )
    k.evidence.indexed()


def broke_off(k: Khronika, source_id: str, fault: Exception) -> PollReport:
    """Record a visit that a fault of ours ended: it has a name too, and a pause behind it. Raises StorageError."""
    now, what = k.clock(), type(fault).__name__
    failure = Failure(
        code="internal", message=f"A fault of Khronika itself ended the visit ({what}); please report it."
    )
    visit = Visit(
        outcome=PollReport(source_id=source_id, status="error", error=failure),
        found=None, error=None, started=now, stopped=False,
    )  # fmt: skip
    with k.database.writing() as session:
        state = sources.state(session, source_id)
        insert(session, [_poll_row(visit, now)])
        failures = state.failures + 1
        values = state._asdict() | {
            "failures": failures,
            "state": health(visit.outcome, failures, [], now),
            "polled_at": now,
            "due_at": retry_at(failures, now, k.dice()),
        }
        sources.keep_state(session, source_id, values)
        sources.give_back(session, source_id, k.presence.token)
    return visit.outcome


def _next_due(
    k: Khronika, session: Session, failures: int, source: Source, visit: Visit, published: list[datetime]
) -> datetime:
    now, every = k.clock(), seconds(source.every)
    retry_after = getattr(visit.error, "retry_after", None)
    wish = timedelta(seconds=retry_after) if retry_after else visit.found.server_wish if visit.found else None
    due = next_due(every=every, published=published, failures=failures, server_wish=wish, now=now, dice=k.dice())
    waiting = items.next_due(session, source.id)
    return min(due, max(waiting, now + every)) if waiting is not None and failures == 0 else due


def _listing(state: sources.State, visit: Visit) -> dict[str, str | None]:
    """What is remembered of the main listing: where it is, how to ask whether it changed, where a walk broke off."""
    kept = {"etag": state.etag, "last_modified": state.last_modified, "address": state.address, "resume": state.resume}
    found = visit.found
    if found is None or found.door:
        return kept
    given = found.first.validators
    if isinstance(found.first, NotModified):
        return kept | {
            "etag": given.etag or state.etag,
            "last_modified": given.last_modified or state.last_modified,
            "resume": found.unfinished,
        }
    # A 304 would hide what is missing from a listing that was read in part.
    whole = found.partial is None and found.unfinished is None
    validators = (given.etag, given.last_modified) if whole else (None, None)
    if visit.since:  # what is older was left out: the next plain visit asks as if this one had not been
        validators = (state.etag, state.last_modified)
    return {
        "etag": validators[0],
        "last_modified": validators[1],
        "address": (found.first.permanent if found.links else None) or state.address,
        "resume": found.unfinished,
    }


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
