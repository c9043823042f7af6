"""Which entries a feed document holds, what it is called, and what identifies its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from feeds.entry import instant, line

MAX_ENTRIES = 100
MAX_BYTES = 2_000_000


class FeedInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says about itself."""

    id: str
    title: str
    subtitle: str
    self_url: str
    home_url: str
    updated: datetime


def feed_info(
    name: str,
    *,
    extension: str,
    base_url: str,
    authority: str,
    authority_date: str,
    updated: Iterable[datetime],
    source_title: str | None = None,
) -> FeedInfo:
    """Name a feed, `all` or `source/<id>`, updated when the newest of `updated` was, or on the day of its ids if empty."""
    first = datetime.fromisoformat(authority_date).replace(tzinfo=UTC)
    title = line(source_title or "")
    return FeedInfo(
        id=f"tag:{authority},{authority_date}:feed/{name}",
        title=f"Khronika: {title}" if title else "Khronika: all statements",
        subtitle=f"Statements published by {title}" if title else "Public statements, each one once, newest first",
        self_url=f"{base_url}/feeds/{name}.{extension}",
        home_url=f"{base_url}/sources/{name.removeprefix('source/')}" if title else f"{base_url}/",
        updated=max((instant(at) for at in updated), default=first),
    )


def fitting(weights: Iterable[int]) -> int:
    """Count how many entries one document takes, the newest first; one always fits."""
    taken = total = 0
    for weight in weights:
        total += weight
        if taken == MAX_ENTRIES or (taken and total > MAX_BYTES):
            break
        taken += 1
    return taken


def etag(content: bytes) -> str:
    """Make the strong validator of these very bytes."""
    return f'"{sha256(content).hexdigest()[:32]}"'
