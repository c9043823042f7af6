"""One request and its answer, bounded in time and size, as values: where the exceptions of libraries get our names."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, cast
from urllib.parse import urljoin

import httpcore
import httpx
import msgspec

from scrapers import headers as said
from scrapers.errors import (
    BadResponse,
    CutBody,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    SchemeRefused,
    ScrapeError,
    ServerError,
    Timeout,
    TlsError,
    TooLarge,
    Unreachable,
)
from scrapers.model import Exchange
from scrapers.wire import Deadline, Wire

Fields = list[tuple[bytes, bytes]]

_TIMEOUTS: Final = (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError)
_BROKEN: Final = (httpcore.NetworkError, httpx.NetworkError, OSError)
_RESETS: Final = (httpcore.ReadError, httpcore.WriteError, httpx.ReadError, httpx.WriteError)
_MISSHAPEN: Final = (httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, UnicodeError)
FOREIGN: Final = (*_TIMEOUTS, *_BROKEN, *_MISSHAPEN)
"""Everything that a visit may raise and that is not ours: httpcore has no common base, and httpx leaves two of its own out."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

# The body is stored without its chunks, so the record must not claim that it has them.
_CHUNKED: Final = re.compile(rb"^transfer-encoding(?=[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_LENGTH: Final = re.compile(rb"^content-length(?=[ \t]*:)", re.IGNORECASE | re.MULTILINE)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange that got as far as a response head, and what went wrong after it."""

    url: httpx.URL
    exchange: Exchange
    headers: dict[str, str]
    """Lower-case names; the last of repeated fields wins."""
    locations: list[bytes]
    fault: ScrapeError | None = None

    @property
    def status(self) -> int:
        """The status code."""
        return self.exchange.status


def ask(
    transport: httpx.BaseTransport, url: httpx.URL, fields: Fields, *, deadline: Deadline, body_bytes: int, at: datetime
) -> Answer:
    """Send a GET and read the answer to its end, its limit, or the deadline.

    Raises a ScrapeError when there was no answer at all; a body that ended badly is an Answer with a `fault`.
    """
    request = httpx.Request("GET", url, headers=fields, extensions={"deadline": deadline})
    try:
        response = transport.handle_request(request)
    except FOREIGN as error:
        raise _named(str(url), error, deadline) from error

    body = bytearray()
    fault: ScrapeError | None = None
    truncated: Literal["length", "time", "disconnect"] | None = None
    try:
        # As `iter_raw` does, but also for answers that a transport made up whole.
        for chunk in cast("Iterable[bytes]", response.stream):
            body += chunk
            if len(body) > body_bytes:
                del body[body_bytes:]
                fault, truncated = TooLarge(str(url), f"more than {body_bytes} bytes"), "length"
                break
            if deadline.left() <= 0:
                fault, truncated = _named(str(url), httpcore.ReadTimeout(), deadline), "time"
                break
    except FOREIGN as error:
        fault, truncated = _cut(str(url), error, deadline)
        fault.__cause__ = error
    finally:
        response.close()

    return _answer(url, request, response, bytes(body), at, fault, truncated)


def was_reset(error: ScrapeError) -> bool:
    """Whether the connection broke before an answer came, which may well go better the next time."""
    return isinstance(error, Unreachable) and isinstance(error.__cause__, _RESETS)


def location(answer: Answer) -> str | None:
    """Where a redirect leads, None if the answer is none. Raises for a target that programs may read in different ways."""
    if answer.status not in _REDIRECTS or not answer.locations:
        return None
    if len(set(answer.locations)) > 1:
        raise BadResponse(str(answer.url), "it redirects to several addresses at once")
    raw = answer.locations[0]
    try:
        to = raw.decode()
    except UnicodeDecodeError:
        to = raw.decode("latin-1")

    if any(sign < " " or sign in "\\\x7f" for sign in to):
        raise SchemeRefused(str(answer.url), "it redirects to an address with a backslash or control character")
    try:
        return urljoin(str(answer.url), to.strip().replace(" ", "%20"))
    except ValueError as error:
        raise SchemeRefused(str(answer.url), f"it redirects to {to[:200]}") from error


def check_status(answer: Answer) -> None:
    """Raise the error that a status stands for; 2xx is none."""
    url, status = str(answer.url), answer.status
    if 200 <= status < 300:
        return
    if status in {401, 403, 451}:
        raise Forbidden(url, f"HTTP {status}")
    if status == 410:
        raise Gone(url)
    if status == 429:
        raise RateLimited(url, retry_after=said.retry_after(answer.headers, answer.exchange.at))
    if 400 <= status < 500:
        raise NotFound(url, f"HTTP {status}")
    if status >= 500:
        raise ServerError(url, f"HTTP {status}", said.retry_after(answer.headers, answer.exchange.at))
    raise BadResponse(url, f"HTTP {status} was not expected")


def _answer(
    url: httpx.URL,
    request: httpx.Request,
    response: httpx.Response,
    body: bytes,
    at: datetime,
    fault: ScrapeError | None,
    truncated: Literal["length", "time", "disconnect"] | None,
) -> Answer:
    raw = response.headers.raw
    wire: Wire = response.extensions.get("wire") or _imagined(request, response)
    headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in raw}
    exchange = Exchange(
        url=str(url),
        at=at,
        request_head=wire.request_head,
        response_head=_unframed(wire.response_head),
        body=body,
        status=response.status_code,
        peer=wire.peer,
        tls=wire.tls,
        content_type=headers.get("content-type", ""),
        truncated=truncated,
    )
    locations = [value for name, value in raw if name.lower() == b"location"]
    return Answer(url=url, exchange=exchange, headers=headers, locations=locations, fault=fault)


def _unframed(head: bytes) -> bytes:
    """Rename the fields that describe chunks, and a length beside them, which does not count (RFC 9112, section 6.3)."""
    renamed, found = _CHUNKED.subn(b"X-Archive-Orig-Transfer-Encoding", head)
    return _LENGTH.sub(b"X-Archive-Orig-Content-Length", renamed) if found else head


def _imagined(request: httpx.Request, response: httpx.Response) -> Wire:
    """The heads as they would have been, for a transport that has no wire."""
    asked = b"GET " + request.url.raw_path + b" HTTP/1.1\r\n"
    answered = f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n".encode()
    return Wire(asked + _lines(request.headers.raw), answered + _lines(response.headers.raw), None, None)


def _lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n"


def _cut(url: str, error: Exception, deadline: Deadline) -> tuple[ScrapeError, Literal["time", "disconnect"]]:
    """Name what ended a body before its time."""
    if isinstance(error, _TIMEOUTS):
        return _named(url, error, deadline), "time"
    if isinstance(error, ssl.SSLError):
        return _named(url, error, deadline), "disconnect"
    return CutBody(url, str(error)), "disconnect"


def _named(url: str, error: Exception, deadline: Deadline) -> ScrapeError:
    """Give an exception of httpx, httpcore, ssl or the operating system its name among ours."""
    if isinstance(error, _TIMEOUTS):
        return Timeout(url, f"not finished within {deadline.seconds:g} seconds" if deadline.left() <= 0 else str(error))
    if isinstance(error, ssl.SSLError):
        return TlsError(url, getattr(error, "verify_message", "") or error.reason or str(error))
    if isinstance(error, _BROKEN):
        return Unreachable(url, str(error))
    return BadResponse(url, str(error))
