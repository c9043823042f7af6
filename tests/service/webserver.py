"""The web application behind a real server on an ephemeral port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import uvicorn
from sqlalchemy import event

from service.web.app import create_app
from service.web.site import Site
from storage import search
from storage.database import Database
from tests.feeds.rows import AUTHORITY, DAY, START


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    seconds: float = 1000.0
    now: datetime = START

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self.seconds


@dataclass
class Served:
    """A running site."""

    base: str
    clock: Clock
    database: Database
    queries: list[str] = field(default_factory=list)
    """Every SELECT since the start."""


@contextmanager
def serving(database: Database, **fields: Any) -> Iterator[Served]:
    """Serve a site until the end of the block."""
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        parts: dict[str, Any] = {
            "base_url": base,
            "authority": AUTHORITY,
            "authority_date": DAY,
            "search": search.find,
            "clock": lambda: clock.now,
            "monotonic": clock.monotonic,
        }
        app = create_app(Site(database=database, **parts | fields))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        served = Served(base, clock, database)
        event.listen(database.engine, "before_cursor_execute", lambda *args: served.queries.append(args[2]))
        try:
            yield served
        finally:
            server.should_exit = True
            thread.join(10)
    assert not thread.is_alive()
