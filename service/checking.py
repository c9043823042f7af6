"""`khronika sources check`: a live test of every way into a source, with what is wrong and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from rich.text import Text

from scrapers.errors import LayoutChanged, ScrapeError
from scrapers.model import Link, Source, Validators
from service.app import Khronika
from service.errors import CannotDo
from service.poll import quiet
from service.rehearse import read_page
from service.report import PollReport, Tally, report
from service.stop import Stopped
from service.terminal import emit, terminal
from service.walk import Found, walk
from storage import sources

CHECKED_ITEMS = 3
"""Pages a live check reads behind each door."""

ADVICE: Final = {
    "ssrf_blocked": "If that network is yours, name it in KHRONIKA_ALLOW_PRIVATE_NETWORKS; otherwise correct the address.",
    "scheme": "Correct the address in the record.",
    "robots": "Choose another door, such as a feed, or ask the site; `ignore_robots` takes a written reason.",
    "too_large": "Give the record a smaller listing or feed to start from.",
    "redirects": "Open the address in a browser and put where it ends into `start`.",
    "encoding": "Nothing can be done here: the server compresses in a way that was not asked for. Tell its operator.",
    "dtd": "Choose another door: this document declares what only attacks need.",
    "forbidden": "Ask the site to let this robot in, with your contact address, or add another door to the record.",
    "origin": "Wait: it is tried again by itself.",
    "unreachable": "Wait if this is new; if it lasts, look whether the host has moved, and correct `start`.",
    "timeout": "Wait if this is new; a slow site can be given more seconds with `deadline`.",
    "tls_error": "Tell the operator of the site; nothing is fetched over a connection that proves nothing.",
    "cut_body": "Wait: it is tried again by itself.",
    "bad_response": "Tell the operator of the site, or add another door to the record.",
    "http_429": "Make `every` longer: the site asks for fewer visits.",
    "http_5xx": "Wait: it is tried again by itself.",
    "http_4xx": "Find where the page has moved and correct `start`; `khronika sources add` with the site's address helps.",
    "gone": "The page was removed for good: find its successor with `khronika sources add`, or disable the source.",
    "challenge_page": "Add another door that is open to robots, such as a feed, or ask the site to let this one in.",
    "maintenance_page": "Wait: it is tried again by itself.",
    "soft_404": "Find where the page has moved and correct `start`.",
    "layout_changed": "Look at the page: correct `select`, or leave it out; `khronika sources add` proposes what fits now.",
    "mass_disappearance": "Look at the page; if the removal is real, nothing needs to be done.",
    "parse": "Add another door to the record, and report the page to the authors of Khronika.",
    "parse_limit": "Add another door to the record, and report the page to the authors of Khronika.",
    "incomplete": "Look at what is named; if it lasts, add another door to the record.",
}
"""What a person can do about each name of trouble."""
OTHERWISE: Final = "Try again later; if it lasts, add another door to the record."


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """How one door of a source was found."""

    source_id: str
    door: str
    """Family and address."""
    status: str
    items: int
    """How many its listing names."""
    error: dict[str, str] | None = None
    advice: str | None = None


def check_sources(k: Khronika, names: Sequence[str], as_json: bool) -> None:
    """Visit every door of sources without storing anything and say what works; all enabled sources without names.

    Raises CannotDo if a name is unknown.
    """
    with k.database.reading() as session:
        known = {row.id: row for row in sources.everything(session)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CannotDo(f"there is no source {', '.join(map(repr, unknown))}; `khronika sources list` shows them")
    for name in dict.fromkeys(names or [row.id for row in known.values() if row.enabled]):
        for checked in check_doors(k, msgspec.convert(known[name].record, Source), known[name].address):
            if as_json:
                value: dict[str, Any] = msgspec.to_builtins(checked)
                emit(value)
            else:
                _say(checked)


def check_doors(k: Khronika, source: Source, moved_to: str | None = None) -> Iterator[Checked]:
    """Test the main door, at the address it has moved to for good if it has, and then each further one.

    Raises CannotDo if the operator asks to stop.
    """
    for number in range(len(source.doors) + 1):
        entered = source.through(number)
        try:
            if k.stop.asked:
                raise Stopped
            yield _check(k, entered, (moved_to if number == 0 else None) or entered.start)
        except Stopped:
            raise CannotDo("stopped") from None


def _check(k: Khronika, source: Source, start: str) -> Checked:
    tally, found, error, began = Tally(), None, None, time.monotonic()
    links: list[Link] = []
    try:
        found = _found(k, source, start)
        links = list(found.links.values())
        if len(links) < source.expect.links:
            raise LayoutChanged(start, f"{len(links)} items where at least {source.expect.links} are expected")
        for link in links[:CHECKED_ITEMS]:
            _read(k, source, link, tally)
    except ScrapeError as failure:
        error = failure
    outcome = report(source, tally, found, error, stopped=False, seconds=time.monotonic() - began)
    return _checked(outcome, f"{source.family} {start}", len(links))


def _found(k: Khronika, source: Source, start: str) -> Found:
    return walk(
        source,
        start,
        web=k.rehearsal,
        read=k.sandbox.links,
        validators=Validators(),
        known=lambda keys: keys,  # the first page that lists something is enough
        since=None,
        resume=None,
        followed=False,
        say=quiet,
    )


def _read(k: Khronika, source: Source, link: Link, tally: Tally) -> None:
    try:
        draft = read_page(k, source, link) if link.page else k.sandbox.entry(source, link)
    except ScrapeError as failure:
        tally.failures.append(failure)
        return
    tally.new += 1
    tally.lacking.update(draft.missing)


def _checked(outcome: PollReport, door: str, count: int) -> Checked:
    wrong = outcome.error
    return Checked(
        source_id=outcome.source_id,
        door=door,
        status=outcome.status,
        items=count,
        error={"code": wrong.code, "message": wrong.message} if wrong else None,
        advice=ADVICE.get(wrong.code, OTHERWISE) if wrong else None,
    )


def _say(checked: Checked) -> None:
    words = checked.error["message"] if checked.error else f"{checked.items} items listed, the first of them read."
    line = Text(f"{checked.source_id}: ", style="bold") + Text(f"{checked.status}. {words}")
    console = terminal()
    console.print(line + Text(f" {checked.advice}" if checked.advice else "", style="italic"), soft_wrap=True)
    console.print(Text(f"    {checked.door}", style="dim"), soft_wrap=True)
