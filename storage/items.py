"""Items: what listings have named. An item stays due until it is read or given up with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Table, bindparam, func
from sqlmodel import Session, col, select

from storage.models import Item

LONGEST_KEY = 1_500
"""Bytes of a key: PostgreSQL cannot index much longer values."""
CHUNK = 400
"""Keys asked for at once: far below the parameter limits of both databases."""


# Built once: making a statement anew costs more than what it asks.
_ITEM: Table = Item.__table__  # type: ignore[attr-defined]
_THIS_SOURCE_DUE = (Item.source_id == bindparam("source"), Item.state == "due")
_DUE = (
    select(Item)
    .where(*_THIS_SOURCE_DUE, Item.due_at <= bindparam("now"))
    .order_by(col(Item.first_seen), col(Item.id))
    .limit(bindparam("most"))
)
_NEXT_DUE = select(func.min(Item.due_at)).where(*_THIS_SOURCE_DUE)
_OUTCOME = ("state", "code", "document_id", "due_at", "attempts")
_SAVE = (
    _ITEM.update()
    .where(_ITEM.c.id == bindparam("item"))
    .values({_ITEM.c[name]: bindparam(f"new_{name}") for name in _OUTCOME})
)


def indexable(key: str) -> str:
    """Cut a key to what an index can hold, and keep keys apart that differ only behind the cut."""
    whole = key.encode()
    if len(whole) <= LONGEST_KEY:
        return key
    digest = sha256(whole).hexdigest()
    return f"{whole[: LONGEST_KEY - len(digest) - 1].decode(errors='ignore')} {digest}"


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
    return session.exec(_DUE, params={"source": source_id, "now": now, "most": limit}).all()


def next_due(session: Session, source_id: str) -> datetime | None:
    """When the first waiting item of a source wants to be read."""
    found: datetime | None = session.connection().execute(_NEXT_DUE, {"source": source_id}).scalar_one()
    return found


def save(session: Session, item: Item) -> None:
    """Write down what became of an item that an earlier session has read."""
    session.connection().execute(_SAVE, {"item": item.id} | {f"new_{name}": getattr(item, name) for name in _OUTCOME})
