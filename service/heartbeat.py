"""The heartbeat: a few fixed jobs of APScheduler that look at the clock and at the rows.

Due times are rows, so there is no job per source, nothing is pickled, and two heartbeats at once are harmless: a claim is
one conditional UPDATE.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from service.app import Khronika, free_dead_claims
from service.hands import Hands
from storage.errors import StorageError

HOUSEKEEPING = 60
"""Seconds between two looks for dead processes and idle parsers."""

log = structlog.get_logger(__name__)


class Heartbeat:
    """Hands out due sources and keeps the house."""

    def __init__(self, k: Khronika, hands: Hands) -> None:
        self._k = k
        self._hands = hands
        self._last = k.clock()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            # A late job runs once as soon as it can; APScheduler's own default would skip it after one second.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    @property
    def last_beat(self) -> datetime:
        """When it last looked at what is due and could."""
        return self._last

    def start(self) -> None:
        """Begin to beat: at once, then every `tick` seconds."""
        self._every(self.tick, self._k.settings.tick)
        self._every(self.housekeeping, HOUSEKEEPING)
        self._scheduler.start()

    def stop(self) -> None:
        """Stop beating, then wait for the hands."""
        self._scheduler.shutdown(wait=True)
        self._hands.close()

    def tick(self) -> int:
        """Hand out what is due, as far as hands are free; how many sources that were."""
        now = self._k.clock()
        try:
            handed = self._hands.hand_out(now)
        except StorageError as error:
            log.error("heartbeat.store_failed", reason=str(error))
            return 0
        self._last = now
        self._k.presence.beat()
        return handed

    def housekeeping(self) -> None:
        """Free what dead processes held; let idle parsers go."""
        try:
            free_dead_claims(self._k)
        except StorageError as error:
            log.error("heartbeat.store_failed", reason=str(error))
        self._k.sandbox.rest()

    def _every(self, job: Callable[[], object], seconds: float) -> None:
        self._scheduler.add_job(job, "interval", seconds=seconds, next_run_time=datetime.now(self._scheduler.timezone))
