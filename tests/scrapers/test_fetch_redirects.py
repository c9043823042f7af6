"""Where a redirect may lead, and where a name may point."""

from __future__ import annotations

import itertools
import socket

import pytest

from scrapers.errors import (
    SchemeRefused,
    ScrapeError,
    SsrfBlocked,
    TooManyRedirects,
)
from tests.origin import Asked, Origin, redirect, reply
from tests.scrapers.fetching import (
    START,
    Desk,
    a_desk,
    names,
    page,
)


def test_a_chain_of_redirects_is_archived_hop_by_hop(origin: Origin, desk: Desk) -> None:
    """Every hop has its own capture and its own turn; the page knows where it ended."""
    url = origin.on("/a", redirect("b", 302))
    origin.on("/b", redirect(f"//127.0.0.1:{origin.port}/c d#frag", 307))
    origin.on("/c%20d", reply(b"end"))

    got = page(desk.fetcher.get(url))

    assert (got.url, got.body, got.permanent) == (f"{origin.url}/c%20d", b"end", None)
    assert [(hop.url.removeprefix(origin.url), hop.status) for hop in got.hops] == [
        ("/a", 302),
        ("/b", 307),
        ("/c%20d", 200),
    ]
    assert [desk.archive.exchanges[hop.capture_id].url for hop in got.hops] == [hop.url for hop in got.hops]
    assert len(desk.gate.visits) == 4


@pytest.mark.parametrize(("first", "second", "moved"), [(301, 308, True), (301, 302, False), (303, 301, False)])
def test_a_move_for_good_is_told_only_when_every_hop_says_so(
    origin: Origin, desk: Desk, first: int, second: int, moved: bool
) -> None:
    """A temporary hop anywhere in the chain means that the address stays as it is."""
    url = origin.on("/a", redirect("/b", first))
    origin.on("/b", redirect("/c", second))
    end = origin.on("/c", reply(b"end"))

    assert page(desk.fetcher.get(url)).permanent == (end if moved else None)


def test_loops_and_endless_chains_end(origin: Origin, desk: Desk) -> None:
    """A loop is seen at once, a chain at its limit, and the error shows the last hop."""
    loop = origin.on("/a", redirect("/b"))
    origin.on("/b", redirect("/a#again"))
    for number in range(10):
        origin.on(f"/{number}", redirect(f"/{number + 1}"))

    for url, hops in ((loop, 2), (f"{origin.url}/0", 5)):
        desk.archive.exchanges.clear()
        with pytest.raises(TooManyRedirects) as caught:
            desk.fetcher.get(url)
        assert len(desk.archive.pages) == hops
        assert desk.archive.last == desk.archive.exchanges[caught.value.capture_id or START]  # type: ignore[index]


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

    with a_desk(resolver=where) as desk, pytest.raises(kind) as caught:
        desk.fetcher.get(url, ask_robots=False)

    assert caught.value.capture_id in desk.archive.exchanges


def test_a_name_is_judged_by_the_address_that_is_connected_to(origin: Origin) -> None:
    """A resolver that answers differently the second time gains nothing (DNS rebinding)."""
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["10.0.0.1"]))

    def close(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(reply(b"ok"))

    origin.on("/a", close)
    with a_desk(resolver=lambda host, port: next(answers)) as desk:
        assert page(desk.fetcher.get(f"http://site.example:{origin.port}/a", ask_robots=False)).body == b"ok"
        with pytest.raises(SsrfBlocked, match=r"10\.0\.0\.1"):
            desk.fetcher.get(f"http://site.example:{origin.port}/a", ask_robots=False)


def test_the_next_address_is_tried_when_one_does_not_answer(origin: Origin) -> None:
    """A host with one dead address is still reached, and the evidence names the one that answered."""

    def half(address: str, port: int, seconds: float) -> socket.socket:
        if address == "127.0.0.9":
            raise ConnectionRefusedError(111, "refused")
        return socket.create_connection((address, port), seconds)

    origin.on("/a", reply(b"ok"))
    with a_desk(resolver=names(site_example=["127.0.0.9", "127.0.0.1"]), connector=half) as desk:
        assert page(desk.fetcher.get(f"http://site.example:{origin.port}/a")).body == b"ok"
        assert desk.archive.last.peer == "127.0.0.1"
