"""The side of `reader` (https://reader.readthedocs.io/): storage, updates and full-text search, as it is installed."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from reader import make_reader

from benchmarks.measure import Meter


def work(task: dict[str, Any]) -> dict[str, Any]:
    """Update the task's feeds as often as it says, search index included, and measure each round."""
    meter = Meter()
    rounds: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="reader-benchmark-") as folder:
        reader = make_reader(str(Path(folder) / "reader.sqlite"))
        reader.enable_search()
        for address in task["feeds"]:
            reader.add_feed(address)
        for _ in range(task["rounds"]):
            reader.update_feeds(scheduled=False, workers=task["workers"])
            reader.update_search()
            cost = meter.lap()
            counts = reader.get_entry_counts()
            failed = sum(feed.last_exception is not None for feed in reader.get_feeds())
            found = reader.search_entry_counts("observers").total
            meter.skip()
            rounds.append(
                {
                    "cpu": cost.cpu,
                    "wall": cost.wall,
                    "peak_mb": cost.peak_mb,
                    "documents": counts.total,
                    "failed": failed,
                    "found": found,
                }
            )
        reader.close()
    return {"rounds": rounds}


if __name__ == "__main__":
    print(json.dumps(work(json.load(sys.stdin))))
