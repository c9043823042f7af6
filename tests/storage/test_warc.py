"""The archive: standard files, nothing acknowledged before it is on disk, nothing read back that is not what was written."""

from __future__ import annotations

import gzip
import os
import re
import resource
import stat
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.errors import ArchiveDamaged, ArchiveFull, ArchiveMissing, StorageError
from storage.warc import Archive, Place, Received, read, records
from storage.warc_record import exchange

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\n"


class Clock:
    """A clock that stands still until told otherwise."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def received(body: bytes = b"hello", head: bytes = HTML, **more: Any) -> Received:
    """One exchange with plausible heads."""
    given: dict[str, Any] = {
        "url": "https://desk.example/statements/1",
        "at": NOON,
        "request_head": b"GET /statements/1 HTTP/1.1\r\nHost: desk.example\r\n\r\n",
        "response_head": head,
        "body": body,
        "peer": "203.0.113.7",
        "tls": "TLSv1.3 sha256:" + "ab" * 32,
    }
    return Received(**(given | more))


def archive(folder: Path, **more: Any) -> Archive:
    """An archive whose clock stands still unless one is given."""
    given: dict[str, Any] = {"software": "Khronika/0", "operator": "A desk", "clock": Clock()}
    return Archive(folder, **(given | more))


def warcio_records(data: bytes) -> Iterator[tuple[str, dict[str, str], dict[str, str], bytes]]:
    """Read a file with an independent library that checks every digest: type, WARC fields, HTTP fields, undecoded body."""
    for record in ArchiveIterator(BytesIO(data), check_digests="raise"):
        body = record.raw_stream.read()
        http = dict(record.http_headers.headers) if record.http_headers else {}
        yield record.rec_type, dict(record.rec_headers.headers), http, body


def only(folder: Path) -> Path:
    """The one file in a folder."""
    (path,) = folder.iterdir()
    return path


def test_another_library_reads_the_file_and_its_digests(tmp_path: Path) -> None:
    """A file is warcinfo, then request and response of each exchange, with ids, dates and digests as WARC/1.1 has them."""
    capture = uuid4()
    with closing(archive(tmp_path)) as store:
        place = store.append(received(truncated="length"), capture)

    info, asked, answered = warcio_records(only(tmp_path).read_bytes())
    assert [info[0], asked[0], answered[0]] == ["warcinfo", "request", "response"]
    assert info[1]["WARC-Filename"] == place.file
    for line in (
        b"software: Khronika/0\r\n",
        b"format: WARC File Format 1.1\r\n",
        b"operator: A desk\r\n",
        b"conformsTo: ",
    ):
        assert line in info[3]
    assert b"hostname" not in info[3]

    _, fields, http, body = answered
    assert fields["WARC-Record-ID"] == f"<urn:uuid:{capture}>"
    assert fields["WARC-Concurrent-To"] == asked[1]["WARC-Record-ID"]
    assert asked[1]["WARC-Concurrent-To"] == fields["WARC-Record-ID"]
    assert fields["WARC-Target-URI"] == "https://desk.example/statements/1"
    assert fields["WARC-Date"] == "2026-03-01T12:00:00.123456Z"
    assert fields["WARC-IP-Address"] == "203.0.113.7"
    assert fields["WARC-Truncated"] == "length"
    assert fields["WARC-X-TLS-Certificate"] == "sha256:" + "ab" * 32
    assert fields["WARC-Payload-Digest"] == f"sha256:{sha256(b'hello').hexdigest()}" == f"sha256:{place.payload_sha256}"
    assert (
        fields["WARC-Block-Digest"] == f"sha256:{sha256(HTML + b'hello').hexdigest()}" == f"sha256:{place.block_sha256}"
    )
    assert (http["Content-Type"], body) == ("text/html; charset=utf-8", b"hello")


def test_protocols_are_named_from_the_outside_in(tmp_path: Path) -> None:
    """HTTP and TLS versions stand in repeated WARC-Protocol fields, higher layer first, and are read back."""
    with closing(archive(tmp_path)) as store:
        place = store.append(received(), uuid4())
    record = gzip.decompress(only(tmp_path).read_bytes()[place.offset :])
    assert b"WARC-Protocol: http/1.1\r\nWARC-Protocol: tls/1.3\r\n" in record
    assert read(tmp_path, place.file, place.offset, place.length).tls == "TLSv1.3 sha256:" + "ab" * 32


def test_a_place_is_one_gzip_member_of_its_own(tmp_path: Path) -> None:
    """Offset and length cut out exactly the response, readable without the rest of the file."""
    with closing(archive(tmp_path)) as store:
        places = [store.append(received(b"%d" % n), uuid4()) for n in range(3)]
    data = only(tmp_path).read_bytes()
    for n, place in enumerate(places):
        ((kind, fields, _, body),) = warcio_records(data[place.offset : place.offset + place.length])
        assert (kind, body) == ("response", b"%d" % n)
        assert fields["WARC-Record-ID"] == f"<urn:uuid:{place.capture_id}>"
    assert places[-1].offset + places[-1].length == len(data)


@given(
    body=st.binary(max_size=300)
    | st.sampled_from([b"\r\n\r\n", b"WARC/1.1\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"\n\n"]),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")),
    path=st.text(st.characters(min_codepoint=33, exclude_categories=["C", "Z"]), max_size=20),
)
def test_whatever_arrives_is_read_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, value: str, path: str
) -> None:
    """Any body, header value and address survives, for our reader and for the independent one."""
    folder = tmp_path_factory.mktemp("warc")
    head = b"HTTP/1.1 200 OK\r\nX-Any: " + value.encode("latin-1") + b"\r\n\r\n"
    exchanged = received(body, head, url=f"https://desk.example/{path}")
    with closing(archive(folder)) as store:
        place = store.append(exchanged, uuid4())

    found = read(folder, place.file, place.offset, place.length)
    assert (found.head, found.body, found.url, found.at) == (head, body, exchanged.url, exchanged.at)
    assert found.place == place
    assert [each[3] for each in warcio_records(only(folder).read_bytes())][-1] == body


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: cut"])
def test_an_answer_without_body_or_end_is_kept(tmp_path: Path, head: bytes) -> None:
    """No answer, an empty body and a head cut short are all evidence."""
    with closing(archive(tmp_path)) as store:
        place = store.append(received(b"", head, truncated="disconnect"), uuid4())
    found = read(tmp_path, place.file, place.offset, place.length)
    assert found.head.rstrip() == head.rstrip()
    assert (found.body, found.truncated) == (b"", "disconnect")
    assert len(list(warcio_records(only(tmp_path).read_bytes()))) == 3


def test_a_content_coded_body_stays_coded(tmp_path: Path) -> None:
    """What is hashed and kept is what was sent, and readers decode it by its header."""
    body = gzip.compress(b"a long statement " * 50, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    with closing(archive(tmp_path)) as store:
        place = store.append(received(body, head), uuid4())
    assert read(tmp_path, place.file, place.offset, place.length).body == body
    assert place.payload_sha256 == sha256(body).hexdigest()
    decoded = [r.content_stream().read() for r in ArchiveIterator(BytesIO(only(tmp_path).read_bytes()))][-1]
    assert decoded == b"a long statement " * 50


def test_a_body_freed_of_its_chunks_is_not_unchunked_again(tmp_path: Path) -> None:
    """The transfer coding's field is renamed, so that a body which looks chunked is not cut up by a reader."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"5\r\nhello\r\n0\r\n\r\n"
    with closing(archive(tmp_path)) as store:
        place = store.append(received(body, head), uuid4())
    assert (
        b"\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\n"
        in read(tmp_path, place.file, place.offset, place.length).head
    )
    assert [r.content_stream().read() for r in ArchiveIterator(BytesIO(only(tmp_path).read_bytes()))][-1] == body


def test_credentials_are_left_out_and_it_says_so(tmp_path: Path) -> None:
    """No key or cookie of ours reaches the disk, and the record names what is missing."""
    head = (
        b"GET / HTTP/1.1\r\nHost: desk.example\r\nAUTHORIZATION: Bearer s3cret\r\n  s3cret-too\r\nCookie:id=s3cret\r\n"
        b"Proxy-Authorization : Basic s3cret\r\nAccept: */*\r\n\r\n"
    )
    with closing(archive(tmp_path)) as store:
        store.append(received(request_head=head), uuid4())
    data = gzip.decompress(only(tmp_path).read_bytes())
    assert b"s3cret" not in data
    assert b"WARC-X-Omitted: authorization, cookie, proxy-authorization\r\n" in data
    assert b"GET / HTTP/1.1\r\nHost: desk.example\r\nAccept: */*\r\n\r\n" in data


@pytest.mark.parametrize(
    "bad",
    [
        received(at=datetime(2026, 3, 1)),  # noqa: DTZ001
        received(url="https://desk.example/\r\nWARC-Type: warcinfo"),
        received(peer="203.0.113.7\n"),
        received(head=b"HTTP/1.1 200 OK\r\n\r\nX: y\r\n\r\n"),
        received(head=b"HTTP/1.1 200 OK\n \nX: y\r\n\r\n"),
        received(head=b""),
    ],
)
def test_what_cannot_be_written_unambiguously_is_refused(tmp_path: Path, bad: Received) -> None:
    """A naive time, a control character or a second blank line never reaches a file."""
    with closing(archive(tmp_path)) as store:
        with pytest.raises(ValueError, match=r"naive|control|blank|without"):
            store.append(bad, uuid4())
        assert list(tmp_path.iterdir()) == []


def test_an_operator_that_no_file_could_name_stops_the_start(tmp_path: Path) -> None:
    """A line break in a setting is an error at once, not at the first capture."""
    with pytest.raises(ValueError, match="operator"):
        archive(tmp_path, operator="A desk\r\nsoftware: another")


def test_reading_finds_a_file_under_either_name(tmp_path: Path) -> None:
    """A capture is readable as soon as it is acknowledged, while its file is still open."""
    store = archive(tmp_path)
    place = store.append(received(), uuid4())
    assert only(tmp_path).name == place.file + ".open"
    assert read(tmp_path, place.file, place.offset, place.length).body == b"hello"
    store.close()
    assert only(tmp_path).name == place.file
    assert read(tmp_path, place.file, place.offset, place.length).body == b"hello"


@pytest.mark.parametrize(("shift", "grow"), [(1, 0), (-1, 0), (0, 1), (0, -1), (0, -8), (10**6, 0)])
def test_a_wrong_place_is_an_error_with_a_name(tmp_path: Path, shift: int, grow: int) -> None:
    """Only exactly one whole member is accepted, neither less nor more."""
    with closing(archive(tmp_path)) as store:
        place = store.append(received(), uuid4())
        store.append(received(), uuid4())
    with pytest.raises(ArchiveDamaged, match="byte"):
        read(tmp_path, place.file, place.offset + shift, place.length + grow)


def test_a_request_is_not_read_as_a_response(tmp_path: Path) -> None:
    """The place of another record of the same file does not pass for a capture."""
    with closing(archive(tmp_path)) as store:
        place = store.append(received(), uuid4())
        following = store.append(received(), uuid4())
    start = place.offset + place.length
    with pytest.raises(ArchiveDamaged, match="not a response"):
        read(tmp_path, place.file, start, following.offset - start)


@pytest.mark.parametrize("name", ["khronika-none.warc.gz", "../secret", "a/b", ""])
def test_a_missing_file_has_its_own_name(tmp_path: Path, name: str) -> None:
    """A file that is not there, or not in the folder, is told apart from a damaged one."""
    (tmp_path.parent / "secret").write_bytes(b"x")
    with pytest.raises(ArchiveMissing):
        read(tmp_path, name, 0, 10)


@given(at=st.integers(0, 2**16), bit=st.integers(0, 7))
def test_no_changed_bit_is_read_as_something_else(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    """After any flipped bit the record is either refused or, where the bit means nothing to gzip, read unchanged."""
    folder = tmp_path_factory.mktemp("warc")
    with closing(archive(folder)) as store:
        place = store.append(received(b"We deplore the arrests. " * 20), uuid4())
    before = read(folder, place.file, place.offset, place.length)
    content = bytearray(only(folder).read_bytes())
    content[place.offset + at % place.length] ^= 1 << bit
    only(folder).chmod(0o640)
    only(folder).write_bytes(content)
    try:
        after = read(folder, place.file, place.offset, place.length)
    except ArchiveDamaged:
        return
    assert after == before


def test_a_rewritten_body_is_found_by_its_digest(tmp_path: Path) -> None:
    """A member that is valid gzip, but not what was hashed, is damage."""
    member = exchange(received(b"We deplore"), uuid4()).response
    forged = gzip.compress(gzip.decompress(member).replace(b"We deplore", b"We welcome"))
    (tmp_path / "x.warc.gz").write_bytes(forged)
    with pytest.raises(ArchiveDamaged, match="warc-block-digest"):
        read(tmp_path, "x.warc.gz", 0, len(forged))


FIELDS = [
    "WARC-Type: response",
    "WARC-Record-ID: <urn:uuid:x>",
    "WARC-Date: 9999",
    "Content-Length: 1",
    "Content-Length: -1",
    ": ",
]


@given(
    fields=st.lists(st.sampled_from(FIELDS) | st.text(max_size=20), max_size=6),
    block=st.binary(max_size=50),
    end=st.sampled_from([b"\r\n\r\n", b"", b"\r\n\r\n\r\n"]),
)
def test_nothing_but_damage_comes_of_a_foreign_record(
    tmp_path_factory: pytest.TempPathFactory, fields: list[str], block: bytes, end: bytes
) -> None:
    """Whatever stands in a valid gzip member, reading it either proves it or names the damage."""
    folder = tmp_path_factory.mktemp("warc")
    record = "\r\n".join(["WARC/1.1", *fields, "", ""]).encode("utf-8", "surrogatepass") + block + end
    member = gzip.compress(record, 1)
    (folder / "x.warc.gz").write_bytes(member)
    with pytest.raises(ArchiveDamaged):
        read(folder, "x.warc.gz", 0, len(member))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("WARC-Date", "2026-03-01T12:00:00"),
        ("WARC-Date", "9999-12-31T23:59:59-12:00"),
        ("WARC-Date", "yesterday"),
        ("WARC-Record-ID", "<urn:uuid:1>"),
        ("X-Target-URI", "nowhere"),
    ],
)
def test_a_response_that_cannot_be_indexed_is_damage(tmp_path: Path, field: str, value: str) -> None:
    """Digests may match and the record still say nothing that a row could hold: no id, no address, no moment in time."""
    record = gzip.decompress(exchange(received(), uuid4()).response)
    name = field.replace("X-", "WARC-").encode()
    spoiled = re.sub(rb"(?m)^" + name + rb": [^\r]*", f"{field}: {value}".encode(), record)
    member = gzip.compress(spoiled)
    (tmp_path / "x.warc.gz").write_bytes(member)
    with pytest.raises(ArchiveDamaged, match="without id, date or address"):
        read(tmp_path, "x.warc.gz", 0, len(member))


@pytest.mark.parametrize("block", [b"", b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 99999999\r\n\r\n"])
def test_a_head_without_end_is_refused_early(tmp_path: Path, block: bytes) -> None:
    """A record or HTTP head that never ends is not gathered into memory."""
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(block + b"x" * 90_000_000, 1))
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveDamaged, match="no end"):
            list(records(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_records_gives_what_append_gave(tmp_path: Path) -> None:
    """Walking over a file finds every place again, in order, with status, type and address."""
    with closing(archive(tmp_path)) as store:
        places = [store.append(received(b"%d" % n), uuid4()) for n in range(5)]
    found = list(records(only(tmp_path)))
    assert [each.place for each in found] == places
    assert {(each.status, each.content_type, each.peer, each.at) for each in found} == {
        (200, "text/html; charset=utf-8", "203.0.113.7", NOON)
    }


def test_records_stops_with_an_error_at_damage(tmp_path: Path) -> None:
    """What stands before the damage is given, then the error says at which byte it begins."""
    with closing(archive(tmp_path)) as store:
        first, second = store.append(received(b"1"), uuid4()), store.append(received(b"2"), uuid4())
    path = only(tmp_path)
    path.chmod(0o640)
    os.truncate(path, second.offset + second.length - 1)
    walk = records(path)
    assert next(walk).place == first
    with pytest.raises(ArchiveDamaged) as caught:
        next(walk)
    assert caught.value.offset == second.offset


def test_walking_over_a_large_record_takes_little_memory(tmp_path: Path) -> None:
    """A body of 64 MB, squeezed to almost nothing, is proved piece by piece."""
    with closing(archive(tmp_path)) as store:
        place = store.append(received(bytes(64_000_000)), uuid4())
    tracemalloc.start()
    try:
        found = list(records(only(tmp_path)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [each.place for each in found] == [place]
    assert peak < 2_000_000


def test_files_rotate_by_size(tmp_path: Path) -> None:
    """A record that would pass the limit opens a new file; names sort as they were made; a too large record has its own."""
    clock = Clock()
    store = archive(tmp_path, clock=clock, max_bytes=4_000)
    places = []
    for size in (10, 900, 900, 8_000, 10):
        clock.now += timedelta(microseconds=1)
        places.append(store.append(received(os.urandom(size)), uuid4()))
    store.close()

    files = [place.file for place in places]
    assert files[0] == files[1]
    assert len(set(files)) == 4
    assert files == sorted(files)
    assert {path.name for path in tmp_path.iterdir()} == set(files)
    for path in tmp_path.iterdir():
        assert next(iter(warcio_records(path.read_bytes())))[0] == "warcinfo"
    assert (tmp_path / files[0]).stat().st_size <= 4_000


def test_files_rotate_daily_and_settle_before_they_close(tmp_path: Path) -> None:
    """A new UTC day opens a new file; the full one keeps its open name while rows of its captures may be missing."""
    clock = Clock(datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    store = archive(tmp_path, clock=clock)
    first = store.append(received(), uuid4())
    clock.now = datetime(2026, 3, 2, 0, 1, tzinfo=UTC)
    second = store.append(received(), uuid4())
    assert first.file[:17] == "khronika-20260301"
    assert second.file[:17] == "khronika-20260302"
    assert (tmp_path / f"{first.file}.open").exists()

    clock.now += timedelta(minutes=20)
    store.append(received(), uuid4())
    assert stat.S_IMODE((tmp_path / first.file).stat().st_mode) == 0o440
    assert (tmp_path / f"{second.file}.open").exists()
    store.close()
    assert {path.name for path in tmp_path.iterdir()} == {first.file, second.file}


def test_a_closed_archive_takes_nothing_more(tmp_path: Path) -> None:
    """After close no file is opened behind the caller's back."""
    store = archive(tmp_path)
    store.close()
    with pytest.raises(ValueError, match="closed"):
        store.append(received(), uuid4())
    assert list(tmp_path.iterdir()) == []


def test_sixteen_threads_share_a_few_syncs(tmp_path: Path) -> None:
    """Those who write while a sync runs are all covered by the next one."""
    writers, asked = 16, threading.Semaphore(0)
    syncs: list[bool] = []

    def clock() -> datetime:
        asked.release()
        return NOON

    def sync(descriptor: int) -> None:
        if len(syncs) == 1:  # the first sync of records: wait until everyone is about to write
            for _ in range(writers):
                asked.acquire()
        syncs.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        os.fsync(descriptor)

    store = archive(tmp_path, clock=clock, sync=sync)
    with ThreadPoolExecutor(writers) as pool:
        places = list(pool.map(lambda n: store.append(received(b"%d" % n), uuid4()), range(writers)))
    # Two if all had written when the second began; a thread that was only about to write may need a third or fourth.
    assert syncs[0] is True
    assert 2 <= syncs.count(False) <= writers // 2
    store.close()
    assert [r.place for r in records(only(tmp_path))] == sorted(places, key=lambda place: place.offset)


def test_many_threads_rotate_without_losing_a_record(tmp_path: Path) -> None:
    """Whatever the order of writing, syncing and rotating, every acknowledged place holds its own bytes."""
    store = archive(tmp_path, max_bytes=20_000)

    def write(n: int) -> tuple[bytes, Place]:
        body = sha256(b"%d" % n).digest() * (n % 60)
        return body, store.append(received(body), uuid4())

    with ThreadPoolExecutor(12) as pool:
        written = list(pool.map(write, range(240)))
    store.close()
    for body, place in written:
        assert read(tmp_path, place.file, place.offset, place.length).body == body
    found = [each.place for path in tmp_path.iterdir() for each in records(path)]
    assert {(p.file, p.offset) for p in found} == {(p.file, p.offset) for _, p in written}
    assert len(found) == 240
    assert len(list(tmp_path.iterdir())) > 3


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes: the kernel then writes a part and refuses the rest."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_is_named_and_leaves_the_file_whole(tmp_path: Path) -> None:
    """A record cut by a full disk is taken away to the last byte, and writing goes on in the same file when there is room."""
    store = archive(tmp_path)
    first = store.append(received(), uuid4())
    whole = only(tmp_path).read_bytes()
    with room(len(whole) + 700), pytest.raises(ArchiveFull) as caught:
        store.append(received(os.urandom(5_000)), uuid4())
    assert caught.value.code == "archive_full"
    assert only(tmp_path).read_bytes() == whole

    second = store.append(received(b"again"), uuid4())
    store.close()
    assert [each.place for each in records(only(tmp_path))] == [first, second]


def test_no_room_for_a_new_file_leaves_none(tmp_path: Path) -> None:
    """A file that cannot even be begun is taken away again."""
    store = archive(tmp_path)
    with room(100), pytest.raises(ArchiveFull):
        store.append(received(), uuid4())
    assert list(tmp_path.iterdir()) == []
    place = store.append(received(), uuid4())
    store.close()
    assert [each.place for each in records(only(tmp_path))] == [place]


def failing_at(turn: int) -> Callable[[int], None]:
    """A sync that fails once, at its n-th call."""
    calls = iter(range(1, 10**6))

    def sync(descriptor: int) -> None:
        if next(calls) == turn:
            raise OSError(5, "Input/output error")
        os.fsync(descriptor)

    return sync


def test_a_failed_sync_is_never_acknowledged_nor_trusted(tmp_path: Path) -> None:
    """Its record is cut off, what was proved before stays, and the next record goes into a new file."""
    store = archive(tmp_path, sync=failing_at(3))
    first = store.append(received(b"1"), uuid4())
    with pytest.raises(StorageError, match="Input/output"):
        store.append(received(b"2"), uuid4())
    third = store.append(received(b"3"), uuid4())
    store.close()

    assert third.file != first.file
    assert [each.place for each in records(tmp_path / first.file)] == [first]
    assert [each.place for each in records(tmp_path / third.file)] == [third]
    assert (tmp_path / f"{first.file}.open").exists()


@pytest.mark.parametrize("turn", range(1, 9))
def test_threads_survive_a_sync_that_fails_at_any_moment(tmp_path: Path, turn: int) -> None:
    """Every append either raises or its record is there: nobody waits for ever, nobody is told a lie."""
    store = archive(tmp_path, sync=failing_at(turn), max_bytes=6_000)

    def write(n: int) -> Place | None:
        try:
            return store.append(received(os.urandom(500)), UUID(int=n))
        except StorageError:
            return None

    with ThreadPoolExecutor(6) as pool:
        places = [place for place in pool.map(write, range(30)) if place is not None]
    store.close()
    for place in places:
        assert read(tmp_path, place.file, place.offset, place.length).place == place
    assert len(places) >= 30 - 6
    with pytest.raises(ValueError, match="closed"):
        store.append(received(), uuid4())
