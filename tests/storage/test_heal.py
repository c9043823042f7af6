"""After a crash: what was acknowledged is there, what was torn is kept aside, and doing it twice changes nothing."""

from __future__ import annotations

import gzip
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.errors import StorageError
from storage.heal import Healed, heal
from storage.warc import Archive, Received, Recorded, read, records
from storage.warc_reading import members
from storage.warc_record import exchange

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
T = TypeVar("T")
NAME = "khronika-20260301T120000000000Z-00000000.warc.gz"


class Rows:
    """The capture table, as far as healing asks about it."""

    def __init__(self, ids: Iterable[UUID] = ()) -> None:
        self.ids = set(ids)
        self.batches: list[int] = []

    def known(self, ids: Iterable[UUID]) -> set[UUID]:
        return self.ids & set(ids)

    def index(self, found: Sequence[Recorded]) -> None:
        self.batches.append(len(found))
        self.ids |= {each.place.capture_id for each in found}


class Killed(BaseException):
    """Stands for the process that ends right here."""


class Fuse:
    """Ends the process at the n-th moment before or after a step."""

    def __init__(self, moments: int) -> None:
        self.left = moments

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def around(self, step: Callable[[T], None]) -> Callable[[T], None]:
        def fused(given: T) -> None:
            self.burn()
            step(given)
            self.burn()

        return fused


def received(body: bytes) -> Received:
    """One exchange with a body of its own."""
    return Received(
        url="https://desk.example/statements/1",
        at=NOON,
        request_head=b"GET /statements/1 HTTP/1.1\r\nHost: desk.example\r\n\r\n",
        response_head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        body=body,
    )


@cache
def written() -> tuple[bytes, tuple[int, ...], tuple[Recorded, ...]]:
    """A file of four exchanges: its bytes, where each record ends, and its responses."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing(Archive(folder, software="Khronika/0", operator="", clock=lambda: NOON)) as archive:
            for n in range(4):
                archive.append(received(os.urandom(40) * (n + 1)), UUID(int=n + 1))
        (path,) = folder.iterdir()
        data = path.read_bytes()
    found = list(members(BytesIO(data), NAME))
    ends = tuple(member.offset + member.length for member in found)
    return data, (0, *ends), tuple(member.response for member in found if member.response)


def left(folder: Path, data: bytes, name: str = NAME) -> None:
    """Leave an open file behind as a killed writer does."""
    (folder / f"{name}.open").write_bytes(data)


def state(folder: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def warcio_ids(path: Path) -> list[str]:
    """Ids of the responses an independent library reads, to the end of the file, with every digest checked."""
    ids = []
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.raw_stream.read()
            if record.rec_type == "response":
                ids.append(record.rec_headers.get_header("WARC-Record-ID")[10:-1])
    return ids


def boundary(cut: int) -> int:
    """Where the last whole record before `cut` ends."""
    return max(end for end in written()[1] if end <= cut)


@given(part=st.floats(0, 1))
def test_a_file_cut_anywhere_keeps_its_whole_records(tmp_path_factory: pytest.TempPathFactory, part: float) -> None:
    """Every byte before the last whole record stays, every byte after it is kept aside, and each whole response gets a row."""
    folder, rows = tmp_path_factory.mktemp("heal"), Rows()
    data, _, responses = written()
    cut = round(part * len(data))
    end = boundary(cut)
    whole = [each for each in responses if each.place.offset + each.place.length <= end]
    left(folder, data[:cut])

    (healed,) = heal(folder, known=rows.known, index=rows.index)

    expected = {NAME: data[:end]} if end else {}
    if cut > end:
        expected[f"{NAME}.torn"] = data[end:cut]
    assert state(folder) == expected
    assert rows.ids == {each.place.capture_id for each in whole}
    assert (healed.responses, healed.indexed, healed.torn_bytes) == (len(whole), len(whole), cut - end)
    assert healed.torn == (f"{NAME}.torn" if cut > end else None)
    if end:
        assert warcio_ids(folder / NAME) == [str(each.place.capture_id) for each in whole]

    assert heal(folder, known=rows.known, index=rows.index) == []
    assert state(folder) == expected


def test_every_boundary_and_its_neighbours(tmp_path: Path) -> None:
    """Between a request and its response, one byte before and one after every record: the same rule."""
    data, ends, _ = written()
    for n, cut in enumerate(end + shift for end in ends for shift in (-1, 0, 1) if 0 <= end + shift <= len(data)):
        folder = tmp_path / str(n)
        folder.mkdir()
        left(folder, data[:cut])
        heal(folder, known=Rows().known, index=Rows().index)
        assert state(folder).get(NAME, b"") == data[: boundary(cut)]
        assert state(folder).get(f"{NAME}.torn", b"") == data[boundary(cut) : cut]


@given(tail=st.binary(min_size=1, max_size=200) | st.builds(bytes, st.integers(1, 200_000)))
def test_a_tail_of_garbage_is_moved_aside(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    """Zeros after a power cut, or anything else that is no record, is cut off and kept."""
    folder = tmp_path_factory.mktemp("heal")
    data, _, responses = written()
    left(folder, data + tail)
    (healed,) = heal(folder, known=Rows().known, index=Rows().index)
    assert state(folder) == {NAME: data, f"{NAME}.torn": tail}
    assert (healed.responses, healed.torn_bytes) == (len(responses), len(tail))


def test_what_gets_a_row_is_where_it_says(tmp_path: Path) -> None:
    """Healing hands over the very places that the dead writer had acknowledged."""
    data, _, responses = written()
    left(tmp_path, data)
    found: list[Recorded] = []
    heal(tmp_path, known=Rows().known, index=found.extend)
    assert tuple(found) == responses
    for each in found:
        place = each.place
        assert read(tmp_path, place.file, place.offset, place.length).place == place
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o440


def test_an_empty_file_goes(tmp_path: Path) -> None:
    """A writer killed before its first byte leaves nothing worth keeping."""
    left(tmp_path, b"")
    assert heal(tmp_path, known=Rows().known, index=Rows().index) == [Healed(file=NAME, responses=0, indexed=0)]
    assert state(tmp_path) == {}


def test_a_folder_that_does_not_exist_needs_no_healing(tmp_path: Path) -> None:
    """The first start of all finds nothing to do."""
    assert heal(tmp_path / "none", known=Rows().known, index=Rows().index) == []


def test_captures_with_rows_are_not_indexed_again(tmp_path: Path) -> None:
    """Only what the crash kept from being committed is handed over."""
    data, _, responses = written()
    rows = Rows(each.place.capture_id for each in responses[:3])
    left(tmp_path, data)
    (healed,) = heal(tmp_path, known=rows.known, index=rows.index)
    assert (healed.responses, healed.indexed, rows.batches) == (4, 1, [1])


def test_many_rows_come_in_batches(tmp_path: Path) -> None:
    """A file with no rows at all is indexed in bounded pieces."""
    rows = Rows()
    left(tmp_path, b"".join(exchange(received(b"%d" % n), UUID(int=n)).response for n in range(1100)))
    (healed,) = heal(tmp_path, known=rows.known, index=rows.index)
    assert (healed.indexed, rows.batches) == (1100, [500, 500, 100])


def test_the_file_of_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    """A start beside a running process touches nothing of it, whether its file is in use or full and not yet settled."""
    archive = Archive(tmp_path, software="Khronika/0", operator="", clock=lambda: NOON, max_bytes=2_000)
    places = [archive.append(received(os.urandom(900)), uuid4()) for _ in range(3)]
    before, rows = state(tmp_path), Rows()
    assert len(before) > 1
    assert heal(tmp_path, known=rows.known, index=rows.index) == []
    assert (state(tmp_path), rows.ids) == (before, set())
    archive.close()
    found = [each.place for path in sorted(tmp_path.iterdir()) for each in records(path)]
    assert {place.capture_id for place in found} == {place.capture_id for place in places}


def test_a_healer_beside_a_busy_writer_does_no_harm(tmp_path: Path) -> None:
    """However often other processes start while files are made, filled and closed, every record stays where it was written."""
    archive = Archive(tmp_path, software="Khronika/0", operator="", clock=lambda: NOON, max_bytes=1_500)
    done = Event()

    def start_again() -> None:
        while not done.is_set():
            heal(tmp_path, known=set, index=lambda rows: None, sync=lambda descriptor: None)

    with ThreadPoolExecutor(2) as pool:
        healers = [pool.submit(start_again) for _ in range(2)]
        places = [archive.append(received(b"%d" % n), uuid4()) for n in range(100)]
        archive.close()
        done.set()
        for healer in healers:
            healer.result()

    for n, place in enumerate(places):
        assert read(tmp_path, place.file, place.offset, place.length).body == b"%d" % n
    assert {path.name for path in tmp_path.iterdir()} == {place.file for place in places}


def test_bytes_go_to_disk_before_rows(tmp_path: Path) -> None:
    """A killed writer's records may be in memory only: they are synced before anything points at them."""
    order: list[str] = []

    def sync(descriptor: int) -> None:
        order.append("sync")
        os.fsync(descriptor)

    left(tmp_path, written()[0])
    heal(tmp_path, known=Rows().known, index=lambda found: order.append("rows"), sync=sync)
    assert order[:2] == ["sync", "rows"]


@pytest.mark.parametrize("cut", [None, -1, 5])
def test_healing_killed_anywhere_is_done_again(tmp_path: Path, cut: int | None) -> None:
    """Whether killed at any sync or while committing rows, the next start ends in the same state with the same rows."""
    data, _, responses = written()
    broken = data[:cut]
    end = boundary(len(broken))
    expected = ({NAME: broken[:end]} if end else {}) | ({f"{NAME}.torn": broken[end:]} if end < len(broken) else {})
    whole = {each.place.capture_id for each in responses if each.place.offset + each.place.length <= end}

    survived = 0
    for turn in itertools.count(1):
        folder, rows = tmp_path / str(turn), Rows()
        folder.mkdir()
        left(folder, broken)
        fuse = Fuse(turn)
        try:
            heal(folder, known=rows.known, index=fuse.around(rows.index), sync=fuse.around(os.fsync))
        except Killed:
            survived += 1
            heal(folder, known=rows.known, index=rows.index)
        assert state(folder) == expected
        assert rows.ids == whole
        if survived < turn:
            break
    assert survived > 2


def test_a_healer_killed_while_copying_leaves_no_half_tail(tmp_path: Path) -> None:
    """What an interrupted copy left is replaced, also if it was made read-only already."""
    data, _, _ = written()
    left(tmp_path, data[:-1])
    part = tmp_path / f"{NAME}.torn.part"
    part.write_bytes(b"half")
    part.chmod(0o440)
    heal(tmp_path, known=Rows().known, index=Rows().index)
    end = boundary(len(data) - 1)
    assert state(tmp_path) == {NAME: data[:end], f"{NAME}.torn": data[end:-1]}


def test_damage_before_captures_with_rows_is_not_cut(tmp_path: Path) -> None:
    """A torn tail holds nothing acknowledged. If it does, it is damage of another kind: every byte stays in its place."""
    data, _, responses = written()
    spoiled = bytearray(data)
    spoiled[responses[1].place.offset + 40] ^= 0xFF
    left(tmp_path, bytes(spoiled))
    rows = Rows(each.place.capture_id for each in responses)

    (healed,) = heal(tmp_path, known=rows.known, index=rows.index)

    assert (healed.damaged_at, healed.torn, healed.responses) == (responses[1].place.offset, None, 1)
    assert state(tmp_path) == {NAME: bytes(spoiled)}
    last = responses[3].place
    assert read(tmp_path, NAME, last.offset, last.length).place.block_sha256 == last.block_sha256


def test_damage_before_captures_without_rows_is_a_torn_tail(tmp_path: Path) -> None:
    """Pages written out of order before a power cut: behind the hole stands nothing that was acknowledged."""
    data, _, responses = written()
    spoiled = bytearray(data)
    at = responses[1].place.offset
    spoiled[at + 40] ^= 0xFF
    left(tmp_path, bytes(spoiled))
    rows = Rows([responses[0].place.capture_id])
    (healed,) = heal(tmp_path, known=rows.known, index=rows.index)
    assert (healed.damaged_at, healed.indexed) == (None, 0)
    assert state(tmp_path) == {NAME: data[:at], f"{NAME}.torn": bytes(spoiled[at:])}


def test_a_page_that_contains_a_record_plants_none(tmp_path: Path) -> None:
    """Bytes inside a torn record that look like a record of their own are never indexed."""
    planted = exchange(received(b"forged"), UUID(int=1)).response
    torn = gzip.compress(gzip.decompress(exchange(received(planted), UUID(int=2)).response), 0)
    assert planted in torn
    left(tmp_path, torn[:-1])
    rows = Rows()
    (healed,) = heal(tmp_path, known=rows.known, index=rows.index)
    assert (healed.indexed, rows.ids, healed.torn_bytes) == (0, set(), len(torn) - 1)


def test_a_disk_that_fails_is_named(tmp_path: Path) -> None:
    """An error of the disk stops healing with a sentence, and the file waits for the next start."""

    def sync(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    left(tmp_path, written()[0])
    with pytest.raises(StorageError, match="Input/output"):
        heal(tmp_path, known=Rows().known, index=Rows().index, sync=sync)
    assert state(tmp_path) == {f"{NAME}.open": written()[0]}


WRITER = """
import os, sys, threading, uuid
from datetime import UTC, datetime
from pathlib import Path
from storage.warc import Archive, Received

archive = Archive(
    Path(sys.argv[1]), software="Khronika/0", operator="", clock=lambda: datetime.now(UTC), max_bytes=300_000
)

def write():
    while True:
        capture = uuid.uuid4()
        archive.append(
            Received(
                url="https://desk.example/", at=datetime.now(UTC), request_head=b"GET / HTTP/1.1\\r\\n\\r\\n",
                response_head=b"HTTP/1.1 200 OK\\r\\n\\r\\n", body=capture.bytes + os.urandom(3000),
            ),
            capture,
        )
        os.write(1, f"{capture}\\n".encode())

threads = [threading.Thread(target=write) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.slow
@pytest.mark.parametrize("acknowledged", [1, 40, 400])
def test_kill_9_loses_nothing_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """Whatever a killed process had acknowledged is indexed and readable, over several files, for us and for others."""
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child.stdout:
        lines = [child.stdout.readline() for _ in range(acknowledged)]
        child.kill()
        lines += child.stdout.readlines()
    child.wait()
    acked = {UUID(line.strip()) for line in lines}
    assert len(acked) >= acknowledged

    rows: dict[UUID, Recorded] = {}

    def index(found: Sequence[Recorded]) -> None:
        rows.update({each.place.capture_id: each for each in found})

    heal(tmp_path, known=lambda ids: set(rows) & set(ids), index=index)

    assert acked <= set(rows)
    for capture, each in rows.items():
        place = each.place
        assert read(tmp_path, place.file, place.offset, place.length).body[:16] == capture.bytes
    closed = list(tmp_path.glob("*.warc.gz"))
    assert {UUID(each) for path in closed for each in warcio_ids(path)} == set(rows)
    assert list(tmp_path.glob("*.open")) == []
    assert acknowledged < 400 or len(closed) > 1
