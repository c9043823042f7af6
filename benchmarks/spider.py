"""The side of Scrapy: a plain spider that parses and writes rows, run in an environment that has Scrapy and nothing of ours.

Takes its task as JSON on standard input; the last line it prints is the result.
"""

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import scrapy  # type: ignore[import-not-found]
from scrapy.crawler import CrawlerProcess  # type: ignore[import-not-found]


class Office(scrapy.Spider):  # type: ignore[misc]
    """Listing to detail, by selectors."""

    name = "office"

    def parse(self, response: Any) -> Iterator[Any]:
        """Follow the items of a listing."""
        for address in response.css("article.teaser h3 a::attr(href)").getall():
            yield response.follow(address, self.detail)

    def detail(self, response: Any) -> Iterator[dict[str, Any]]:
        """Read one page."""
        yield {
            "url": response.url,
            "title": " ".join(response.css("h1 ::text").getall()),
            "date": response.css("time.when::attr(datetime)").get(),
            "body": "\n\n".join(" ".join(part.css("::text").getall()) for part in response.css("div.text p")),
        }


class Rows:
    """Writes each item as a row, a transaction each."""

    def open_spider(self, spider: Any = None) -> None:  # noqa: ARG002 (Scrapy gives it by name)
        """Make the table."""
        self.rows = sqlite3.connect(FILE)
        self.rows.execute("PRAGMA journal_mode=WAL")
        self.rows.execute("CREATE TABLE page (url TEXT PRIMARY KEY, title TEXT, date TEXT, body TEXT)")

    def process_item(self, item: Any, spider: Any = None) -> Any:  # noqa: ARG002
        """Keep one page."""
        with self.rows:
            self.rows.execute("INSERT INTO page VALUES (:url, :title, :date, :body)", dict(item))
        return item

    def close_spider(self, spider: Any = None) -> None:  # noqa: ARG002
        """End."""
        self.rows.close()


def cpu() -> float:
    """Return the user and system seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    TASK = json.load(sys.stdin)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="scrapy-benchmark-") as folder:
        FILE = str(Path(folder) / "pages.sqlite")
        process = CrawlerProcess(
            {
                "LOG_LEVEL": "ERROR",
                "TELNETCONSOLE_ENABLED": False,
                "ROBOTSTXT_OBEY": False,
                "DOWNLOAD_DELAY": 0,
                "CONCURRENT_REQUESTS": 16,
                "ITEM_PIPELINES": {Rows: 1},
            }
        )
        process.crawl(Office, start_urls=TASK["listings"])
        process.start()
        with sqlite3.connect(FILE) as rows:
            kept = rows.execute(
                "SELECT count(*) FROM page WHERE length(body) > 500 AND title != '' AND date != ''"
            ).fetchone()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": cpu(), "wall": time.monotonic() - began, "peak_mb": peak, "documents": kept}))
