"""Bodies, heads and servers that do not end well."""

from __future__ import annotations

import gzip
import random
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.errors import (
    BadResponse,
    CutBody,
    EncodingRefused,
    ScrapeError,
    Timeout,
    TooLarge,
)
from scrapers.fetch import Limits
from tests.origin import Asked, Origin, Script, redirect, reply
from tests.scrapers.fetching import (
    QUICK,
    Desk,
    Gate,
    a_desk,
    at_most,
    page,
)

SHORT = Limits(deadline=0.3, connect=0.2, body_bytes=100_000, header_bytes=8 * 1024, hops=4)


def cut_gzip() -> bytes:
    """The first half of a compressed page."""
    packed = gzip.compress(random.Random(1).randbytes(2000), mtime=0)
    return reply(packed[:1000], Content_Encoding="gzip")


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", "disconnect"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo", "disconnect"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "disconnect"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello", "disconnect"),
        (cut_gzip(), None),
    ],
)
def test_a_cut_body_is_kept_and_never_taken_for_a_whole_one(
    origin: Origin, desk: Desk, answer: bytes, mark: str | None
) -> None:
    """What came is archived and marked; the visit is an error."""

    def cut(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(answer)

    url = origin.on("/a", cut)

    with pytest.raises(CutBody) as caught:
        desk.fetcher.get(url)

    assert caught.value.capture_id is not None
    assert desk.archive.exchanges[caught.value.capture_id].truncated == mark
    assert len(origin.of("/a")) == 1


def endless(asked: Asked, sock: socket.socket) -> None:
    """Write for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        sock.sendall(b"x" * 65536)


def test_an_endless_body_stops_at_the_limit(origin: Origin, desk: Desk) -> None:
    """The part that was read is kept, so that nobody can make a capture vanish by adding to it."""
    url = origin.on("/a", endless)

    with pytest.raises(TooLarge, match="1048576 bytes") as caught:
        desk.fetcher.get(url)

    assert caught.value.capture_id is not None
    kept = desk.archive.exchanges[caught.value.capture_id]
    assert (len(kept.body), kept.truncated) == (QUICK.body_bytes, "length")


@pytest.mark.parametrize(
    ("coding", "body", "kind"),
    [
        ("gzip", gzip.compress(bytes(4 * 1024 * 1024), mtime=0), TooLarge),
        ("", gzip.compress(bytes(4 * 1024 * 1024), mtime=0), TooLarge),
        ("br", b"\x0b\x02\x80abc\x03", EncodingRefused),
        ("zstd", b"\x28\xb5\x2f\xfd", EncodingRefused),
        ("deflate", b"x\x9c", EncodingRefused),
        ("gzip, gzip", gzip.compress(b"x", mtime=0), EncodingRefused),
        ("gzip", b"plain", BadResponse),
    ],
)
def test_a_coding_that_was_not_asked_for_or_swells_is_refused(
    origin: Origin, desk: Desk, coding: str, body: bytes, kind: type[ScrapeError]
) -> None:
    """It is archived as it came and never expanded."""
    url = origin.on("/a", reply(body, Content_Encoding=coding))

    with pytest.raises(kind) as caught:
        desk.fetcher.get(url)

    assert caught.value.capture_id is not None
    assert desk.archive.exchanges[caught.value.capture_id].body == body


def drip(before: bytes, drop: bytes, origin: Origin) -> Script:
    """Write something, then a drop now and then for ever."""

    def write(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(before)
        while not origin.stopped.wait(0.02):
            sock.sendall(drop)

    return write


@pytest.mark.parametrize(
    ("before", "drop", "archived"),
    [
        (b"", b"", False),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", False),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", True),
        (b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", b"a", True),
    ],
)
def test_a_slow_drip_ends_at_the_deadline(origin: Origin, before: bytes, drop: bytes, archived: bool) -> None:
    """The clock on the wall decides, not the pause between two bytes."""
    url = origin.on("/a", drip(before, drop, origin))

    with a_desk(limits=SHORT) as desk, at_most(1.5), pytest.raises(Timeout, match=r"0\.3 seconds") as caught:
        desk.fetcher.get(url, ask_robots=False)

    assert [kept.truncated for kept in desk.archive.pages] == (["time"] if archived else [])
    assert (caught.value.capture_id is not None) == archived


def test_a_flood_of_tiny_chunks_ends_too(origin: Origin) -> None:
    """Work that the origin makes us do counts against its time."""

    def flood(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            sock.sendall(b"1\r\na\r\n" * 1000)

    url = origin.on("/a", flood)

    with a_desk(limits=SHORT) as desk, at_most(1.5), pytest.raises((Timeout, TooLarge)):
        desk.fetcher.get(url, ask_robots=False)
    assert desk.archive.last.truncated in {"time", "length"}


def test_the_deadline_covers_the_whole_chain(origin: Origin) -> None:
    """Redirects do not buy time, however quick each is."""

    def slow(asked: Asked, sock: socket.socket) -> None:
        origin.stopped.wait(0.12)
        sock.sendall(redirect(f"/{int(asked.path[1:]) + 1}"))

    for number in range(6):
        origin.on(f"/{number}", slow)

    with a_desk(limits=SHORT) as desk, at_most(1.5), pytest.raises(Timeout):
        desk.fetcher.get(f"{origin.url}/0", ask_robots=False)
    assert 1 <= len(desk.archive.pages) <= 3


def test_waiting_for_a_turn_is_not_the_origins_fault(origin: Origin) -> None:
    """The deadline starts to run when the gate opens."""

    class SlowGate(Gate):
        @contextmanager
        def visit(self, host: str, gap: float) -> Iterator[None]:
            origin.stopped.wait(SHORT.deadline + 0.1)
            yield

    url = origin.on("/a", reply(b"ok"))

    with a_desk(limits=SHORT, gate=SlowGate()) as desk:
        assert page(desk.fetcher.get(url, ask_robots=False)).body == b"ok"


def test_a_resolver_that_never_answers_ends_at_the_deadline(origin: Origin) -> None:
    """A name server cannot hold a thread of ours for ever."""

    def never(host: str, port: int) -> list[str]:
        origin.stopped.wait(5)
        return []

    with a_desk(limits=SHORT, resolver=never) as desk, at_most(1.5), pytest.raises(Timeout, match="resolver"):
        desk.fetcher.get("http://site.example/", ask_robots=False)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 2000 + b"\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 100_000,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1000 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=b\r\n" * 1000 + b"\r\nhello",
    ],
)
def test_heads_are_bounded(origin: Origin, desk: Desk, answer: bytes) -> None:
    """Header bombs and floods of interim answers are refused by their size."""
    url = origin.on("/a", answer)

    with pytest.raises(TooLarge, match="header section exceeds 8192 bytes"):
        desk.fetcher.get(url)


def test_interim_answers_are_passed_over(origin: Origin, desk: Desk) -> None:
    """A few 1xx answers are normal, and the evidence holds the final one."""
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    url = origin.on(
        "/a", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + final + b"ok"
    )

    got = page(desk.fetcher.get(url))

    assert (got.body, desk.archive.exchanges[got.capture_id].response_head) == (b"ok", final)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nLocation: /c\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_named(origin: Origin, desk: Desk, answer: bytes) -> None:
    """Nonsense is an error of the origin, not of ours."""
    url = origin.on("/a", answer)

    with pytest.raises(BadResponse):
        desk.fetcher.get(url, ask_robots=False)


_PIECES = st.sampled_from(
    [
        *(
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.0 404 X\r\n",
            b"HTTP/1.1 302 F\r\n",
            b"HTTP/1.1 100 C\r\n",
            b"HTTP/2 200\r\n",
        ),
        *(
            b"Content-Length: 3\r\n",
            b"Content-Length: -1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Content-Encoding: gzip\r\n",
        ),
        *(b"Location: /a\r\n", b"Location: http://[\r\n", b"Location: \xff\x80\r\n", b"Location: //a.b:99999\r\n"),
        *(b"Retry-After: x\r\n", b"Expires: Mon, 99 Jan\r\n", b"Cache-Control: max-age=\xb2\r\n", b"ETag: \x80\r\n"),
        *(
            b"Content-Type: ;;charset\r\n",
            b" folded\r\n",
            b": no name\r\n",
            b"\r\n",
            b"\n",
            b"\x00",
            b"3\r\nabc\r\n",
            b"0\r\n\r\n",
        ),
        gzip.compress(b"hello", mtime=0),
    ]
)


def test_whatever_a_server_says_ends_in_a_page_or_a_named_error(origin: Origin) -> None:
    """No sequence of bytes from the wire raises anything but an error of ours."""
    limits = Limits(deadline=2.0, body_bytes=1000, header_bytes=1000, hops=2)

    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.one_of(_PIECES, _PIECES, st.binary(max_size=20)), max_size=12).map(b"".join))
    def visit(answer: bytes) -> None:
        def say(asked: Asked, sock: socket.socket) -> None:
            sock.sendall(answer)

        url = origin.on("/a", say)
        with a_desk(limits=limits) as desk:
            try:
                got = desk.fetcher.get(url, ask_robots=False)
            except ScrapeError as error:
                kept = error.capture_id
            else:
                kept = got.capture_id
            assert (kept in desk.archive.exchanges) == bool(desk.archive.exchanges)

    visit()


@pytest.mark.slow
def test_a_bomb_costs_no_memory(origin: Origin, desk: Desk) -> None:
    """A gibibyte packed into a few megabytes grows the process by less than a tenth of it."""
    machine = zlib.compressobj(1, wbits=31)
    piece = bytes(16 * 1024 * 1024)
    bomb = b"".join([*(machine.compress(piece) for _ in range(64)), machine.flush()])
    url = origin.on("/a", reply(bomb, Content_Encoding="gzip"))
    process = psutil.Process()
    before = process.memory_info().rss
    peak = [before]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with a_desk(limits=Limits()) as roomy, pytest.raises(TooLarge, match="when expanded"):
            roomy.fetcher.get(url)
    finally:
        over.set()
        watcher.join()

    assert len(bomb) < 8 * 1024 * 1024
    assert peak[0] - before < 100 * 1024 * 1024
