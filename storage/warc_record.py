"""How an exchange becomes WARC/1.1 records, each a gzip member of its own.

Records are built by hand because this is the hot path of a poll; the tests read them with an independent library.
WARC/1.1 is ISO 28500:2017; `WARC-Protocol` follows the proposal at https://github.com/iipc/warc-specifications/issues/42.
"""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec

CREDENTIALS = re.compile(rb"(?im)^(authorization|proxy-authorization|cookie)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
TRANSFER_CODING = re.compile(rb"(?im)^(?=transfer-encoding[ \t]*:)")
BLANK_LINE = re.compile(rb"\n[ \t\r\v\f]*\n")
UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
METHOD = (
    "Bodies are stored as received, before content decoding; transfer coding is removed and its field renamed to"
    " X-Archive-Orig-Transfer-Encoding. Credentials are left out of request records, which then name the fields left"
    " out in WARC-X-Omitted. WARC-X-TLS-Certificate is the digest of the server's leaf certificate."
)


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange as it was on the wire, complete or not."""

    url: str
    at: datetime
    request_head: bytes
    response_head: bytes
    body: bytes
    """The entity body with its content coding, without transfer coding."""
    peer: str | None = None
    tls: str | None = None
    """Protocol and digest of the leaf certificate: `TLSv1.3 sha256:…`."""
    truncated: str | None = None
    """Why the body is not whole: `length`, `time` or `disconnect`."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a response record stands and what proves it."""

    capture_id: UUID
    file: str
    """Name of the closed file; while it is being written the file itself is called `<name>.open`."""
    offset: int
    length: int
    payload_sha256: str
    block_sha256: str


class Encoded(NamedTuple):
    """The two members of an exchange, ready to be appended."""

    request: bytes
    response: bytes
    payload_sha256: str
    block_sha256: str


def warcinfo(file: str, software: str, operator: str, at: datetime) -> bytes:
    """Build the record that opens a file and says who wrote it and how."""
    about = (
        ("software", software),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("operator", operator),
        ("description", METHOD),
    )
    block = _fields([(name, value) for name, value in about if value])
    head = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid4()}>"),
        ("WARC-Date", stamp(at)),
        ("WARC-Filename", file),
        ("WARC-Block-Digest", f"sha256:{sha256(block).hexdigest()}"),
        ("Content-Type", "application/warc-fields"),
        ("Content-Length", str(len(block))),
    ]
    return _member(head, block, b"")


def exchange(received: Received, capture_id: UUID) -> Encoded:
    """Build the request and response records of one exchange.

    Raises ValueError for what cannot be written down unambiguously: a naive time, a control character in a header field or
    a blank line inside an HTTP head.
    """
    date = stamp(received.at)
    request_id, response_id = f"<urn:uuid:{uuid4()}>", f"<urn:uuid:{capture_id}>"
    asked = _closed(received.request_head)
    omitted = ", ".join(sorted({found[1].decode().lower() for found in CREDENTIALS.finditer(asked)}))
    if omitted:
        asked = CREDENTIALS.sub(b"", asked)
    answered = TRANSFER_CODING.sub(b"X-Archive-Orig-", _closed(received.response_head))
    if received.body and not answered:
        raise ValueError("a body without an HTTP head")

    payload = sha256(received.body).hexdigest()
    whole = sha256(answered)
    whole.update(received.body)
    block = whole.hexdigest()

    common = [("WARC-Target-URI", received.url), ("WARC-Date", date)]
    if received.peer:
        common.append(("WARC-IP-Address", received.peer))
    common += [("WARC-Protocol", name) for name in _protocols(received)]
    certificate = (received.tls or "").partition(" ")[2]
    request = [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", request_id),
        ("WARC-Concurrent-To", response_id),
        *common,
        *([("WARC-X-Omitted", omitted)] if omitted else []),
        ("WARC-Block-Digest", f"sha256:{sha256(asked).hexdigest()}"),
        ("Content-Type", "application/http;msgtype=request"),
        ("Content-Length", str(len(asked))),
    ]
    response = [
        ("WARC-Type", "response"),
        ("WARC-Record-ID", response_id),
        ("WARC-Concurrent-To", request_id),
        *common,
        *([("WARC-X-TLS-Certificate", certificate)] if certificate else []),
        *([("WARC-Truncated", received.truncated)] if received.truncated else []),
        ("WARC-Payload-Digest", f"sha256:{payload}"),
        ("WARC-Block-Digest", f"sha256:{block}"),
        ("Content-Type", "application/http;msgtype=response"),
        ("Content-Length", str(len(answered) + len(received.body))),
    ]
    return Encoded(_member(request, asked, b""), _member(response, answered, received.body), payload, block)


def stamp(at: datetime) -> str:
    """Write an aware time as WARC/1.1 wants it, in UTC to the microsecond."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _member(fields: list[tuple[str, str]], head: bytes, body: bytes) -> bytes:
    squeeze = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    parts = (
        squeeze.compress(b"WARC/1.1\r\n" + _fields(fields) + b"\r\n" + head),
        squeeze.compress(body),
        squeeze.compress(b"\r\n\r\n"),
        squeeze.flush(),
    )
    return b"".join(parts)


def _fields(fields: list[tuple[str, str]]) -> bytes:
    for name, value in fields:
        if UNSAFE.search(value):
            raise ValueError(f"a control character in {name}")
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode()


def _closed(head: bytes) -> bytes:
    """End an HTTP head with its one blank line, which is where its body begins for every reader."""
    if not head:
        return head
    if not head.endswith(b"\r\n\r\n"):
        head = head.rstrip(b"\r\n") + b"\r\n\r\n"
    blank = BLANK_LINE.search(head)
    if blank is None or blank.end() != len(head):
        raise ValueError("a blank line inside an HTTP head")
    return head


def _protocols(received: Received) -> list[str]:
    http = received.response_head[:8].lower()
    names = [http.decode()] if http in {b"http/1.0", b"http/1.1"} else []
    version = (received.tls or "").partition(" ")[0]
    if version:
        names.append(version.replace("TLSv", "tls/"))
    return names
