"""`python -m benchmarks.polling`: what polling feeds costs, beside `reader`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any

from benchmarks.measure import ours, require, side, table
from benchmarks.origin import Origin, origin

HEAD = ("", "CPU s", "wall s", "peak MB", "CPU ms each", "CPU ratio")


def main() -> None:
    """Poll the same feeds with both, twice, and print what it cost."""
    parser = argparse.ArgumentParser(description="Polling feeds on loopback: Khronika beside `reader`.")
    parser.add_argument("--feeds", type=int, default=1000, help="feeds of whole texts")
    parser.add_argument("--items", type=int, default=20, help="items of each feed")
    parser.add_argument("--linked", type=int, default=100, help="feeds whose items have pages; 0: none")
    given = parser.parse_args()
    with origin() as server:
        whole_texts(server, given.feeds, given.items)
        if given.linked:
            with_pages(server, given.linked, given.items)


def whole_texts(server: Origin, feeds: int, items: int) -> None:
    """Compare like with like: the entry is the document."""
    addresses = server.addresses("entries", feeds, items)
    theirs = _reader(server, addresses, "entries", items)
    our = _khronika(server, addresses, "entries", items)
    for number, (name, unit) in enumerate((("first poll", feeds * items), ("every answer a 304", feeds))):
        each = "document" if number == 0 else "feed"
        table(
            f"{feeds} feeds x {items} entries with their whole text, {name} (each {each})",
            HEAD,
            [
                _row("reader, with its search index", theirs[number], unit, theirs[number]),
                _row("Khronika", our[number], unit, theirs[number]),
            ],
        )


def with_pages(server: Origin, feeds: int, items: int) -> None:
    """Show Khronika as it is: it also fetches, keeps and reads every entry's page, which `reader` does not do."""
    addresses = server.addresses("linked", feeds, items)
    theirs = _reader(server, addresses, "linked", items)
    our = _khronika(server, addresses, "linked", items)
    unit = feeds * items
    table(
        f"{feeds} feeds x {items} entries with pages, first poll (each document; only Khronika fetches the pages)",
        HEAD,
        [
            _row("reader, entries only", theirs[0], unit, theirs[0]),
            _row("Khronika, entries and pages", our[0], unit, theirs[0]),
        ],
    )


def _reader(server: Origin, addresses: list[str], kind: str, items: int) -> list[dict[str, Any]]:
    before = server.counts()
    rounds: list[dict[str, Any]] = side(
        [sys.executable, "-m", "benchmarks.reader_side"], {"feeds": addresses, "rounds": 2, "workers": 1}
    )["rounds"]
    for number in range(2):
        require(rounds[number]["documents"], len(addresses) * items, "entries in reader")
        require(rounds[number]["failed"], 0, "feeds that reader could not read")
    require(rounds[0]["found"] > 0, True, "something found by reader's search")
    _check(server.counts() - before, kind, len(addresses), pages=0)
    return rounds


def _khronika(server: Origin, addresses: list[str], kind: str, items: int) -> list[dict[str, Any]]:
    before = server.counts()
    sources = [
        {"id": f"feed-{number}", "title": f"Feed {number}", "family": "feed", "start": address, "languages": ["en"]}
        for number, address in enumerate(addresses)
    ]
    rounds: list[dict[str, Any]] = ours({"sources": sources, "rounds": 2})["rounds"]
    for number in range(2):
        require(rounds[number]["documents"], len(addresses) * items, "documents in Khronika")
    _check(server.counts() - before, kind, len(addresses), pages=len(addresses) * items if kind == "linked" else 0)
    return rounds


def _check(answered: Counter[str], kind: str, feeds: int, *, pages: int) -> None:
    require(
        dict(answered), {f"{kind} 200": feeds, f"{kind} 304": feeds} | ({"doc 200": pages} if pages else {}), "answers"
    )


def _row(name: str, cost: dict[str, Any], units: int, peer: dict[str, Any]) -> tuple[object, ...]:
    cpu = float(cost["cpu"])
    return (name, cpu, cost["wall"], f"{cost['peak_mb']:.0f}", cpu / units * 1000, cpu / float(peer["cpu"]))


if __name__ == "__main__":
    main()
