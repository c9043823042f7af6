"""What a visit brings back, and what it asks for."""

from __future__ import annotations

import gzip
import socket
import threading

import pytest

from scrapers.errors import (
    BadResponse,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    ScrapeError,
    ServerError,
)
from scrapers.guard import Networks
from scrapers.model import NotModified, Validators
from scrapers.transport import connect
from tests.origin import Asked, Origin, redirect, reply
from tests.scrapers.fetching import (
    START,
    Desk,
    a_desk,
    page,
)


def test_a_page_comes_back_with_its_evidence(origin: Origin, desk: Desk) -> None:
    """The archive holds the heads as they were on the wire and the page points at its capture."""
    wire = (
        b"HTTP/1.1 200 Fine\r\ncontent-TYPE: text/html\r\nX-B: 1\r\nx-a:2\r\nX-B: 3\r\nContent-Length: 5\r\n\r\nhello"
    )
    url = origin.on("/a", wire)

    got = page(desk.fetcher.get(f"{url}?q=1#part"))

    kept = desk.archive.exchanges[got.capture_id]
    assert (got.body, got.status, got.url, got.requested) == (b"hello", 200, f"{url}?q=1", f"{url}?q=1#part")
    assert got.headers["x-b"] == "3"
    assert kept.response_head + kept.body == wire
    assert kept.request_head == origin.of("/a")[0].head
    assert (kept.url, kept.peer, kept.tls, kept.truncated, kept.at) == (f"{url}?q=1", "127.0.0.1", None, None, START)
    assert [hop.capture_id for hop in got.hops] == [got.capture_id]


def test_a_request_says_who_asks_and_little_else(origin: Origin, desk: Desk) -> None:
    """There is no cookie, no referrer, and no coding but gzip, even after a server set a cookie and redirected."""
    origin.on("/a", reply(b"x", 302, Set_Cookie="id=1; Path=/", Location="/b"))
    url = origin.on("/b", reply(b"ok", Set_Cookie="id=2; Path=/"))

    desk.fetcher.get(f"{origin.url}/a")
    desk.fetcher.get(url)

    for asked in origin.asked:
        assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert asked.headers["user-agent"] == "khronika/1.0 (+https://khronika.example)"
        assert asked.headers["accept-encoding"] == "gzip"
        assert asked.headers["host"] == f"127.0.0.1:{origin.port}"


def test_hosts_of_every_kind_are_asked_by_their_own_name(origin: Origin) -> None:
    """International names go out as ASCII, whether they decode or not, and name the host at the gate."""
    origin.on("/a", reply(b"ok"))

    with a_desk(resolver=lambda host, port: ["127.0.0.1"]) as desk:
        for host in ("мвд.бел", "xn--a.example", "a_b.example"):
            desk.fetcher.get(f"http://{host}:{origin.port}/a", ask_robots=False)

    hosts = ["xn--b1aew.xn--90ais", "xn--a.example", "a_b.example"]
    assert [asked.headers["host"] for asked in origin.asked] == [f"{host}:{origin.port}" for host in hosts]
    assert [host for host, _ in desk.gate.visits] == hosts


def test_an_ipv6_address_can_be_visited_where_it_is_allowed() -> None:
    """The host is bracketed where it must be, and plain in the evidence."""
    try:
        server = Origin(host="::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server as origin, a_desk(networks=Networks.parse(["::1/128"]), connector=connect) as desk:
        got = page(desk.fetcher.get(origin.on("/a", reply(b"ok"))))

        assert (got.body, desk.archive.last.peer) == (b"ok", "::1")
        assert origin.of("/a")[0].headers["host"] == f"[::1]:{origin.port}"


def test_one_connection_serves_many_requests_and_threads(origin: Origin, desk: Desk) -> None:
    """A host visited by several threads in turn sees one connection."""
    url = origin.on("/a", reply(b"ok"))

    desk.fetcher.get(url)
    for _ in range(3):
        thread = threading.Thread(target=desk.fetcher.get, args=(url,))
        thread.start()
        thread.join()

    assert len(origin.of("/a")) == 4
    assert origin.connections == 1


def test_a_connection_the_server_closed_meanwhile_is_replaced(origin: Origin, desk: Desk) -> None:
    """A server that closes after each answer is no error, and asks for no pause."""

    def close(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(reply(b"ok"))

    url = origin.on("/a", close)

    assert [page(desk.fetcher.get(url)).body for _ in range(3)] == [b"ok"] * 3
    assert desk.slept == []


def test_a_chunked_body_is_stored_without_chunks_and_says_so(origin: Origin, desk: Desk) -> None:
    """The record never claims a framing that its body no longer has."""
    head = b"HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n%sContent-Length: 3\r\n\r\n"
    url = origin.on("/a", head % (b"", b"") + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    got = page(desk.fetcher.get(url))

    kept = desk.archive.exchanges[got.capture_id]
    assert got.body == kept.body == b"abcde"
    assert kept.response_head == head % (b"X-Archive-Orig-", b"X-Archive-Orig-")


def test_the_archive_keeps_what_was_received_and_the_page_what_it_means(origin: Origin, desk: Desk) -> None:
    """A compressed body is archived compressed and read expanded, labelled or not."""
    packed = gzip.compress(b"<p>hello</p>" * 50)
    said, unsaid = origin.on("/a", reply(packed, Content_Encoding="gzip")), origin.on("/b", reply(packed))

    for url, notes in ((said, []), (unsaid, ["compressed without saying so"])):
        got = page(desk.fetcher.get(url))
        assert (got.body, got.notes) == (b"<p>hello</p>" * 50, notes)
        assert desk.archive.exchanges[got.capture_id].body == packed


@pytest.mark.parametrize("status", [200, 204, 205])
def test_an_empty_answer_is_a_page(origin: Origin, desk: Desk, status: int) -> None:
    """Whether nothing is something is for the reader to say."""
    url = origin.on("/a", reply(b"", status, Content_Encoding="gzip" if status == 200 else ""))

    assert page(desk.fetcher.get(url)).body == b""


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
def test_every_status_has_a_name_and_a_capture(
    origin: Origin, desk: Desk, status: int, kind: type[ScrapeError]
) -> None:
    """An error points at the archived answer that shows it."""
    url = origin.on("/a", reply(b"sorry", status))

    with pytest.raises(kind) as caught:
        desk.fetcher.get(url)

    assert type(caught.value) is kind
    assert caught.value.capture_id is not None
    assert desk.archive.exchanges[caught.value.capture_id].status == status


@pytest.mark.parametrize("etag", ['"abc"', 'W/"weak"', "no-quotes", '"with \xe9"', "W/'odd', \"two\""])
def test_validators_go_back_byte_for_byte(origin: Origin, desk: Desk, etag: str) -> None:
    """Whatever a server calls its version is sent as it came, and a 304 is told apart from a page."""
    when = "Sun, 1 mar 2026 00:00:00 +0000"
    url = origin.on("/a", reply(b"ok", ETag=etag, Last_Modified=when), reply(status=304, Cache_Control="max-age=60"))

    first = page(desk.fetcher.get(url))
    second = desk.fetcher.get(url, validators=first.validators)

    assert first.validators == Validators(etag=etag, last_modified=when)
    assert isinstance(second, NotModified)
    assert (second.validators, second.max_age) == (first.validators, 60)
    again = origin.of("/a")[1].headers
    assert (again["if-none-match"], again["if-modified-since"]) == (etag, when)
    assert "if-none-match" not in origin.of("/a")[0].headers


def test_a_304_may_renew_its_validators(origin: Origin, desk: Desk) -> None:
    """The newest validators win, each on its own."""
    url = origin.on("/a", reply(status=304, ETag='"2"'))

    got = desk.fetcher.get(url, validators=Validators(etag='"1"', last_modified="yesterday"))

    assert got.validators == Validators(etag='"2"', last_modified="yesterday")


def test_validators_belong_to_one_address(origin: Origin, desk: Desk) -> None:
    """What one address was called is never asked of another, and a 304 from there is not believed."""
    url = origin.on("/a", redirect("/b"))
    origin.on("/b", reply(status=304))

    with pytest.raises(BadResponse):
        desk.fetcher.get(url, validators=Validators(etag='"1"'))

    assert origin.of("/a")[0].headers["if-none-match"] == '"1"'
    assert "if-none-match" not in origin.of("/b")[0].headers


@pytest.mark.parametrize("etag", ["a\r\nX: y", " ", "\u20ac", "a\x00", "a "])
def test_a_validator_that_cannot_be_sent_is_left_out(origin: Origin, desk: Desk, etag: str) -> None:
    """A stored value never breaks or splits a request."""
    url = origin.on("/a", reply(b"ok"))

    desk.fetcher.get(url, validators=Validators(etag=etag))

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
def test_freshness_is_read_and_capped(origin: Origin, desk: Desk, fields: dict[str, str], seconds: int | None) -> None:
    """What a server says about the next visit counts, for a day at most."""
    url = origin.on("/a", reply(b"ok", 200, **fields))

    assert page(desk.fetcher.get(url)).max_age == seconds


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
    origin: Origin, desk: Desk, status: int, value: str, seconds: float | None
) -> None:
    """A server that asks for rest gets it, three days at most, and is not asked a second time meanwhile."""
    url = origin.on("/a", reply(b"later", status, Retry_After=value))

    with pytest.raises((RateLimited, ServerError)) as caught:
        desk.fetcher.get(url)

    assert isinstance(caught.value, RateLimited | ServerError)
    assert (caught.value.retry_after or None) == seconds
    assert desk.gate.held == ([("127.0.0.1", seconds)] if seconds else [])
    assert len(origin.of("/a")) == 1
