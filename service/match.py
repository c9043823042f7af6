"""Whose statement a document carries: the same words make the same statement. Pure.

Later rules (near copies, quotations, translations) take their place between `exact` and `new` in `place`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

ANOTHER_ACT = timedelta(days=5)
"""The same words on the same site further apart than this are another act, such as a yearly message."""

Role = Literal["original", "copy", "translation", "coverage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A document that is already here and carries the same words."""

    document_id: UUID
    statement_id: UUID
    source_id: str
    host: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a document belongs: an existing statement, or a new one if `statement_id` is None; and why."""

    statement_id: UUID | None
    role: Role
    why: str


def place(host: str, published: datetime, same_words: Sequence[Neighbour]) -> Placement:
    """Place a document by what carries exactly its words."""
    for neighbour in same_words:
        if neighbour.host == host and abs(neighbour.published - published) > ANOTHER_ACT:
            continue
        return Placement(
            statement_id=neighbour.statement_id,
            role="copy",
            why=f"the same words as a document of {neighbour.source_id}",
        )
    if same_words:
        days = ANOTHER_ACT.days
        return Placement(
            statement_id=None,
            role="original",
            why=f"the same words stand on this site more than {days} days apart: another act",
        )
    return Placement(statement_id=None, role="original", why="no other document carries these words")
