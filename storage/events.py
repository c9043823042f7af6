"""Events: what happened to documents, in words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from storage.models import Event


def listed(session: Session, source_id: str | None, after: UUID | None, limit: int) -> Sequence[Event]:
    """Events in the order they happened, page by page."""
    wanted = select(Event).order_by(col(Event.id)).limit(limit)
    if source_id is not None:
        wanted = wanted.where(Event.source_id == source_id)
    if after is not None:
        wanted = wanted.where(col(Event.id) > after)
    return session.exec(wanted).all()
