"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from feeds.entry import Entry, rendered
from feeds.pages import FeedInfo

MEDIA_TYPE = "application/feed+json"


def jsonfeed(info: FeedInfo, entries: Iterable[Entry]) -> bytes:
    """Render a feed; the same values give the same bytes."""
    return join(info, [fragment(entry) for entry in entries])


def fragment(entry: Entry) -> bytes:
    """Render one item by itself, so that it can be kept and so that one that fails spoils no other."""
    return rendered(entry, _fragment)


def join(info: FeedInfo, fragments: Iterable[bytes]) -> bytes:
    """Put rendered items, the newest first, into a feed document."""
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": info.title,
        "home_page_url": info.home_url,
        "feed_url": info.self_url,
        "description": info.subtitle,
        "_khronika": {"id": info.id, "updated": _date(info.updated)},
    }
    return _bytes(head).removesuffix(b"}") + b',"items":[\n' + b",\n".join(fragments) + b"\n]}\n"


def _fragment(entry: Entry) -> bytes:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.alternate,
        "external_url": entry.alternate,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.summary,
        "date_published": _date(entry.published),
        "date_modified": _date(entry.updated),
        "authors": [{"name": entry.author}],
        "language": entry.language,
        "_khronika": {
            "page": entry.related,
            "documents": [
                {
                    "url": document.href,
                    "role": document.role,
                    "source": document.source,
                    "language": document.language,
                    "published": _date(document.published) if document.published else None,
                }
                for document in entry.documents
            ],
        },
    }
    return _bytes({name: value for name, value in item.items() if value})


def _date(at: datetime) -> str:
    return at.isoformat()


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
