"""`khronika db upgrade`: the schema of the store and that of the queue."""

from __future__ import annotations

from service.jobs import apply_schema
from service.settings import Settings
from storage.database import open_database, take_turn, upgrade


def upgrade_store(settings: Settings) -> bool:
    """Bring the schema up to date, and that of the queue where there is one; True if anything had to be done.

    Raises StorageError if the database cannot be reached or is newer than this program.
    """
    database = open_database(settings.database)
    try:
        changed = upgrade(database)
        if database.dialect == "postgresql":
            with database.writing() as session:
                take_turn(session)
                changed = apply_schema(settings.database) or changed
    finally:
        database.close()
    return changed
