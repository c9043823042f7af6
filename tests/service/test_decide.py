"""What a fresh reading means, and whose statement it is."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import Status
from service.decide import Verdict, decide, digest, fingerprint
from service.health import health
from service.match import Neighbour, place
from service.report import Failure, PollReport

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = "Nine observers were sentenced for watching a public count, and nobody else was heard."


def neighbour(host: str, days: float) -> Neighbour:
    return Neighbour(
        document_id=uuid4(), statement_id=uuid4(), source_id="first", host=host, published=NOW - timedelta(days=days)
    )


def test_the_first_reading_is_new_and_the_same_again_is_not() -> None:
    """Only another title or text is another version."""
    known = fingerprint("Title", TEXT)
    assert decide(known, "html", None, None) is Verdict.NEW
    assert decide(known, "html", known, "html") is Verdict.SAME
    assert decide(fingerprint("Title", TEXT + " More."), "html", known, "html") is Verdict.EDITED


def test_the_page_completes_what_a_feed_said_and_is_no_edit() -> None:
    """The publisher changed nothing: we have only come to see the page."""
    assert decide(fingerprint("T", TEXT), "html", fingerprint("T", "Nine…"), "entry") is Verdict.COMPLETED
    assert decide(fingerprint("T", "Nine…"), "entry", fingerprint("T", TEXT), "html") is Verdict.SAME


def test_case_accents_and_marks_do_not_make_other_words() -> None:
    """A copy that a wire has re-typed in its own style still has the same words."""
    assert digest(TEXT) == digest(TEXT.upper().replace(",", " —"))
    assert digest("Read more") is None


def test_the_same_words_elsewhere_are_a_copy_however_late() -> None:
    """A wire may repost a statement weeks later."""
    first = neighbour("ministry.example", 30)
    placement = place("wire.example", NOW, [first])
    assert (placement.statement_id, placement.role) == (first.statement_id, "copy")


def test_the_same_words_on_the_same_site_a_year_later_are_another_act() -> None:
    """A yearly message is uttered anew."""
    placement = place("ministry.example", NOW, [neighbour("ministry.example", 365)])
    assert (placement.statement_id, placement.role) == (None, "original")


@given(st.text(), st.text())
def test_any_text_has_a_fingerprint(title: str, text: str) -> None:
    """Hostile text that survived cleaning must not stop a document."""
    clean_title, clean_text = (value.encode("utf-8", "ignore").decode() for value in (title, text))
    assert len(fingerprint(clean_title, clean_text)) == 64


def outcome(status: str, code: str | None = None) -> PollReport:
    failure = Failure(code=code, message="") if code else None
    return PollReport(source_id="office", status=msgspec.convert(status, Status), error=failure)


def test_a_source_that_is_silent_for_longer_than_ever_is_quiet() -> None:
    """Nothing fails, and yet a person should look."""
    weekly = [NOW - timedelta(days=60 + 7 * number) for number in range(6)]
    assert health(outcome("not_modified"), 0, weekly, NOW) == "quiet"
    assert health(outcome("not_modified"), 0, [date + timedelta(days=50) for date in weekly], NOW) == "ok"
    assert health(outcome("ok"), 0, [], NOW) == "ok"


def test_a_failing_source_is_named_by_what_keeps_it() -> None:
    """Blocked is not broken: the remedy is another."""
    assert health(outcome("refused", "forbidden"), 1, [], NOW) == "blocked"
    assert health(outcome("suspect", "layout_changed"), 1, [], NOW) == "suspect"
    assert health(outcome("error", "timeout"), 3, [], NOW) == "broken"
    assert health(outcome("error", "gone"), 1, [], NOW) == "broken"
