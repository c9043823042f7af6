"""Rendered feeds, kept while they are true: read and made again only when something they show has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlmodel import Session

from feeds.entry import entry, weight
from feeds.formats import FORMATS, Format
from feeds.pages import MAX_ENTRIES, FeedInfo, feed_info, fitting
from service.web.site import Site
from storage import sources, timeline

CODED_BYTES = 32_000_000
"""Rendered documents kept in memory, with their gzip forms."""
PIECE_BYTES = 16_000_000
"""Rendered entries kept in memory: a new statement then costs one entry, not a hundred."""

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Name:
    """Which feed, in which format."""

    source_id: str | None
    extension: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A feed document and what it was made from."""

    stamp: str
    content: bytes
    modified: datetime
    media_type: str
    self_url: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One rendered entry."""

    content: bytes
    weight: int
    updated: datetime


class Kept(Generic[Key, Value]):
    """A mapping that forgets what was used longest ago once its values weigh too much. Safe between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._total = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Give what is kept under a key."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of that many bytes; one that is larger than everything allowed is not kept."""
        with self._lock:
            old = self._values.pop(key, None)
            self._total += size - (old[1] if old else 0)
            self._values[key] = (value, size)
            while self._total > self._limit:
                _, (_, dropped) = self._values.popitem(last=False)
                self._total -= dropped


class Shelf:
    """Renders the feeds of a site. Every method may be called from any thread; each blocks on the database."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pieces: Kept[tuple[str, timeline.Mark], Piece] = Kept(PIECE_BYTES)

    def current(self, name: Name, had: Rendered | None) -> Rendered | None:
        """Give the feed as it is now, `had` itself if nothing in it has changed, None if there is no such source."""
        with self._site.database.reading() as session:
            title = None
            if name.source_id is not None:
                source = sources.find(session, name.source_id)
                if source is None:
                    return None
                title = source.title
            marks = timeline.marks(session, source_id=name.source_id, limit=MAX_ENTRIES)
            stamp = timeline.stamp_of(marks) + (title or "")
            if had is not None and had.stamp == stamp:
                return had
            pieces = self._read(session, FORMATS[name.extension], name.extension, marks)
        return self._bind(name, title, stamp, pieces)

    def _read(self, session: Session, form: Format, extension: str, marks: Sequence[timeline.Mark]) -> list[Piece]:
        """Take the pieces that are kept, and read and render the others."""
        found = {mark: self._pieces.get((extension, mark)) for mark in marks}
        unknown = {mark.id: mark for mark, piece in found.items() if piece is None}
        site = self._site
        for view in timeline.read(session, list(unknown)):
            one = entry(view, base_url=site.base_url, authority=site.authority, authority_date=site.authority_date)
            piece = Piece(form.fragment(one), weight(one), one.updated)
            mark = unknown[view.id]
            found[mark] = piece
            self._pieces.put((extension, mark), piece, len(piece.content) + 500)
        return [piece for piece in found.values() if piece is not None]

    def _bind(self, name: Name, title: str | None, stamp: str, pieces: Sequence[Piece]) -> Rendered:
        """Put the pieces that fit into one document."""
        site, form = self._site, FORMATS[name.extension]
        taken = pieces[: fitting(piece.weight for piece in pieces)]
        info: FeedInfo = feed_info(
            "all" if name.source_id is None else f"source/{name.source_id}",
            extension=name.extension,
            base_url=site.base_url,
            authority=site.authority,
            authority_date=site.authority_date,
            updated=(piece.updated for piece in taken),
            source_title=title,
        )
        content = form.join(info, (piece.content for piece in taken))
        return Rendered(stamp, content, info.updated, form.media_type, info.self_url)
