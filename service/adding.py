"""`khronika sources add URL`: look at a site, propose a record, show what it would yield, ask, write."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import msgspec
from msgspec import structs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scrapers import catalogue, clean, dates, guessing
from scrapers.errors import RobotsRefused, ScrapeError
from scrapers.model import Dated, Draft, Expect, Link, Selectors, Source
from scrapers.opml import renamed
from service.app import Khronika, plain, read_catalogue
from service.errors import CannotDo
from service.poll import quiet
from service.proposing import MOST_LOOKS, Way, Ways, doors, likeness, look
from service.stop import Stopped
from service.terminal import emit, terminal
from service.visiting import Look, Visits
from storage import sources

PREVIEWED = 5
_DOORS = 2
_SUMMARY = 0.5
"""A feed that says less than this share of what its pages say holds summaries."""
_STALE = timedelta(days=365)
_FEED_WORDS = re.compile(
    r"\s*[-–—|:»]?\s*(?:rss|atom|feed|newsfeed|posts|news feed|rss feed|latest)\s*$", re.IGNORECASE
)


class Previewed(msgspec.Struct, frozen=True, kw_only=True):
    """One item as it would be kept."""

    date: str | None
    language: str
    title: str
    url: str
    error: str | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A record with what speaks for and against it."""

    source: Source
    preview: list[Previewed]
    doubts: list[str]
    looked_at: list[Look]


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    link: Link
    draft: Draft | None
    error: ScrapeError | None = None


def add_source(
    k: Khronika, url: str, *, name: str | None, yes: bool, as_json: bool, ask: Callable[[str], bool] | None
) -> None:
    """Propose a source for an address, and watch it if `yes` is given or the answer of `ask` is.

    Raises CannotDo if nothing to watch is found, it is watched already, or the id is taken or none.
    """
    _require_free(k, name)
    console = Console(stderr=True)
    if console.is_terminal and not as_json:
        with console.status("looking") as status:
            proposal = propose(k, url, name, lambda words: status.update(Text(_printable(words)[:110])))
    else:
        proposal = propose(k, url, name, quiet)
    if as_json:
        emit(_public(proposal))
    else:
        _show(proposal)
    if yes or (ask is not None and not as_json and ask("Watch this source?")):
        where = _write(k, proposal.source)
        print(f"{proposal.source.id} is watched from now on ({where})", file=sys.stderr if as_json else sys.stdout)
    elif ask is None and not as_json:
        print("Nothing was written: --yes would watch it.")  # noqa: T201


def propose(k: Khronika, url: str, name: str | None = None, say: Callable[[str], None] = quiet) -> Proposal:
    """Make a proposal, storing nothing. Raises CannotDo if there is nothing to watch, or it is watched already."""
    try:
        return _propose(k, url if "://" in url else f"https://{url}", name, say)
    except Stopped:
        raise CannotDo("stopped") from None


def _propose(k: Khronika, url: str, name: str | None, say: Callable[[str], None]) -> Proposal:
    visits = Visits(k, MOST_LOOKS)
    ways = look(k, url, visits, say)
    if not ways.found:
        raise CannotDo(_nothing(url, ways, visits.looks))
    _require_new(k, ways.found[0].start)
    visits.allow(PREVIEWED)
    source = _record(ways, name)
    read = _read_some(k, source, ways.found[0], visits, say)
    source, read = _without_unsafe_date(k, source, ways.found[0], read, visits)
    source = structs.replace(source, languages=_languages(ways, read))
    with k.database.reading() as session:
        taken = [row.id for row in sources.everything(session)]
    (source,) = renamed([source], taken)
    doubts = list(dict.fromkeys([*ways.doubts, *_doubts(k, source, ways, read)]))
    return Proposal(source=source, preview=[_previewed(each) for each in read], doubts=doubts, looked_at=visits.looks)


def record_yaml(source: Source) -> str:
    """Write one record as a file of its own."""
    lines = catalogue.to_yaml([source]).splitlines()[1:]
    return "".join(f"{line[2:]}\n" for line in lines)


# The record


def _record(ways: Ways, name: str | None) -> Source:
    best, site = ways.found[0], ways.site
    home = (site.home if site.shape in {"feed", "posts", "sitemap"} else site.url) if site else ways.asked
    host = urlsplit(home or best.start).hostname or ""
    title = _title(ways, host)
    spoken = site.language.partition("-")[0] if site else ""
    return Source(
        id=name or guessing.slug(host, title),
        title=title,
        family=best.family,
        start=best.start,
        kind=guessing.kind(host, title),
        country=guessing.country(host, spoken),
        languages=[spoken] if spoken else [],
        home=home if home != best.start else None,
        every=_every(best),
        expect=Expect(links=max(1, len(best.links) // 2)) if best.family == "listing" else Expect(),
        include=best.include,
        select=best.select,
        doors=doors(ways.found[1 : 1 + _DOORS]),
    )


def _title(ways: Ways, host: str) -> str:
    site, best = ways.site, ways.found[0]
    titles = [
        site.name if site else "",
        best.title if best.family == "feed" else "",
        site.title if site else "",
        best.title,
    ]
    return next((name for title in titles if (name := guessing.site_name(clean.line(title)))), host)[:300]


def _every(way: Way) -> str:
    """Choose an interval that fits how often something appears there."""
    at = sorted((link.published.at for link in way.links if link.published), reverse=True)
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(at)]
    if len(gaps) < 3:
        return "1h"
    hours = median(gaps) / 3600
    return "30m" if hours < 6 else "1h" if hours < 24 * 5 else "3h"


def _languages(ways: Ways, read: Sequence[_Read]) -> list[str]:
    spoken = (each.draft.language.partition("-")[0] for each in read if each.draft)
    heard = Counter(tag for tag in spoken if tag != "und")
    said = ways.site.language.partition("-")[0] if ways.site else ""
    return [tag for tag, _ in heard.most_common()] or ([said] if said else [])


# The preview


def _read_some(k: Khronika, source: Source, way: Way, visits: Visits, say: Callable[[str], None]) -> list[_Read]:
    read = []
    for number, link in enumerate(way.links[:PREVIEWED], 1):
        say(f"reading {number} of {min(PREVIEWED, len(way.links))}: {link.url}")
        read.append(_read(k, source, link, visits))
    return read


def _read(k: Khronika, source: Source, link: Link, visits: Visits) -> _Read:
    """Read one item as a poll does: its page, else what the listing itself says."""
    failure: ScrapeError | None = None
    if link.page:
        try:
            draft = k.sandbox.draft(source, visits.get(link.fetch or link.url), link)
            visits.note(link.fetch or link.url, f"read: {len(draft.text)} characters of text")
            return _Read(link=link, draft=draft)
        except ScrapeError as error:
            visits.note(link.fetch or link.url, error.sentence)
            failure = error
    try:
        said = k.sandbox.entry(source, link) if link.text or not link.page else None
    except ScrapeError:
        said = None
    return _Read(link=link, draft=said, error=failure)


def _without_unsafe_date(
    k: Khronika, source: Source, way: Way, read: list[_Read], visits: Visits
) -> tuple[Source, list[_Read]]:
    """Drop the listing's selector for dates where on the pages themselves it finds another date: it reads both."""
    select = source.select
    if not isinstance(select, Selectors) or not select.date:
        return source, read
    wrong = [
        each
        for each in read
        if each.draft and each.draft.origins.get("published") == "selector" and _apart(each.draft.published, each.link)
    ]
    if not wrong:
        return source, read
    source = structs.replace(source, select=structs.replace(select, date=None))
    return source, _read_some(k, source, way, visits, quiet)


def _apart(dated: Dated | None, link: Link) -> bool:
    return bool(dated and link.published) and abs(dated.at - link.published.at) > timedelta(days=1)  # type: ignore[union-attr]


def _previewed(read: _Read) -> Previewed:
    draft, link = read.draft, read.link
    dated = draft.published if draft else link.published
    return Previewed(
        date=dates.local_day(dated).isoformat() if dated else None,
        language=draft.language if draft else "und",
        title=(draft.title if draft else link.title) or "",
        url=link.url,
        error=read.error.sentence if read.error else None,
    )


# The doubts


def _doubts(k: Khronika, source: Source, ways: Ways, read: Sequence[_Read]) -> list[str]:
    best, said = ways.found[0], []
    drafts = [each.draft for each in read if each.draft]
    for sentence, count in Counter(each.error.sentence for each in read if each.error).items():
        said.append(f"{count} of {len(read)} pages could not be read: {sentence}")
    if any(isinstance(each.error, RobotsRefused) for each in read) and drafts:
        said.append("Where a page may not be read, what the listing itself says is kept in its place.")
    for field, words in (("published", "dates"), ("text", "text"), ("title", "titles")):
        lacking = sum(field in draft.missing for draft in drafts)
        if lacking:
            said.append(f"No {words} found on {lacking} of {len(drafts)} pages.")
    if best.family in {"feed", "wordpress"} and _summaries(read):
        said.append(f"The {best.family} holds only summaries: pages are read anyway.")
    if best.newest and k.clock() - best.newest > _STALE:
        said.append(f"The newest item is of {best.newest:%Y-%m-%d}: this may be abandoned.")
    if len(best.links) < 3:
        said.append(f"Only {len(best.links)} {'item is' if len(best.links) == 1 else 'items are'} listed.")
    if ways.site:
        said += [
            f"The site also speaks {tag}: {url} may be worth a source of its own."
            for tag, url in ways.site.twins.items()
            if tag not in source.languages
        ]
    said.append(f"That it is of kind {source.kind!r} is a guess" + _and_country(source) + ".")
    return said


def _and_country(source: Source) -> str:
    return "; its country is unknown" if source.country == "ZZ" else f", and so is its country {source.country}"


def _summaries(read: Sequence[_Read]) -> bool:
    pairs = [
        (clean.plain(re.sub(r"<[^<>]*>", " ", each.link.text or "")), each.draft) for each in read if not each.error
    ]
    short = [draft is not None and len(text) < _SUMMARY * len(draft.text) for text, draft in pairs]
    return bool(short) and sum(short) * 2 > len(short)


# What is said and written


def _public(proposal: Proposal) -> dict[str, object]:
    record = msgspec.yaml.decode(record_yaml(proposal.source).encode())
    value: dict[str, object] = msgspec.to_builtins(proposal)
    del value["source"]
    return {"record": record} | value


def _show(proposal: Proposal) -> None:
    console = terminal()
    for each in proposal.looked_at:
        words = Text(f"{_printable(each.url)}: ", style="dim") + Text(_printable(each.found))
        console.print(words, soft_wrap=True)
    console.print()
    console.print(Text(record_yaml(proposal.source)), soft_wrap=True)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("date", "language", "title", "address"):
        table.add_column(column, overflow="fold" if column == "address" else "ellipsis")
    for item in proposal.preview:
        row = (item.date or "–", item.language, item.title or "–", item.url)
        table.add_row(*(Text(_printable(value)) for value in row))
    console.print(table)
    console.print()
    for doubt in proposal.doubts:
        console.print(Text("? ", style="yellow") + Text(_printable(doubt)), soft_wrap=True)


def _printable(words: str) -> str:
    """What a site says of itself must not steer the terminal."""
    return "".join(letter for letter in words if letter.isprintable())


def _write(k: Khronika, source: Source) -> str:
    """Write the record into the operator's folder, or else into the database, and return where it is."""
    folder = k.settings.sources
    if folder is not None:
        _write_file(folder / f"{source.id}.yml", record_yaml(source))
        read_catalogue(k)
        return str(folder / f"{source.id}.yml")
    with k.database.writing() as session:
        kept = {row.id: row for row in sources.everything(session)}
        if source.id in kept:
            raise CannotDo(f"{source.id}: this id was taken meanwhile; choose another with --id")
        imported = [row.record for row in kept.values() if row.origin == "imported"]
        sources.reconcile(session, "imported", [*imported, plain(source)], k.clock())
    return "in the database"


def _write_file(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CannotDo(f"{path} is there already; choose another id with --id") from error
    except OSError as error:
        raise CannotDo(f"cannot write {path}: {error.strerror}") from error


def _require_free(k: Khronika, name: str | None) -> None:
    if name is None:
        return
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", name):
        raise CannotDo(f"{name!r} is no id: small letters, digits and hyphens, 80 at most")
    with k.database.reading() as session:
        if sources.find(session, name) is not None:
            raise CannotDo(f"there is a source {name!r} already; choose another id")


def _require_new(k: Khronika, start: str) -> None:
    with k.database.reading() as session:
        starts = {likeness(row.record["start"]): row for row in sources.everything(session)}
    row = starts.get(likeness(start))
    if row is not None:
        state = "is watched already" if row.enabled else "is known already but disabled"
        raise CannotDo(f"{start} {state}, as {row.id!r}")


def _nothing(url: str, ways: Ways, looks: Sequence[Look]) -> str:
    why = f": {ways.why_not}" if ways.why_not else ""
    tried = ", ".join(urlsplit(each.url).path + "?" * bool(urlsplit(each.url).query) for each in looks)
    return f"nothing to watch was found at {url}{why}; looked for feeds, WordPress, repeated items and sitemaps at {tried[:200]}"
