"""What the web needs to know of the installation it serves, passed in as one frozen value."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session

from storage.database import Database

Search = Callable[[Session, str, int], Sequence[UUID]]
"""Statements that match a query, newest first, at most so many. Raises ValueError with a sentence for a query it cannot read."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One installation, as its feeds and pages present it."""

    database: Database
    base_url: str
    """Public address without a slash at the end; never taken from a request."""
    authority: str
    """Domain or mail address of RFC 4151 ids, fixed at first start."""
    authority_date: str
    """The day the authority was ours, `yyyy-mm-dd`, fixed at first start."""
    search: Search
    clock: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back: how old a kept answer is."""
    beat: Callable[[], datetime | None] | None = None
    """When the scheduler of this process last ticked; None where another process is the scheduler."""
    beat_limit: float = 60.0
    """Seconds without a tick after which the scheduler counts as stuck."""
