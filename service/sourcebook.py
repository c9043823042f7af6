"""`khronika sources …`: the book of sources, printed, checked, imported, exported and switched."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text
from sqlmodel import col, select

from scrapers import catalogue
from scrapers.errors import ScrapeError
from scrapers.model import Source
from scrapers.opml import load_opml, renamed, to_opml
from service.app import Khronika, plain
from service.errors import CannotDo
from service.listing import stamp
from service.terminal import emit, terminal
from storage import sources
from storage.models import Poll
from storage.models import Source as SourceRow

LATEST = 10


def print_sources(k: Khronika, as_json: bool) -> None:
    """Print every source with its health."""
    with k.database.reading() as session:
        rows = sources.everything(session)
    if as_json:
        for row in rows:
            emit(_summary(row))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("id", "title", "kind", "family", "enabled", "state", "last visit", "next visit"):
        table.add_column(name, no_wrap=name == "id")
    for row in rows:
        table.add_row(
            *(
                Text(value)
                for value in (row.id, row.title, row.kind, row.family, "yes" if row.enabled else "no", row.state)
            ),
            Text(_minute(row.polled_at)),
            Text(_minute(row.due_at) if row.enabled else "–"),
        )
    terminal().print(table if rows else "There are no sources.")


def _summary(row: SourceRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "kind": row.kind,
        "country": row.country,
        "family": row.family,
        "start": row.record["start"],
        "origin": row.origin,
        "enabled": row.enabled,
        "state": row.state,
        "failures": row.failures,
        "last_poll": stamp(row.polled_at) if row.polled_at else None,
        "next_poll": stamp(row.due_at) if row.enabled else None,
    }


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def print_source(k: Khronika, source_id: str, as_json: bool) -> None:
    """Print one source: record, health, last visits. Raises CannotDo if there is none of that id."""
    with k.database.reading() as session:
        row = sources.find(session, source_id)
        if row is None:
            raise CannotDo(f"there is no source {source_id!r}; `khronika sources list` shows them")
        polls = session.exec(
            select(Poll).where(Poll.source_id == source_id).order_by(col(Poll.started_at).desc()).limit(LATEST)
        ).all()
    if as_json:
        emit(_summary(row) | {"record": row.record, "polls": [_poll(poll) for poll in polls]})
        return
    console = terminal()
    for name, value in _summary(row).items():
        console.print(Text(f"{name.replace('_', ' '):>12}  ", style="dim") + Text(str(value)))
    for words in row.record.get("standing", []):
        console.print(Text(f"{'in the way':>12}  ", style="dim") + Text(words, style="yellow"))
    for poll in polls:
        words = f"{poll.status}: {poll.items_new} new, {poll.items_known} known, {poll.items_rejected} rejected"
        console.print(Text(f"{_minute(poll.started_at)}  ", style="dim") + Text(f"{words}. {poll.message or ''}"))


def _poll(poll: Poll) -> dict[str, Any]:
    return {
        "started_at": stamp(poll.started_at),
        "status": poll.status,
        "door": poll.door,
        "items_new": poll.items_new,
        "items_seen": poll.items_seen,
        "items_known": poll.items_known,
        "items_rejected": poll.items_rejected,
        "error": {"code": poll.code, "message": poll.message} if poll.code else None,
        "seconds": poll.seconds,
    }


def import_sources(k: Khronika, path: Path) -> None:
    """Add the sources of an OPML or YAML file.

    Feeds of an outline that are watched already are left alone; a YAML record replaces the one imported under its id.
    Raises CannotDo if the file cannot be read or holds no source.
    """
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDo(f"cannot read {path}: {error}") from error
    outline = text.lstrip("\ufeff \t\r\n").startswith("<")
    try:
        found = load_opml(text) if outline else catalogue.parse(text, str(path))
    except (ScrapeError, catalogue.CatalogueError) as error:
        raise CannotDo(str(error)) from error
    if not found:
        raise CannotDo(f"{path} holds no source")
    with k.database.writing() as session:
        kept = sources.everything(session)
        if outline:
            starts = {row.record["start"] for row in kept}
            found = renamed([source for source in found if source.start not in starts], [row.id for row in kept])
        clash = sorted({source.id for source in found} & {row.id for row in kept if row.origin != "imported"})
        if clash:
            raise CannotDo(f"{', '.join(clash)}: of the built-in catalogue or your own folder; choose another id")
        imported = {row.id: row.record for row in kept if row.origin == "imported"}
        imported |= {source.id: plain(source) for source in found}
        sources.reconcile(session, "imported", imported.values(), k.clock())
    print(f"{len(found)} sources imported")  # noqa: T201


def export_sources(k: Khronika, form: str) -> None:
    """Print all sources as YAML or OPML."""
    with k.database.reading() as session:
        found = [msgspec.convert(row.record, Source) for row in sources.everything(session)]
    print(to_opml(found) if form == "opml" else catalogue.to_yaml(found), end="")  # noqa: T201


def switch_sources(k: Khronika, names: Sequence[str], enabled: bool) -> None:
    """Enable or disable sources, all of them or none. Raises CannotDo if one is unknown."""
    with k.database.writing() as session:
        unknown = [name for name in names if not sources.switch(session, name, enabled, k.clock())]
        if unknown:
            raise CannotDo(f"there is no source {', '.join(map(repr, unknown))}; nothing was changed")
    print(f"{len(names)} {'enabled' if enabled else 'disabled'}")  # noqa: T201
