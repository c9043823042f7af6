"""`khronika demo` as a newcomer meets it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

WITHIN = 60.0
AT_START = 28


def wait_for_items(address: str, count: int) -> list[dict[str, object]]:
    """Ask for the feed until it holds so many statements."""
    end = time.monotonic() + WITHIN
    while True:
        with urllib.request.urlopen(f"{address}/feeds/all.json", timeout=10) as answer:
            items: list[dict[str, object]] = json.load(answer)["items"]
        if len(items) >= count:
            return items
        assert time.monotonic() < end, f"only {len(items)} statements after {WITHIN:.0f} s"


@pytest.mark.slow
def test_the_demo_shows_its_statements_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """No network, no setting, one command: the addresses it prints work, and Ctrl-C removes every trace."""
    demo = subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "demo", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
    )
    assert demo.stdout is not None
    with demo.stdout as said:
        address = ""
        while not address and (line := said.readline()):
            found = re.search(r"Khronika demo\s+(http://127\.0\.0\.1:\d+)/", line)
            address = found[1] if found else ""
        items = wait_for_items(address, AT_START)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=WITHIN) == 0
    titles = [item["title"] for item in items]
    assert len(titles) == len(set(titles))
    assert list(tmp_path.iterdir()) == []
