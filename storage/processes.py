"""Which processes are alive, so that what a killed one had claimed is free at once.

Each process holds a lock on a file named after its token. The kernel drops the lock when the process dies, however it
dies, and never mistakes a new process for an old one as process numbers do.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

from storage.ids import new_id

HELD_AT_MOST = 3600
"""Seconds after which every claim and every connection of a dead process has run out by itself."""


class Presence:
    """This process's own mark, and the way to ask after others. One data directory is one neighbourhood."""

    def __init__(self, folder: Path, role: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.token = new_id().hex
        self._file = os.open(folder / self.token, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        os.write(self._file, f"{role} {socket.gethostname()}".encode())

    def beat(self) -> None:
        """Show that this process is not only there but at work."""
        os.utime(self._file)

    def dead(self, token: str) -> bool:
        """True if that process ran in this data directory and has ended; False if it lives or is not known here."""
        if token == self.token:
            return False
        path = self.folder / token
        try:
            other = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(other)
        return True

    def fallen(self) -> list[str]:
        """Tokens of the processes that have ended without a farewell."""
        return [entry.name for entry in self.folder.iterdir() if self.dead(entry.name)]

    def forget(self, token: str) -> None:
        """Remove the mark of a dead process, unless it died so lately that something may still be held in its name."""
        path = self.folder / token
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > HELD_AT_MOST:
                path.unlink()

    def close(self) -> None:
        """Say farewell."""
        (self.folder / self.token).unlink(missing_ok=True)
        os.close(self._file)


def beating(folder: Path, role: str, within: float) -> bool:
    """True if a process of this role on this machine has shown itself at work in the last so many seconds."""
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            ours = path.read_text(encoding="utf-8") == f"{role} {socket.gethostname()}"
            if ours and time.time() - path.stat().st_mtime <= within:
                return True
    return False
