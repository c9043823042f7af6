"""The queue between schedulers and workers: Procrastinate in the PostgreSQL that is there anyway.

Jobs are worthless: a lost one is handed out again because its source is still due. So nothing is retried by the queue, no
job is deferred on a connection of ours, and the job of a dead worker is failed, never requeued.
"""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import make_url

from service.app import Khronika
from service.hands import poll_claimed
from service.poll import LEASE
from storage import sources
from storage.errors import StorageError

TASK = "khronika.poll"
QUEUE = "polls"
HANDED_OUT_AT_ONCE = 500
HOUSEKEEPING = 30
"""Seconds between two signs of life."""
STALLED_AFTER = 120
"""Seconds without a sign of life after which a worker counts as dead."""

log = structlog.get_logger(__name__)


def conninfo(database_url: str) -> str:
    """The address as the PostgreSQL client library wants it."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def apply_schema(database_url: str) -> bool:
    """Make the queue's tables if they are missing; True if they were."""
    with App(connector=SyncPsycopgConnector(conninfo=conninfo(database_url))).open() as app:
        if app.connector.get_sync_connector().execute_query_one("SELECT to_regclass('procrastinate_jobs') AS it")["it"]:
            return False
        app.schema_manager.apply_schema()
        return True


class Queue:
    """Rings for workers: one waiting job a source at most."""

    def __init__(self, k: Khronika) -> None:
        self._k = k
        self._app = App(connector=SyncPsycopgConnector(conninfo=conninfo(k.settings.database)))
        self._app.open()

    def hand_out(self, now: datetime) -> int:
        """Ring for every due source that nobody visits; the worker that answers claims it."""
        with self._k.database.reading() as session:
            ids = sources.due(session, now, limit=HANDED_OUT_AT_ONCE)
        rung = 0
        try:
            for source_id in ids:
                with suppress(AlreadyEnqueued):
                    self._app.configure_task(TASK, queue=QUEUE, queueing_lock=source_id).defer(source_id=source_id)
                    rung += 1
        except ConnectorException as error:
            raise StorageError(f"the queue cannot be reached: {_reason(error)}") from error
        return rung

    def close(self) -> None:
        """Workers finish by themselves."""
        self._app.close()


def run_worker(k: Khronika) -> None:
    """Answer the queue until told to stop by a signal, finishing or giving back what has begun.

    Raises StorageError if the queue is lost on the way.
    """
    try:
        asyncio.run(_answer(k))
    except ConnectorException as error:
        raise StorageError(f"the queue cannot be reached: {_reason(error)}") from error
    if not k.stop.asked:
        raise StorageError("the connection to the queue was lost")


async def _answer(k: Khronika) -> None:
    loop = asyncio.get_running_loop()
    # Procrastinate runs sync tasks in the loop's default executor, which is far smaller than our concurrency; what is left
    # over resolves the database's name when it has to be reached anew.
    loop.set_default_executor(ThreadPoolExecutor(k.settings.concurrency + 2))
    app = App(connector=PsycopgConnector(conninfo=conninfo(k.settings.database)))

    @app.task(name=TASK, queue=QUEUE, retry=False)
    def poll_source(source_id: str) -> None:
        if _claim(k, source_id):
            poll_claimed(k, source_id)

    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=k.settings.concurrency,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )

        def end() -> None:
            k.stop.ask()
            worker.cancel()  # fetches no more jobs, waits for those that run

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
        house = asyncio.create_task(_keep_house(k, app))
        try:
            with suppress(asyncio.CancelledError):
                await worker
        finally:
            house.cancel()


def _claim(k: Khronika, source_id: str) -> bool:
    """Claim a source, unless the bell was late: somebody visits it already, or it is not due any more."""
    now, holder = k.clock(), k.presence.token
    try:
        with k.database.writing() as session:
            if not sources.claim(session, source_id, now, holder=holder, lease=LEASE):
                return False
            row = sources.find(session, source_id)
            if row is not None and row.enabled and row.due_at <= now:
                return True
            sources.give_back(session, source_id, holder)
            return False
    except StorageError as error:
        log.error("claim.not_made", source=source_id, reason=str(error))
        return False


async def _keep_house(k: Khronika, app: App) -> None:
    """Show that the loop turns, let idle parsers go, and clear away what dead workers were doing."""
    while True:
        k.presence.beat()
        k.sandbox.rest()
        try:
            for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_AFTER):
                with suppress(ConnectorException):  # another worker cleared it away first
                    await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException as error:
            log.error("queue.unreachable", reason=_reason(error))
        await asyncio.sleep(HOUSEKEEPING)


def _reason(error: ConnectorException) -> str:
    """Say what the database said: Procrastinate's own words are the same for every failure."""
    return " ".join(str(error.__cause__ or error).split())
