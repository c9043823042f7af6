"""A whole service beside a loopback origin, for tests that tell a story."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlmodel import select

from scrapers.model import Source
from scrapers.sandbox import Sandbox
from service.app import Khronika, open_khronika, plain
from service.poll import LEASE, poll
from service.report import PollReport
from service.settings import Settings
from storage import sources
from storage.models import Base, Document, Event, Item, Statement, Version
from tests.origin import Origin, reply


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def go(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class World:
    """The service under test, its origin and its clock."""

    def __init__(self, k: Khronika, origin: Origin, clock: Clock) -> None:
        self.k = k
        self.origin = origin
        self.clock = clock

    def add(self, source_id: str = "office", **record: Any) -> None:
        """Watch one more source; a feed at /feed unless the record says otherwise."""
        value = {
            "id": source_id,
            "title": source_id.title(),
            "family": "feed",
            "start": self.origin.url + "/feed",
        } | record
        source = msgspec.convert(value, Source)
        with self.k.database.writing() as session:
            kept = {row.id: row.record for row in sources.everything(session)}
            sources.reconcile(session, "imported", (kept | {source.id: plain(source)}).values(), self.clock())

    def poll(self, source_id: str = "office", **options: Any) -> PollReport:
        """Visit a source now, as a person who names it."""
        with self.k.database.writing() as session:
            assert sources.claim(session, source_id, self.clock(), holder=self.k.presence.token, lease=LEASE)
        return poll(self.k, source_id, everything_due=True, **options)

    def rows(self, table: type[Base]) -> Sequence[Any]:
        """Every row of a table, oldest first where ids are ordered by time."""
        with self.k.database.reading() as session:
            return session.exec(select(table).order_by("id")).all()

    @property
    def documents(self) -> Sequence[Document]:
        """Every document."""
        return self.rows(Document)

    @property
    def statements(self) -> Sequence[Statement]:
        """Every statement."""
        return self.rows(Statement)

    @property
    def versions(self) -> Sequence[Version]:
        """Every version."""
        return self.rows(Version)

    @property
    def items(self) -> Sequence[Item]:
        """Every item."""
        return self.rows(Item)

    @property
    def events(self) -> list[tuple[str, str]]:
        """Type and summary of every event."""
        found: Sequence[Event] = self.rows(Event)
        return [(row.type, row.summary) for row in found]

    def source(self, source_id: str = "office") -> Any:
        """The row of a source."""
        with self.k.database.reading() as session:
            return sources.find(session, source_id)


@contextmanager
def open_world(folder: Path, database_url: str, sandbox: Sandbox, **settings: Any) -> Iterator[World]:
    """A service on that database with nothing to watch yet, allowed to visit loopback, without pauses."""
    clock = Clock()
    given: dict[str, Any] = {
        "data_dir": folder,
        "database_url": database_url,
        "catalogue": False,
        "contact": "tests",
        "allow_private_networks": ["127.0.0.0/8"],
        "host_delay": 0,
        "fetch_deadline": 10,
    }
    with Origin() as origin, open_khronika(Settings(**(given | settings)), clock=clock, dice=lambda: 0.5) as k:
        origin.on("/robots.txt", reply(status=404))
        yield World(dataclasses.replace(k, sandbox=sandbox), origin, clock)


def rss(origin: Origin, *items: tuple[str, str, str], extra: str = "") -> bytes:
    """A feed of (path, title, RFC 822 date) items."""
    parts = [
        f"<item><title>{title}</title><link>{origin.url}{path}</link><guid>{origin.url}{path}</guid>"
        f"<pubDate>{date}</pubDate>{extra}</item>"
        for path, title, date in items
    ]
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Office</title>{"".join(parts)}</channel></rss>'
    return reply(body.encode(), Content_Type="application/rss+xml", ETag=f'"{abs(hash(body))}"')


def page(title: str, text: str, *, published: str = "2026-03-01T09:00:00+00:00") -> bytes:
    """A page of an office: heading, date and paragraphs amid the usual furniture."""
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    return reply(
        f"<!doctype html><html lang=en><head><title>{title} | Office</title></head><body>"
        "<header><nav><a href=/>Home</a> <a href=/about>About us</a></nav></header>"
        f"<main><article><h1>{title}</h1><time datetime='{published}'>1 March</time><div class=body>{paragraphs}</div>"
        "</article></main><footer><p>All rights reserved</p></footer></body></html>".encode()
    )


TEXT = (
    "The Office deplores the sentencing of nine observers who had done no more than watch a public count, and calls for their "
    "release without delay and without conditions.\n\n"
    "It recalls that peaceful observation of an election is protected by law, and that nobody may be punished for what was "
    "seen there. It will follow the appeals closely."
)
