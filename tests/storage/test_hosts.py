"""The pace of hosts: one rule for threads, processes and machines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from storage import hosts
from storage.database import Database

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Visitor:
    """Reserves in the name of one process."""

    def __init__(self, database: Database, holder: str) -> None:
        self.database = database
        self.holder = holder

    def reserve(
        self, visit: str, now: datetime = NOW, *, connections: int = 1, dead: set[str] | None = None
    ) -> datetime | None:
        with self.database.writing() as session:
            return hosts.reserve(
                session,
                "office.example",
                visit=visit,
                holder=self.holder,
                gap=SECOND,
                connections=connections,
                lease=timedelta(minutes=1),
                now=now,
                dead=lambda token: token in (dead or set()),
            )

    def release(self, visit: str) -> None:
        with self.database.writing() as session:
            hosts.release(session, "office.example", visit)


@pytest.fixture
def visitor(database: Database) -> Visitor:
    return Visitor(database, "one")


def test_one_connection_is_for_one_visitor(visitor: Visitor, database: Database) -> None:
    """Another process gets in only when the first has left."""
    other = Visitor(database, "two")
    assert visitor.reserve("a") == NOW
    assert other.reserve("b") is None
    visitor.release("a")
    assert other.reserve("b") == NOW + SECOND


def test_two_connections_still_keep_the_gap(visitor: Visitor) -> None:
    """More connections are not more requests a second."""
    assert visitor.reserve("a", connections=2) == NOW
    assert visitor.reserve("b", connections=2) == NOW + SECOND
    assert visitor.reserve("c", connections=2) is None


def test_a_dead_process_leaves_its_connection(visitor: Visitor, database: Database) -> None:
    """After kill -9 nobody waits for a lease to run out."""
    assert visitor.reserve("a") == NOW
    assert Visitor(database, "two").reserve("b", dead={"one"}) == NOW + SECOND


def test_a_lease_runs_out(visitor: Visitor) -> None:
    """A machine that vanished does not close a host for ever."""
    visitor.reserve("a")
    later = NOW + timedelta(minutes=2)
    assert visitor.reserve("b", later) == later


def test_a_clock_that_was_set_back_does_not_close_a_host(visitor: Visitor) -> None:
    """What was reserved for a future that is now far away is not waited for."""
    visitor.reserve("a", NOW + timedelta(days=2))
    visitor.release("a")
    assert visitor.reserve("b", NOW) == NOW + SECOND


def test_a_held_host_opens_when_it_said(visitor: Visitor, database: Database) -> None:
    """Retry-After is for everyone, and a shorter wish does not shorten a longer one."""
    for minutes in (10, 3):
        with database.writing() as session:
            hosts.hold(session, "office.example", NOW + timedelta(minutes=minutes))
    assert visitor.reserve("a") == NOW + timedelta(minutes=10)


def test_robots_are_known_until_they_expire(database: Database) -> None:
    """An old robots.txt is no permission."""
    with database.writing() as session:
        hosts.keep_robots(session, "https://office.example", "{}", NOW + SECOND)
    with database.reading() as session:
        assert hosts.find_robots(session, "https://office.example", NOW) is not None
        assert hosts.find_robots(session, "https://office.example", NOW + 2 * SECOND) is None


@pytest.mark.slow
def test_many_processes_may_meet_a_host_for_the_first_time(database: Database) -> None:
    """Whoever comes second finds the row that the first one made."""
    with ThreadPoolExecutor(8) as pool:
        starts = list(pool.map(lambda n: Visitor(database, f"p{n}").reserve(f"v{n}", connections=8), range(8)))
    assert sorted(starts, key=str) == [NOW + SECOND * number for number in range(8)]
