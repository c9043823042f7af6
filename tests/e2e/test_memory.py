"""How much memory hostile answers and long listings take, weighed from inside a process of its own."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.crash.commands import House
from tests.crash.hostile import HOSTILE
from tests.origin import Asked, Origin, reply
from tests.service.world import TEXT, page, rss

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
WEIGHER = [sys.executable, "-m", "tests.crash.weigher"]
MB = 1 << 20
DATE = "Sun, 01 Mar 2026 09:00:00 GMT"


def numbered(asked: Asked, sock: socket.socket) -> bool:
    """A page with a text of its own for every address."""
    sock.sendall(page(f"Statement {asked.path}", f"At {asked.path}. {TEXT}"))
    return True


def watch(house: House, origin: Origin, source_id: str, items: int = 3) -> None:
    """Add a healthy source with so many pages."""
    for number in range(items):
        origin.on(f"/{source_id}/{number}", numbered)
    entries = [(f"/{source_id}/{number}", f"Statement {number}", DATE) for number in range(items)]
    house.add(source_id, origin.on(f"/{source_id}", rss(origin, *entries)))


def test_a_run_over_hostile_sources_stays_small(tmp_path: Path) -> None:
    """Two dozen hostile listings beside eight healthy ones: neither the process nor a parser grows by 200 MB, all are read."""
    house = House(tmp_path, settings={"PARSERS": "2", "CONCURRENCY": "8"})
    with Origin() as origin:
        origin.on("/robots.txt", reply(status=404))
        for name in ("first", *(f"healthy{number}" for number in range(7))):
            watch(house, origin, name)
        for case in HOSTILE:
            house.add(f"bad-{case.name}", case.at(origin, f"/bad/{case.name}"), **case.record)

        done = house.run(program=WEIGHER)

    assert done.code == 0, done.err
    start, end, result = done.rows
    healthy = dict.fromkeys(["first", *(f"healthy{number}" for number in range(7))])
    assert result == {"documents": 24, "outcomes": healthy | {f"bad-{case.name}": case.code for case in HOSTILE}}
    grown, parsers = (end["peak"] - start["rss"]) / MB, (end["parsers"] - start["parsers"]) / MB
    assert grown < 200, f"the process grew by {grown:.0f} MB"
    assert parsers < 200, f"a parser grew by {parsers:.0f} MB"


def test_the_six_hundredth_document_costs_no_more_than_the_first(tmp_path: Path) -> None:
    """From the 200th to the 600th document of one source the process stays flat."""
    house = House(tmp_path, settings={"PARSERS": "2"})
    with Origin() as origin:
        origin.on("/robots.txt", reply(status=404))
        watch(house, origin, "first", 1)
        watch(house, origin, "office", 601)

        done = house.run("200", "400", "600", program=WEIGHER, timeout=200)

    assert done.code == 0, done.err
    weights = {row["mark"]: row for row in done.rows if "mark" in row}
    grown = (weights[600]["rss"] - weights[200]["rss"]) / MB
    assert grown < 25, f"the process grew by {grown:.1f} MB between the 200th and the 600th document"
    parsers = (weights[600]["parsers"] - weights[200]["parsers"]) / MB
    assert parsers < 25, f"a parser grew by {parsers:.1f} MB between the 200th and the 600th document"
