"""The bundled sample origin: four sites, each on a loopback port of its own so that each has a pace of its own."""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from service.demo import igo, ministry, ngo, wire
from service.demo.reply import Reply
from service.demo.story import Story, Text, View, read_texts

HOST = "127.0.0.1"

Ask = Callable[[str, str, dict[str, str]], Reply]
"""The base address, a path and its query in, the site's answer of this moment out."""


class Site(Protocol):
    """What each module of a site gives."""

    def record(self, base: str, /) -> dict[str, object]: ...
    def answer(self, view: View, path: str, query: dict[str, str], /) -> Reply: ...


_SITES: dict[str, Site] = {"ngo": ngo, "ministry": ministry, "igo": igo, "wire": wire}


class Origin:
    """Four invented sites on loopback whose statements appear, change and vanish by a timetable.

    What they serve depends on nothing but the time since `start`; `speed` makes that time run faster. With a `port`, the
    sites take that one and the three after it.
    """

    def __init__(
        self, port: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC), speed: float = 1.0
    ) -> None:
        self._port = port
        self._clock = clock
        self._speed = speed
        self._texts = read_texts(_SITES)
        self._servers: dict[str, _Server] = {}

    def start(self) -> Self:
        """Open the four ports and let the time run. Raises OSError if one is taken."""
        story = Story(self._texts, self._clock(), self._speed)
        try:
            for nth, site in enumerate(_SITES):
                self._servers[site] = _Server(self._port and self._port + nth, self._asker(story, site))
        except OSError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close the ports."""
        # Each takes a moment to notice, so all are told at once.
        closing = [Thread(target=server.close) for server in self._servers.values()]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
        self._servers.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def base(self, site: str) -> str:
        """Give the address of a started site, without a slash at the end."""
        return self._servers[site].base

    def sources(self) -> list[dict[str, object]]:
        """Describe the started sites as source records."""
        return [module.record(self.base(site)) for site, module in _SITES.items()]

    def timetable(self) -> list[tuple[float, str]]:
        """Tell what will happen, in seconds after the start, in order."""
        rows: list[tuple[float, str]] = []
        for site, texts in self._texts.items():
            for text in texts:
                rows += [(self._seconds(at), f"{site}: {what}") for at, what in _fate(text) if at > timedelta(0)]
        return sorted(rows)

    def _seconds(self, at: timedelta) -> float:
        return at.total_seconds() / self._speed

    def _asker(self, story: Story, site: str) -> Ask:
        answer = _SITES[site].answer

        def ask(base: str, path: str, query: dict[str, str]) -> Reply:
            return answer(story.view(site, base, self._clock()), path, query)

        return ask


def _fate(text: Text) -> list[tuple[timedelta, str]]:
    name = f"“{text.title}” ({text.lang})"
    rows = [(text.at, f"{name} appears")]
    for change in text.then:
        if change.gone:
            rows.append((change.at, f"{name} is taken down"))
        elif change.title:
            rows.append((change.at, f"{name} is retitled “{change.title}”"))
        else:
            rows.append((change.at, f"{name} is edited{' in silence' if change.silent else ''}"))
    return rows


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, ask: Ask) -> None:
        super().__init__((HOST, port), _Handler)
        self.ask = ask
        self.base = f"http://{HOST}:{self.server_address[1]}"
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader who left in the middle of an answer."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "khronika-demo"
    timeout = 30
    wbufsize = 1 << 16
    """Head and body leave together: apart, each answer would wait for a delayed acknowledgement."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        reply = self.server.ask(self.server.base, unquote(parts.path), dict(parse_qsl(parts.query)))

        headers = {"Content-Type": reply.media, "Vary": "Accept-Encoding", "Cache-Control": "no-cache", **reply.headers}
        body = reply.body
        etag = hashlib.sha256(body).hexdigest()[:20]
        if _takes_gzip(self.headers.get("Accept-Encoding", "")):
            body = gzip.compress(body, mtime=0)
            # Another representation needs another strong validator (RFC 9110, section 8.8.3.3).
            etag += "-gzip"
            headers["Content-Encoding"] = "gzip"

        status = reply.status
        if status == 200:
            headers["ETag"] = f'"{etag}"'
            if reply.changed:
                headers["Last-Modified"] = format_datetime(reply.changed, usegmt=True)
            if self._current(headers["ETag"], reply.changed):
                status, body = 304, b""
        self._send(status, headers, body)

    do_HEAD = do_GET  # noqa: N815  the name is http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: the service logs its own visits."""

    def _current(self, etag: str, changed: datetime | None) -> bool:
        """Tell if what the client has is what it would get (RFC 9110, section 13.2.2)."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            return known.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in known.split(","))
        since = self.headers.get("If-Modified-Since")
        if since is None or changed is None:
            return False
        try:
            return changed <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if status == 304 and name in {"Content-Type", "Content-Encoding"}:
                continue
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET" and body:
            self.wfile.write(body)


def _takes_gzip(accept: str) -> bool:
    for part in accept.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
