"""`khronika read`: what is understood of a page, PDF or feed, with nothing stored; the same code path as a poll."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from rich.text import Text

from scrapers import dates
from scrapers.decode import gunzip
from scrapers.errors import ScrapeError
from scrapers.model import Dated, Draft, NotModified, Page, Source
from scrapers.sandbox import Sandbox
from scrapers.seen import Entry, FeedInfo, Reading
from service.app import BODY_BYTES, open_khronika, utc_now
from service.errors import CannotDo
from service.settings import Settings
from service.terminal import emit, terminal

NO_CAPTURE = UUID(int=0)
NOBODY = Source(id="reader", title="-", family="listing", start="http://localhost/")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `read -`: a file with the address it came from, or a bare text."""

    id: str | int | None = None
    url: str | None = None
    path: str | None = None
    http_charset: str | None = None
    text: str | None = None
    lang: str | None = None


def read_lines(settings: Settings) -> None:
    """Answer each JSON line of standard input with one on standard output, one at a time."""
    decoder = msgspec.json.Decoder(Request)
    sandbox = Sandbox(1)
    try:
        for raw in sys.stdin.buffer:
            if raw.strip():
                emit(_answer(settings, sandbox, decoder, raw))
    finally:
        sandbox.close()


def _answer(settings: Settings, sandbox: Sandbox, decoder: msgspec.json.Decoder[Request], raw: bytes) -> dict[str, Any]:
    try:
        asked = decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _problem(None, "request", f"this line is no request: {error}")
    try:
        if asked.text is not None:
            return {"id": asked.id} | _line(sandbox, asked)
        if asked.path is None:
            return {"id": asked.id} | _fetched(settings, sandbox, asked.url or "")
        return {"id": asked.id} | shown(sandbox.read(NOBODY, _file(asked)))
    except ScrapeError as error:
        return _problem(asked.id, error.code, error.sentence)
    except OSError as error:
        return _problem(asked.id, "file", f"{asked.path}: {error.strerror}")


def _line(sandbox: Sandbox, asked: Request) -> dict[str, Any]:
    source = msgspec.structs.replace(NOBODY, languages=[asked.lang] if asked.lang else [])
    found = sandbox.line(source, asked.text or "")
    return {"text": asked.text, "lang": found.language, "date": _day(found.date), "published": _when(found.date)}


def _problem(request_id: str | int | None, code: str, message: str) -> dict[str, Any]:
    return {"id": request_id, "error": {"code": code, "message": message}}


def _file(asked: Request) -> Page:
    body = Path(asked.path or "").read_bytes()
    if body[:2] == b"\x1f\x8b":
        body = gunzip(body, BODY_BYTES)
    url = asked.url or ""
    headers = {"content-type": f"text/html; charset={asked.http_charset}"} if asked.http_charset else {}
    return Page(
        url=url, requested=url, status=200, headers=headers, body=body, fetched_at=utc_now(), capture_id=NO_CAPTURE
    )


def _fetched(settings: Settings, sandbox: Sandbox, url: str) -> dict[str, Any]:
    with open_khronika(settings) as k:
        page = k.rehearsal.get(url)
        if isinstance(page, NotModified):
            raise ScrapeError(url, "304 without being asked")
        return shown(sandbox.read(NOBODY, page))


def read_named(settings: Settings, names: Iterable[str], as_json: bool) -> None:
    """Read files and addresses and show what was understood. Raises CannotDo if one of them could not be read."""
    failed = 0
    sandbox = Sandbox(1)
    try:
        for name in names:
            remote = name.startswith(("http://", "https://"))
            asked = Request(id=name, url=name if remote else None, path=None if remote else name)
            value = _answer(settings, sandbox, msgspec.json.Decoder(Request), msgspec.json.encode(asked))
            failed += "error" in value
            if as_json:
                emit(value)
            else:
                _print(name, value)
    finally:
        sandbox.close()
    if failed:
        raise CannotDo(f"{failed} could not be read")


def shown(reading: Reading) -> dict[str, Any]:
    """A reading as `read --json` prints it."""
    if reading.feed is not None:
        return {"feed": _feed(reading.feed), "entries": [_entry(entry) for entry in reading.entries]}
    return _draft(reading.draft) if reading.draft is not None else {}


def _draft(draft: Draft) -> dict[str, Any]:
    return {
        "url": draft.url,
        "title": draft.title,
        "text": draft.text,
        "date": _day(draft.published),
        "published": _when(draft.published),
        "statement_date": _when(draft.statement_date),
        "place": draft.place,
        "lang": draft.language,
        "paragraph_languages": draft.paragraph_languages,
        "author": draft.author,
        "issuer": draft.issuer,
        "reposted_from": draft.reposted_from,
        "encoding": draft.encoding,
        "media": draft.media,
        "scanned": draft.scanned,
        "pages": draft.pages,
        "twins": draft.twins,
        "attachments": draft.attachments,
        "origins": draft.origins,
        "missing": draft.missing,
    }


def _feed(feed: FeedInfo) -> dict[str, Any]:
    return {
        "title": feed.title,
        "link": feed.link,
        "id": feed.id,
        "subtitle": feed.subtitle,
        "summary": feed.subtitle,
        "author": feed.author,
        "language": feed.language,
        "published": _when(feed.published),
        "updated": _when(feed.updated),
        "partial": feed.partial,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "link": entry.link,
        "id": entry.id,
        "author": entry.author,
        "summary": entry.summary,
        "content": entry.content,
        "published": _when(entry.published),
        "updated": _when(entry.updated),
        "language": entry.language,
        "enclosures": entry.enclosures,
    }


def _when(dated: Dated | None) -> str | None:
    return None if dated is None else str(dated)


def _day(dated: Dated | None) -> str | None:
    return None if dated is None else dates.local_day(dated).isoformat()


def _print(name: str, value: dict[str, Any]) -> None:
    console = terminal()
    console.print(Text(name, style="bold"))
    entries = value.pop("entries", None)
    text = value.pop("text", None)
    for key, said in (value.pop("feed", None) or value).items():
        if said not in (None, "", [], {}) and key != "id":
            console.print(Text(f"{key:>15}  ", style="dim") + Text(str(said)))
    if entries is not None:
        for entry in entries:
            console.print(Text(f"  {entry['published'] or '–':<22} {entry['title'] or '–'}  {entry['link'] or ''}"))
    if text:
        console.print(Text(f"\n{text}\n"))
