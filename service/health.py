"""How a source is doing, in one word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from service.report import PollReport
from service.schedule import cadence

FAILURES_TO_BREAK = 3
"""After so many visits in a row that failed, a source counts as broken."""
SILENT_GAPS = 6
"""A source that has been silent for so many of its usual gaps is quiet."""
SHORTEST_SILENCE = timedelta(days=14)
"""Holidays and weekends are no silence."""
KEPT_OUT = ("forbidden", "challenge_page", "robots")


def health(outcome: PollReport, failures: int, published: Sequence[datetime], now: datetime) -> str:
    """`ok`, `quiet`, `suspect`, `broken` or `blocked`, from the last visit, the failures in a row and the newest items' dates.

    Silence is never success: a source that is silent for longer than it ever was is `quiet`, and a person may look.
    """
    if outcome.status in ("ok", "not_modified", "partial"):
        usual = cadence(published)
        if usual is not None and now - published[0] > max(usual * SILENT_GAPS, SHORTEST_SILENCE):
            return "quiet"
        return "ok"
    code = outcome.error.code if outcome.error is not None else ""
    if code in KEPT_OUT:
        return "blocked"
    return "broken" if failures >= FAILURES_TO_BREAK or code == "gone" else "suspect"
