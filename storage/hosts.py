"""The pace of hosts: when a visitor may go, how many at once, and what robots.txt said. Rows, so every process keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, select, text
from sqlmodel import Session

from storage.models import Host, Robots

# Two transactions a request: statements are built once and go past the ORM, which would cost more than the request.
_HOST: Table = Host.__table__  # type: ignore[attr-defined]
_THIS = _HOST.c.name == bindparam("host")
_LOCKED = select(_HOST.c.free_at, _HOST.c.held_until, _HOST.c.visits).where(_THIS).with_for_update()
_RELEASED = _HOST.update().where(_THIS).values(visits=bindparam("visiting"))
_NAMED = text(
    "INSERT INTO host (name, free_at, visits) VALUES (:host, :free, :visiting) ON CONFLICT (name) DO NOTHING"
).bindparams(bindparam("free", type_=_HOST.c.free_at.type), bindparam("visiting", type_=_HOST.c.visits.type))
_ROBOTS = text(
    "INSERT INTO robots (origin, content, expires_at) VALUES (:origin, :content, :expires)"
    " ON CONFLICT (origin) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at"
).bindparams(bindparam("expires", type_=Robots.__table__.c.expires_at.type))  # type: ignore[attr-defined]
_RESERVED = _RELEASED.values(free_at=bindparam("free"))


def reserve(
    session: Session,
    name: str,
    *,
    visit: str,
    holder: str,
    gap: timedelta,
    connections: int,
    lease: timedelta,
    now: datetime,
    dead: Callable[[str], bool],
) -> datetime | None:
    """Take one of the host's connections and say when to use it; None while all are in use.

    The connection is free again after `release`, when its lease has run out, or when its holder has died.
    """
    connection = session.connection()
    host = connection.execute(_LOCKED, {"host": name}).one_or_none()
    if host is None:
        connection.execute(_NAMED, {"host": name, "free": now, "visiting": {}})  # another process may do the same
        host = connection.execute(_LOCKED, {"host": name}).one()
    in_use = _in_use(host.visits, now, dead)
    if len(in_use) >= connections:
        return None

    # A clock that was set back would otherwise leave the host closed until it has caught up.
    start: datetime = max(now, min(host.free_at, now + gap * connections))
    if host.held_until is not None:
        start = max(start, host.held_until)
    visits = in_use | {visit: [holder, (start + lease).timestamp()]}
    connection.execute(_RESERVED, {"host": name, "free": start + gap, "visiting": visits})
    return start


def _in_use(visits: dict[str, Any], now: datetime, dead: Callable[[str], bool]) -> dict[str, Any]:
    return {
        visit: [holder, end] for visit, (holder, end) in visits.items() if end > now.timestamp() and not dead(holder)
    }


def release(session: Session, name: str, visit: str) -> None:
    """Give a connection back."""
    host = session.connection().execute(_LOCKED, {"host": name}).one_or_none()
    if host is None or visit not in host.visits:
        return
    left = {key: value for key, value in host.visits.items() if key != visit}
    session.connection().execute(_RELEASED, {"host": name, "visiting": left})


def hold(session: Session, name: str, until: datetime) -> None:
    """Let nobody visit the host before that time (Retry-After); a shorter wish never shortens a longer one."""
    session.connection().execute(_NAMED, {"host": name, "free": until, "visiting": {}})
    host = session.get_one(Host, name, with_for_update=True)
    host.held_until = max(until, host.held_until or until)
    session.add(host)


def find_robots(session: Session, origin: str, now: datetime) -> Robots | None:
    """The origin's robots.txt if it is known and still fresh."""
    robots = session.get(Robots, origin)
    return robots if robots is not None and robots.expires_at > now else None


def keep_robots(session: Session, origin: str, content: str, expires_at: datetime) -> None:
    """Remember an origin's robots.txt."""
    session.connection().execute(_ROBOTS, {"origin": origin, "content": content, "expires": expires_at})
