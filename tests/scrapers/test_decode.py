"""How far a body is expanded, and when it is not believed."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.decode import decode, gunzip
from scrapers.errors import BadResponse, CutBody, EncodingRefused, TooLarge

TEXT = b"<p>A statement.</p>" * 100


@given(st.binary(max_size=2000), st.integers(1, 9))
def test_what_was_packed_comes_back(body: bytes, level: int) -> None:
    """Expanding undoes packing, by label or as a file."""
    packed = gzip.compress(body, level)

    assert decode(packed, coding="gzip", media_type="text/html", limit=2000).body == body
    assert gunzip(packed, 2000) == body


@given(st.binary(max_size=300))
def test_any_bytes_are_expanded_or_named(body: bytes) -> None:
    """Broken input ends in an error of ours, never in another."""
    for hostile in (body, b"\x1f\x8b\x08" + body, gzip.compress(TEXT)[:20] + body):
        try:
            expanded = decode(hostile, coding="gzip", media_type="", limit=5000).body
        except (BadResponse, CutBody, TooLarge):
            continue
        assert len(expanded) <= 5000


@pytest.mark.parametrize("cut", [3, 12, 30, -8, -4, -1])
def test_a_cut_stream_is_never_a_body(cut: int) -> None:
    """Any missing tail is seen, down to the last byte of the length."""
    packed = gzip.compress(TEXT)

    with pytest.raises(CutBody):
        decode(packed[:cut], coding="gzip", media_type="text/html", limit=10_000)
    with pytest.raises(CutBody):
        gunzip(packed[:cut], 10_000)


@pytest.mark.parametrize("at", [-1, -5, 25])
def test_a_damaged_stream_is_never_a_body(at: int) -> None:
    """Checksum and length are held against what came out."""
    packed = bytearray(gzip.compress(TEXT))
    packed[at] ^= 0xFF

    with pytest.raises(BadResponse):
        decode(bytes(packed), coding="gzip", media_type="text/html", limit=10_000)


def test_the_limit_holds_to_the_byte() -> None:
    """A body of the limit passes, one byte more does not, packed or plain."""
    for coding, body in (("gzip", gzip.compress(bytes(1000))), ("", bytes(1000))):
        assert len(decode(body, coding=coding, media_type="", limit=1000).body) == 1000
        with pytest.raises(TooLarge, match="999 bytes"):
            decode(body, coding=coding, media_type="", limit=999)


def test_members_one_after_another_are_one_body() -> None:
    """A stream may hold several members, but not any number of them."""
    members = gzip.compress(b"one ") + gzip.compress(b"two ") + gzip.compress(bytes(200_000))

    assert gunzip(members, 1_000_000) == b"one two " + bytes(200_000)
    with pytest.raises(TooLarge, match="members"):
        gunzip(gzip.compress(b"") * 5000, 1_000_000)


def test_bytes_after_the_end_are_told() -> None:
    """Garbage behind a whole stream costs nothing but a remark."""
    got = decode(gzip.compress(TEXT) + b"\0" * 70_000, coding="x-gzip", media_type="", limit=100_000)

    assert (got.body, got.notes) == (TEXT, ["70000 bytes after the end of the gzip stream"])


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip,br", "gzip;q=1", "\xa0gzip\x00"]
)
def test_other_codings_are_refused(coding: str) -> None:
    """Only gzip was asked for, and only gzip can be bounded."""
    with pytest.raises(EncodingRefused):
        decode(b"x", coding=coding, media_type="", limit=10)


@pytest.mark.parametrize("coding", ["", "identity", "Identity, ", "GZIP", "identity, gzip"])
def test_an_empty_body_is_whole_in_any_coding(coding: str) -> None:
    """Nothing needs no end."""
    assert decode(b"", coding=coding, media_type="", limit=10).body == b""


@pytest.mark.parametrize("media_type", ["application/gzip", "application/x-gzip"])
def test_a_gzip_file_stays_a_file(media_type: str) -> None:
    """What is meant to be packed is handed on packed."""
    packed = gzip.compress(TEXT)

    assert decode(packed, coding="", media_type=media_type, limit=10_000).body == packed
    assert gunzip(b"not packed", 10) == b"not packed"


def test_a_bomb_within_a_bomb_is_expanded_once() -> None:
    """One label means one step, however the inside looks."""
    inner = gzip.compress(bytes(1_000_000))

    assert decode(gzip.compress(inner), coding="gzip", media_type="text/html", limit=10_000).body == inner


def test_raw_deflate_is_no_gzip() -> None:
    """A label does not make it so."""
    with pytest.raises(BadResponse):
        decode(zlib.compress(TEXT), coding="gzip", media_type="", limit=10_000)
