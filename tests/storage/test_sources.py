"""Sources: reconciled with the catalogue, claimed by one visitor at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import sources
from storage.database import Database
from storage.models import Source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = timedelta(minutes=15)


def record(source_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": source_id,
        "title": source_id.title(),
        "kind": "ngo",
        "country": "ZZ",
        "family": "feed",
        "start": f"https://{source_id}.example/feed",
        "enabled": True,
    } | more


def reconcile(database: Database, *records: dict[str, Any], now: datetime = NOW) -> None:
    with database.writing() as session:
        sources.reconcile(session, "builtin", records, now)


def find(database: Database, source_id: str) -> Source:
    with database.reading() as session:
        row = sources.find(session, source_id)
    assert row is not None
    return row


def claim_due(database: Database, holder: str, limit: int = 10, now: datetime = NOW) -> list[str]:
    with database.writing() as session:
        return sources.claim_due(session, now, holder=holder, lease=LEASE, limit=limit)


def test_a_new_record_is_due_at_once_and_a_vanished_one_is_disabled(database: Database) -> None:
    """A source that leaves the catalogue keeps its documents."""
    reconcile(database, record("first"), record("second"))
    assert claim_due(database, "me") == ["first", "second"]
    reconcile(database, record("first"))
    assert (find(database, "first").enabled, find(database, "second").enabled) == (True, False)


def test_a_persons_switch_outlives_the_catalogue(database: Database) -> None:
    """An upgrade must not start fetching what somebody has switched off."""
    reconcile(database, record("first"))
    with database.writing() as session:
        assert sources.switch(session, "first", False, NOW)
        assert not sources.switch(session, "nobody", False, NOW)
    reconcile(database, record("first", title="Renamed"))
    assert (find(database, "first").title, find(database, "first").enabled) == ("Renamed", False)


def test_another_start_address_forgets_the_validators_of_the_old_one(database: Database) -> None:
    """Else a 304 of chance would hide a new listing."""
    reconcile(database, record("first"))
    with database.writing() as session:
        row = session.get_one(Source, "first")
        row.etag, row.address = '"1"', "https://first.example/moved"
        session.add(row)
    reconcile(database, record("first", start="https://first.example/other"))
    assert (find(database, "first").etag, find(database, "first").address) == (None, None)


def test_a_claim_keeps_others_out_until_its_time_ends(database: Database) -> None:
    """A killed machine's sources are due again by themselves."""
    reconcile(database, record("first"))
    assert claim_due(database, "one") == ["first"]
    assert claim_due(database, "two") == []
    assert claim_due(database, "two", now=NOW + LEASE + timedelta(seconds=1)) == ["first"]


def test_a_dead_process_is_dispossessed_at_once(database: Database) -> None:
    """Nobody waits for the lease of a process that is known to have ended."""
    reconcile(database, record("first"))
    claim_due(database, "one")
    with database.writing() as session:
        assert sources.free_claims(session, ["one", "never-seen"]) == 1
    assert claim_due(database, "two") == ["first"]


def test_only_the_holder_renews_and_gives_back(database: Database) -> None:
    """A visitor who was thought dead cannot disturb its successor."""
    reconcile(database, record("first"))
    claim_due(database, "one")
    with database.writing() as session:
        assert not sources.renew(session, "first", NOW, holder="two", lease=LEASE)
        sources.give_back(session, "first", "two")
        assert sources.renew(session, "first", NOW, holder="one", lease=LEASE)
        assert not sources.claim(session, "first", NOW, holder="two", lease=LEASE)


@pytest.mark.slow
def test_no_source_is_claimed_twice_by_many_at_once(database: Database) -> None:
    """Eight schedulers at the same instant share the sources out among them."""
    reconcile(database, *(record(f"s{number}") for number in range(60)))

    def grab(holder: str) -> list[str]:
        mine: list[str] = []
        while part := claim_due(database, holder, limit=3):
            mine += part
        return mine

    with ThreadPoolExecutor(8) as pool:
        shares = list(pool.map(grab, [f"p{number}" for number in range(8)]))
    everything = [source_id for share in shares for source_id in share]
    assert sorted(everything) == sorted(f"s{number}" for number in range(60))


def test_a_built_in_source_comes_back_when_its_override_is_gone(database: Database) -> None:
    """Removing one's own record of a built-in source leaves the built-in one, enabled."""
    mine = record("first", title="Mine")
    for builtin, user in (([record("first")], []), ([], [mine]), ([record("first")], [])):
        with database.writing() as session:
            sources.reconcile(session, "builtin", builtin, NOW)
            sources.reconcile(session, "user", user, NOW)
    row = find(database, "first")
    assert (row.origin, row.title, row.enabled) == ("builtin", "First", True)


def test_a_record_that_comes_back_is_visited_again(database: Database) -> None:
    """A file that was missing for one start must not silence its source for ever."""
    reconcile(database, record("first"))
    reconcile(database)
    assert find(database, "first").enabled is False
    reconcile(database, record("first"))
    assert find(database, "first").enabled is True
