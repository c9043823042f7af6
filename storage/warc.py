"""The archive: WARC files that one process writes and never opens again.

A record is on disk when `append` returns. Many threads append at once: whoever comes first syncs for all who have written
by then, and the others wait for the next turn, so sixteen threads do not pay sixteen syncs in a row. A torn tail, after a
crash, costs at most records that were never acknowledged; `storage.heal` sees to it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Condition
from uuid import UUID

from storage.errors import ArchiveFull, StorageError
from storage.warc_reading import OPEN, Recorded, StoredResponse, read, records
from storage.warc_record import Place, Received, exchange, warcinfo

__all__ = ["Archive", "Place", "Received", "Recorded", "StoredResponse", "read", "records"]

SETTLED = timedelta(minutes=15)
"""How long after its last record a full file keeps its open name: by then every capture in it has its row."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Archive:
    """Where exchanges are kept; one per process, shared by its threads.

    The lock of an open file says that its writer lives. It is inherited by a bare fork, so processes must be started
    by spawn or forkserver, not forked from the one that writes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        software: str,
        operator: str,
        clock: Callable[[], datetime],
        max_bytes: int = 1_000_000_000,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        """Prepare to write into `folder`; the first file is made by the first record. `sync` puts a descriptor on disk."""
        warcinfo("", software, operator, clock())  # refuses at start what no file could say
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._software = software
        self._operator = operator
        self._clock = clock
        self._max_bytes = max_bytes
        self._sync = sync
        self._turn = Condition()
        self._file: _File | None = None
        self._full: list[_File] = []
        self._closed = False

    def append(self, received: Received, capture_id: UUID) -> Place:
        """Write one exchange and return once it is on disk.

        Raises ArchiveFull or StorageError if it could not be written, in which case it does not count as kept and a later
        call may succeed; ValueError for what no WARC record can hold (see `warc_record.exchange`).
        """
        record = exchange(received, capture_id)
        data = record.request + record.response
        with self._turn:
            file = self._ready(len(data))
            self._write(file, data)
            end = file.size
            self._settle(file, end)
        return Place(
            capture_id=capture_id,
            file=file.name,
            offset=end - len(record.response),
            length=len(record.response),
            payload_sha256=record.payload_sha256,
            block_sha256=record.block_sha256,
        )

    def close(self) -> None:
        """Close every file under its final name, the rows of its records being committed; nothing can be appended after."""
        with self._turn:
            self._closed = True
            if self._file is not None:
                self._retire(self._file)
            self._finish(self._full)

    # Everything below is called with `_turn` held; `_settle`, and whoever calls it, lets go of it meanwhile.

    def _ready(self, more: int) -> _File:
        now = self._clock().astimezone(UTC)
        self._finish([file for file in self._full if now - file.last > SETTLED])
        while True:
            if self._closed:
                raise ValueError("the archive is closed")
            if self._file is None:
                self._file = self._create(now)
            if not self._file.is_done(now.date(), more, self._max_bytes):
                self._file.last = now
                return self._file
            self._retire(self._file)

    def _create(self, now: datetime) -> _File:
        file = None
        try:
            while file is None:
                name = f"khronika-{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}.warc.gz"
                file = _claim(self.folder / (name + OPEN), now)
            file.put(warcinfo(file.name, self._software, self._operator, now))
            sync_folder(self.folder, self._sync)
        except OSError as error:
            if file is not None:
                with suppress(OSError):
                    file.path.unlink()
                os.close(file.descriptor)
            raise named(error) from error
        file.opening = file.size
        return file

    def _write(self, file: _File, data: bytes) -> None:
        """Put all of `data` at the end of the file, or nothing."""
        try:
            file.put(data)
        except OSError as error:
            try:
                os.ftruncate(file.descriptor, file.size)
            except OSError:
                self._abandon(file, named(error))
            raise named(error) from error

    def _settle(self, file: _File, end: int) -> None:
        """Return once everything before `end` is on disk, syncing if no other thread is at it."""
        while file.synced < end:
            if file.failure is not None:
                raise type(file.failure)(file.failure.detail) from file.failure
            if file.syncing:
                self._turn.wait()
            else:
                self._sync_all(file)

    def _sync_all(self, file: _File) -> None:
        upto = file.size
        file.syncing = True
        self._turn.release()
        try:
            self._sync(file.descriptor)
            failure = None
        except OSError as error:
            failure = named(error)
        finally:
            self._turn.acquire()
            file.syncing = False
            self._turn.notify_all()
        if failure is None:
            file.synced = upto
        else:
            self._abandon(file, failure)

    def _retire(self, file: _File) -> None:
        """Write no more records into a file."""
        file.full = True
        self._settle(file, file.size)
        if self._file is file:  # else another thread was here first
            self._file = None
            self._full.append(file)

    def _finish(self, files: list[_File]) -> None:
        """Give full files their final names, after which a crash no longer has them looked through for missing rows."""
        for file in list(files):
            self._full.remove(file)
            try:
                publish(file.descriptor, file.path, self._sync)
            except OSError as error:
                raise named(error) from error
            finally:
                os.close(file.descriptor)

    def _abandon(self, file: _File, failure: StorageError) -> None:
        """Give a file up after a failure that leaves unknown what is on disk beyond the last sync.

        The kernel reports a failed sync once and may drop the pages, so a second try proves nothing. All who wait are
        told, the unproved tail is cut off, and the file keeps its open name for the next start to look at.
        """
        if file.failure is not None:
            return
        file.failure = failure
        if self._file is file:
            self._file = None
        while file.syncing:  # what that sync proves must not be cut off
            self._turn.wait()
        with suppress(OSError):
            os.ftruncate(file.descriptor, file.synced)
        os.close(file.descriptor)
        self._turn.notify_all()


class _File:
    """The state of one file being written."""

    def __init__(self, path: Path, descriptor: int, now: datetime) -> None:
        self.path = path
        self.name = path.name.removesuffix(OPEN)
        self.descriptor = descriptor
        self.day = now.date()
        self.last = now
        """When the last record was written."""
        self.opening = 0
        """Bytes of the record that opens the file."""
        self.size = 0
        self.synced = 0
        self.syncing = False
        self.full = False
        self.failure: StorageError | None = None

    def put(self, data: bytes) -> None:
        """Write `data` at the end; after an OSError the size is what it was, whatever lies beyond it."""
        rest, at = memoryview(data), self.size
        while rest:
            done = os.pwrite(self.descriptor, rest, at)
            rest, at = rest[done:], at + done
        self.size = at

    def is_done(self, today: date, more: int, limit: int) -> bool:
        """True if the next record belongs into another file: a new day (UTC), or no room below the limit."""
        return self.full or today != self.day or (self.size > self.opening and self.size + more > limit)


def _claim(path: Path, now: datetime) -> _File | None:
    """Make and lock a new file; None if the name was taken, or the file, in the instant before the lock, by a healer."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    except FileExistsError:
        return None
    locked = False
    try:
        locked = lock(descriptor, path)
    finally:
        if not locked:
            os.close(descriptor)
    return _File(path, descriptor, now) if locked else None


def lock(descriptor: int, path: Path) -> bool:
    """Take the lock that says an open file has a living owner; False if another has it or the file has left its name."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def publish(descriptor: int, path: Path, sync: Callable[[int], None]) -> None:
    """Give an open file its final name and make it read-only, in this order: whoever may still have to mend it can."""
    path.rename(path.with_name(path.name.removesuffix(OPEN)))
    os.fchmod(descriptor, 0o440)
    sync_folder(path.parent, sync)


def sync_folder(folder: Path, sync: Callable[[int], None]) -> None:
    """Put the names of a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def named(error: OSError) -> StorageError:
    """Name what the disk said."""
    kind = ArchiveFull if error.errno in NO_ROOM else StorageError
    return kind(error.strerror or str(error))
