"""A lean web server on loopback, in a process of its own, that counts what it answered.

Run as a module it serves until its standard input ends. The first line it prints is a JSON list of its addresses, one host
each, so that a pace kept per host does not decide the result.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from benchmarks.measure import ROOT

VOCABULARY = (
    "the of and to in a for that is with on by as it at from was be this are not have which has were or their an its they "
    "office commission council members government observers journalists court prison sentence detained released rights law "
    "election peaceful assembly lawyers families report statement today called upon authorities immediately investigate "
    "torture access medical care international obligations under covenant article press freedom expression association "
    "civil society organisations concern deeply deplores welcomes decision appeal trial without delay conditions country"
)
WORDS = VOCABULARY.split()
NAMES = [
    a + b + c for a in ("Bara", "Kola", "Miri", "Sado", "Tevi") for b in ("n", "l", "st") for c in ("ov", "ka", "ich")
]
DAY = "{day:02d} Mar 2026 {hour:02d}:{minute:02d}:00 GMT"


def paragraphs(seed: str, words: int = 260) -> list[str]:
    """Make a text that no other seed gives."""
    dice = random.Random(seed)
    said = [*dice.choices(WORDS, k=words), *dice.choices(NAMES, k=words // 10)]
    dice.shuffle(said)
    said.insert(0, f"Number {seed.replace('/', ' ')}")
    return [" ".join(said[start : start + 60]) + "." for start in range(0, len(said), 60)]


def title(seed: str) -> str:
    """Make a headline."""
    dice = random.Random(f"title {seed}")
    return " ".join(dice.choices(WORDS, k=7)).capitalize() + f" {seed.replace('/', ' ')}"


def feed(base: str, number: int, items: int, *, linked: bool) -> bytes:
    """Make an RSS feed: items with pages, or whole texts without."""
    parts = []
    for item in range(items):
        seed = f"{number}/{item}"
        date = DAY.format(day=28 - item % 28, hour=number % 24, minute=item % 60)
        text = "".join(f"<p>{part}</p>" for part in paragraphs(seed))
        link = f"<link>{base}/doc/{seed}</link>" if linked else ""
        parts.append(
            f'<item><title>{title(seed)}</title>{link}<guid isPermaLink="false">urn:item:{seed}</guid>'
            f"<pubDate>{date}</pubDate><description><![CDATA[{text}]]></description></item>"
        )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Office {number}</title><language>en</language>'
        f"<link>{base}/</link><description>Statements</description>{''.join(parts)}</channel></rss>"
    ).encode()


FURNITURE = "".join(
    f'<li class="entry-{n}"><a href="/section/{n}">Section {n} of the office</a></li>' for n in range(120)
)


def page(seed: str) -> bytes:
    """Make a page of about 15 kB with the usual furniture."""
    text = "".join(f"<p>{part}</p>" for part in paragraphs(seed, 450))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title(seed)} | Office</title></head><body>'
        f"<header><nav><ul>{FURNITURE}</ul></nav></header><main><article><h1>{title(seed)}</h1>"
        f'<time class="when" datetime="2026-03-01T09:00:00+00:00">1 March 2026</time><div class="text">{text}</div></article>'
        f"</main><footer><ul>{FURNITURE[:2000]}</ul></footer></body></html>"
    ).encode()


def listing(base: str, number: int, items: int) -> bytes:
    """Make an HTML listing."""
    rows = "".join(
        f'<article class="teaser"><h3><a href="{base}/doc/{number}/{item}">{title(f"{number}/{item}")}</a></h3></article>'
        for item in range(items)
    )
    head = f'<!doctype html><html lang="en"><head><title>Office {number}</title></head><body>'
    return f"{head}<header><ul>{FURNITURE}</ul></header><main>{rows}</main></body></html>".encode()


class Server(asyncio.Protocol):
    """Answers GET on one connection."""

    def __init__(self, base: str, counts: Counter[str]) -> None:
        self._base = base
        self._counts = counts
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        kind, _, rest = path.strip("/").partition("/")
        if kind == "_counts":
            self._send("200 OK", json.dumps(self._counts).encode(), "application/json")
            return
        if kind == "robots.txt":
            self._send("404 Not Found", b"", "text/plain")
            return
        conditional = b"if-none-match" in head.lower()
        self._counts[f"{kind} {304 if conditional else 200}"] += 1
        if conditional:
            self._transport.write(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
            return
        body = made(self._base, kind, rest)
        markup = "text/html; charset=utf-8" if kind in ("listing", "doc") else "application/rss+xml; charset=utf-8"
        self._send("200 OK", body, markup, 'ETag: "1"\r\n' if kind != "doc" else "")

    def _send(self, status: str, body: bytes, media: str, extra: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        self._transport.write(head.encode() + body)


@lru_cache(maxsize=512)
def made(base: str, kind: str, rest: str) -> bytes:
    """Make what stands at an address: `<kind>/<number>/<items>`, or `doc/<number>/<item>`."""
    if kind == "doc":
        return page(rest)
    number, items = map(int, rest.split("/"))
    if kind == "listing":
        return listing(base, number, items)
    return feed(base, number, items, linked=kind == "linked")


async def serve(hosts: int) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    counts: Counter[str] = Counter()
    bases = []
    for number in range(hosts):
        listener = socket.create_server((f"127.0.1.{number + 1}", 0), backlog=512)
        base = "http://{}:{}".format(*listener.getsockname())
        await loop.create_server(partial(Server, base, counts), sock=listener)
        bases.append(base)
    print(json.dumps(bases), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class Origin:
    """The server as its starter sees it."""

    def __init__(self, bases: list[str]) -> None:
        self.bases = bases

    def addresses(self, kind: str, number: int, items: int) -> list[str]:
        """Return so many addresses of one kind, spread over the hosts."""
        return [f"{self.bases[each % len(self.bases)]}/{kind}/{each}/{items}" for each in range(number)]

    def counts(self) -> Counter[str]:
        """Return how many answers of each kind and status were given."""
        with urllib.request.urlopen(f"{self.bases[0]}/_counts", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return Counter(found)


@contextmanager
def origin(hosts: int = 60) -> Iterator[Origin]:
    """Run the server beside what is measured."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.origin", str(hosts)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Origin(json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
