"""`python -m benchmarks.ingestion`: what it costs to get from listings to kept documents, beside a plain Scrapy spider."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import ours, require, side, table
from benchmarks.origin import origin

SELECT = {"link": "article.teaser h3 a", "title": "h1", "date": "time.when", "body": "div.text"}


def main() -> None:
    """Ingest the same pages with both and print what it cost."""
    parser = argparse.ArgumentParser(description="Listing to detail on loopback: Khronika beside Scrapy.")
    parser.add_argument("--documents", type=int, default=2000, help="pages to read, in listings of 100")
    parser.add_argument(
        "--scrapy", type=Path, help="Python of an environment with Scrapy; without, one is made for the run"
    )
    given = parser.parse_args()
    with origin() as server, _scrapy(given.scrapy) as python:
        addresses = server.addresses("listing", given.documents // 100, 100)
        theirs = side([str(python), "benchmarks/spider.py"], {"listings": addresses})
        require(theirs["documents"], given.documents, "pages kept by Scrapy")
        sources = [
            {
                "id": f"office-{number}",
                "title": f"Office {number}",
                "family": "listing",
                "start": address,
                "languages": ["en"],
                "select": SELECT,
            }
            for number, address in enumerate(addresses)
        ]
        our: dict[str, Any] = ours({"sources": sources, "rounds": 1})["rounds"][0]
        require(our["documents"], given.documents, "documents kept by Khronika")
        counts = server.counts()
        require(counts["doc 200"], 2 * given.documents, "pages served")

    table(
        f"{given.documents} pages behind {given.documents // 100} listings, by selectors",
        ("", "CPU s", "wall s", "peak MB", "CPU ms a page", "pages per CPU s", "CPU ratio"),
        [_row(name, cost, theirs) for name, cost in (("Scrapy, parsed into SQLite rows", theirs), ("Khronika", our))],
    )
    print(
        f"  Khronika's memory: at most {our['first_half_mb']:.0f} MB in the first half of the run, "
        f"{our['second_half_mb']:.0f} MB in the second."
    )


@contextmanager
def _scrapy(python: Path | None) -> Iterator[Path]:
    """Give a Python that has Scrapy, which is no dependency of ours."""
    if python is not None:
        yield python
        return
    with tempfile.TemporaryDirectory(prefix="scrapy-environment-") as folder:
        print("installing Scrapy into a temporary environment")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        made = Path(folder) / "bin" / "python"
        subprocess.run([made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "scrapy"], check=True)
        yield made


def _row(name: str, cost: dict[str, Any], peer: dict[str, Any]) -> tuple[object, ...]:
    cpu = float(cost["cpu"])
    each = cpu / int(cost["documents"])
    return (name, cpu, cost["wall"], f"{cost['peak_mb']:.0f}", each * 1000, 1 / each, cpu / float(peer["cpu"]))


if __name__ == "__main__":
    main()
