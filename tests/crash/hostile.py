"""Answers of servers that lie, stall, swell or lead astray, each with the outcome it must have."""

from __future__ import annotations

import gzip
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from scrapers.errors import Status
from scrapers.fetch import Limits
from tests.origin import Asked, Origin, Script, redirect, reply

LIMIT = Limits().body_bytes
"""What the fetcher lets one body have, as received and again when expanded."""


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """One way of answering badly."""

    name: str
    script: Callable[[Origin, str], Script]
    """Makes the answer of a path, scripting other paths where it needs them."""
    status: Status
    code: str
    record: dict[str, Any] = field(default_factory=dict)
    """What the source's record needs for it."""

    def at(self, origin: Origin, path: str) -> str:
        """Let a path answer like this, and return its address."""
        return origin.on(path, self.script(origin, path))


def fixed(answer: Script) -> Callable[[Origin, str], Script]:
    """The same answer for every path."""
    return lambda _origin, _path: answer


def html(title: str, body: str = "", status: int = 200, **headers: str) -> bytes:
    """A bare page."""
    return reply(
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body>{body}</body></html>".encode(),
        status,
        **headers,
    )


@lru_cache
def bomb() -> bytes:
    """A small body that expands beyond the limit."""
    return reply(gzip.compress(bytes(LIMIT + (8 << 20)), 1, mtime=0), Content_Encoding="gzip")


@lru_cache
def cut_gzip() -> bytes:
    """Half of a compressed body, with a length that hides the loss."""
    packed = gzip.compress(b"<rss><channel>" + random.Random(1).randbytes(4000).hex().encode(), mtime=0)
    return reply(packed[: len(packed) // 2], Content_Encoding="gzip")


def large(megabytes: int) -> Script:
    """A body that announces its size and has it."""

    def write(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {megabytes << 20}\r\n\r\n<rss>".encode()
        )
        for _ in range(megabytes):
            sock.sendall(b" " * (1 << 20))

    return write


def endless(asked: Asked, sock: socket.socket) -> None:
    """Write for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
    while True:
        sock.sendall(b"<item>" * 20_000)


def cut_length(asked: Asked, sock: socket.socket) -> None:
    """Announce more than comes."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss><channel><item><title>One</title>")


def drip(origin: Origin, _path: str) -> Script:
    """A byte now and then, never enough."""

    def write(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
        while not origin.stopped.wait(0.02):
            sock.sendall(b" ")

    return write


def loop(origin: Origin, path: str) -> Script:
    """Two addresses that lead to each other."""
    origin.on(f"{path}-again", redirect(path))
    return redirect(f"{path}-again")


def chain(origin: Origin, path: str) -> Script:
    """More hops than anyone follows."""
    for number in range(12):
        origin.on(f"{path}-{number}", redirect(f"{path}-{number + 1}"))
    return redirect(f"{path}-0")


def inside(origin: Origin, _path: str) -> Script:
    """A redirect to this machine by an address that is not allowed."""
    return redirect(f"http://[::1]:{origin.port}/secret")


CHALLENGE = html(
    "Just a moment...",
    "<h1>Checking your browser</h1><p>Enable JavaScript and cookies to continue</p>"
    "<script>window._cf_chl_opt={cType:'managed'};</script>",
)
MAINTENANCE = html("Site under maintenance", "<h1>Site under maintenance</h1><p>We'll be back soon.</p>")
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    b"<rss><channel><item><title>&c;</title><link>http://a.example/</link></item></channel></rss>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>'
)

HOSTILE = [
    Hostile(name="truncated-gzip", script=lambda *_: cut_gzip(), status="error", code="cut_body"),
    Hostile(name="cut-body", script=fixed(cut_length), status="error", code="cut_body"),
    Hostile(name="gzip-bomb", script=lambda *_: bomb(), status="refused", code="too_large"),
    Hostile(name="50-mb", script=fixed(large(50)), status="refused", code="too_large"),
    Hostile(name="endless", script=fixed(endless), status="refused", code="too_large"),
    Hostile(
        name="brotli",
        script=fixed(reply(b"\x0b\x02\x80abc\x03", Content_Encoding="br")),
        status="refused",
        code="encoding",
    ),
    Hostile(name="drip", script=drip, status="error", code="timeout", record={"deadline": 1}),
    Hostile(name="redirect-loop", script=loop, status="refused", code="redirects"),
    Hostile(name="redirect-chain", script=chain, status="refused", code="redirects"),
    Hostile(
        name="to-metadata",
        script=fixed(redirect("http://169.254.169.254/latest/meta-data/")),
        status="refused",
        code="ssrf_blocked",
    ),
    Hostile(name="to-private", script=fixed(redirect("http://10.0.0.1/")), status="refused", code="ssrf_blocked"),
    Hostile(name="to-ipv6-loopback", script=inside, status="refused", code="ssrf_blocked"),
    Hostile(
        name="to-mapped", script=fixed(redirect("http://[::ffff:10.0.0.1]/")), status="refused", code="ssrf_blocked"
    ),
    Hostile(name="to-file", script=fixed(redirect("file:///etc/passwd")), status="refused", code="scheme"),
    Hostile(name="to-userinfo", script=fixed(redirect("http://a:b@127.0.0.1/")), status="refused", code="scheme"),
    Hostile(name="empty", script=fixed(reply(b"")), status="suspect", code="layout_changed"),
    Hostile(
        name="page-for-feed",
        script=fixed(html("The Office", "<p>Welcome.</p>" * 50)),
        status="suspect",
        code="layout_changed",
    ),
    Hostile(name="challenge", script=fixed(CHALLENGE), status="suspect", code="challenge_page"),
    Hostile(name="maintenance", script=fixed(MAINTENANCE), status="suspect", code="maintenance_page"),
    Hostile(
        name="not-found-200",
        script=fixed(html("Page not found", "<p>Page not found</p>")),
        status="suspect",
        code="soft_404",
    ),
    Hostile(name="403", script=fixed(html("Forbidden", status=403)), status="refused", code="forbidden"),
    Hostile(name="404", script=fixed(html("Not found", status=404)), status="error", code="http_4xx"),
    Hostile(name="500", script=fixed(html("Oops", status=500)), status="error", code="http_5xx"),
    Hostile(name="entity-bomb", script=fixed(reply(ENTITIES, Content_Type="text/xml")), status="refused", code="dtd"),
    Hostile(
        name="external-entity", script=fixed(reply(OUTSIDE, Content_Type="text/xml")), status="refused", code="dtd"
    ),
]
"""As listings of the feed family; what concerns HTTP concerns pages in the same way."""

FEED_ONLY = frozenset({"empty", "page-for-feed", "entity-bomb", "external-entity"})
"""Those that mean something else on a page."""
