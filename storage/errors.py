"""Every way the store can fail, with its name and its sentence."""

from __future__ import annotations

from typing import ClassVar


class StorageError(Exception):
    """The store cannot be read or written."""

    code: ClassVar[str] = "storage_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def sentence(self) -> str:
        """What happened, in words a person can act on."""
        text = (type(self).__doc__ or "").strip()
        return f"{text} ({self.detail})" if self.detail else text

    def __str__(self) -> str:
        return self.sentence


class Locked(StorageError):
    """Another process kept the database busy for too long; try again."""

    code = "locked"


class SchemaOld(StorageError):
    """The database needs an upgrade: run `khronika db upgrade`."""

    code = "schema_old"


class SchemaNewer(StorageError):
    """The database was written by a newer Khronika: install that version or restore a backup."""

    code = "schema_newer"


class ArchiveFull(StorageError):
    """There is no room left for the archive: free some disk space; fetching goes on by itself then."""

    code = "archive_full"


class ArchiveDamaged(StorageError):
    """A record of the archive is not what was written."""

    code = "archive_damaged"

    def __init__(self, detail: str = "", offset: int = 0) -> None:
        super().__init__(detail)
        self.offset = offset
        """The byte of the file where the damaged record begins."""


class ArchiveMissing(ArchiveDamaged):
    """A file of the archive is not where its records were written."""

    code = "archive_missing"
