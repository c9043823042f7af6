"""The health check of a scheduler's or worker's container: light, since it runs every few seconds."""

from __future__ import annotations

from service.errors import CannotDo
from service.settings import Settings
from storage.processes import beating

BEAT_WITHIN = 120.0
PROCESSES = "processes"
"""Folder in the data directory where each process leaves its mark."""


def require_beat(settings: Settings, role: str) -> None:
    """Raise CannotDo unless a scheduler or worker on this machine is at work."""
    if not beating(settings.data_dir / PROCESSES, role, BEAT_WITHIN):
        raise CannotDo(f"no {role} on this machine has shown itself for {BEAT_WITHIN:.0f} s")
