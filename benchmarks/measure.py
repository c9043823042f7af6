"""What a process and everything it started have cost, and the table that shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).parent.parent


class Cost(NamedTuple):
    """CPU and wall-clock seconds, and the peak of resident memory in MB."""

    cpu: float
    wall: float
    peak_mb: float


def cpu_seconds(process: psutil.Process) -> float:
    """Return user and system seconds of a process tree, ended children included."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += sum(each.cpu_times()[:4])
    return total


def peak_mb(process: psutil.Process) -> float:
    """Return the sum of the peaks of a process and its living children; pages they share count for each."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        with suppress(OSError):
            for line in Path(f"/proc/{each.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    total += int(line.split()[1])
    return total / 1024


class Meter:
    """Measures the process it lives in, phase by phase."""

    def __init__(self) -> None:
        """Begin where the process began: starting and importing belong to the first phase."""
        self._me = psutil.Process()
        self._cpu = 0.0
        self._began = self._me.create_time()

    def lap(self) -> Cost:
        """Return what was spent since the last lap, and begin the next one."""
        spent = cpu_seconds(self._me)
        now = time.time()
        cost = Cost(spent - self._cpu, now - self._began, peak_mb(self._me))
        for each in [self._me, *self._me.children(recursive=True)]:
            with suppress(OSError):
                Path(f"/proc/{each.pid}/clear_refs").write_text("5")  # the peak starts again
        self._cpu, self._began = cpu_seconds(self._me), time.time()
        return cost

    def skip(self) -> None:
        """Leave out what was spent since the last lap."""
        self._cpu, self._began = cpu_seconds(self._me), time.time()


def side(command: Sequence[str], task: Mapping[str, Any]) -> dict[str, Any]:
    """Run one side of a comparison: the task goes in as JSON, the result comes out as the last line."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KHRONIKA_")}
    done = subprocess.run(
        command, input=json.dumps(task), capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def ours(task: Mapping[str, Any]) -> dict[str, Any]:
    """Run Khronika's side."""
    return side([sys.executable, "-m", "benchmarks.ours"], task)


def require(found: object, wanted: object, what: str) -> None:
    """End the run if a side has not done the whole work."""
    if found != wanted:
        sys.exit(f"{what}: {found}, where {wanted} were wanted; the figures would mean nothing")


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with aligned columns."""
    cells = [[str(cell) if not isinstance(cell, float) else f"{cell:.2f}" for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        first = row[0].ljust(widths[0])
        print("  " + "  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]))
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()
