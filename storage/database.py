"""Opening the database: SQLite in WAL mode or PostgreSQL, behind the same two doors, `reading()` and `writing()`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from storage.errors import Locked, SchemaNewer, SchemaOld, StorageError

START_LOCK = 727201
"""Number of the PostgreSQL lock for what each process does at its start; migrations hold the one before it."""
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000
"""How long a writer waits for another one on SQLite, in milliseconds."""


class Database:
    """An engine and the two ways to use it. Make it with `open_database`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lasting = engine.execution_options(khronika_writes=True)
        self._passing = engine.execution_options(khronika_writes="passing")
        self._turn = Lock()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for questions: takes no lock that stops a writer."""
        with _named_errors(), Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[Session]:
        """A session whose transaction is committed at the end, or rolled back whole.

        On SQLite it begins IMMEDIATE: a deferred transaction that reads first and writes later fails with "database is
        locked" under load whatever the busy timeout. `lasting=False` is for rows that a power cut may take back, such as
        the pace of a host: SQLite then does not wait for the disk.
        """
        writer = self._lasting if lasting else self._passing
        with (
            _named_errors(),
            self._alone(),
            Session(writer, expire_on_commit=False, autoflush=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let the threads of this process queue up in memory: SQLite has one writer, and waits for it by sleeping."""
        if self.dialect != "sqlite":
            yield
            return
        if not self._turn.acquire(timeout=BUSY_MS / 1000):
            raise Locked("database is locked by another thread of this process")
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except (InterfaceError, PoolTimeout) as error:
        raise StorageError(" ".join(str(error).split())[:300]) from error
    except (DatabaseError, sqlite3.OperationalError) as error:
        if isinstance(error, DatabaseError) and type(error) not in (DatabaseError, OperationalError):
            raise  # a constraint or a value: ours to handle or a bug, not the store's fault
        reason = str(error.orig if isinstance(error, DatabaseError) else error)
        if "database is locked" in reason or "lock timeout" in reason:
            raise Locked(reason) from error
        raise StorageError(reason) from error


def open_database(url: str) -> Database:
    """Open the database at an SQLAlchemy URL. The folder of an SQLite file is made if it is missing.

    Raises StorageError if the address cannot be read or its folder cannot be made.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StorageError(f"{url!r} is not a database address") from error
    backend = address.get_backend_name()
    if backend == "sqlite":
        return Database(_sqlite(address))
    if backend in ("postgresql", "postgres"):
        return Database(
            create_engine(
                address.set(drivername="postgresql+psycopg"), pool_size=5, max_overflow=60, pool_pre_ping=True
            )
        )
    raise StorageError(f"{backend!r} is not a supported database: use sqlite or postgresql")


def _sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        try:
            Path(address.database).absolute().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder of {address.database}: {error.strerror}") from error
    engine = create_engine(
        address.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": BUSY_MS / 1000},
        pool_size=5,
        max_overflow=60,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MS}",
            "cache_size=-8000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # Said to the driver itself: this is the hottest path of a poll, and there is nothing to compile or to convert.
        driver = connection.connection.dbapi_connection
        writes = connection.get_execution_options().get("khronika_writes")
        if writes:
            driver.execute(f"PRAGMA synchronous={'NORMAL' if writes == 'passing' else 'FULL'}")
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _known_versions() -> list[str]:
    """The schema versions this program knows, oldest first: the migrations are numbered files."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def schema_version(database: Database) -> str | None:
    """The version of the schema the database has; None if it is empty.

    Raises SchemaNewer if the database was written by a newer Khronika.
    """
    with _named_errors(), database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in _known_versions():
        raise SchemaNewer(f"the database is at {found}, this program at {_known_versions()[-1]}")
    return found


def upgrade(database: Database) -> bool:
    """Bring the schema up to date; True if anything had to be done. Two at once are harmless.

    Raises SchemaNewer if the database was written by a newer Khronika.
    """
    if schema_version(database) == _known_versions()[-1]:
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = database.engine
    with _named_errors():
        command.upgrade(config, "head")
    return True


def require_schema(database: Database) -> None:
    """Raise SchemaOld or SchemaNewer unless the schema is the one this program was written for."""
    found, wanted = schema_version(database), _known_versions()[-1]
    if found != wanted:
        raise SchemaOld(f"the database is at {found or 'nothing'}, this program needs {wanted}")


def take_turn(session: Session) -> None:
    """Let processes that start at once write what they find missing one after another, until this transaction ends.

    On SQLite every writing transaction is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": START_LOCK})
