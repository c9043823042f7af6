"""Khronika: the wired parts, one frozen object handed to everything."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from sqlmodel import Session

from scrapers import catalogue
from scrapers.fetch import Fetcher, Limits
from scrapers.guard import Networks
from scrapers.model import Exchange, Source
from scrapers.sandbox import Sandbox
from service import __version__
from service.alive import PROCESSES
from service.errors import BadSettings
from service.evidence import Evidence, discard
from service.pace import HostGate, RobotsMemory
from service.settings import Settings
from service.stop import Stop
from storage import captures, sources
from storage.database import Database, open_database, require_schema, schema_version, take_turn, upgrade
from storage.errors import StorageError
from storage.heal import heal
from storage.models import Capture, Setting
from storage.processes import Presence
from storage.warc import Archive, Recorded

BODY_BYTES = 20 << 20
"""Larger than any statement; a report of this size with all its pictures still fits."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Khronika:
    """Everything a command or a job needs. Made by `open_khronika`, never by hand outside tests."""

    settings: Settings
    clock: Callable[[], datetime]
    dice: Callable[[], float]
    database: Database
    presence: Presence
    archive: Archive
    evidence: Evidence
    fetcher: Fetcher
    rehearsal: Fetcher
    """Fetches without archiving, for `--dry-run`."""
    sandbox: Sandbox
    stop: Stop

    def say_hello(self) -> None:
        """Tell the operator what should be set before this faces the world."""
        if not self.settings.contact:
            log.warning("start.contact_missing", hint="set KHRONIKA_CONTACT: sites then know whom to write to")


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@contextmanager
def open_khronika(
    settings: Settings,
    *,
    role: str = "command",
    clock: Callable[[], datetime] = utc_now,
    dice: Callable[[], float] = random.random,
) -> Iterator[Khronika]:
    """Open the store, heal what a crash left, read the catalogue and wire the parts.

    Raises StorageError or BadSettings with a sentence for the operator.
    """
    with ExitStack() as parts:
        database = open_store(settings)
        parts.callback(database.close)
        presence = Presence(settings.data_dir / PROCESSES, role)
        parts.callback(presence.close)
        parts.callback(_let_go, database, presence)
        archive = Archive(
            settings.data_dir / "archive",
            software=f"khronika/{__version__}",
            operator=settings.contact or "unnamed",
            clock=clock,
        )
        evidence = Evidence(archive)
        parts.callback(_close_archive, archive, evidence, database)
        stop = Stop()
        gate = HostGate(database, presence, connections=settings.host_connections, clock=clock, sleep=stop.sleep)
        robots = RobotsMemory(database, clock=clock)

        def fetcher(archive_exchange: Callable[[Exchange], UUID]) -> Fetcher:
            made = Fetcher(
                user_agent=settings.user_agent(__version__),
                archive=archive_exchange,
                gate=gate,
                robots=robots,
                networks=Networks.parse(settings.allow_private_networks),
                limits=Limits(deadline=settings.fetch_deadline, body_bytes=BODY_BYTES),
                host_delay=settings.host_delay,
                clock=clock,
                sleep=stop.sleep,
                dice=dice,
            )
            parts.callback(made.close)
            return made

        sandbox = Sandbox(settings.parsers)
        parts.callback(sandbox.close)
        k = Khronika(
            settings=settings,
            clock=clock,
            dice=dice,
            database=database,
            presence=presence,
            archive=archive,
            evidence=evidence,
            fetcher=fetcher(evidence),
            rehearsal=fetcher(discard),
            sandbox=sandbox,
            stop=stop,
        )
        recover(k)
        read_catalogue(k)
        yield k


def _close_archive(archive: Archive, evidence: Evidence, database: Database) -> None:
    """Close the archive once all its records have rows; else its file stays open for the next start to look through."""
    try:
        evidence.settle(database)
    except StorageError as error:
        log.error("archive.left_open", reason=str(error))
        return
    archive.close()


def open_store(settings: Settings) -> Database:
    """Open the database; an SQLite file or an empty database gets its schema at once.

    Raises StorageError if it cannot be opened or needs `khronika db upgrade`.
    """
    database = open_database(settings.database)
    try:
        if database.dialect == "sqlite" or schema_version(database) is None:
            upgrade(database)
        require_schema(database)
        with database.writing() as session:
            take_turn(session)
            _fix_identity(session, settings)
    except BaseException:
        database.close()
        raise
    return database


def _fix_identity(session: Session, settings: Settings) -> None:
    """Fix at first start what feed ids are made of: they must outlive every later change of address."""
    if session.get(Setting, "authority") is None:
        session.add(Setting(name="authority", value=urlsplit(settings.base_url).hostname or "localhost"))
        session.add(Setting(name="authority_date", value=utc_now().date().isoformat()))


def recover(k: Khronika) -> None:
    """Heal what dead processes left behind: torn archive files, captures without rows, claims on sources."""

    def known(ids: Iterable[UUID]) -> set[UUID]:
        with k.database.reading() as session:
            return captures.known(session, list(ids))

    def index(found: Sequence[Recorded]) -> None:
        with k.database.writing() as session:
            session.add_all(_capture_row(recorded) for recorded in found)

    for healed in heal(k.archive.folder, known=known, index=index):
        log.info("archive.healed", file=healed.file, indexed=healed.indexed, torn_bytes=healed.torn_bytes)
    free_dead_claims(k)


def _capture_row(recorded: Recorded) -> Capture:
    return Capture(
        id=recorded.place.capture_id,
        url=recorded.url,
        at=recorded.at,
        status=recorded.status,
        content_type=recorded.content_type,
        peer=recorded.peer,
        truncated=recorded.truncated,
        file=recorded.place.file,
        offset=recorded.place.offset,
        length=recorded.place.length,
        payload_sha256=recorded.place.payload_sha256,
        block_sha256=recorded.place.block_sha256,
    )


def _let_go(database: Database, presence: Presence) -> None:
    """Free what is still claimed in our name: after a farewell nobody could tell that we are gone."""
    with suppress(StorageError), database.writing() as session:
        sources.free_claims(session, [presence.token])


def free_dead_claims(k: Khronika) -> None:
    """Let sources that a killed process was visiting be due again."""
    fallen = k.presence.fallen()
    if not fallen:
        return
    with k.database.writing() as session:
        freed = sources.free_claims(session, fallen)
    for token in fallen:
        k.presence.forget(token)
    if freed:
        log.warning("sources.freed_after_crash", count=freed)


def read_catalogue(k: Khronika) -> None:
    """Reconcile the rows of sources with the built-in records and the operator's own folder."""
    now = k.clock()
    builtin = catalogue.load_builtin() if k.settings.catalogue else []
    own: list[Source] = []
    if k.settings.sources is not None:
        if not k.settings.sources.is_dir():
            raise BadSettings(f"KHRONIKA_SOURCES names {k.settings.sources}, which is not a folder")
        loaded = catalogue.load_folder(k.settings.sources)
        for problem in loaded.problems:
            log.error("sources.record_refused", problem=str(problem))
        own = loaded.sources
    own_ids = {source.id for source in own}
    with k.database.writing() as session:
        take_turn(session)
        sources.reconcile(session, "builtin", [plain(source) for source in builtin if source.id not in own_ids], now)
        sources.reconcile(session, "user", [plain(source) for source in own], now)


def plain(source: Source) -> dict[str, object]:
    """A source record as plain JSON values, as it is kept in its row."""
    value: dict[str, object] = msgspec.to_builtins(source)
    return value
