"""Who does the work: threads of this process, or workers on the queue. Both are doorbells; rows hold the truth."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

import structlog

from service.app import Khronika
from service.finish import broke_off
from service.poll import LEASE, poll
from service.report import PollReport
from service.stop import Stopped
from storage import sources
from storage.errors import StorageError

PAUSE = timedelta(minutes=5)
"""How long a source is left alone when its visit could not be kept: a full disk is no reason to ask with every tick."""

log = structlog.get_logger(__name__)


class Hands(Protocol):
    """Takes due sources and has them polled."""

    def hand_out(self, now: datetime) -> int:
        """Take what is due, as far as there is room; how many sources that were. Raises StorageError."""
        ...

    def close(self) -> None:
        """Wait for the work that has begun."""
        ...


class Threads:
    """Claims due sources and polls them in a pool of threads of this process."""

    def __init__(self, k: Khronika) -> None:
        self._k = k
        self._busy = 0
        self._more = False
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(k.settings.concurrency, thread_name_prefix="poll")

    def hand_out(self, now: datetime) -> int:
        """Claim as many due sources as there are free threads; if more are due, threads that get free take them at once."""
        with self._lock:
            free = self._k.settings.concurrency - self._busy
            self._busy += max(free, 0)
        ids: list[str] = []
        try:
            if free > 0:
                ids = self._claim(now, free)
        finally:
            with self._lock:
                self._busy -= max(free, 0) - len(ids)
                self._more = len(ids) == free if free > 0 else self._more
        for source_id in ids:
            self._pool.submit(poll_claimed, self._k, source_id).add_done_callback(self._done)
        return len(ids)

    def close(self) -> None:
        """Wait for every poll that has begun."""
        self._pool.shutdown(wait=True)

    def _claim(self, now: datetime, limit: int) -> list[str]:
        with self._k.database.reading() as session:
            if not sources.due(session, now, limit=1):
                return []
        with self._k.database.writing() as session:
            return sources.claim_due(session, now, holder=self._k.presence.token, lease=LEASE, limit=limit)

    def _done(self, _future: Future[None]) -> None:
        with self._lock:
            self._busy -= 1
            few = self._more and self._busy * 2 <= self._k.settings.concurrency
        if few and not self._k.stop.asked:
            # A pool that is closing, or a store that fails for a moment: the next tick sees to it.
            with suppress(RuntimeError, StorageError):
                self.hand_out(self._k.clock())


def poll_claimed(k: Khronika, source_id: str) -> None:
    """Poll a source; what `poll` itself does not name is logged, the claim given back, and ends this job only."""
    try:
        poll(k, source_id)
    except Stopped:
        give_back(k, source_id)
    except StorageError as error:
        log.error("poll.not_kept", source=source_id, reason=str(error))
        give_back(k, source_id, k.clock() + PAUSE)
    except Exception as fault:
        log.exception("poll.internal", source=source_id)
        record_fault(k, source_id, fault)


def record_fault(k: Khronika, source_id: str, fault: Exception) -> PollReport | None:
    """Record a visit that a fault of ours ended, and give the claim back; None if not even that can be written."""
    try:
        return broke_off(k, source_id, fault)
    except Exception as error:  # noqa: BLE001 (the last resort of a worker thread)
        log.error("poll.not_kept", source=source_id, reason=str(error))
        give_back(k, source_id, k.clock() + PAUSE)
        return None


def give_back(k: Khronika, source_id: str, due_at: datetime | None = None) -> None:
    """Let a source whose visit could not be recorded be due again, unless the store is out of reach altogether."""
    try:
        with k.database.writing() as session:
            sources.give_back(session, source_id, k.presence.token, due_at)
    except StorageError as error:
        log.error("claim.not_given_back", source=source_id, reason=str(error))
