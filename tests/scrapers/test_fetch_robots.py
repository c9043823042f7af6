"""What robots.txt means for a visit."""

from __future__ import annotations

import gzip
import socket
from datetime import timedelta

import pytest

from scrapers.errors import (
    CutBody,
    RateLimited,
    RobotsRefused,
    ScrapeError,
    SsrfBlocked,
    Unreachable,
)
from tests.origin import Asked, Origin, hang_up, redirect, reply
from tests.scrapers.fetching import (
    Desk,
    page,
)


def rules(text: str) -> bytes:
    """A robots.txt."""
    return reply(text.encode(), Content_Type="text/plain")


def test_robots_txt_is_asked_first_once_and_archived(origin: Origin, desk: Desk) -> None:
    """What it forbids is not fetched, what it allows is, and a day later it is asked again."""
    origin.on("/robots.txt", rules("User-agent: *\nDisallow: /private\nCrawl-delay: 7\n"))
    url = origin.on("/a", reply(b"ok"))

    with pytest.raises(RobotsRefused):
        desk.fetcher.get(f"{origin.url}/private/x")
    desk.fetcher.get(url)
    assert origin.paths() == ["/a"]
    assert len(origin.of("/robots.txt")) == 1
    assert [kept.url for kept in desk.archive.exchanges.values()] == [f"{origin.url}/robots.txt", url]
    assert desk.gate.visits == [("127.0.0.1", 0.0), ("127.0.0.1", 7.0)]

    desk.later(timedelta(hours=25))
    desk.fetcher.get(url)
    assert len(origin.of("/robots.txt")) == 2


def test_a_redirect_is_asked_of_the_robots_txt_of_its_own_host(origin: Origin, desk: Desk) -> None:
    """Being sent somewhere is no permission to go there."""
    with Origin(host="127.0.0.2") as other:
        other.on("/robots.txt", rules("User-agent: khronika\nDisallow: /"))
        url = origin.on("/a", redirect(f"{other.url}/b"))

        with pytest.raises(RobotsRefused):
            desk.fetcher.get(url)
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
        (reply(gzip.compress(b"User-agent: *\nDisallow: /", mtime=0), Content_Encoding="gzip"), RobotsRefused),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nUser-agent: *\nAllow: /", CutBody),
        (redirect("http://10.0.0.1/robots.txt"), SsrfBlocked),
        (redirect("/robots.txt"), None),
    ],
)
def test_what_the_state_of_robots_txt_means(
    origin: Origin, desk: Desk, answer: bytes, kind: type[ScrapeError] | None
) -> None:
    """A missing file allows, a failing server forbids, and half a file is no file."""

    def say(asked: Asked, sock: socket.socket) -> None:
        sock.sendall(answer)

    origin.on("/robots.txt", say)
    url = origin.on("/a", reply(b"ok"))

    if kind is None:
        assert page(desk.fetcher.get(url)).body == b"ok"
        return
    with pytest.raises(kind) as caught:
        desk.fetcher.get(url)
    assert origin.of("/a") == []
    if not isinstance(caught.value, RobotsRefused):
        assert caught.value.capture_id in desk.archive.exchanges


@pytest.mark.parametrize(("redirects", "allowed"), [(5, False), (6, True)])
def test_five_redirects_of_robots_txt_are_followed(origin: Origin, desk: Desk, redirects: int, allowed: bool) -> None:
    """The fifth still leads to a file; after that there is none."""
    origin.on("/robots.txt", redirect("/r1"))
    for number in range(1, redirects):
        origin.on(f"/r{number}", redirect(f"/r{number + 1}"))
    origin.on(f"/r{redirects}", rules("User-agent: *\nDisallow: /a"))
    url = origin.on("/a", reply(b"ok"))

    if allowed:
        assert page(desk.fetcher.get(url)).body == b"ok"
        return
    with pytest.raises(RobotsRefused):
        desk.fetcher.get(url)


def test_an_origin_that_cannot_be_reached_is_an_error_not_a_refusal(origin: Origin, desk: Desk) -> None:
    """A dead host is named as such, and is asked anew the next time."""
    origin.on("/robots.txt", hang_up)

    with pytest.raises(Unreachable):
        desk.fetcher.get(origin.on("/a", reply(b"ok")))
    assert (origin.paths(), desk.robots.files) == ([], {})


def test_a_failing_robots_txt_is_asked_again_after_an_hour(origin: Origin, desk: Desk) -> None:
    """A bad moment of the server costs no whole day."""
    origin.on("/robots.txt", reply(b"down", 500), reply(b"", 404))
    url = origin.on("/a", reply(b"ok"))

    for _ in range(2):
        with pytest.raises(RobotsRefused):
            desk.fetcher.get(url)
    desk.later(timedelta(minutes=61))

    assert page(desk.fetcher.get(url)).body == b"ok"
    assert len(origin.of("/robots.txt")) == 2
