"""One source, one visit: ask the listing, note what it names, read what is new or changed, and say how it went."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from sqlmodel import Session

from scrapers.address import key as address_key
from scrapers.errors import Gone, LayoutChanged, ScrapeError, SoftNotFound
from scrapers.model import Draft, Link, NotModified, Source, Validators
from service.app import Khronika
from service.decide import Verdict
from service.finish import Visit, finish
from service.ingest import Ingested, ingest
from service.report import PollReport, Tally, report
from service.schedule import retry_at
from service.stop import Stopped
from service.walk import Found, walk
from storage import items, sources
from storage.insert import insert
from storage.models import Item

NO_VALIDATORS = Validators()
LEASE = timedelta(minutes=15)
RENEW_AFTER = timedelta(minutes=1)
READS_PER_VISIT = 500
"""One visit reads at most so many pages; what is left stays due for the next one."""
ATTEMPTS = 8
"""So often a page is asked for before the item is given up, or left as what its listing said of it."""
ATTEMPTS_BEFORE_ENTRY = 3
"""After so many failures an item's own words on the listing are kept, so that a passing feed window loses nothing."""


log = structlog.get_logger(__name__)


def quiet(_words: str) -> None:
    """Say nothing about progress."""


def poll(
    k: Khronika,
    source_id: str,
    *,
    since: date | None = None,
    limit: int | None = None,
    everything_due: bool = False,
    say: Callable[[str], None] = quiet,
) -> PollReport:
    """Visit a source this process has claimed, and give the claim back with the result. Never raises ScrapeError.

    `everything_due` also reads items whose next try lies in the future, as a person who asks by name expects.
    Raises StorageError if the store cannot be written: nothing is acknowledged then.
    """
    return _Visit(k, source_id, since=since, limit=limit, everything_due=everything_due, say=say).run()


class _Visit:
    def __init__(
        self,
        k: Khronika,
        source_id: str,
        *,
        since: date | None,
        limit: int | None,
        everything_due: bool,
        say: Callable[[str], None],
    ) -> None:
        self.k = k
        self.renewed = k.clock()
        with k.database.reading() as session:
            row = sources.find(session, source_id)
            k.evidence.recall(session)
        if row is None:
            raise LookupError(source_id)
        self.row = row
        self.source = msgspec.convert(row.record, Source)
        self.since = since
        self.limit = min(limit, READS_PER_VISIT) if limit is not None else READS_PER_VISIT
        self.everything_due = everything_due
        self.say = say
        self.tally = Tally()
        self.log = log.bind(source=source_id)

    def run(self) -> PollReport:
        started, clock = self.k.clock(), time.monotonic()
        found: Found | None = None
        error: ScrapeError | None = None
        stopped = False
        try:
            found = self._walk()
            self._note(found)
        except ScrapeError as failure:
            error = failure
        except Stopped:
            stopped = True
        try:
            if not stopped and not isinstance(error, Gone):
                self._read_items()
        except Stopped:
            stopped = True
        outcome = report(self.source, self.tally, found, error, stopped=stopped, seconds=time.monotonic() - clock)
        visit = Visit(
            outcome=outcome, found=found, error=error, started=started, stopped=stopped, since=self.since is not None
        )
        finish(self.k, self.source, visit)
        self.log.info(
            "poll.done",
            status=outcome.status,
            code=outcome.error.code if outcome.error else None,
            new=outcome.items_new,
            edited=outcome.items_edited,
            known=outcome.items_known,
            rejected=outcome.items_rejected,
            ms=round(outcome.seconds * 1000),
        )
        return outcome

    # The listing

    def _walk(self) -> Found:
        """Walk the listing behind the first door that answers; the main door's error is the one that counts."""
        first: ScrapeError | None = None
        for number in range(len(self.source.doors) + 1):
            try:
                return dataclasses.replace(self._through(number), door=number, before=first)
            except ScrapeError as error:
                first = first or error
        raise first or LookupError(self.source.id)

    def _through(self, number: int) -> Found:
        source = self.source.through(number)
        conditional = number == 0 and self.since is None
        found = walk(
            source,
            (self.row.address if number == 0 else None) or source.start,
            web=self.k.fetcher,
            read=self.k.sandbox.links,
            validators=Validators(etag=self.row.etag, last_modified=self.row.last_modified)
            if conditional
            else NO_VALIDATORS,
            known=self._known,
            since=self.since,
            resume=self.row.resume if number == 0 else None,
            followed=self.row.yielded,
            say=self._walking,
        )
        if found.listing is not None:
            self._expect(found, source)
        return found

    def _walking(self, words: str) -> None:
        """Say how the walk goes on, and keep the claim: a walk may last longer than it does."""
        now = self.k.clock()
        if now - self.renewed >= RENEW_AFTER:
            with self.k.database.writing() as session:
                self._renew(session, now)
        self.say(words)

    def _expect(self, found: Found, source: Source) -> None:
        """Nothing where something was expected is a changed layout, never "0 new, fine"."""
        count = len(found.links)
        least = self.source.expect.links
        empty_feed_of_a_new_source = count == 0 and least == 1 and source.family == "feed" and not self.row.yielded
        all_too_old = self.since is not None and bool(found.links or found.rejected)
        if count >= least or empty_feed_of_a_new_source or all_too_old:
            return
        where = found.first.url
        raise LayoutChanged(where, f"{count} items where at least {least} are expected")

    def _known(self, keys: Collection[str]) -> Collection[str]:
        with self.k.database.reading() as session:
            return items.known(session, self.source.id, keys).keys()

    def _note(self, found: Found) -> None:
        """Write down what the listing names, so that nothing is lost if it rolls on before it can be read."""
        for rejected in found.rejected:
            self.tally.reasons[rejected.reason] += 1
        if not found.links:
            return
        now = self.k.clock()
        with self.k.database.reading() as session:
            known = items.known(session, self.source.id, found.links)
        with self.k.database.writing() as session:
            self.k.evidence.index(session)
            fresh: list[Item] = []
            for key, link in found.links.items():
                row = known.get(key)
                if row is not None and row.digest == _digest(link):
                    self.tally.meet(row.state, row.code)
                    continue
                named = _item_row(self.source.id, key, link, found.named_by[key], found.door, now)
                if row is None:
                    fresh.append(named)
                    continue
                for field in ("digest", "link", "guid", "capture_id", "door", "state", "due_at", "attempts"):
                    setattr(row, field, getattr(named, field))
                session.merge(row)
            insert(session, fresh)
        self.k.evidence.indexed()

    # The pages

    def _read_items(self) -> None:
        now = datetime.max.replace(tzinfo=self.k.clock().tzinfo) if self.everything_due else self.k.clock()
        with self.k.database.reading() as session:
            waiting = items.due(session, self.source.id, now, self.limit + 1)
        self.tally.waiting = max(0, len(waiting) - self.limit)
        for number, item in enumerate(waiting[: self.limit], 1):
            if self.k.stop.asked:
                raise Stopped
            self.say(f"reading {number} of {min(len(waiting), self.limit)}: {item.link['url']}")
            self._read_item(item)

    def _read_item(self, item: Item) -> None:
        link = msgspec.convert(item.link, Link)
        try:
            draft, capture_id = self._draft(item, link)
            self._keep(item, link, draft, capture_id)
        except ScrapeError as error:
            self._failed(item, link, error)

    def _draft(self, item: Item, link: Link) -> tuple[Draft, UUID]:
        if not link.page:
            return self.k.sandbox.entry(self.source, link), item.capture_id
        address = link.fetch or link.url
        answer = self.k.fetcher.get(
            address, deadline=self.source.deadline, ask_robots=self.source.ignore_robots is None
        )
        if isinstance(answer, NotModified):
            raise ScrapeError(address, "304 without being asked")
        if len(answer.hops) > 1 and urlsplit(answer.url).path in ("", "/") and urlsplit(address).path not in ("", "/"):
            raise SoftNotFound(address, "it redirects to the site's front page")
        return self.k.sandbox.draft(self.source.through(item.door), answer, link), answer.capture_id

    def _keep(self, item: Item, link: Link, draft: Draft, capture_id: UUID) -> None:
        now = self.k.clock()
        with self.k.database.writing() as session:
            self.k.evidence.index(session)
            result = ingest(
                session,
                self.source,
                draft,
                capture_id,
                now,
                guid=link.guid or link.url,
                known_as=item.document_id,
                redirected=address_key(draft.url) != address_key(link.url),
            )
            item.state, item.code, item.document_id = "kept", None, result.document_id
            items.save(session, item)
            self._renew(session, now)
        self.k.evidence.indexed()
        self._count(result)
        for lacking in draft.missing:
            self.tally.lacking[lacking] += 1

    def _renew(self, session: Session, now: datetime) -> None:
        """Keep the claim, which lasts much longer than the time between two documents."""
        if now - self.renewed < RENEW_AFTER:
            return
        sources.renew(session, self.source.id, now, holder=self.k.presence.token, lease=LEASE)
        self.renewed = now

    def _count(self, result: Ingested) -> None:
        if result.verdict is Verdict.NEW:
            self.tally.new += 1
            return
        self.tally.known += 1
        if result.verdict is Verdict.EDITED or result.moved:
            self.tally.edited += 1

    def _failed(self, item: Item, link: Link, error: ScrapeError) -> None:
        """Note a failure: the item stays due, and its listing's own words are kept when the page will hardly come."""
        now = self.k.clock()
        item.attempts += 1
        item.code = error.code
        final = not error.passing or item.attempts >= ATTEMPTS
        hopeless = final or item.attempts >= ATTEMPTS_BEFORE_ENTRY
        entry = self._entry(link) if hopeless and item.document_id is None else None
        result: Ingested | None = None
        with self.k.database.writing() as session:
            self.k.evidence.index(session)
            if entry is not None:
                result = ingest(session, self.source, entry, item.capture_id, now, guid=link.guid or link.url)
                item.document_id = result.document_id
            item.state = ("kept" if item.document_id else "rejected") if final else "due"
            item.due_at = retry_at(item.attempts, now, self.k.dice())
            items.save(session, item)
            self._renew(session, now)
        self.k.evidence.indexed()
        self.tally.failures.append(error)
        if result is not None:
            self._count(result)
        else:
            self.tally.reasons[error.code] += 1

    def _entry(self, link: Link) -> Draft | None:
        if not link.text:
            return None
        try:
            draft = self.k.sandbox.entry(self.source, link)
        except ScrapeError:
            return None
        return draft if draft.text else None


def _item_row(source_id: str, key: str, link: Link, capture_id: UUID, door: int, now: datetime) -> Item:
    return Item(
        source_id=source_id,
        key=key,
        guid=items.indexable(link.guid) if link.guid else None,
        digest=_digest(link),
        link=msgspec.to_builtins(link),
        capture_id=capture_id,
        door=door,
        due_at=now,
        first_seen=now,
    )


def _digest(link: Link) -> str:
    """Of what a listing says about an item, so that a change is noticed."""
    return hashlib.sha256(
        msgspec.json.encode([link.url, link.title, link.text, link.published and link.published.at])
    ).hexdigest()
