"""Runs the migrations on the engine that is passed in, or on a scratch SQLite file for autogenerate."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine, text

from storage.database import open_database
from storage.models import Base

OWN_TABLES = set(Base.metadata.tables)


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Leave alone what is not in the models: the search index and the queue's tables."""
    return kind != "table" or name in OWN_TABLES


def run() -> None:
    given = context.config.attributes.get("engine")
    engine: Engine = given or open_database("sqlite:///data/migrations.sqlite3").engine
    with engine.execution_options(khronika_writes=True).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            include_object=_ours,
        )
        with context.begin_transaction():
            if engine.dialect.name == "postgresql":  # two containers that start at once take turns
                connection.execute(text("SELECT pg_advisory_xact_lock(727200)"))
            context.run_migrations()


run()
