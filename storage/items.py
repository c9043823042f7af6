"""Items: what listings have named. An item stays due until it is read or given up with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.models import Item

CHUNK = 400
"""Keys asked for at once: far below the parameter limits of both databases."""


def known(session: Session, source_id: str, keys: Collection[str]) -> dict[str, Item]:
    """The items of a source among these keys."""
    found: dict[str, Item] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        rows = session.exec(select(Item).where(Item.source_id == source_id, col(Item.key).in_(part)))
        found |= {row.key: row for row in rows}
    return found


def due(session: Session, source_id: str, now: datetime, limit: int) -> Sequence[Item]:
    """Items of a source that wait to be read, in the order they were named."""
    return session.exec(
        select(Item)
        .where(Item.source_id == source_id, Item.state == "due", Item.due_at <= now)
        .order_by(col(Item.first_seen), col(Item.id))
        .limit(limit)
    ).all()


def next_due(session: Session, source_id: str) -> datetime | None:
    """When the first waiting item of a source wants to be read."""
    return session.exec(select(func.min(Item.due_at)).where(Item.source_id == source_id, Item.state == "due")).one()
