"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), tolerant of wrong types."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from typing import Any

from scrapers import clean
from scrapers.feedvalue import label, language, person, resolve, when
from scrapers.seen import Entry, Feed, FeedInfo


def read(text: str, base: str, now: datetime) -> Feed | None:
    """Read a JSON Feed, or give None if this JSON is something else or broken."""
    try:
        top = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(top, dict) or not isinstance(top.get("items"), list):
        return None
    here = resolve(_text(top.get("home_page_url")), base) or base
    info = FeedInfo(
        kind="json",
        title=clean.line(_text(top.get("title"))),
        link=resolve(_text(top.get("home_page_url")), base),
        id=_text(top.get("feed_url")) or None,
        subtitle=clean.line(_text(top.get("description"))),
        author=_author(top),
        language=language(_text(top.get("language"))),
    )
    entries = [_entry(item, here, now) for item in top["items"] if isinstance(item, dict)]
    return Feed(info=info, entries=entries)


def _entry(item: dict[str, Any], base: str, now: datetime) -> Entry:
    identity = _text(item.get("id"))
    body = _text(item.get("content_html")) or escape(_text(item.get("content_text")), quote=False)
    attachments = item.get("attachments")
    found = (
        [_text(each.get("url")) for each in attachments if isinstance(each, dict)]
        if isinstance(attachments, list)
        else []
    )
    return Entry(
        title=label(_text(item.get("title"))),
        link=resolve(_text(item.get("url")) or _text(item.get("external_url")), base),
        id=identity or None,
        permalink=identity.startswith(("http://", "https://")),
        author=_author(item),
        summary=_text(item.get("summary")),
        content=body,
        published=when(_text(item.get("date_published")), now),
        updated=when(_text(item.get("date_modified")), now),
        language=language(_text(item.get("language"))),
        enclosures=[address for each in found if (address := resolve(each, base))],
    )


def _author(thing: dict[str, Any]) -> str | None:
    authors = thing.get("authors")
    every = authors if isinstance(authors, list) else [thing.get("author")]
    names = [_text(each.get("name")) if isinstance(each, dict) else _text(each) for each in every]
    return person(", ".join(name for name in names if name))


def _text(value: object) -> str:
    if isinstance(value, str):
        return clean.whole(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
