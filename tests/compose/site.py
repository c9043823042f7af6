"""Press rooms for the containers to watch: rooms that say something new every ten seconds, and one that keeps a visitor waiting.

`/rooms/N/feed` names three statements and one more every ten seconds since the Unix time given as the first argument.
`/held/feed` never answers its first visitor, whose address `/holding` tells, and answers all later ones with one statement.
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEGAN = float(sys.argv[1])
FIRST_VISIT = threading.Lock()
held: list[str] = []


class PressRoom(BaseHTTPRequestHandler):
    """Serves the feeds and their pages."""

    def do_GET(self) -> None:
        """Answer one request."""
        match self.path.strip("/").split("/"):
            case ["rooms", room, "feed"]:
                self.feed(f"Room {room} statement", f"/rooms/{room}", 3 + int((time.time() - BEGAN) / 10))
            case ["rooms", room, number]:
                self.page(f"Room {room} statement {number}")
            case ["held", "feed"]:
                if FIRST_VISIT.acquire(blocking=False):
                    held.append(self.client_address[0])
                    self.rfile.read(1)  # comes back when the visitor is gone
                    return
                self.feed("Held statement", "/held", 1)
            case ["held", number]:
                self.page(f"Held statement {number}")
            case ["holding"]:
                self.answer(" ".join(held), "text/plain")
            case _:
                self.send_error(404)

    def feed(self, title: str, folder: str, count: int) -> None:
        """Send a feed of so many statements."""
        base = f"http://{self.headers['Host']}{folder}"
        items = "".join(
            f"<item><title>{title} {n}</title><link>{base}/{n}</link><guid>{base}/{n}</guid></item>"
            for n in range(count, 0, -1)
        )
        self.answer(
            f"<rss version='2.0'><channel><title>{title}s</title>{items}</channel></rss>", "application/rss+xml"
        )

    def page(self, title: str) -> None:
        """Send the page of one statement."""
        words = f"This is what {title} says, written so that it can be told from every other one."
        self.answer(f"<!doctype html><title>{title}</title><main><h1>{title}</h1><p>{words}</p><p>{words}</p></main>")

    def answer(self, text: str, kind: str = "text/html") -> None:
        """Send a body."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8000), PressRoom).serve_forever()
