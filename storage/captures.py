"""Captures: the rows that say where in the archive an exchange stands."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from storage.models import Capture

CHUNK = 400


def known(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of these captures that have a row."""
    wanted = list(ids)
    found: set[UUID] = set()
    for start in range(0, len(wanted), CHUNK):
        found |= set(session.exec(select(Capture.id).where(col(Capture.id).in_(wanted[start : start + CHUNK]))))
    return found
