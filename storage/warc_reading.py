"""How WARC/1.1 records are read back, proved whole and unaltered, in bounded memory."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

import msgspec

from storage.errors import ArchiveDamaged, ArchiveMissing, StorageError
from storage.warc_record import Place

OPEN = ".open"
"""What the name of a file ends with while it is being written."""
CHUNK = 1 << 16
HEAD_LIMIT = 1 << 20
"""Bytes a record's own head or an HTTP head may have when read back: what bounds the memory of a scan."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What an index keeps of one response record."""

    place: Place
    url: str
    at: datetime
    status: int
    """0 if there was no status line."""
    content_type: str
    peer: str | None
    tls: str | None
    truncated: str | None


class StoredResponse(Recorded, frozen=True, kw_only=True):
    """One response record with its HTTP head and undecoded body."""

    head: bytes
    body: bytes


class Member(NamedTuple):
    """One whole record as it was found in a file."""

    offset: int
    length: int
    kind: str
    response: Recorded | None
    """None for records that are not responses."""


def read(folder: Path, file: str, offset: int, length: int) -> StoredResponse:
    """Read one response by its place.

    Raises ArchiveMissing if there is no such file, ArchiveDamaged unless exactly one whole gzip member stands there and
    its digests match, StorageError if the disk cannot be read.
    """
    with find(folder, file) as stream:
        try:
            stream.seek(offset)
            found = stream.read(length)
        except OSError as error:
            raise StorageError(f"{file}: {error.strerror}") from error
    return response(BytesIO(found), file, offset)


def records(path: Path) -> Iterator[Recorded]:
    """Walk over the responses of one file in the order they were written.

    Raises ArchiveDamaged at the first byte that no whole record begins with, after all records before it.
    """
    name = path.name.removesuffix(OPEN)
    with find(path.parent, name) as stream:
        for member in members(stream, name):
            if member.response is not None:
                yield member.response


def find(folder: Path, file: str) -> BinaryIO:
    """Open a file of the archive under whichever of its two names it has now."""
    if not file or Path(file).name != file:
        raise ArchiveMissing(file)
    # It may be closed, and so renamed, between the first look and the second.
    for name in (file, file + OPEN, file):
        try:
            return (folder / name).open("rb")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(f"{name}: {error.strerror}") from error
    raise ArchiveMissing(file)


def members(stream: BinaryIO, file: str, start: int = 0) -> Iterator[Member]:
    """Read whole records from `start` to the end, in bounded memory.

    Raises ArchiveDamaged at the first byte that no whole record begins with; its `offset` says where.
    """
    stream.seek(start)
    offset, data = start, b""
    while data := data or stream.read(CHUNK):
        record = Reading(file, offset)
        data, length = _inflate(stream, data, record)
        yield Member(offset, length, record.fields.get("warc-type", ""), record.recorded(length))
        offset += length


def response(stream: BinaryIO, file: str, offset: int) -> StoredResponse:
    """Read the one record that `stream` holds, whole; raises ArchiveDamaged if it is anything but one whole response."""
    kept = bytearray()
    record = Reading(file, offset, kept)
    rest, length = _inflate(stream, b"", record)
    if rest or stream.read(1):
        raise record.damaged("more than one member")
    found = record.recorded(length)
    if found is None:
        raise record.damaged("not a response record")
    head = bytes(kept[: record.head_length])
    return StoredResponse(**msgspec.structs.asdict(found), head=head, body=bytes(kept[record.head_length :]))


class Reading:
    """One record while its inflated bytes arrive: checks its structure and digests, keeps only what was asked for."""

    def __init__(self, file: str, offset: int, keep: bytearray | None = None) -> None:
        self.file = file
        self.offset = offset
        self.fields: dict[str, str] = {}
        """By lower-case name; repeated ones joined with commas."""
        self.head_length = 0
        self._keep = keep
        self._own = bytearray()
        self._missing = -1
        self._after = b""
        self._http: bytearray | None = None
        self._head = b""
        self._block, self._payload = sha256(), sha256()

    def damaged(self, why: str) -> ArchiveDamaged:
        """Name what is wrong with this record and where it begins."""
        return ArchiveDamaged(f"{self.file}, byte {self.offset}: {why}", offset=self.offset)

    def feed(self, data: bytes) -> None:
        """Take the next inflated bytes."""
        if self._missing < 0:
            self._own += data
            data = self._begin()
        if self._missing > 0:
            part, data = data[: self._missing], data[self._missing :]
            self._missing -= len(part)
            self._take(part)
        if data:
            self._after += data
            if len(self._after) > 4:
                raise self.damaged("longer than it says")

    def end(self) -> None:
        """Check what can only be checked when the record is complete."""
        if self._missing != 0 or self._after != b"\r\n\r\n":
            raise self.damaged("shorter than it says")
        self._prove("warc-block-digest", self._block.hexdigest())
        if self._http is not None:
            self._head, self.head_length = bytes(self._http), len(self._http)
        if "warc-payload-digest" in self.fields:
            self._prove("warc-payload-digest", self._payload.hexdigest())

    def recorded(self, length: int) -> Recorded | None:
        """What an index keeps of this record, if it is a response."""
        if self.fields.get("warc-type") != "response":
            return None
        try:
            capture_id = UUID(self.fields["warc-record-id"].strip("<>"))
            at = _moment(self.fields["warc-date"])
            url = self.fields["warc-target-uri"]
        except (KeyError, ValueError, OverflowError) as error:
            raise self.damaged("a response without id, date or address") from error
        certificate = self.fields.get("warc-x-tls-certificate", "")
        tls = [name for name in self.fields.get("warc-protocol", "").split(", ") if name.startswith("tls/")]
        return Recorded(
            place=Place(
                capture_id=capture_id,
                file=self.file,
                offset=self.offset,
                length=length,
                payload_sha256=self._payload.hexdigest(),
                block_sha256=self._block.hexdigest(),
            ),
            url=url,
            at=at,
            status=_status(self._head),
            content_type=_field(self._head, b"content-type"),
            peer=self.fields.get("warc-ip-address"),
            tls=f"{tls[0].replace('tls/', 'TLSv')} {certificate}".strip() if tls else None,
            truncated=self.fields.get("warc-truncated"),
        )

    def _begin(self) -> bytes:
        end = self._own.find(b"\r\n\r\n")
        if end < 0:
            if len(self._own) > HEAD_LIMIT:
                raise self.damaged("no end of its head")
            return b""
        first, *lines = self._own[:end].decode("utf-8", "replace").split("\r\n")
        if first != "WARC/1.1":
            raise self.damaged("not a WARC/1.1 record")
        for line in lines:
            name, _, value = line.partition(":")
            key, value = name.lower(), value.strip()
            self.fields[key] = f"{self.fields[key]}, {value}" if key in self.fields else value
        length = self.fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise self.damaged("no length")
        self._missing = int(length)
        if self.fields.get("warc-type") == "response":
            self._http = bytearray()
        rest, self._own = bytes(self._own[end + 4 :]), bytearray()
        return rest

    def _take(self, part: bytes) -> None:
        self._block.update(part)
        if self._keep is not None:
            self._keep += part
        if self._http is None:
            self._payload.update(part)
            return

        self._http += part
        end = self._http.find(b"\r\n\r\n")
        if end >= 0:
            self.head_length = end + 4
            self._head = bytes(self._http[: self.head_length])
            self._payload.update(self._http[self.head_length :])
            self._http = None
        elif len(self._http) > HEAD_LIMIT:
            raise self.damaged("no end of the HTTP head")

    def _prove(self, name: str, digest: str) -> None:
        if self.fields.get(name) != f"sha256:{digest}":
            raise self.damaged(f"{name} does not match")


def _inflate(stream: BinaryIO, data: bytes, record: Reading) -> tuple[bytes, int]:
    """Feed one member to `record`; return the bytes read beyond it and its length."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    length = 0
    while not inflater.eof:
        data = data or stream.read(CHUNK)
        try:
            out = inflater.decompress(data, CHUNK)
        except zlib.error as error:
            raise record.damaged("not a whole gzip member") from error
        if not (data or out or inflater.eof):
            raise record.damaged("cut short")
        rest = inflater.unused_data or inflater.unconsumed_tail
        length += len(data) - len(rest)
        data = rest
        record.feed(out)
    record.end()
    return data, length


def _moment(date: str) -> datetime:
    at = datetime.fromisoformat(date)
    if at.tzinfo is None:
        raise ValueError("a naive datetime")
    return at.astimezone(UTC)


def _status(head: bytes) -> int:
    found = re.match(rb"HTTP/[0-9.]+ ([0-9]{3})(?![0-9])", head)
    return int(found[1]) if found else 0


def _field(head: bytes, name: bytes) -> str:
    found = re.search(rb"(?im)^" + re.escape(name) + rb"[ \t]*:[ \t]*([^\r\n]*)", head)
    return found[1].decode("latin-1").strip() if found else ""
