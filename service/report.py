"""How a visit went, in one word, in numbers and in a sentence. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from scrapers.errors import BY_CODE, ScrapeError, Status
from scrapers.model import NotModified, Source
from service.walk import Found

FEWEST_FOR_RATE = 3
"""From so many new documents on, a field that all of them lack says something about the layout."""
REQUIRED = ("title", "text", "published")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The name of what went wrong and its sentence."""

    code: str
    message: str


class PollReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one visit; the object `fetch --json` prints. `seen = new + known + rejected`."""

    source_id: str
    status: Status
    items_new: int = 0
    items_seen: int = 0
    items_known: int = 0
    items_rejected: int = 0
    items_edited: int = 0
    error: Failure | None = None
    seconds: float = 0.0
    reasons: dict[str, int] = {}
    door: str | None = None
    """Family and address of the door that answered."""


@dataclass(slots=True)
class Tally:
    """The sums of a visit while it goes on. What is rejected always has a reason."""

    new: int = 0
    known: int = 0
    edited: int = 0
    waiting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    """Listed items that an earlier visit gave up for good, by the name of what kept them."""
    failures: list[ScrapeError] = field(default_factory=list)
    lacking: Counter[str] = field(default_factory=Counter)

    def meet(self, state: str, code: str | None) -> None:
        """Count an item the listing names unchanged: known, given up, or counted when it is read in this visit."""
        if state == "kept":
            self.known += 1
        elif state == "rejected":
            self.given_up[code or "unknown"] += 1
            self.reasons[code or "unknown"] += 1


def report(
    source: Source, tally: Tally, found: Found | None, error: ScrapeError | None, *, stopped: bool, seconds: float
) -> PollReport:
    """Sum a visit up."""
    entered = source.through(found.door) if found else None
    door = f"{entered.family} {entered.start}" if entered else None
    status, failure = _outcome(tally, found, error, stopped)
    rejected = tally.reasons.total()
    return PollReport(
        source_id=source.id,
        status=status,
        items_new=tally.new,
        items_seen=tally.new + tally.known + rejected,
        items_known=tally.known,
        items_rejected=rejected,
        items_edited=tally.edited,
        error=failure,
        seconds=round(seconds, 3),
        reasons=dict(tally.reasons.most_common(20)),
        door=door,
    )


def _outcome(
    tally: Tally, found: Found | None, error: ScrapeError | None, stopped: bool
) -> tuple[Status, Failure | None]:
    if error is not None:
        return error.status, Failure(code=error.code, message=error.sentence)
    if stopped or found is None:
        return "partial", Failure(code="interrupted", message="The visit was stopped; what had been read is kept.")
    if tally.failures:
        return _of_failures(tally)
    if tally.given_up and not tally.new and not tally.known:
        code = tally.given_up.most_common(1)[0][0]
        kind = BY_CODE.get(code, ScrapeError)
        return kind.status, Failure(code=code, message=f"All listed items were given up: {kind.__doc__}")
    if found.before is not None:
        message = f"The main door failed ({found.before.sentence}); another one was used."
        return "partial", Failure(code=found.before.code, message=message)
    lost = [name for name in REQUIRED if tally.new >= FEWEST_FOR_RATE and tally.lacking[name] == tally.new]
    if lost:
        message = f"All {tally.new} new documents lack their {' and '.join(lost)}: the layout has probably changed."
        return "suspect", Failure(code="layout_changed", message=message)
    if found.partial:
        return "partial", Failure(code="incomplete", message=f"Not everything could be read: {found.partial}.")
    if tally.waiting:
        message = f"{tally.waiting} items or more wait for the next visit: one visit reads only so many pages."
        return "partial", Failure(code="waiting", message=message)
    if isinstance(found.first, NotModified) and not tally.new and not tally.edited:
        return "not_modified", None
    return "ok", None


def _of_failures(tally: Tally) -> tuple[Status, Failure]:
    codes = Counter(failure.code for failure in tally.failures)
    worst = next(failure for failure in tally.failures if failure.code == codes.most_common(1)[0][0])
    if not tally.new and not tally.known:
        return worst.status, Failure(code=worst.code, message=f"No item could be read: {worst.sentence} {worst.url}")
    counts = ", ".join(f"{code} × {number}" for code, number in codes.most_common())
    message = f"{codes.total()} items could not be read ({counts}): {worst.sentence} {worst.url}"
    return "partial", Failure(code=worst.code, message=message)
