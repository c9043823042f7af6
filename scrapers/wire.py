"""What passes through a socket while one exchange is under way: its deadline kept, its heads remembered."""

from __future__ import annotations

import re
import socket
import ssl
import time
from typing import Any, Final

import httpcore

from scrapers.errors import TooLarge

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_INTERIM: Final = re.compile(rb"HTTP/1\.[0-9] 1[0-9][0-9]")


class Deadline:
    """The moment a visit must be over, redirects and all; time spent waiting for one's turn is given back."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that remain, negative when it has passed."""
        return self._end - time.monotonic()

    def extend(self, seconds: float) -> None:
        """Give back time that was not the origin's to lose."""
        self._end += seconds


class Wire:
    """What one exchange looked like outside its body."""

    __slots__ = ("peer", "request_head", "response_head", "tls")

    def __init__(self, request_head: bytes, response_head: bytes, peer: str | None, tls: str | None) -> None:
        self.request_head = request_head
        self.response_head = response_head
        self.peer = peer
        self.tls = tls


class Stream(httpcore.NetworkStream):
    """A socket that keeps the deadline of the visit it serves, and a copy of the heads that pass."""

    def __init__(self, sock: socket.socket, peer: str, tls: str | None, head_limit: int) -> None:
        self._sock = sock
        self._peer = peer
        self._tls = tls
        self._head_limit = head_limit
        self._deadline = Deadline(0)
        self._url = ""
        self._sent = bytearray()
        self._head = bytearray()
        self._interim = 0
        self._in_head = True
        self.received = False

    def begin(self, url: str, deadline: Deadline) -> None:
        """Make ready for one exchange."""
        self._url, self._deadline = url, deadline
        self._sent, self._head = bytearray(), bytearray()
        self._interim = 0
        self._in_head, self.received = True, False

    def wire(self) -> Wire:
        """Return what has passed since `begin`."""
        return Wire(bytes(self._sent), bytes(self._head), self._peer, self._tls)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline knows better
        left = self._deadline.left()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        try:
            self._sock.settimeout(left)
            data = self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout("the deadline has passed") from error
        except ssl.SSLEOFError as error:
            raise httpcore.ReadError(str(error)) from error
        except ssl.SSLError:
            raise
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

        if self._in_head:
            if not data:
                raise httpcore.ReadError("the connection was closed without an answer")
            self._remember(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        if not buffer:
            return
        self._sent += buffer
        left = self._deadline.left()
        if left <= 0:
            raise httpcore.WriteTimeout("the deadline has passed")
        try:
            self._sock.settimeout(left)
            self._sock.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout("the deadline has passed") from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        if info != "is_readable":
            return None
        if self._sock.fileno() < 0:
            return True
        self._sock.settimeout(0)
        try:
            # An idle connection has nothing to say: bytes, an end or an error all mean that it is of no more use.
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def _remember(self, data: bytes) -> None:
        """Keep the final head, drop the interim ones, and let neither grow without end."""
        self.received = True
        start = max(0, len(self._head) - 3)
        self._head += data
        while found := _HEAD_END.search(self._head, start):
            if self._interim + found.end() > self._head_limit:
                break
            if not _INTERIM.match(self._head):
                del self._head[found.end() :]
                self._in_head = False
                return
            self._interim += found.end()
            del self._head[: found.end()]
            start = 0
        if self._interim + len(self._head) > self._head_limit:
            raise TooLarge(self._url, f"the header section exceeds {self._head_limit} bytes")
