"""The feeds over HTTP: answered from rendered bytes before any framework's machinery (RFC 9110, 9111)."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

from feeds.pages import etag
from service.web.negotiate import http_date, names_tag, takes_gzip, unchanged_since
from service.web.shelf import CODED_BYTES, Name, Rendered, Shelf
from service.web.site import Site
from storage.errors import StorageError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

PREFIX = "/feeds/"
CHECK_SECONDS = 1.0
"""A kept feed is asked about in the database at most this often."""
MAX_AGE = 60
"""Seconds a client may keep a feed without asking; also how late the truth may reach it."""

_PATH = re.compile(r"/feeds/(?:all|source/([a-z0-9][a-z0-9-]{0,79}))\.(atom|rss|json)")
_ALLOW = b"GET, HEAD, OPTIONS"
_CORS: Headers = [(b"access-control-allow-origin", b"*")]
_PREFLIGHT: Headers = [
    *_CORS,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, Cache-Control"),
    (b"access-control-max-age", b"86400"),
    (b"allow", _ALLOW),
]

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Ready:
    """A rendered feed as messages that only need sending, and when it was last found to be true."""

    rendered: Rendered
    checked: float
    plain: _Coded
    zipped: _Coded | None = None
    """Made when the first reader asks for it."""


@dataclass(frozen=True, slots=True)
class _Coded:
    tag: bytes
    start: Message
    unchanged: Message
    body: Message


class FeedApp:
    """An ASGI application for the addresses below `/feeds/`."""

    def __init__(self, site: Site) -> None:
        self._monotonic = site.monotonic
        self._shelf = Shelf(site)
        self._ready: OrderedDict[str, _Ready] = OrderedDict()
        self._kept_bytes = 0
        self._renewing: dict[str, asyncio.Task[_Ready | None]] = {}
        self._zipping: dict[str, asyncio.Task[_Coded]] = {}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        ready = self._ready.get(path)
        method = scope["method"]
        if ready is None or method not in ("GET", "HEAD") or self._monotonic() - ready.checked >= CHECK_SECONDS:
            ready = await self._prepare(path, method, send)
            if ready is None:
                return

        tagged = since = accept = None
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                tagged = value if tagged is None else tagged + b"," + value
            elif name == b"accept-encoding":
                accept = value if accept is None else accept + b"," + value
            elif name == b"if-modified-since":
                since = value

        coded: _Coded = ready.plain
        if accept is not None and takes_gzip(accept):
            coded = ready.zipped or await self._zipped(path, ready)
        if tagged is not None:
            unchanged = names_tag(tagged, coded.tag)
        else:
            unchanged = since is not None and unchanged_since(since, ready.rendered.modified)
        if unchanged:
            await send(coded.unchanged)
            await send(_NOTHING)
            return
        await send(coded.start)
        await send(coded.body if method == "GET" else _NOTHING)

    async def _prepare(self, path: str, method: str, send: Send) -> _Ready | None:
        """Bring a feed up to date, or answer what is no reading of a feed and give None."""
        found = _PATH.fullmatch(path)
        if found is None:
            await _problem(send, 404, "There is no feed at this address.", method)
            return None
        if method == "OPTIONS":
            await send(_start(204, _PREFLIGHT))
            await send(_NOTHING)
            return None
        if method not in ("GET", "HEAD"):
            await _problem(send, 405, "A feed can only be read.", method, [(b"allow", _ALLOW)])
            return None
        try:
            ready = await self._renewed(path, Name(found[1], found[2]))
        except StorageError as error:
            _log.warning("feed.unavailable", path=path, code=error.code)
            await _problem(send, 503, "The store cannot be read now.", method, [(b"retry-after", b"30")])
            return None
        if ready is None:
            await _problem(send, 404, f"There is no source {found[1]!r}.", method)
        return ready

    async def _renewed(self, path: str, name: Name) -> _Ready | None:
        """Wait for the one renewal of this feed that is under way, or start it: a burst of readers costs one render."""
        task = self._renewing.get(path)
        if task is None:
            task = self._renewing[path] = asyncio.create_task(self._renew(path, name))
            task.add_done_callback(lambda _: self._renewing.pop(path, None))
        return await asyncio.shield(task)

    async def _renew(self, path: str, name: Name) -> _Ready | None:
        had = self._ready.get(path)
        asked = self._monotonic()
        rendered = await asyncio.to_thread(self._shelf.current, name, had.rendered if had else None)
        if rendered is None:
            self._forget(path)
            return None
        if had is not None and rendered is had.rendered:
            had.checked = asked
            if path in self._ready:
                self._ready.move_to_end(path)
            return had
        ready = _Ready(rendered, asked, _coded(rendered, rendered.content, []))
        self._forget(path)
        self._keep(path, ready)
        return ready

    async def _zipped(self, path: str, ready: _Ready) -> _Coded:
        key = f"{path} {ready.rendered.stamp}"
        task = self._zipping.get(key)
        if task is None:
            task = self._zipping[key] = asyncio.create_task(self._zip(path, ready))
            task.add_done_callback(lambda _: self._zipping.pop(key, None))
        return await asyncio.shield(task)

    async def _zip(self, path: str, ready: _Ready) -> _Coded:
        # Level 4 costs half of the usual 6 and makes feeds 2 % larger; mtime=0 keeps the bytes, and so the tag, the same.
        body = await asyncio.to_thread(gzip.compress, ready.rendered.content, 4, mtime=0)
        ready.zipped = _coded(ready.rendered, body, [(b"content-encoding", b"gzip")])
        if self._ready.get(path) is ready:
            self._kept_bytes += len(body)
            self._trim()
        return ready.zipped

    def _keep(self, path: str, ready: _Ready) -> None:
        self._ready[path] = ready
        self._kept_bytes += _size(ready)
        self._trim()

    def _trim(self) -> None:
        while self._kept_bytes > CODED_BYTES and len(self._ready) > 1:
            self._forget(next(iter(self._ready)))

    def _forget(self, path: str) -> None:
        dropped = self._ready.pop(path, None)
        if dropped is not None:
            self._kept_bytes -= _size(dropped)


_NOTHING: Message = {"type": "http.response.body", "body": b""}


def _size(ready: _Ready) -> int:
    zipped = ready.zipped.body["body"] if ready.zipped else b""
    return len(ready.rendered.content) + len(zipped)


def _start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _coded(rendered: Rendered, body: bytes, coding: Headers) -> _Coded:
    tag = etag(body).encode()
    about: Headers = [
        (b"etag", tag),
        (b"last-modified", http_date(rendered.modified).encode()),
        (b"cache-control", b"public, max-age=%d" % MAX_AGE),
        (b"vary", b"Accept-Encoding"),
        *_CORS,
        (b"access-control-expose-headers", b"ETag, Last-Modified, Link"),
    ]
    full: Headers = [
        (b"content-type", f"{rendered.media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        *coding,
        *about,
        (b"link", f'<{rendered.self_url}>; rel="self"'.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
    ]
    return _Coded(tag, _start(200, full), _start(304, about), {"type": "http.response.body", "body": body})


async def _problem(send: Send, status: int, detail: str, method: str, extra: Headers | None = None) -> None:
    """Answer with a short problem document (RFC 9457)."""
    body = json.dumps({"status": status, "detail": detail}).encode()
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store" if status == 503 else b"public, max-age=%d" % MAX_AGE),
        (b"x-content-type-options", b"nosniff"),
        *_CORS,
        *(extra or []),
    ]
    await send(_start(status, headers))
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
