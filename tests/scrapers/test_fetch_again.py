"""Trying again, and many visits at once."""

from __future__ import annotations

import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpcore
import httpx
import pytest

from scrapers.errors import (
    ServerError,
    SsrfBlocked,
    Unreachable,
)
from scrapers.fetch import Fetcher
from scrapers.transport import GuardedTransport
from tests.origin import Asked, Origin, hang_up, reply
from tests.scrapers.fetching import (
    LOOPBACK,
    START,
    Archive,
    Desk,
    Gate,
    Robots,
    a_desk,
    only_loopback,
    page,
)


def test_a_broken_connection_is_tried_twice_more_with_growing_pauses(origin: Origin, desk: Desk) -> None:
    """A hiccup costs no document, and a dead server is not hammered."""
    passing = origin.on("/a", hang_up, hang_up, reply(b"ok"))
    dead = origin.on("/b", hang_up)

    assert page(desk.fetcher.get(passing, ask_robots=False)).body == b"ok"
    assert desk.slept == [1.0, 2.0]
    with a_desk() as other, pytest.raises(Unreachable):
        other.fetcher.get(dead, ask_robots=False)
    assert len(origin.of("/b")) == 3


def test_an_overloaded_server_is_tried_twice_more(origin: Origin, desk: Desk) -> None:
    """Each attempt is archived, and the last one decides."""
    url = origin.on("/a", reply(b"busy", 503), reply(b"busy", 502), reply(b"ok"))

    assert page(desk.fetcher.get(url)).body == b"ok"
    assert [kept.status for kept in desk.archive.pages] == [503, 502, 200]
    assert desk.slept == [1.0, 2.0]


def test_what_will_not_pass_is_not_tried_again(origin: Origin, desk: Desk) -> None:
    """A refused connection, an unknown name and a plain server error cost one attempt each."""
    with Origin() as gone:
        dead = f"{gone.url}/"
    broken = origin.on("/a", reply(b"no", 500))

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unreachable):
        desk.fetcher.get(dead)
    with pytest.raises(ServerError):
        desk.fetcher.get(broken)
    with a_desk(resolver=unknown) as other, pytest.raises(Unreachable, match=r"nowhere\.example"):
        other.fetcher.get("http://nowhere.example/")
    assert desk.slept == other.slept == []
    assert desk.archive.pages[0].status == 500


def test_ten_threads_share_a_fetcher(origin: Origin, desk: Desk) -> None:
    """One robots.txt, one connection at a time to a host, and every thread gets its own page."""
    for number in range(50):
        origin.on(f"/{number}", reply(b"page %d" % number))

    def visit(number: int) -> bytes:
        return page(desk.fetcher.get(f"{origin.url}/{number}")).body

    with ThreadPoolExecutor(10) as pool:
        bodies = list(pool.map(visit, range(50)))

    assert bodies == [b"page %d" % number for number in range(50)]
    assert len(origin.of("/robots.txt")) == 1
    assert (origin.most_at_once, origin.connections) == (1, 1)
    assert len(desk.archive.exchanges) == 51


def test_a_slow_host_does_not_hold_up_another(origin: Origin, desk: Desk) -> None:
    """While one host keeps us waiting, others are visited."""
    with Origin(host="127.0.0.2") as slow:
        done = threading.Event()

        def wait(asked: Asked, sock: socket.socket) -> None:
            done.wait(4)
            sock.sendall(reply(b"late"))

        slow.on("/robots.txt", wait)
        slow.on("/a", reply(b"slow"))
        thread = threading.Thread(target=desk.fetcher.get, args=(f"{slow.url}/a",))
        thread.start()
        try:
            assert page(desk.fetcher.get(origin.on("/a", reply(b"quick")))).body == b"quick"
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
    """An httpx client on the guarded transport posts to an allowed address only, and never twice."""
    url = origin.on("/hook", reply(b"thanks"), reply(b"thanks"), hang_up)

    with httpx.Client(transport=GuardedTransport(LOOPBACK, connect=only_loopback), trust_env=False) as client:
        assert [client.post(url, content=b"news").content for _ in range(2)] == [b"thanks"] * 2
        with pytest.raises(SsrfBlocked):
            client.post("http://10.0.0.1/hook", content=b"news")
        with pytest.raises(httpcore.ReadError):
            client.post(url, content=b"news")
    assert [(asked.method, asked.body) for asked in origin.asked] == [("POST", b"news")] * 3
