"""A visit that stores nothing: for `fetch --dry-run` and `sources check`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import msgspec

from scrapers.errors import LayoutChanged, ScrapeError
from scrapers.model import Draft, Link, NotModified, Source, Validators
from service.app import Khronika
from service.poll import quiet
from service.report import PollReport, Tally, report
from service.walk import walk
from storage import items, sources


def rehearse(
    k: Khronika,
    source_id: str,
    *,
    since: date | None = None,
    limit: int | None = None,
    say: Callable[[str], None] = quiet,
) -> PollReport:
    """Walk a source's listing and read what would be new, storing nothing. Raises LookupError for an unknown source."""
    with k.database.reading() as session:
        row = sources.find(session, source_id)
    if row is None:
        raise LookupError(source_id)
    source = msgspec.convert(row.record, Source)
    tally, found, error, began = Tally(), None, None, time.monotonic()

    def known(keys: object) -> set[str]:
        with k.database.reading() as session:
            return set(items.known(session, source.id, list(keys)))  # type: ignore[call-overload]

    try:
        found = walk(
            source,
            row.address or source.start,
            web=k.rehearsal,
            read=k.sandbox.links,
            validators=Validators(),
            known=known,
            since=since,
            resume=None,
            followed=False,
            say=say,
        )
        if len(found.links) < source.expect.links:
            raise LayoutChanged(
                source.start, f"{len(found.links)} items where at least {source.expect.links} are expected"
            )
        noted = known(found.links)
        fresh = [link for key, link in found.links.items() if key not in noted]
        tally.known = len(found.links) - len(fresh)
        tally.reasons.update(rejected.reason for rejected in found.rejected)
        for number, link in enumerate(fresh[:limit], 1):
            say(f"reading {number} of {len(fresh[:limit])}: {link.url}")
            _read(k, source, link, tally)
    except ScrapeError as failure:
        error = failure
    return report(source, tally, found, error, stopped=False, seconds=time.monotonic() - began)


def _read(k: Khronika, source: Source, link: Link, tally: Tally) -> None:
    try:
        draft = read_page(k, source, link) if link.page else k.sandbox.entry(source, link)
    except ScrapeError as failure:
        tally.failures.append(failure)
        tally.reasons[failure.code] += 1
        return
    tally.new += 1
    tally.lacking.update(draft.missing)


def read_page(k: Khronika, source: Source, link: Link) -> Draft:
    """Fetch and read one page without archiving it. Raises ScrapeError."""
    address = link.fetch or link.url
    page = k.rehearsal.get(address, deadline=source.deadline, ask_robots=source.ignore_robots is None)
    if isinstance(page, NotModified):
        raise ScrapeError(address, "304 without being asked")
    return k.sandbox.draft(source, page, link)
