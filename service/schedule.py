"""When to look again. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(hours=24)
SLOWEST = 8
"""A source that publishes rarely is still visited once in so many of its shortest intervals."""
LOOKS_PER_ITEM = 3
"""A source is visited about this often between two of its items."""
FEWEST_DATES = 4
JITTER = 0.1
LONGEST_SERVER_WISH = timedelta(hours=24)


def seconds(every: str) -> timedelta:
    """Read an interval such as `90s`, `15m`, `1h` or `2d`."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([smhd])", every)
    if match is None:
        raise ValueError(f"{every!r} is not an interval such as 15m or 1h")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def cadence(published: Sequence[datetime]) -> timedelta | None:
    """How long a source usually takes from one item to the next; None if too little is known. Newest first."""
    if len(published) < FEWEST_DATES:
        return None
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(published)]
    return timedelta(seconds=median(gaps))


def next_due(
    *,
    every: timedelta,
    published: Sequence[datetime],
    failures: int,
    server_wish: timedelta | None,
    now: datetime,
    dice: float,
) -> datetime:
    """When to visit a source again.

    Its own cadence sets the interval, never shorter than `every` or than what the server asks for (max-age, ttl; capped
    at a day), never longer than eight times `every` or a day. Each failure in a row doubles it, up to a day. `dice` in
    [0, 1) spreads visits over ten percent more.
    """
    usual = cadence(published)
    interval = every if usual is None else min(max(every, usual / LOOKS_PER_ITEM), every * SLOWEST)
    newest = published[0] if published else None
    if newest is not None and usual is not None and now - newest < usual / LOOKS_PER_ITEM:
        interval = max(every, interval / 2)  # items come in bursts
    interval *= 1 << min(failures, 10)
    interval = min(interval, max(LONGEST, every))
    if server_wish is not None:
        interval = max(interval, min(server_wish, LONGEST_SERVER_WISH))
    return now + interval * (1 + JITTER * dice)


def retry_at(attempts: int, now: datetime, dice: float) -> datetime:
    """When to try an item again that failed: from five minutes, doubling up to a day, spread by ten percent."""
    wait = min(timedelta(minutes=5) * (1 << min(max(attempts - 1, 0), 10)), LONGEST)
    return now + wait * (1 - JITTER + 2 * JITTER * dice)
