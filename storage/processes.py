"""Which processes are alive, so that what a killed one had claimed is free at once.

Each process holds a lock on a file named after its token. The kernel drops the lock when the process dies, however it
dies, and never mistakes a new process for an old one as process numbers do.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from storage.ids import new_id


class Presence:
    """This process's own mark, and the way to ask after others. One data directory is one neighbourhood."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.token = new_id().hex
        self._file = os.open(folder / self.token, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)

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
        """Remove the mark of a dead process once nothing is claimed in its name."""
        (self.folder / token).unlink(missing_ok=True)

    def close(self) -> None:
        """Say farewell."""
        (self.folder / self.token).unlink(missing_ok=True)
        os.close(self._file)
