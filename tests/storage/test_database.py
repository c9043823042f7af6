"""Opening the database, and its schema."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from storage.database import Database, open_database, require_schema, schema_version, upgrade
from storage.errors import SchemaNewer, SchemaOld, StorageError
from storage.models import Base, Setting


def test_an_upgrade_makes_what_the_models_say(database: Database) -> None:
    """The migrations and the models never drift apart."""
    found = inspect(database.engine)
    for name, table in Base.metadata.tables.items():
        columns = {column["name"]: column["nullable"] for column in found.get_columns(name)}
        assert columns == {column.name: column.nullable for column in table.columns}, name
        assert {index["name"] for index in found.get_indexes(name)} >= {index.name for index in table.indexes}, name


@pytest.mark.slow
def test_an_upgrade_is_made_once_however_many_ask(database_url: str) -> None:
    """Containers that start together do not trip over each other."""
    ask = "import sys; from storage.database import open_database, upgrade; upgrade(open_database(sys.argv[1]))"
    asking = [subprocess.Popen([sys.executable, "-c", ask, database_url]) for _ in range(3)]
    assert [process.wait() for process in asking] == [0, 0, 0]
    opened = open_database(database_url)
    require_schema(opened)
    assert upgrade(opened) is False
    opened.close()


def test_an_empty_database_asks_for_an_upgrade(database_url: str) -> None:
    """The sentence names the command."""
    opened = open_database(database_url)
    with pytest.raises(SchemaOld, match="khronika db upgrade"):
        require_schema(opened)
    opened.close()


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    """Writing into a schema we do not know would damage it."""
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer):
        schema_version(database)
    with pytest.raises(SchemaNewer):
        upgrade(database)


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "sqlite:////proc/nowhere/x.sqlite3"])
def test_an_address_that_cannot_be_used_is_named(url: str) -> None:
    """No traceback of a library reaches the operator."""
    with pytest.raises(StorageError):
        open_database(url)


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    """All or nothing, on both engines."""

    def write_half() -> None:
        with database.writing() as session:
            session.add(Setting(name="half", value="written"))
            session.flush()
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write_half()
    with database.reading() as session:
        assert session.get(Setting, "half") is None


@pytest.mark.slow
def test_read_then_write_never_meets_a_locked_database(database: Database) -> None:
    """Eight writers that read first: a deferred BEGIN would fail in more than half of the cases on SQLite."""
    with database.writing() as session:
        session.add(Setting(name="count", value="0"))

    def count(_worker: int) -> None:
        for _ in range(25):
            with database.writing() as session:
                row = session.get_one(Setting, "count", with_for_update=True)
                row.value = str(int(row.value) + 1)
                session.add(row)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    with database.reading() as session:
        assert session.get_one(Setting, "count").value == "200"


def test_sqlite_keeps_what_is_committed_through_a_power_cut(tmp_path: Path) -> None:
    """WAL with synchronous=FULL, and foreign keys on each connection."""
    opened = open_database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with opened.writing() as session:
        values = [
            session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == ["wal", 2, 1]
    opened.close()
