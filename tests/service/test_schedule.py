"""When to look again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.schedule import cadence, next_due, retry_at, seconds

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=number) for number in days]


@pytest.mark.parametrize(
    ("text", "span"), [("90s", timedelta(seconds=90)), ("15m", timedelta(minutes=15)), ("2d", timedelta(days=2))]
)
def test_an_interval_is_read_as_people_write_it(text: str, span: timedelta) -> None:
    """Number and unit, nothing else."""
    assert seconds(text) == span


@pytest.mark.parametrize("text", ["", "0h", "1", "h", "1.5h", "-1h", "1w", "1h "])
def test_what_is_no_interval_is_refused(text: str) -> None:
    """A typing error must not become an interval."""
    with pytest.raises(ValueError, match="is not an interval"):
        seconds(text)


def test_a_slow_source_is_visited_less_often_than_its_minimum_allows() -> None:
    """One statement every two days needs no look every hour."""
    due = next_due(every=HOUR, published=days_ago(0.5, 1, 1.5, 2), failures=0, server_wish=None, now=NOW, dice=0)
    assert due - NOW == timedelta(hours=4)


def test_a_very_slow_source_is_still_visited() -> None:
    """A statement after a year of silence must not wait for days."""
    due = next_due(every=HOUR, published=days_ago(400, 500, 600, 700), failures=0, server_wish=None, now=NOW, dice=0)
    assert due - NOW == timedelta(hours=8)


def test_a_burst_shortens_the_wait() -> None:
    """Just after an item, another one is likelier."""
    calm = next_due(every=HOUR, published=days_ago(0.4, 1, 1.5, 2), failures=0, server_wish=None, now=NOW, dice=0)
    burst = next_due(every=HOUR, published=days_ago(0.1, 0.6, 1.1, 1.6), failures=0, server_wish=None, now=NOW, dice=0)
    assert burst < calm


def test_each_failure_in_a_row_doubles_the_wait_up_to_a_day() -> None:
    """A site in trouble is left in peace, and asked again the next day at the latest."""
    waits = [next_due(every=HOUR, published=[], failures=n, server_wish=None, now=NOW, dice=0) - NOW for n in range(7)]
    assert waits == [timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24, 24)]


@given(
    every=st.integers(1, 10**5),
    ages=st.lists(st.floats(-30, 4000), max_size=40),
    failures=st.integers(0, 10**6),
    wish=st.none() | st.integers(0, 10**9),
    dice=st.floats(0, 1, exclude_max=True),
)
def test_no_history_makes_a_visit_too_early_or_never(
    every: int, ages: list[float], failures: int, wish: int | None, dice: float
) -> None:
    """Never before the source's own minimum, never more than a day and its jitter away, unless the record itself says so."""
    least = timedelta(seconds=every)
    server = None if wish is None else timedelta(seconds=wish)
    due = next_due(
        every=least,
        published=sorted(days_ago(*ages), reverse=True),
        failures=failures,
        server_wish=server,
        now=NOW,
        dice=dice,
    )
    assert NOW + least <= due <= NOW + max(least, timedelta(days=1)) * 1.1 + timedelta(seconds=1)


def test_a_cadence_needs_a_few_dates() -> None:
    """Two dates are an accident."""
    assert cadence(days_ago(1, 2)) is None
    assert cadence(days_ago(1, 2, 3, 9)) == timedelta(days=1)


def test_a_failed_item_is_tried_again_after_growing_pauses() -> None:
    """Five minutes first, a day at most."""
    waits = [retry_at(attempts, NOW, 0) - NOW for attempts in (1, 2, 3, 20)]
    assert waits == [timedelta(minutes=4.5), timedelta(minutes=9), timedelta(minutes=18), timedelta(hours=21.6)]
