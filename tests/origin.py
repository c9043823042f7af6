"""A web server on loopback that answers what a test scripts, byte for byte, and remembers what it was asked.

    with Origin() as origin:
        origin.on("/feed", reply(b"<rss/>", ETag='"1"'), reply(status=304))
        ...
        assert origin.asked[0].headers["user-agent"] == "…"

Answers of a path are given in turn, the last one for ever. An answer is bytes for the wire, or a function that writes to
the socket itself, after which the connection is closed unless the function returns True.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Self


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    head: bytes
    headers: Mapping[str, str]
    connection: int
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


Writer = Callable[[Asked, socket.socket], bool | None]
Script = bytes | Writer


def reply(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """Write a whole answer; an underscore in a header's name stands for a hyphen, an empty value leaves the header out."""
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Odd"
    fields = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    if status in {204, 304}:
        fields.pop("Content-Length")
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if status in {204, 304} else body)


def hang_up(asked: Asked, sock: socket.socket) -> None:
    """Close the connection without a word."""


def redirect(to: str, status: int = 302) -> bytes:
    """Write a redirect; anything may stand in its target."""
    return reply(b"moved", status, Location="TO").replace(b"Location: TO", b"Location: " + to.encode())


@dataclass
class Origin:
    """A threaded server on an ephemeral port of 127.0.0.1, or of another loopback address."""

    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    """Connections accepted so far."""
    most_at_once: int = 0
    """Requests that were being answered at the same time, at most."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over; slow writers wait on it instead of sleeping."""

    def __post_init__(self) -> None:
        self._scripts: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._busy = 0
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family, backlog=128)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def on(self, path: str, *answers: Script) -> str:
        """Script the answers of a path, and return its full address."""
        with self._lock:
            self._scripts[path] = list(answers)
        return self.url + path

    def paths(self) -> list[str]:
        """The targets asked for, in order, without robots.txt."""
        return [asked.target for asked in self.asked if asked.path != "/robots.txt"]

    def of(self, path: str) -> list[Asked]:
        """The requests for one path."""
        return [asked for asked in self.asked if asked.path == path]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets, threads = list(self._sockets), list(self._threads)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        for sock in sockets:
            sock.close()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, sock, self.connections)

    def _serve(self, plain: socket.socket, number: int) -> None:
        sock = plain
        with self._lock:
            self._sockets.append(plain)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                sock = self.tls.wrap_socket(plain, server_side=True)
                with self._lock:
                    self._sockets.append(sock)
            with sock.makefile("rb") as reader:
                while (asked := _read(reader, number)) is not None and self._answer(asked, sock):
                    pass
        except OSError:
            return
        finally:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _answer(self, asked: Asked, sock: socket.socket) -> bool:
        with self._lock:
            self.asked.append(asked)
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
            scripts = self._scripts.get(asked.path, [reply(b"nothing here", 404)])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        try:
            if isinstance(script, bytes):
                sock.sendall(script)
                return True
            return bool(script(asked, sock))
        finally:
            with self._lock:
                self._busy -= 1


def _read(reader: BinaryIO, number: int) -> Asked | None:
    """Read one request; None at the end of the connection."""
    first = reader.readline()
    if not first.strip():
        return None
    head = first
    headers: dict[str, str] = {}
    while (line := reader.readline()) not in {b"\r\n", b"\n", b""}:
        head += line
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    method, target, _ = first.decode("latin-1").split(" ", 2)
    body = reader.read(int(headers.get("content-length", "0")))
    return Asked(method, target, head + b"\r\n", headers, number, body)
