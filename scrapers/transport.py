"""Connections that go only where the guard allows, end when they must, and remember what was on the wire.

One transport serves all threads. Idle connections are kept by origin, so a host that is visited by one thread after the
other sees one connection, and finding it does not depend on how many there are.
"""

from __future__ import annotations

import hashlib
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, cast

import httpcore
import httpx

from scrapers.guard import PUBLIC_ONLY, Networks
from scrapers.wire import Deadline, Stream

Resolve = Callable[[str, int], list[str]]
"""From a host name and a port to addresses, the preferred one first."""
Connect = Callable[[str, int, float], socket.socket]
"""From an address, a port and a time-out in seconds to a connected socket."""

KEEP_ALIVE_SECONDS: Final = 15.0
KEEP_IDLE: Final = 64

_LITERAL: Final = re.compile(r"[0-9.]+|.*:.*")
_Origin = tuple[bytes, bytes, int]


def resolve(host: str, port: int) -> list[str]:
    """Ask the operating system for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Open a TCP connection to a literal address."""
    return socket.create_connection((address, port), seconds)


def trusted() -> ssl.SSLContext:
    """Verify against the usual authorities, or those of SSL_CERT_FILE and SSL_CERT_DIR."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Link:
    """A connection to an origin."""

    __slots__ = ("http", "origin", "stream")

    def __init__(self, origin: _Origin, stream: Stream) -> None:
        self.origin = origin
        self.stream = stream
        self.http = httpcore.HTTP11Connection(httpcore.Origin(*origin), stream, keepalive_expiry=KEEP_ALIVE_SECONDS)


class _Body(httpx.SyncByteStream):
    """The undecoded body; closing it gives the connection back, or closes it when bytes are left."""

    def __init__(self, answer: httpcore.Response, link: _Link, release: Callable[[_Link], None]) -> None:
        self._chunks = cast("Iterable[bytes]", answer.stream)
        self._answer = answer
        self._link = link
        self._release = release
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._answer.close()
            self._release(self._link)


class GuardedTransport(httpx.BaseTransport):
    """HTTP/1.1 to checked addresses only, without proxy, cookies or redirects.

    A request may carry its `Deadline` in `extensions["deadline"]`; a response carries its `Wire` in `extensions["wire"]`.
    Raises SsrfBlocked, TooLarge, and what httpcore and ssl raise.
    """

    def __init__(
        self,
        networks: Networks = PUBLIC_ONLY,
        *,
        seconds: float = 60.0,
        connect_seconds: float = 10.0,
        head_bytes: int = 64 * 1024,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        trust: Callable[[], ssl.SSLContext] = trusted,
    ) -> None:
        self._networks = networks
        self._seconds = seconds
        self._connect_seconds = connect_seconds
        self._head_bytes = head_bytes
        self._resolve = resolve
        self._connect = connect
        self._trust = trust
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._idle: dict[_Origin, list[_Link]] = {}
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return as soon as the head of the final answer is there."""
        url = request.url
        deadline: Deadline = request.extensions.get("deadline") or Deadline(self._seconds)
        origin = (url.raw_scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80))
        core = httpcore.Request(
            request.method,
            httpcore.URL(scheme=origin[0], host=origin[1], port=origin[2], target=url.raw_path),
            headers=request.headers.raw,
            content=None if request.method == "GET" else cast("Iterable[bytes]", request.stream),
        )

        link = self._borrow(origin)
        reused = link is not None
        if link is None:
            link = self._open(origin, str(url), deadline)
        try:
            answer = self._ask(link, core, str(url), deadline)
        except (httpcore.ReadError, httpcore.WriteError):
            # The server closed an idle connection at the very moment we used it: that is no fault of anybody.
            if not reused or link.stream.received or request.method != "GET":
                raise
            link = self._open(origin, str(url), deadline)
            answer = self._ask(link, core, str(url), deadline)

        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, link, self._release),
            extensions={**answer.extensions, "wire": link.stream.wire()},
        )

    def close(self) -> None:
        """Close every idle connection now, and those in use when they are given back."""
        with self._lock:
            self._closed = True
            idle = [link for links in self._idle.values() for link in links]
            self._idle.clear()
        for link in idle:
            link.http.close()

    def _ask(self, link: _Link, core: httpcore.Request, url: str, deadline: Deadline) -> httpcore.Response:
        link.stream.begin(url, deadline)
        return link.http.handle_request(core)

    def _borrow(self, origin: _Origin) -> _Link | None:
        while True:
            with self._lock:
                links = self._idle.get(origin)
                if not links:
                    return None
                link = links.pop()
                if not links:
                    del self._idle[origin]
            if not link.http.has_expired():
                return link
            link.http.close()

    def _release(self, link: _Link) -> None:
        if not link.http.is_idle():
            link.http.close()
            return
        with self._lock:
            surplus = [link] if self._closed else []
            if not self._closed:
                # Taken out and put in again: the origin used least lately stands first.
                links = self._idle.pop(link.origin, [])
                links.append(link)
                self._idle[link.origin] = links
            while self._idle:
                oldest = next(iter(self._idle))
                full = len(self._idle) > KEEP_IDLE
                if oldest == link.origin or not (full or all(other.http.has_expired() for other in self._idle[oldest])):
                    break
                surplus += self._idle.pop(oldest)
        for other in surplus:
            other.http.close()

    def _open(self, origin: _Origin, url: str, deadline: Deadline) -> _Link:
        """Resolve, check every answer, and connect to the first address that lets us."""
        host, port = origin[1].decode(), origin[2]
        until = time.monotonic() + min(self._connect_seconds, deadline.left())
        answers = self._lookup(host, port, until)
        addresses = [self._networks.check_address(answer, url) for answer in answers]

        refusal: OSError | None = None
        for tried, address in enumerate(addresses):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                # A silent first address must leave time for the next.
                sock = self._connect(address, port, left / (len(addresses) - tried))
            except OSError as error:
                refusal = error
                continue
            return self._greet(origin, sock, address, min(self._connect_seconds, deadline.left()))

        if refusal is None or isinstance(refusal, TimeoutError):
            raise httpcore.ConnectTimeout(f"no connection to {host} port {port}") from refusal
        raise httpcore.ConnectError(f"no connection to {host} port {port}: {refusal}") from refusal

    def _greet(self, origin: _Origin, sock: socket.socket, address: str, seconds: float) -> _Link:
        tls: str | None = None
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if origin[0] == b"https":
                if seconds <= 0:
                    raise httpcore.ConnectTimeout("the deadline has passed")
                sock.settimeout(seconds)
                secure = self._tls().wrap_socket(sock, server_hostname=origin[1].decode().removesuffix("."))
                leaf = secure.getpeercert(binary_form=True) or b""
                tls = f"{secure.version()} sha256:{hashlib.sha256(leaf).hexdigest()}"
                sock = secure
        except TimeoutError as error:
            sock.close()
            raise httpcore.ConnectTimeout("the TLS handshake did not end in time") from error
        except BaseException:
            sock.close()
            raise
        return _Link(origin, Stream(sock, address, tls, self._head_bytes))

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            # Reading the authorities takes a tenth of a second: not before they are needed.
            if self._context is None:
                self._context = self._trust()
            return self._context

    def _lookup(self, host: str, port: int, until: float) -> list[str]:
        """Resolve in a thread of its own, since nothing else ends a resolver that hangs."""
        if _LITERAL.fullmatch(host):
            return [host]
        answer: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answer.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.put(error)

        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
        try:
            found = answer.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty as error:
            raise httpcore.ConnectTimeout(f"no answer from the resolver for {host}") from error
        if isinstance(found, Exception):
            raise httpcore.ConnectError(f"{host} cannot be resolved: {found}") from found
        if not found:
            raise httpcore.ConnectError(f"{host} has no address")
        return found
