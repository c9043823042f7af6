"""Pages made for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from scrapers.model import Page, Source

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def page(url: str, body: bytes | str, kind: str = "text/html; charset=utf-8", **headers: str) -> Page:
    """Make the page that a fetch of `url` would give; header names are written with underscores."""
    return Page(
        url=url,
        requested=url,
        status=200,
        headers={"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}},
        body=body.encode() if isinstance(body, str) else body,
        fetched_at=NOW,
        capture_id=UUID(int=1),
    )


def source(family: str, start: str = "https://press.example/news", **fields: object) -> Source:
    """Make a record with what suffices."""
    return Source(id="example", title="Example", family=family, start=start, **fields)  # type: ignore[arg-type]
