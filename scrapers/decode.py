"""Undo the content coding of a body, never further than a limit."""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

from scrapers.errors import BadResponse, CutBody, EncodingRefused, TooLarge

_MAGIC: Final = b"\x1f\x8b\x08"
_GZIP_TYPES: Final = frozenset(
    {"application/gzip", "application/x-gzip", "application/gzip-compressed", "application/x-gunzip"}
)
_PIECE: Final = 64 * 1024
_MEMBERS: Final = 4096


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A body without its coding, and what was odd about it."""

    body: bytes
    notes: list[str] = []


def decode(body: bytes, *, coding: str, media_type: str, limit: int, url: str = "") -> Decoded:
    """Undo `Content-Encoding: gzip`, said or unsaid.

    Raises TooLarge beyond `limit` bytes, CutBody when the end is missing, EncodingRefused for a coding that was not asked
    for, BadResponse for bytes that are no gzip at all.
    """
    codings = [name for name in (part.strip().lower() for part in coding.split(",")) if name not in {"", "identity"}]
    if len(body) > limit:
        raise TooLarge(url, f"more than {limit} bytes")
    if codings not in ([], ["gzip"], ["x-gzip"]):
        raise EncodingRefused(url, ", ".join(codings)[:100])

    if codings:
        return _expand(body, limit, url) if body else Decoded(body=body)
    if body.startswith(_MAGIC) and media_type not in _GZIP_TYPES:
        expanded = _expand(body, limit, url)
        return Decoded(body=expanded.body, notes=["compressed without saying so", *expanded.notes])
    return Decoded(body=body)


def gunzip(body: bytes, limit: int, url: str = "") -> bytes:
    """Expand a gzip file, such as a `.gz` sitemap; other bytes come back as they are. Raises as `decode` does."""
    return _expand(body, limit, url).body if body.startswith(_MAGIC) else body


def _expand(body: bytes, limit: int, url: str) -> Decoded:
    """Expand all members of a gzip stream (RFC 1952, section 2.2), holding no more than `limit` bytes of output."""
    if not body.startswith(_MAGIC):
        raise BadResponse(url, "labelled gzip, but it is not")

    out = bytearray()
    at = 0
    view = memoryview(body)
    for _ in range(_MEMBERS):
        at = _member(view, at, out, limit, url)
        rest = len(body) - at
        if not rest:
            return Decoded(body=bytes(out))
        if body[at : at + 3] != _MAGIC:
            return Decoded(body=bytes(out), notes=[f"{rest} bytes after the end of the gzip stream"])
    raise TooLarge(url, f"more than {_MEMBERS} gzip members")


def _member(view: memoryview, at: int, out: bytearray, limit: int, url: str) -> int:
    """Expand the member that begins at `at` onto `out`, and return where it ends."""
    machine = zlib.decompressobj(wbits=31)
    try:
        while not machine.eof:
            if at >= len(view):
                raise CutBody(url, "the gzip stream has no end")
            # Small pieces, since zlib copies what it could not use yet.
            piece = view[at : at + _PIECE]
            at += len(piece)
            pending: bytes | memoryview = piece
            while True:
                out += machine.decompress(pending, min(_PIECE * 4, limit - len(out) + 1))
                if len(out) > limit:
                    raise TooLarge(url, f"more than {limit} bytes when expanded")
                pending = machine.unconsumed_tail
                if not pending or machine.eof:
                    break
    except zlib.error as error:
        raise BadResponse(url, f"broken gzip: {error}") from error
    return at - len(machine.unused_data)
