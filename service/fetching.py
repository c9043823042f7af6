"""`khronika fetch`: poll now, show what is happening, and report every source's outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date

import msgspec
import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from scrapers.errors import Status
from service.app import Khronika, open_khronika
from service.hands import give_back, record_fault
from service.poll import LEASE, poll
from service.rehearse import rehearse as rehearse_one
from service.report import Failure, PollReport
from service.settings import Settings
from service.stop import Stopped
from service.terminal import fail, stoppable, terminal
from storage import sources
from storage.errors import StorageError
from storage.models import Poll

log = structlog.get_logger(__name__)

LOOK_AGAIN = 0.2
COLOURS: dict[Status, str] = {
    "ok": "green",
    "not_modified": "green",
    "partial": "yellow",
    "suspect": "magenta",
    "refused": "red",
    "error": "red",
}


def fetch_now(
    settings: Settings,
    names: Sequence[str],
    *,
    everything: bool,
    since: date | None,
    limit: int | None,
    rehearse: bool,
    as_json: bool,
) -> None:
    """Poll the sources asked for and print what came of each; ends the process with 1 or 3 if it could not."""
    with open_khronika(settings) as k, stoppable(k.stop):
        wanted = _wanted(k, names, everything)
        reports: list[PollReport] = []
        failure: StorageError | None = None
        with _progress(len(wanted), as_json) as shown:
            work = _Work(k, since=since, limit=limit, by_name=bool(names) or everything, rehearse=rehearse)
            try:
                for report in work.all(wanted, shown.say):
                    shown.done(report)
                    reports.append(report)
                    if as_json:
                        print(msgspec.json.encode(_public(report)).decode(), flush=True)  # noqa: T201
            except Stopped:
                k.stop.ask()  # while waiting: what had begun has ended by itself
            except StorageError as error:
                failure = error
                k.stop.ask()
        if not as_json:
            _print_table(reports)
        if failure is not None:
            raise failure
        if k.stop.asked:
            fail("stopped; everything fetched so far is kept")


def _wanted(k: Khronika, names: Sequence[str], everything: bool) -> list[str]:
    now = k.clock()
    with k.database.reading() as session:
        if everything:
            return [row.id for row in sources.everything(session) if row.enabled]
        if not names:
            return list(sources.due(session, now, limit=100_000))
        unknown = [name for name in names if sources.find(session, name) is None]
    if unknown:
        fail(f"there is no source {', '.join(map(repr, unknown))}; `khronika sources list` shows them")
    return list(dict.fromkeys(names))


class _Work:
    """Polls many sources with as many hands as the settings allow."""

    def __init__(self, k: Khronika, *, since: date | None, limit: int | None, by_name: bool, rehearse: bool) -> None:
        self.k = k
        self.since = since
        self.limit = limit
        self.by_name = by_name
        self.rehearse = rehearse
        self.began = k.clock()

    def all(self, wanted: Sequence[str], say: Callable[[str, str], None]) -> Iterator[PollReport]:
        """Reports as they come. Raises StorageError once the store fails; what has begun is finished first."""
        with ThreadPoolExecutor(self.k.settings.concurrency, thread_name_prefix="fetch") as pool:
            waiting: set[Future[PollReport]] = set()
            left = iter(wanted)
            try:
                while True:
                    while len(waiting) < self.k.settings.concurrency and not self.k.stop.asked:
                        source_id = next(left, None)
                        if source_id is None:
                            break
                        waiting.add(pool.submit(self._one, source_id, say))
                    if not waiting:
                        return
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            finally:
                for future in waiting:
                    future.cancel()

    def _one(self, source_id: str, say: Callable[[str, str], None]) -> PollReport:
        def speak(words: str) -> None:
            say(source_id, words)

        if self.rehearse:
            return rehearse_one(self.k, source_id, since=self.since, limit=self.limit, say=speak)
        while True:
            report = self._try(source_id, speak)
            if report is not None:
                return report
            speak("another process is visiting it")
            self.k.stop.sleep(LOOK_AGAIN)

    def _try(self, source_id: str, speak: Callable[[str], None]) -> PollReport | None:
        """Poll a source, or report the poll that another process made since we began; None while it is being made."""
        with self.k.database.writing() as session:
            last = sources.last_poll(session, source_id)
            if last is not None and last.finished_at >= self.began:
                return _as_report(last)
            if not sources.claim(session, source_id, self.k.clock(), holder=self.k.presence.token, lease=LEASE):
                return None
        try:
            return poll(self.k, source_id, since=self.since, limit=self.limit, everything_due=self.by_name, say=speak)
        except (StorageError, Stopped):
            give_back(self.k, source_id)
            raise
        except Exception as fault:
            log.exception("poll.internal", source=source_id)
            report = record_fault(self.k, source_id, fault)
            if report is None:
                raise
            return report


def _as_report(row: Poll) -> PollReport:
    return PollReport(
        source_id=row.source_id,
        status=msgspec.convert(row.status, Status),
        items_new=row.items_new,
        items_seen=row.items_seen,
        items_known=row.items_known,
        items_rejected=row.items_rejected,
        items_edited=row.items_edited,
        error=Failure(code=row.code, message=row.message or "") if row.code else None,
        seconds=row.seconds,
        reasons=row.reasons,
        door=row.door,
    )


def _public(report: PollReport) -> dict[str, object]:
    """The object of the contract: the report without what only the table shows."""
    value: dict[str, object] = msgspec.to_builtins(report)
    del value["reasons"], value["items_edited"], value["door"]
    return value


class _Shown:
    """Progress on standard error: one bar for all, one line for each source at work."""

    def __init__(self, bars: Progress, total: int) -> None:
        self._bars = bars
        self._all = bars.add_task("sources", total=total)
        self._lines: dict[str, TaskID] = {}

    def say(self, source_id: str, words: str) -> None:
        if source_id not in self._lines:
            self._lines[source_id] = self._bars.add_task("", total=None)
        self._bars.update(self._lines[source_id], description=f"{source_id}: {_safe(words)}"[:110])

    def done(self, report: PollReport) -> None:
        self._bars.advance(self._all)
        if report.source_id in self._lines:
            self._bars.remove_task(self._lines.pop(report.source_id))


def _safe(words: str) -> str:
    """What a site calls its addresses must not steer the terminal."""
    return "".join(letter for letter in words if letter.isprintable()).replace("[", "(")


@contextmanager
def _progress(total: int, as_json: bool) -> Iterator[_Shown]:
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:.0f}/{task.total}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=as_json and not console.is_terminal,
    )
    with bars:
        yield _Shown(bars, total)


def _print_table(reports: Sequence[PollReport]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("source", "outcome", "new", "known", "edited", "rejected", "seconds", "what happened"):
        number = name in ("new", "known", "edited", "rejected", "seconds")
        table.add_column(name, justify="right" if number else "left", no_wrap=name in ("source", "outcome"))
    for report in sorted(reports, key=lambda report: report.source_id):
        colour = COLOURS[report.status]
        words = f"{report.error.code}: {report.error.message}" if report.error else ""
        table.add_row(
            Text(report.source_id),
            Text(report.status, style=colour),
            str(report.items_new),
            str(report.items_known),
            str(report.items_edited),
            str(report.items_rejected),
            f"{report.seconds:.1f}",
            Text(_safe(words) or _reasons(report)),
        )
    terminal().print(table if reports else "Nothing is due.")


def _reasons(report: PollReport) -> str:
    return ", ".join(f"{reason} × {count}" for reason, count in report.reasons.items())
