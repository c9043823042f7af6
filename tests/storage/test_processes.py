"""Who is alive: told by locks the kernel drops."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.processes import Presence, beating

HOLD = """
import sys, signal
from pathlib import Path
from storage.processes import Presence
print(Presence(Path(sys.argv[1]), "worker").token, flush=True)
signal.pause()
"""


@pytest.mark.slow
def test_a_killed_process_is_known_to_be_dead(tmp_path: Path) -> None:
    """After kill -9 nothing has to run out before its claims are free."""
    here = Presence(tmp_path, "run")
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child.stdout:
        token = child.stdout.readline().strip()
        assert (here.dead(token), here.fallen()) == (False, [])
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert (here.dead(token), here.fallen()) == (True, [token])
    here.close()


def test_a_process_is_never_dead_to_itself_nor_a_stranger(tmp_path: Path) -> None:
    """Other machines rely on the lease: their tokens are not known here."""
    here = Presence(tmp_path, "run")
    assert not here.dead(here.token)
    assert not here.dead("0" * 32)
    here.close()
    assert list(tmp_path.iterdir()) == []


def test_a_fresh_grave_is_kept(tmp_path: Path) -> None:
    """As long as something may be held in its name, a dead process must be recognised as dead."""
    here = Presence(tmp_path, "run")
    for name, age in (("fresh", 10), ("old", 7200)):
        (tmp_path / name).write_text("worker x", encoding="utf-8")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
        here.forget(name)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([here.token, "fresh"])
    here.close()


def test_only_a_process_of_that_role_that_moves_counts_as_beating(tmp_path: Path) -> None:
    """A worker that hangs is not healthy because the web role next door is."""
    here = Presence(tmp_path, "worker")
    assert beating(tmp_path, "worker", within=60)
    assert not beating(tmp_path, "scheduler", within=60)
    os.utime(tmp_path / here.token, (time.time() - 600,) * 2)
    assert not beating(tmp_path, "worker", within=60)
    here.beat()
    assert beating(tmp_path, "worker", within=60)
    here.close()
