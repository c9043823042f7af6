"""What to do, at start, with the files a crash has left open.

Nothing is dropped: whole records stay where they are, a torn tail is kept beside the file under `<name>.torn`. Every step can
be interrupted and done again: rows are asked for first, the tail is copied before it is cut, and the final name comes last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec

from storage.errors import ArchiveDamaged
from storage.warc import lock, named, publish, sync_folder
from storage.warc_reading import CHUNK, OPEN, Member, Recorded, members

BATCH = 500
MAGIC = b"\x1f\x8b\x08"

Known = Callable[[Iterable[UUID]], set[UUID]]
"""Answers which of some captures have a row."""
Index = Callable[[Sequence[Recorded]], None]
"""Commits rows for some records before it returns."""
Sync = Callable[[int], None]
"""Puts what a descriptor stands for on disk."""


class Healed(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one file and done about it."""

    file: str
    responses: int
    """Whole response records before the first damage."""
    indexed: int
    """Those of them that had no row yet."""
    torn: str | None = None
    """Name of the file that now holds the bytes after the last whole record."""
    torn_bytes: int = 0
    damaged_at: int | None = None
    """Where damage begins that is no torn tail: records with rows stand behind it, so every byte was left in place."""


def heal(
    folder: Path,
    *,
    known: Known,
    index: Index,
    sync: Sync = os.fsync,
) -> list[Healed]:
    """Mend and close every open file whose writer is dead; files of living processes are left alone.

    `known` answers which of some captures have a row. `index` is given those that have none, at most 500 at a time, and
    must have committed their rows when it returns. Raises StorageError if the disk fails; what is done stays done.
    """
    healed = []
    for path in sorted(folder.glob(f"khronika-*.warc.gz{OPEN}")):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # its writer, or another healer, has closed it meanwhile
            continue
        except OSError as error:
            raise named(error) from error
        try:
            if lock(descriptor, path):
                healed.append(_mend(descriptor, path, known, index, sync))
        except OSError as error:
            raise named(error) from error
        finally:
            os.close(descriptor)
    return healed


def _mend(
    descriptor: int,
    path: Path,
    known: Known,
    index: Index,
    sync: Sync,
) -> Healed:
    sync(descriptor)  # a killed writer may have left whole records that are in memory only: no row before its bytes
    name = path.name.removesuffix(OPEN)
    size = os.fstat(descriptor).st_size
    with path.open("rb") as stream:
        end, responses, indexed = _index(stream, name, known, index)
        if end < size and _names_known(stream, name, end + 1, known):
            publish(descriptor, path, sync)
            return Healed(file=name, responses=responses, indexed=indexed, damaged_at=end)
        if end < size:
            _keep(stream, end, path.with_name(f"{name}.torn"), sync)
            os.ftruncate(descriptor, end)
            sync(descriptor)

    if end:
        publish(descriptor, path, sync)
    else:
        path.unlink()
        sync_folder(path.parent, sync)
    torn = f"{name}.torn" if end < size else None
    return Healed(file=name, responses=responses, indexed=indexed, torn=torn, torn_bytes=size - end)


def _index(
    stream: BinaryIO,
    name: str,
    known: Known,
    index: Index,
) -> tuple[int, int, int]:
    """Hand every response without a row to `index`; return where the whole records end, how many there are, how many were new."""
    end = responses = indexed = 0
    batch: list[Recorded] = []

    def settle() -> int:
        rows = known([found.place.capture_id for found in batch])
        missing = [found for found in batch if found.place.capture_id not in rows]
        batch.clear()
        if missing:
            index(missing)
        return len(missing)

    for member in _whole(stream, name, 0):
        end = member.offset + member.length
        if member.response is None:
            continue
        responses += 1
        batch.append(member.response)
        if len(batch) == BATCH:
            indexed += settle()
    return end, responses, indexed + settle()


def _whole(stream: BinaryIO, name: str, start: int) -> Iterator[Member]:
    """The records from `start` up to the first damage."""
    with suppress(ArchiveDamaged):
        yield from members(stream, name, start)


def _names_known(stream: BinaryIO, name: str, start: int, known: Known) -> bool:
    """True if a record that has a row stands somewhere behind `start`: then this is damage, not a torn tail.

    What is found here is only asked about, never indexed: a page can contain bytes that look like a record.
    """
    at = start
    while (at := _next_magic(stream, at)) >= 0:
        after = at + 1
        for member in _whole(stream, name, at):
            after = member.offset + member.length
            if member.response is not None and known([member.response.place.capture_id]):
                return True
        at = after
    return False


def _next_magic(stream: BinaryIO, start: int) -> int:
    """The next place from `start` where a gzip member may begin, or -1."""
    stream.seek(start)
    at, seen = start, b""
    while more := stream.read(CHUNK):
        seen += more
        found = seen.find(MAGIC)
        if found >= 0:
            return at + found
        at, seen = at + max(len(seen) - 2, 0), seen[-2:]
    return -1


def _keep(stream: BinaryIO, start: int, target: Path, sync: Sync) -> None:
    """Copy the bytes from `start` on into `target`, whole or not at all."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)  # of a healer that was killed here
    stream.seek(start)
    with part.open("wb") as copy:
        while data := stream.read(CHUNK):
            copy.write(data)
        copy.flush()
        os.fchmod(copy.fileno(), 0o440)
        sync(copy.fileno())
    part.rename(target)
    sync_folder(target.parent, sync)
