"""The roles a process can have: everything at once, or web, scheduler and worker apart."""

from __future__ import annotations

import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec
import structlog
import uvicorn
from sqlmodel import Session

from scrapers.model import Source
from service.app import Khronika, open_khronika, open_store, plain
from service.demo.origin import Origin
from service.errors import CannotDo
from service.hands import Threads
from service.heartbeat import Heartbeat
from service.settings import Settings
from service.terminal import terminal
from service.web.app import create_app
from service.web.site import Site
from storage import search, sources
from storage.database import Database
from storage.models import Setting

log = structlog.get_logger(__name__)


def run_embedded(settings: Settings, host: str, port: int) -> None:
    """Scheduler, fetching and web in one process, until a signal."""
    with open_khronika(settings, role="run") as k, _listening(host, port) as listener:
        k.say_hello()
        _run_all(k, listener)


def run_demo(settings: Settings, host: str, port: int) -> None:
    """The same beside the bundled sample sites, in a data directory that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="khronika-demo-") as folder,
        _listening(host, port) as listener,
        Origin() as origin,
    ):
        ours = settings.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": "",
                "base_url": _address(listener),
                "contact": "khronika demo",
                "sources": None,
                "catalogue": False,
                "allow_private_networks": ["127.0.0.0/8"],
                "host_delay": 0.1,
                "tick": 1.0,
            }
        )
        sites = [msgspec.convert(record, Source) for record in origin.sources()]
        with open_khronika(ours) as k:
            with k.database.writing() as session:
                sources.reconcile(session, "imported", [plain(site) for site in sites], k.clock())
            _welcome(sites, origin, ours.base_url)
            _run_all(k, listener)


def run_web(settings: Settings, host: str, port: int) -> None:
    """Pages and feeds only."""
    database = open_store(settings)
    try:
        with _listening(host, port) as listener:
            _serve(_site(settings, database), listener)
    finally:
        database.close()


def run_scheduler(settings: Settings) -> None:
    """Hand out due sources over the queue, until a signal."""
    _require_queue(settings)
    from service.jobs import Queue

    with open_khronika(settings, role="scheduler") as k:
        heartbeat = Heartbeat(k, Queue(k))
        heartbeat.start()
        try:
            _until_signal()
        finally:
            heartbeat.stop()


def run_worker(settings: Settings) -> None:
    """Poll what the scheduler hands out, until a signal."""
    _require_queue(settings)
    from service import jobs

    with open_khronika(settings, role="worker") as k:
        k.say_hello()
        jobs.run_worker(k)


def _require_queue(settings: Settings) -> None:
    if not settings.database.startswith("postgres"):
        raise CannotDo(
            "the queue needs PostgreSQL: set KHRONIKA_DATABASE_URL, or use `khronika run`, which needs no queue"
        )


def _run_all(k: Khronika, listener: socket.socket) -> None:
    heartbeat = Heartbeat(k, Threads(k))
    heartbeat.start()
    try:
        _serve(_site(k.settings, k.database, heartbeat), listener)
    finally:
        k.stop.ask()
        heartbeat.stop()


def _site(settings: Settings, database: Database, heartbeat: Heartbeat | None = None) -> Site:
    def setting(session: Session, name: str) -> str:
        return session.get_one(Setting, name).value

    with database.reading() as session:
        return Site(
            database=database,
            base_url=settings.base_url,
            authority=setting(session, "authority"),
            authority_date=setting(session, "authority_date"),
            search=search.find,
            beat=(lambda: heartbeat.last_beat) if heartbeat else None,
            beat_limit=max(60.0, 4 * settings.tick),
        )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Bind before anything else is started, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise CannotDo(f"cannot listen on {host}:{port}: {error.strerror}") from error
        listener.listen(2048)
        yield listener
    finally:
        listener.close()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104 (comparison)


def _serve(site: Site, listener: socket.socket) -> None:
    log.info("web.listening", address=_address(listener))
    config = uvicorn.Config(
        create_app(site),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    # uvicorn sends itself the signal that ended it once more when it is done: the rest of the house closes in good order.
    before = {number: signal.signal(number, _heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heard(_number: int, _frame: FrameType | None) -> None:
    """A signal that has already done its work."""


def _until_signal() -> None:
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    ended.wait()


def _welcome(sites: list[Source], origin: Origin, address: str) -> None:
    console = terminal()
    console.print(f"\n  [bold]Khronika demo[/bold]   {address}/")
    console.print(f"  subscribe to     {address}/feeds/all.atom   (also .rss and .json)\n")
    console.print("  It watches four sample sites on this machine:")
    for source in sites:
        console.print(f"    {source.id:<14} {source.home}   {address}/feeds/source/{source.id}.atom", highlight=False)
    console.print("\n  What will happen:")
    for seconds, words in origin.timetable():
        console.print(f"    {seconds:>5.0f} s  {words}", highlight=False)
    console.print("\n  Ctrl-C ends it; nothing is left behind.\n")
