"""A small press room for the containers to watch: one feed, a new statement every ten seconds, and what it was asked for."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEGAN = time.time()


def count() -> int:
    """How many statements there are by now."""
    return 3 + int((time.time() - BEGAN) / 10)


class PressRoom(BaseHTTPRequestHandler):
    """Serves the feed and its pages."""

    def do_GET(self) -> None:  # noqa: N802
        """Answer one request."""
        base = f"http://{self.headers['Host']}"
        if self.path == "/feed":
            items = "".join(
                f"<item><title>Statement {n}</title><link>{base}/s/{n}</link><guid>{base}/s/{n}</guid></item>"
                for n in range(count(), 0, -1)
            )
            self.answer(
                f"<rss version='2.0'><channel><title>Press room</title>{items}</channel></rss>", "application/rss+xml"
            )
        elif self.path.startswith("/s/"):
            n = self.path.removeprefix("/s/")
            words = (
                f"This is statement number {n} of the press room, written so that it can be told from every other one."
            )
            self.answer(
                f"<!doctype html><title>Statement {n}</title><main><h1>Statement {n}</h1><p>{words}</p><p>{words}</p></main>"
            )
        else:
            self.send_error(404)

    def answer(self, text: str, kind: str = "text/html") -> None:
        """Send a body."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8000), PressRoom).serve_forever()  # noqa: S104 (inside a container's network)
