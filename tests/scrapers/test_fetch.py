"""What a visit does, and what it never does."""

from __future__ import annotations

import gzip
import itertools
import os
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import psutil
import pytest

from scrapers.errors import (
    BadResponse,
    CutBody,
    EncodingRefused,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    RobotsRefused,
    SchemeRefused,
    ScrapeError,
    ServerError,
    SsrfBlocked,
    Timeout,
    TooLarge,
    TooManyRedirects,
    Unreachable,
)
from scrapers.fetch import Fetcher, Limits
from scrapers.model import NotModified, Page, Validators
from scrapers.transport import GuardedTransport
from tests.origin import Asked, Origin, Script, redirect, reply
from tests.scrapers.fetching import (
    LOOPBACK,
    QUICK,
    START,
    Archive,
    Desk,
    Gate,
    Robots,
    at_most,
    desk,
    names,
    only_loopback,
)

SHORT = Limits(deadline=0.3, connect=0.2, body_bytes=100_000, header_bytes=8 * 1024, hops=4)


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A scripted server."""
    with Origin() as server:
        yield server


@pytest.fixture
def d() -> Iterator[Desk]:
    """A fetcher that may visit loopback."""
    with desk() as ready:
        yield ready


def page(answer: Page | NotModified) -> Page:
    """Insist on a page."""
    assert isinstance(answer, Page)
    return answer


# What comes back


def test_a_page_comes_back_with_its_evidence(origin: Origin, d: Desk) -> None:
    """The archive holds the heads as they were on the wire and the page points at its capture."""
    wire = (
        b"HTTP/1.1 200 Fine\r\ncontent-TYPE: text/html\r\nX-B: 1\r\nx-a:2\r\nX-B: 3\r\nContent-Length: 5\r\n\r\nhello"
    )
    url = origin.on("/a", wire)

    got = page(d.fetcher.get(f"{url}?q=1#part"))

    kept = d.archive.exchanges[got.capture_id]
    assert (got.body, got.status, got.url, got.requested) == (b"hello", 200, f"{url}?q=1", f"{url}?q=1#part")
    assert got.headers["x-b"] == "3"
    assert kept.response_head + kept.body == wire
    assert kept.request_head == origin.of("/a")[0].head
    assert (kept.url, kept.peer, kept.tls, kept.truncated, kept.at) == (f"{url}?q=1", "127.0.0.1", None, None, START)
    assert [hop.capture_id for hop in got.hops] == [got.capture_id]


def test_a_request_says_who_asks_and_little_else(origin: Origin, d: Desk) -> None:
    """There is no cookie, no referrer, and no coding but gzip, even after a server set a cookie and redirected."""
    origin.on("/a", reply(b"x", 302, Set_Cookie="id=1; Path=/", Location="/b"))
    url = origin.on("/b", reply(b"ok", Set_Cookie="id=2; Path=/"))

    d.fetcher.get(f"{origin.url}/a")
    d.fetcher.get(url)

    for asked in origin.asked:
        assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert asked.headers["user-agent"] == "khronika/1.0 (+https://khronika.example)"
        assert asked.headers["accept-encoding"] == "gzip"
        assert asked.headers["host"] == f"127.0.0.1:{origin.port}"


def test_one_connection_serves_many_requests_and_threads(origin: Origin, d: Desk) -> None:
    """A host visited by several threads in turn sees one connection."""
    url = origin.on("/a", reply(b"ok"))

    d.fetcher.get(url)
    for _ in range(3):
        thread = threading.Thread(target=d.fetcher.get, args=(url,))
        thread.start()
        thread.join()

    assert len(origin.of("/a")) == 4
    assert origin.connections == 1


def test_a_connection_the_server_closed_meanwhile_is_replaced(origin: Origin, d: Desk) -> None:
    """A server that closes after each answer is no error, and asks for no pause."""

    def close(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(reply(b"ok"))

    url = origin.on("/a", close)

    assert [page(d.fetcher.get(url)).body for _ in range(3)] == [b"ok"] * 3
    assert d.slept == []


def test_a_chunked_body_is_stored_without_chunks_and_says_so(origin: Origin, d: Desk) -> None:
    """The record never claims a framing that its body no longer has."""
    url = origin.on("/a", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    got = page(d.fetcher.get(url))

    kept = d.archive.exchanges[got.capture_id]
    assert got.body == kept.body == b"abcde"
    assert kept.response_head == b"HTTP/1.1 200 OK\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\n\r\n"


def test_the_archive_keeps_what_was_received_and_the_page_what_it_means(origin: Origin, d: Desk) -> None:
    """A compressed body is archived compressed and read expanded, labelled or not."""
    packed = gzip.compress(b"<p>hello</p>" * 50)
    said, unsaid = origin.on("/a", reply(packed, Content_Encoding="gzip")), origin.on("/b", reply(packed))

    for url, notes in ((said, []), (unsaid, ["compressed without saying so"])):
        got = page(d.fetcher.get(url))
        assert (got.body, got.notes) == (b"<p>hello</p>" * 50, notes)
        assert d.archive.exchanges[got.capture_id].body == packed


@pytest.mark.parametrize("status", [200, 204, 205])
def test_an_empty_answer_is_a_page(origin: Origin, d: Desk, status: int) -> None:
    """Whether nothing is something is for the reader to say."""
    url = origin.on("/a", reply(b"", status, Content_Encoding="gzip" if status == 200 else ""))

    assert page(d.fetcher.get(url)).body == b""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, BadResponse),
        (304, BadResponse),
        (400, NotFound),
        (401, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (410, Gone),
        (418, NotFound),
        (429, RateLimited),
        (451, Forbidden),
        (500, ServerError),
        (503, ServerError),
        (599, ServerError),
        (600, ServerError),
    ],
)
def test_every_status_has_a_name_and_a_capture(origin: Origin, d: Desk, status: int, kind: type[ScrapeError]) -> None:
    """An error points at the archived answer that shows it."""
    url = origin.on("/a", reply(b"sorry", status))

    with pytest.raises(kind) as caught:
        d.fetcher.get(url)

    assert type(caught.value) is kind
    assert caught.value.capture_id is not None
    assert d.archive.exchanges[caught.value.capture_id].status == status


# Asking again


@pytest.mark.parametrize("etag", ['"abc"', 'W/"weak"', "no-quotes", '"with \xe9"', "W/'odd', \"two\""])
def test_validators_go_back_byte_for_byte(origin: Origin, d: Desk, etag: str) -> None:
    """Whatever a server calls its version is sent as it came, and a 304 is told apart from a page."""
    when = "Sun, 1 mar 2026 00:00:00 +0000"
    url = origin.on("/a", reply(b"ok", ETag=etag, Last_Modified=when), reply(status=304, Cache_Control="max-age=60"))

    first = page(d.fetcher.get(url))
    second = d.fetcher.get(url, validators=first.validators)

    assert first.validators == Validators(etag=etag, last_modified=when)
    assert isinstance(second, NotModified)
    assert (second.validators, second.max_age) == (first.validators, 60)
    again = origin.of("/a")[1].headers
    assert (again["if-none-match"], again["if-modified-since"]) == (etag, when)
    assert "if-none-match" not in origin.of("/a")[0].headers


def test_a_304_may_renew_its_validators(origin: Origin, d: Desk) -> None:
    """The newest validators win, each on its own."""
    url = origin.on("/a", reply(status=304, ETag='"2"'))

    got = d.fetcher.get(url, validators=Validators(etag='"1"', last_modified="yesterday"))

    assert got.validators == Validators(etag='"2"', last_modified="yesterday")


def test_validators_belong_to_one_address(origin: Origin, d: Desk) -> None:
    """What one address was called is never asked of another, and a 304 from there is not believed."""
    url = origin.on("/a", redirect("/b"))
    origin.on("/b", reply(status=304))

    with pytest.raises(BadResponse):
        d.fetcher.get(url, validators=Validators(etag='"1"'))

    assert origin.of("/a")[0].headers["if-none-match"] == '"1"'
    assert "if-none-match" not in origin.of("/b")[0].headers


@pytest.mark.parametrize("etag", ["a\r\nX: y", " ", "\u20ac", "a\x00", "a "])
def test_a_validator_that_cannot_be_sent_is_left_out(origin: Origin, d: Desk, etag: str) -> None:
    """A stored value never breaks or splits a request."""
    url = origin.on("/a", reply(b"ok"))

    d.fetcher.get(url, validators=Validators(etag=etag))

    assert set(origin.of("/a")[0].headers) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"Cache_Control": "public, max-age=600"}, 600),
        ({"Cache_Control": 'Max-Age="5"'}, 5),
        ({"Cache_Control": "max-age=9" + "9" * 3000}, 86400),
        ({"Cache_Control": "no-cache, max-age=600"}, 0),
        ({"Cache_Control": "s-maxage=7"}, None),
        ({"Expires": "0"}, 0),
        ({"Expires": "Sun, 01 Mar 2026 13:00:00 GMT"}, 3600),
        ({"Expires": "Sun, 01 Mar 2026 13:00:00 GMT", "Date": "Sun, 01 Mar 2026 12:30:00 GMT"}, 1800),
        ({"Expires": "Fri, 01 Jan 9999 00:00:00 GMT"}, 86400),
        ({"Expires": "Fri, 31 Dec 9999 23:59:59 -1200"}, 0),
    ],
)
def test_freshness_is_read_and_capped(origin: Origin, d: Desk, fields: dict[str, str], seconds: int | None) -> None:
    """What a server says about the next visit counts, for a day at most."""
    url = origin.on("/a", reply(b"ok", 200, **fields))

    assert page(d.fetcher.get(url)).max_age == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", None),
        ("-5", None),
        ("9" * 4000, 259200.0),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2020 12:02:00 GMT", None),
        ("Fri, 01 Jan 9999 00:00:00 GMT", 259200.0),
        ("soon", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_rests_the_whole_host(
    origin: Origin, d: Desk, status: int, value: str, seconds: float | None
) -> None:
    """A server that asks for rest gets it, three days at most, and is not asked a second time meanwhile."""
    url = origin.on("/a", reply(b"later", status, Retry_After=value))

    with pytest.raises((RateLimited, ServerError)) as caught:
        d.fetcher.get(url)

    assert isinstance(caught.value, RateLimited | ServerError)
    assert (caught.value.retry_after or None) == seconds
    assert d.gate.held == ([("127.0.0.1", seconds)] if seconds else [])
    assert len(origin.of("/a")) == 1


# Redirects


def test_a_chain_of_redirects_is_archived_hop_by_hop(origin: Origin, d: Desk) -> None:
    """Every hop has its own capture and its own turn; the page knows where it ended."""
    url = origin.on("/a", redirect("b", 302))
    origin.on("/b", redirect(f"//127.0.0.1:{origin.port}/c d#frag", 307))
    origin.on("/c%20d", reply(b"end"))

    got = page(d.fetcher.get(url))

    assert (got.url, got.body, got.permanent) == (f"{origin.url}/c%20d", b"end", None)
    assert [(hop.url.removeprefix(origin.url), hop.status) for hop in got.hops] == [
        ("/a", 302),
        ("/b", 307),
        ("/c%20d", 200),
    ]
    assert [d.archive.exchanges[hop.capture_id].url for hop in got.hops] == [hop.url for hop in got.hops]
    assert len(d.gate.visits) == 4


@pytest.mark.parametrize(("first", "second", "moved"), [(301, 308, True), (301, 302, False), (303, 301, False)])
def test_a_move_for_good_is_told_only_when_every_hop_says_so(
    origin: Origin, d: Desk, first: int, second: int, moved: bool
) -> None:
    """A temporary hop anywhere in the chain means that the address stays as it is."""
    url = origin.on("/a", redirect("/b", first))
    origin.on("/b", redirect("/c", second))
    end = origin.on("/c", reply(b"end"))

    assert page(d.fetcher.get(url)).permanent == (end if moved else None)


def test_loops_and_endless_chains_end(origin: Origin, d: Desk) -> None:
    """A loop is seen at once, a chain at its limit, and the error shows the last hop."""
    loop = origin.on("/a", redirect("/b"))
    origin.on("/b", redirect("/a#again"))
    for number in range(10):
        origin.on(f"/{number}", redirect(f"/{number + 1}"))

    for url, hops in ((loop, 2), (f"{origin.url}/0", 5)):
        d.archive.exchanges.clear()
        with pytest.raises(TooManyRedirects) as caught:
            d.fetcher.get(url)
        assert len(d.archive.pages) == hops
        assert d.archive.last == d.archive.exchanges[caught.value.capture_id or START]  # type: ignore[index]


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("http://169.254.169.254/latest/meta-data/", SsrfBlocked),
        ("http://10.0.0.1/", SsrfBlocked),
        ("http://[::1]/", SsrfBlocked),
        ("http://[::ffff:10.0.0.1]/", SsrfBlocked),
        ("//2852039166/", SsrfBlocked),
        ("http://0xA9.0376.43518/", SsrfBlocked),
        ("http://\u2460\u2467.example@10.0.0.1/", SchemeRefused),
        ("file:///etc/passwd", SchemeRefused),
        ("ftp://127.0.0.1/", SchemeRefused),
        ("javascript:alert(1)", SchemeRefused),
        ("http://user:pw@127.0.0.1/", SchemeRefused),
        ("/\\10.0.0.1/", SchemeRefused),
        ("http:\\\\10.0.0.1", SchemeRefused),
        ("http://[", SchemeRefused),
        ("http://127.0.0.1:99999/", SchemeRefused),
        ("http://metadata.internal/", SsrfBlocked),
        ("http://half.internal/", SsrfBlocked),
    ],
)
def test_a_redirect_out_of_bounds_is_refused_before_a_connection(
    origin: Origin, to: str, kind: type[ScrapeError]
) -> None:
    """The hop is archived, the target is named, and no packet goes there."""
    url = origin.on("/a", redirect(to))
    where = names(metadata_internal=["169.254.169.254"], half_internal=["93.184.216.34", "fd00::1"])

    with desk(resolver=where) as d, pytest.raises(kind) as caught:
        d.fetcher.get(url, ask_robots=False)

    assert caught.value.capture_id in d.archive.exchanges


def test_a_name_is_judged_by_the_address_that_is_connected_to(origin: Origin) -> None:
    """A resolver that answers differently the second time gains nothing (DNS rebinding)."""
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["10.0.0.1"]))

    def close(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(reply(b"ok"))

    origin.on("/a", close)
    with desk(resolver=lambda host, port: next(answers)) as d:
        assert page(d.fetcher.get(f"http://site.example:{origin.port}/a", ask_robots=False)).body == b"ok"
        with pytest.raises(SsrfBlocked, match=r"10\.0\.0\.1"):
            d.fetcher.get(f"http://site.example:{origin.port}/a", ask_robots=False)


def test_the_next_address_is_tried_when_one_does_not_answer(origin: Origin) -> None:
    """A host with one dead address is still reached, and the evidence names the one that answered."""

    def half(address: str, port: int, seconds: float) -> socket.socket:
        if address == "127.0.0.9":
            raise ConnectionRefusedError(111, "refused")
        return socket.create_connection((address, port), seconds)

    origin.on("/a", reply(b"ok"))
    with desk(resolver=names(site_example=["127.0.0.9", "127.0.0.1"]), connector=half) as d:
        assert page(d.fetcher.get(f"http://site.example:{origin.port}/a")).body == b"ok"
        assert d.archive.last.peer == "127.0.0.1"


# Bodies and heads that do not end well


def cut_gzip() -> bytes:
    """The first half of a compressed page."""
    packed = gzip.compress(os.urandom(2000))
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
    origin: Origin, d: Desk, answer: bytes, mark: str | None
) -> None:
    """What came is archived and marked; the visit is an error."""

    def cut(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(answer)

    url = origin.on("/a", cut)

    with pytest.raises(CutBody) as caught:
        d.fetcher.get(url)

    assert caught.value.capture_id is not None
    assert d.archive.exchanges[caught.value.capture_id].truncated == mark
    assert len(origin.of("/a")) == 1


def endless(asked: Asked, sock: socket.socket) -> None:
    """Write for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        sock.sendall(b"x" * 65536)


def test_an_endless_body_stops_at_the_limit(origin: Origin, d: Desk) -> None:
    """The part that was read is kept, so that nobody can make a capture vanish by adding to it."""
    url = origin.on("/a", endless)

    with pytest.raises(TooLarge, match="1048576 bytes") as caught:
        d.fetcher.get(url)

    assert caught.value.capture_id is not None
    kept = d.archive.exchanges[caught.value.capture_id]
    assert (len(kept.body), kept.truncated) == (QUICK.body_bytes, "length")


@pytest.mark.parametrize(
    ("coding", "body", "kind"),
    [
        ("gzip", gzip.compress(bytes(4 * 1024 * 1024)), TooLarge),
        ("", gzip.compress(bytes(4 * 1024 * 1024)), TooLarge),
        ("br", b"\x0b\x02\x80abc\x03", EncodingRefused),
        ("zstd", b"\x28\xb5\x2f\xfd", EncodingRefused),
        ("deflate", b"x\x9c", EncodingRefused),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x")), EncodingRefused),
        ("gzip", b"plain", BadResponse),
    ],
)
def test_a_coding_that_was_not_asked_for_or_swells_is_refused(
    origin: Origin, d: Desk, coding: str, body: bytes, kind: type[ScrapeError]
) -> None:
    """It is archived as it came and never expanded."""
    url = origin.on("/a", reply(body, Content_Encoding=coding))

    with pytest.raises(kind) as caught:
        d.fetcher.get(url)

    assert caught.value.capture_id is not None
    assert d.archive.exchanges[caught.value.capture_id].body == body


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

    with desk(limits=SHORT) as d, at_most(1.5), pytest.raises(Timeout, match=r"0\.3 seconds") as caught:
        d.fetcher.get(url, ask_robots=False)

    assert [kept.truncated for kept in d.archive.pages] == (["time"] if archived else [])
    assert (caught.value.capture_id is not None) == archived


def test_a_flood_of_tiny_chunks_ends_too(origin: Origin) -> None:
    """Work that the origin makes us do counts against its time."""

    def flood(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            sock.sendall(b"1\r\na\r\n" * 1000)

    url = origin.on("/a", flood)

    with desk(limits=SHORT) as d, at_most(1.5), pytest.raises((Timeout, TooLarge)):
        d.fetcher.get(url, ask_robots=False)
    assert d.archive.last.truncated in {"time", "length"}


def test_the_deadline_covers_the_whole_chain(origin: Origin) -> None:
    """Redirects do not buy time, however quick each is."""

    def slow(asked: Asked, sock: socket.socket) -> None:
        origin.stopped.wait(0.12)
        sock.sendall(redirect(f"/{int(asked.path[1:]) + 1}"))

    for number in range(6):
        origin.on(f"/{number}", slow)

    with desk(limits=SHORT) as d, at_most(1.5), pytest.raises(Timeout):
        d.fetcher.get(f"{origin.url}/0", ask_robots=False)
    assert 1 <= len(d.archive.pages) <= 3


def test_a_resolver_that_never_answers_ends_at_the_deadline(origin: Origin) -> None:
    """A name server cannot hold a thread of ours for ever."""

    def never(host: str, port: int) -> list[str]:
        origin.stopped.wait(5)
        return []

    with desk(limits=SHORT, resolver=never) as d, at_most(1.5), pytest.raises(Timeout, match="resolver"):
        d.fetcher.get("http://site.example/", ask_robots=False)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 2000 + b"\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 100_000,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1000 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=b\r\n" * 1000 + b"\r\nhello",
    ],
)
def test_heads_are_bounded(origin: Origin, d: Desk, answer: bytes) -> None:
    """Header bombs and floods of interim answers are refused by their size."""
    url = origin.on("/a", answer)

    with pytest.raises(TooLarge, match="header section exceeds 8192 bytes"):
        d.fetcher.get(url)


def test_interim_answers_are_passed_over(origin: Origin, d: Desk) -> None:
    """A few 1xx answers are normal, and the evidence holds the final one."""
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    url = origin.on(
        "/a", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + final + b"ok"
    )

    got = page(d.fetcher.get(url))

    assert (got.body, d.archive.exchanges[got.capture_id].response_head) == (b"ok", final)


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
def test_an_answer_that_is_no_http_is_named(origin: Origin, d: Desk, answer: bytes) -> None:
    """Nonsense is an error of the origin, not of ours."""
    url = origin.on("/a", answer)

    with pytest.raises(BadResponse):
        d.fetcher.get(url, ask_robots=False)


# Trying again


def hang_up(asked: Asked, sock: socket.socket) -> None:
    """Close without a word."""


def test_a_broken_connection_is_tried_twice_more_with_growing_pauses(origin: Origin, d: Desk) -> None:
    """A hiccup costs no document, and a dead server is not hammered."""
    passing = origin.on("/a", hang_up, hang_up, reply(b"ok"))
    dead = origin.on("/b", hang_up)

    assert page(d.fetcher.get(passing, ask_robots=False)).body == b"ok"
    assert d.slept == [1.0, 2.0]
    with desk() as other, pytest.raises(Unreachable):
        other.fetcher.get(dead, ask_robots=False)
    assert len(origin.of("/b")) == 3


def test_an_overloaded_server_is_tried_twice_more(origin: Origin, d: Desk) -> None:
    """Each attempt is archived, and the last one decides."""
    url = origin.on("/a", reply(b"busy", 503), reply(b"busy", 502), reply(b"ok"))

    assert page(d.fetcher.get(url)).body == b"ok"
    assert [kept.status for kept in d.archive.pages] == [503, 502, 200]
    assert d.slept == [1.0, 2.0]


def test_what_will_not_pass_is_not_tried_again(origin: Origin, d: Desk) -> None:
    """A refused connection, an unknown name and a plain server error cost one attempt each."""
    with Origin() as gone:
        dead = f"{gone.url}/"
    broken = origin.on("/a", reply(b"no", 500))

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unreachable):
        d.fetcher.get(dead)
    with pytest.raises(ServerError):
        d.fetcher.get(broken)
    with desk(resolver=unknown) as other, pytest.raises(Unreachable, match=r"nowhere\.example"):
        other.fetcher.get("http://nowhere.example/")
    assert d.slept == other.slept == []
    assert d.archive.pages[0].status == 500


# robots.txt


def rules(text: str) -> bytes:
    """A robots.txt."""
    return reply(text.encode(), Content_Type="text/plain")


def test_robots_txt_is_asked_first_once_and_archived(origin: Origin, d: Desk) -> None:
    """What it forbids is not fetched, what it allows is, and a day later it is asked again."""
    origin.on("/robots.txt", rules("User-agent: *\nDisallow: /private\nCrawl-delay: 7\n"))
    url = origin.on("/a", reply(b"ok"))

    with pytest.raises(RobotsRefused):
        d.fetcher.get(f"{origin.url}/private/x")
    d.fetcher.get(url)
    assert origin.paths() == ["/a"]
    assert len(origin.of("/robots.txt")) == 1
    assert [kept.url for kept in d.archive.exchanges.values()] == [f"{origin.url}/robots.txt", url]
    assert d.gate.visits == [("127.0.0.1", 0.0), ("127.0.0.1", 7.0)]

    d.later(timedelta(hours=25))
    d.fetcher.get(url)
    assert len(origin.of("/robots.txt")) == 2


def test_a_redirect_is_asked_of_the_robots_txt_of_its_own_host(origin: Origin, d: Desk) -> None:
    """Being sent somewhere is no permission to go there."""
    with Origin(host="127.0.0.2") as other:
        other.on("/robots.txt", rules("User-agent: khronika\nDisallow: /"))
        url = origin.on("/a", redirect(f"{other.url}/b"))

        with pytest.raises(RobotsRefused):
            d.fetcher.get(url)
        assert other.paths() == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(b"User-agent: *\nDisallow: /", 404), None),
        (reply(b"User-agent: *\nDisallow: /", 403), None),
        (reply(b"", 204), None),
        (reply(b"<html>Disallow: /</html>"), None),
        (reply(b"down", 500), RobotsRefused),
        (reply(b"down", 503, Retry_After="60"), RobotsRefused),
        (reply(b"slow", 429, Retry_After="60"), RateLimited),
        (rules("User-agent: *\nAllow: /a\n" + "# filler\n" * 80_000 + "Disallow: /\n"), None),
        (reply(gzip.compress(b"User-agent: *\nDisallow: /"), Content_Encoding="gzip"), RobotsRefused),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nUser-agent: *\nAllow: /", CutBody),
        (redirect("http://10.0.0.1/robots.txt"), SsrfBlocked),
        (redirect("/robots.txt"), None),
    ],
)
def test_what_the_state_of_robots_txt_means(
    origin: Origin, d: Desk, answer: bytes, kind: type[ScrapeError] | None
) -> None:
    """A missing file allows, a failing server forbids, and half a file is no file."""

    def say(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(answer)

    origin.on("/robots.txt", say)
    url = origin.on("/a", reply(b"ok"))

    if kind is None:
        assert page(d.fetcher.get(url)).body == b"ok"
        return
    with pytest.raises(kind) as caught:
        d.fetcher.get(url)
    assert origin.of("/a") == []
    if not isinstance(caught.value, RobotsRefused):
        assert caught.value.capture_id in d.archive.exchanges


@pytest.mark.parametrize(("redirects", "allowed"), [(5, False), (6, True)])
def test_five_redirects_of_robots_txt_are_followed(origin: Origin, d: Desk, redirects: int, allowed: bool) -> None:
    """The fifth still leads to a file; after that there is none."""
    origin.on("/robots.txt", redirect("/r1"))
    for number in range(1, redirects):
        origin.on(f"/r{number}", redirect(f"/r{number + 1}"))
    origin.on(f"/r{redirects}", rules("User-agent: *\nDisallow: /a"))
    url = origin.on("/a", reply(b"ok"))

    if allowed:
        assert page(d.fetcher.get(url)).body == b"ok"
        return
    with pytest.raises(RobotsRefused):
        d.fetcher.get(url)


def test_an_origin_that_cannot_be_reached_is_an_error_not_a_refusal(origin: Origin, d: Desk) -> None:
    """A dead host is named as such, and is asked anew the next time."""
    origin.on("/robots.txt", hang_up)

    with pytest.raises(Unreachable):
        d.fetcher.get(origin.on("/a", reply(b"ok")))
    assert (origin.paths(), d.robots.files) == ([], {})


def test_a_failing_robots_txt_is_asked_again_after_an_hour(origin: Origin, d: Desk) -> None:
    """A bad moment of the server costs no whole day."""
    origin.on("/robots.txt", reply(b"down", 500), reply(b"", 404))
    url = origin.on("/a", reply(b"ok"))

    for _ in range(2):
        with pytest.raises(RobotsRefused):
            d.fetcher.get(url)
    d.later(timedelta(minutes=61))

    assert page(d.fetcher.get(url)).body == b"ok"
    assert len(origin.of("/robots.txt")) == 2


# Many at once


def test_ten_threads_share_a_fetcher(origin: Origin, d: Desk) -> None:
    """One robots.txt, one connection at a time to a host, and every thread gets its own page."""
    for number in range(50):
        origin.on(f"/{number}", reply(b"page %d" % number))

    def visit(number: int) -> bytes:
        return page(d.fetcher.get(f"{origin.url}/{number}")).body

    with ThreadPoolExecutor(10) as pool:
        bodies = list(pool.map(visit, range(50)))

    assert bodies == [b"page %d" % number for number in range(50)]
    assert len(origin.of("/robots.txt")) == 1
    assert (origin.most_at_once, origin.connections) == (1, 1)
    assert len(d.archive.exchanges) == 51


def test_a_slow_host_does_not_hold_up_another(origin: Origin, d: Desk) -> None:
    """While one host keeps us waiting, others are visited."""
    with Origin(host="127.0.0.2") as slow:
        done = threading.Event()

        def wait(asked: Asked, sock: socket.socket) -> None:
            done.wait(4)
            sock.sendall(reply(b"late"))

        slow.on("/robots.txt", wait)
        slow.on("/a", reply(b"slow"))
        thread = threading.Thread(target=d.fetcher.get, args=(f"{slow.url}/a",))
        thread.start()
        try:
            assert page(d.fetcher.get(origin.on("/a", reply(b"quick")))).body == b"quick"
            assert thread.is_alive()
        finally:
            done.set()
            thread.join()


def test_a_transport_without_a_wire_serves_tests() -> None:
    """Any httpx transport can stand in, and the evidence then shows the heads as they would have been."""
    archive = Archive()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/down":
            raise httpx.ConnectError("no route")
        return httpx.Response(200, headers={"ETag": '"1"'}, content=b"hello")

    fetcher = Fetcher(
        user_agent="khronika/1.0",
        archive=archive,
        gate=Gate(),
        robots=Robots(),
        networks=LOOPBACK,
        host_delay=0,
        clock=lambda: START,
        sleep=lambda _: None,
        dice=lambda: 0.5,
        transport_factory=lambda: httpx.MockTransport(answer),
    )
    got = page(fetcher.get("https://site.example/a", ask_robots=False))

    assert (got.body, got.validators.etag) == (b"hello", '"1"')
    assert re.fullmatch(rb'HTTP/1\.1 200 OK\r\n(?i:etag: "1"\r\ncontent-length: 5)\r\n\r\n', archive.last.response_head)
    assert archive.last.request_head.startswith(b"GET /a HTTP/1.1\r\nHost: site.example\r\n")
    with pytest.raises(Unreachable):
        fetcher.get("https://site.example/down", ask_robots=False)
    fetcher.close()


def test_what_is_sent_elsewhere_goes_through_the_same_door(origin: Origin) -> None:
    """An httpx client on the guarded transport posts to an allowed address and to no other."""

    def echo(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(reply(sock.recv(100)))

    url = origin.on("/hook", echo)

    with httpx.Client(transport=GuardedTransport(LOOPBACK, connect=only_loopback), trust_env=False) as client:
        assert client.post(url, content=b"news", headers={"Connection": "close"}).content == b"news"
        with pytest.raises(SsrfBlocked):
            client.post("http://10.0.0.1/hook", content=b"news")


@pytest.mark.slow
def test_a_bomb_costs_no_memory(origin: Origin, d: Desk) -> None:
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
        with desk(limits=Limits()) as roomy, pytest.raises(TooLarge, match="when expanded"):
            roomy.fetcher.get(url)
    finally:
        over.set()
        watcher.join()

    assert len(bomb) < 8 * 1024 * 1024
    assert peak[0] - before < 100 * 1024 * 1024
