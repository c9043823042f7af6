"""`python -m benchmarks.idle`: what `khronika run` costs while nothing is due, and what `khronika --help` costs.

Beside the first stands an empty FastAPI application under uvicorn, the least a service of this build can cost.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, update
from sqlmodel import col, select

from benchmarks.measure import ROOT, cpu_seconds, peak_mb, require, table
from benchmarks.ours import add
from benchmarks.serving import free_port, running
from service.app import open_khronika, utc_now
from service.settings import Settings
from storage.models import Poll, Source

EMPTY = """
import fastapi, sys, uvicorn
app = fastapi.FastAPI(openapi_url=None)
app.get("/")(lambda: "here")
uvicorn.run(app, port=int(sys.argv[1]), log_config=None)
"""
KHRONIKA = str(Path(sys.executable).parent / "khronika")


def main() -> None:
    """Measure both, at rest and at start."""
    parser = argparse.ArgumentParser(description="Khronika at rest.")
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=40, help="how long to look on")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idle-benchmark-") as folder:
        _fill(Path(folder), given.sources)
        environment = os.environ | {"KHRONIKA_DATA_DIR": folder, "KHRONIKA_CATALOGUE": "false", "KHRONIKA_CONTACT": "x"}
        port = free_port()
        our = _rest([KHRONIKA, "run", "--port", str(port)], port, environment, given.seconds)
        _check(Path(folder), given.sources)
    port = free_port()
    floor = _rest([sys.executable, "-c", EMPTY, str(port)], port, dict(os.environ), given.seconds)
    table(
        f"at rest for {given.seconds} s, {given.sources} enabled sources, none due",
        ("", "resident MB", "peak MB", "CPU s", "% of a core", "memory ratio"),
        [
            ("an empty FastAPI application", *(f"{part:.1f}" for part in floor[:2]), *floor[2:], 1.0),
            ("khronika run", *(f"{part:.1f}" for part in our[:2]), *our[2:], our[0] / floor[0]),
        ],
    )
    bare, helped = _start([sys.executable, "-c", "pass"]), _start([KHRONIKA, "--help"])
    table(
        "start-up, median of five",
        ("", "CPU s", "ratio"),
        [("python -c pass", bare, 1.0), ("khronika --help", helped, helped / bare)],
    )


def _fill(folder: Path, number: int) -> None:
    with open_khronika(_settings(folder)) as k:
        add(
            k,
            [
                {"id": f"s-{each}", "title": str(each), "family": "feed", "start": f"http://127.0.0.1:9/{each}"}
                for each in range(number)
            ],
        )
        with k.database.writing() as session:
            session.exec(update(Source).values(due_at=utc_now() + timedelta(days=1)))


def _check(folder: Path, number: int) -> None:
    with open_khronika(_settings(folder)) as k, k.database.reading() as session:
        enabled = session.exec(select(func.count()).select_from(Source).where(col(Source.enabled))).one()
        require(enabled, number, "enabled sources")
        require(session.exec(select(func.count()).select_from(Poll)).one(), 0, "polls while at rest")


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, catalogue=False, contact="benchmark")


def _rest(
    command: list[str], port: int, environment: dict[str, str], seconds: int
) -> tuple[float, float, float, float]:
    """Return resident MB, peak MB, CPU seconds and percent of a core of a server that is left alone."""
    with running(command, port, environment) as process:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            answer.read()
        time.sleep(6)  # starting is over, and the first beat
        before = cpu_seconds(process)
        time.sleep(seconds)
        cpu = cpu_seconds(process) - before
        tree = [process, *process.children(recursive=True)]
        resident = sum(each.memory_info().rss for each in tree) / 2**20
        return resident, peak_mb(process), cpu, cpu / seconds * 100


def _start(command: list[str]) -> float:
    """Return the CPU seconds of a command: the median of five."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(spent)[2]


if __name__ == "__main__":
    main()
