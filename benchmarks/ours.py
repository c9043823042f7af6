"""Khronika's side: the heartbeat and the threads of `khronika run`, without a person and without web readers."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import psutil
from sqlalchemy import func, update
from sqlmodel import col, select

from benchmarks.measure import Meter
from scrapers.model import Source
from service import logs
from service.app import Khronika, open_khronika, plain
from service.hands import Threads
from service.heartbeat import Heartbeat
from service.settings import Settings
from storage import sources
from storage.models import Document, Item
from storage.models import Source as Row

LOOK = 0.4


def work(task: dict[str, Any]) -> dict[str, Any]:
    """Poll the task's sources as often as it says, and measure each round."""
    meter = Meter()
    logs.configure("INFO")
    rounds: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="khronika-benchmark-") as folder:
        settings = Settings(
            **(
                {
                    "data_dir": Path(folder),
                    "catalogue": False,
                    "contact": "benchmark",
                    "allow_private_networks": ["127.0.0.0/8"],
                    "host_delay": 0,
                    "tick": 0.2,
                }
                | task.get("settings", {})
            )
        )
        with open_khronika(settings, role="run") as k:
            add(k, task["sources"])
            heartbeat = Heartbeat(k, Threads(k))
            heartbeat.start()
            try:
                for number in range(task["rounds"]):
                    if number:
                        again(k)
                    rounds.append(one_round(k, meter, len(task["sources"])))
            finally:
                heartbeat.stop()
    return {"rounds": rounds}


def add(k: Khronika, records: list[dict[str, Any]]) -> None:
    """Watch these sources; they are due at once."""
    with k.database.writing() as session:
        sources.reconcile(
            session, "imported", [plain(msgspec.convert(record, Source)) for record in records], k.clock()
        )


def again(k: Khronika) -> None:
    """Let every source be due once more."""
    with k.database.writing() as session:
        session.exec(update(Row).values(due_at=k.clock(), polled_at=None))


def one_round(k: Khronika, meter: Meter, wanted: int) -> dict[str, Any]:
    """Wait until every source was visited and nothing waits to be read."""
    me = psutil.Process()
    memory: list[float] = []
    while True:
        with k.database.reading() as session:
            visited = session.exec(
                select(func.count())
                .select_from(Row)
                .where(col(Row.polled_at).is_not(None), col(Row.claimed_by).is_(None))
            ).one()
            waiting = session.exec(select(func.count()).select_from(Item).where(Item.state == "due")).one()
            if visited == wanted and not waiting:
                break
            if visited == wanted:
                session.rollback()
                with k.database.writing() as writer:
                    left = select(Item.source_id).where(Item.state == "due")
                    writer.exec(update(Row).where(col(Row.id).in_(left)).values(due_at=k.clock()))
        memory.append(sum(each.memory_info().rss for each in [me, *me.children(recursive=True)]) / 2**20)
        time.sleep(LOOK)
    cost = meter.lap()
    with k.database.reading() as session:
        documents = session.exec(select(func.count()).select_from(Document)).one()
    meter.skip()
    half = len(memory) // 2
    return {
        "cpu": cost.cpu,
        "wall": cost.wall,
        "peak_mb": cost.peak_mb,
        "documents": documents,
        "first_half_mb": max(memory[:half], default=0.0),
        "second_half_mb": max(memory[half:], default=0.0),
    }


if __name__ == "__main__":
    print(json.dumps(work(json.load(sys.stdin))))
