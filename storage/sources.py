"""Sources: what the catalogue says of them, when they are due, who is visiting them, and how the visits went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, or_, update
from sqlmodel import Session, col, select

from storage.models import Poll, Source


def reconcile(session: Session, origin: str, records: Iterable[dict[str, Any]], now: datetime) -> None:
    """Make the rows say what the records of one origin say; a source whose record is gone is disabled, never deleted.

    A source a person has switched on or off stays as that person left it. A new source is due at once.
    """
    known = {source.id: source for source in session.exec(select(Source).where(Source.origin == origin))}
    for record in records:
        row = known.pop(record["id"], None) or session.get(Source, record["id"])
        if row is None:
            row = Source(
                id=record["id"], title="", kind="", country="", family="", origin=origin, record={}, due_at=now
            )
            row.enabled = record["enabled"]
        elif row.record == record and row.origin == origin:
            continue
        if row.record and row.record.get("start") != record["start"]:
            row.etag = row.last_modified = row.address = row.resume = None
        row.title, row.kind, row.country, row.family = (
            record["title"],
            record["kind"],
            record["country"],
            record["family"],
        )
        row.origin, row.record = origin, record
        if not row.switched:
            row.enabled = record["enabled"]
        session.add(row)
    for row in known.values():
        row.enabled = False
        row.record = row.record | {"enabled": False}  # so that the same record is news if it comes back
        session.add(row)
    session.flush()  # the records of another origin may follow, and ask which rows are theirs


def everything(session: Session) -> Sequence[Source]:
    """All sources by id."""
    return session.exec(select(Source).order_by(Source.id)).all()


def find(session: Session, source_id: str) -> Source | None:
    """One source, or None."""
    return session.get(Source, source_id)


def switch(session: Session, source_id: str, enabled: bool, now: datetime) -> bool:
    """Enable or disable a source by hand; False if there is none of that id."""
    row = session.get(Source, source_id)
    if row is None:
        return False
    row.enabled, row.switched = enabled, True
    if enabled:
        row.due_at, row.failures, row.state = now, 0, "new" if row.polled_at is None else "ok"
    session.add(row)
    return True


def due(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Ids of enabled sources whose time has come and whom nobody visits, the longest overdue first."""
    return session.exec(
        select(Source.id)
        .where(col(Source.enabled), Source.due_at <= now, _free(now))
        .order_by(col(Source.due_at))
        .limit(limit)
    ).all()


def _free(now: datetime) -> Any:
    return or_(col(Source.claimed_until).is_(None), col(Source.claimed_until) < now)


def claim_due(session: Session, now: datetime, *, holder: str, lease: timedelta, limit: int) -> list[str]:
    """Claim up to `limit` due sources that nobody is visiting."""
    wanted = (
        select(Source.id)
        .where(col(Source.enabled), Source.due_at <= now, _free(now))
        .order_by(col(Source.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.exec(wanted))
    if ids:
        session.exec(update(Source).where(col(Source.id).in_(ids)).values(claimed_by=holder, claimed_until=now + lease))
    return ids


def claim(session: Session, source_id: str, now: datetime, *, holder: str, lease: timedelta) -> bool:
    """Claim one source whether or not it is due; False if somebody is visiting it."""
    claimed = session.exec(
        update(Source)
        .where(col(Source.id) == source_id, _free(now))
        .values(claimed_by=holder, claimed_until=now + lease)
        .returning(col(Source.id))
    )
    return claimed.first() is not None


def renew(session: Session, source_id: str, now: datetime, *, holder: str, lease: timedelta) -> bool:
    """Keep a claim during a long visit; False if it was lost to somebody else."""
    kept = session.exec(
        update(Source)
        .where(col(Source.id) == source_id, col(Source.claimed_by) == holder)
        .values(claimed_until=now + lease)
        .returning(col(Source.id))
    )
    return kept.first() is not None


def give_back(session: Session, source_id: str, holder: str, due_at: datetime | None = None) -> None:
    """Drop a claim without a visit; the source stays due, or becomes so at `due_at`."""
    pause = {} if due_at is None else {"due_at": due_at}
    session.exec(
        update(Source)
        .where(col(Source.id) == source_id, col(Source.claimed_by) == holder)
        .values(claimed_by=None, claimed_until=None, **pause)
    )


def free_claims(session: Session, holders: Sequence[str]) -> int:
    """Free what dead processes had claimed; how many sources that were."""
    freed = session.exec(
        update(Source)
        .where(col(Source.claimed_by).in_(holders))
        .values(claimed_by=None, claimed_until=None)
        .returning(col(Source.id))
    )
    return len(freed.all())


def last_poll(session: Session, source_id: str) -> Poll | None:
    """The newest visit to a source."""
    return session.exec(
        select(Poll).where(Poll.source_id == source_id).order_by(col(Poll.started_at).desc()).limit(1)
    ).first()


class State(NamedTuple):
    """How a source has been doing, without its record."""

    enabled: bool
    claimed_by: str | None
    claimed_until: datetime | None
    address: str | None
    resume: str | None
    etag: str | None
    last_modified: str | None
    failures: int
    yielded: bool


# The end of every visit: statements are built once and go past the ORM.
_SOURCE: Table = Source.__table__  # type: ignore[attr-defined]
_STATE = select(*(_SOURCE.c[name] for name in State._fields)).where(_SOURCE.c.id == bindparam("this")).with_for_update()
_KEPT = (
    "failures", "yielded", "state", "enabled", "polled_at", "due_at", "claimed_by", "claimed_until",
    "etag", "last_modified", "address", "resume",
)  # fmt: skip
_KEEP = (
    _SOURCE.update().where(_SOURCE.c.id == bindparam("this")).values({name: bindparam(f"new_{name}") for name in _KEPT})
)


def state(session: Session, source_id: str) -> State:
    """The state of a source, held until the end of the transaction. Raises NoResultFound if there is no such source."""
    return State(*session.connection().execute(_STATE, {"this": source_id}).one())


def keep_state(session: Session, source_id: str, values: dict[str, Any]) -> None:
    """Write down the state a visit left its source in: a value for each of the twelve columns of `_KEPT`."""
    session.connection().execute(_KEEP, {"this": source_id} | {f"new_{name}": values[name] for name in _KEPT})
