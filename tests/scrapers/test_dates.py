"""Dates are read as they were meant, or not at all."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers import calendars, dates
from scrapers.model import Dated
from tests.scrapers.reading import NOW


def shown(text: str, **options: object) -> str | None:
    found = dates.parse(text, now=NOW, **options)  # type: ignore[arg-type]
    return str(found) if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fri 18th September 2020", "2020-09-18"),
        ("(Some News / Wire - 18th September, 2020)", "2020-09-18"),
        ("24 Березня, 2020", "2020-03-24"),
        ("// 24.02.2022", "2022-02-24"),
        ("Strasbourg, 25/2/2013 -", "2013-02-25"),
        ("Minsk - December 2, 2019", "2019-12-02"),
        ("22:57 GMT 28.04.2020", "2020-04-28T22:57:00Z"),
        ("13-02-2025 - 12:47", "2025-02-13T12:47:00Z"),
        ("Sept. 18, 2020 at 3:05 p.m.", "2020-09-18T15:05:00Z"),
        ("3-го мая 2020 года", "2020-05-03"),
        ("Апублікавана: 18 ВЕРАСНЯ 2020", "2020-09-18"),
        ("5 мая 2020", "2020-05-05"),
        ("5 траўня 2020", "2020-05-05"),
        ("2 сьнежня 2019", "2019-12-02"),
        ("2 śniežnia 2019", "2019-12-02"),
        ("18 de septiembre de 2020", "2020-09-18"),
        ("1er août 2020", "2020-08-01"),
        ("1º de maio de 2020", "2020-05-01"),
        ("Donnerstag, 3. MÄRZ 2011, 14.30 Uhr", "2011-03-03T14:30:00Z"),
        ("2020. szeptember 18.", "2020-09-18"),
        ("2020 m. rugsėjo 18 d.", "2020-09-18"),
        ("2020. gada 18. septembris", "2020-09-18"),
        ("2020 жылғы 18 қыркүйек", "2020-09-18"),
        ("ΜΑΪΟΥ 5, 2020", "2020-05-05"),
        ("18 სექტემბერი, 2020", "2020-09-18"),
        ("18 Eylül 2020", "2020-09-18"),
        ("١٨ سبتمبر ٢٠٢٠", "2020-09-18"),
        ("18 كانون الثاني 2020", "2020-01-18"),
        ("2020年9月18日", "2020-09-18"),
        ("二〇二〇年九月二十八日", "2020-09-28"),
        ("令和2年9月18日", "2020-09-18"),
        ("2020년 9월 18일 오후 3:20", "2020-09-18T15:20:00Z"),
        ("१८ सितंबर २०२०", "2020-09-18"),
        ("28 شهریور 1399", "2020-09-18"),
        ("۱۳۹۹/۶/۲۸", "2020-09-18"),
        ("May 2020", "2020-05"),
    ],
)
def test_dates_are_read_in_every_language(text: str, expected: str) -> None:
    """Any case, any order, native digits and native calendars."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-09-18", "2020-09-18"),
        ("2020-09-18T00:30:00+05:00", "2020-09-17T19:30:00Z"),
        ("2020-09-18T10:11Z", "2020-09-18T10:11:00Z"),
        ("2020-09-18 10:11:12.0", "2020-09-18T10:11:12Z"),
        ("20200918T101112Z", "2020-09-18T10:11:12Z"),
        ("20200918", "2020-09-18"),
        ("2020-W38-5", "2020-09-18"),
        ("2020-262", "2020-09-18"),
        ("2020-09", "2020-09"),
        ("Fri, 18 Sep 2020 10:11:12 +0300", "2020-09-18T07:11:12Z"),
        ("Thu, 27 Aug 26 05:11:00 EST", "2026-08-27T10:11:00Z"),
        ("1600432496", "2020-09-18T12:34:56Z"),
        ("1600432496000", "2020-09-18T12:34:56Z"),
    ],
)
def test_machine_forms_are_read_with_their_zones(text: str, expected: str) -> None:
    """ISO 8601, RFC 822 with two-digit years and named zones, epochs in seconds and milliseconds."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "//", "31 February 2020", "31.04.2020",
        "0000-00-00", "0001-01-01", "2203-01-01", "9999-12-31T23:59:59-12:00", "0",
        "1970-01-01T00:00:00Z",
        "1970-01-01T03:00:00+0300", "A/HRC/45/19", "192.168.20.20", "in 2020", "call 2020 now", "2020-13-01",
        "99/99/2020", "99999999999999", "2020-W60-1", "2020-400", "version 1.2.2020.4", "1399/06/28", "25:61", "12:30",
    ],
)  # fmt: skip
def test_a_doubtful_date_is_none(text: str) -> None:
    """No date is better than a wrong one."""
    assert shown(text) is None


def test_day_comes_first_unless_told_otherwise() -> None:
    """Where both readings are possible the method says so."""
    first = dates.parse("12/2/2013")
    other = dates.parse("12/2/2013", day_first=False)

    assert first is not None
    assert other is not None
    assert (str(first), first.method) == ("2013-02-12", "text-ambiguous")
    assert str(other) == "2013-12-02"
    assert shown("12/25/2013") == "2013-12-25"
    assert shown("12/2/2013", languages=("en-US",)) == "2013-12-02"


def test_a_name_that_means_two_months_follows_the_language() -> None:
    """Listopad is October in Zagreb and November in Warsaw."""
    assert shown("12 listopada 2019", languages=("hr",)) == "2019-10-12"
    assert shown("12 listopada 2019", languages=("pl",)) == "2019-11-12"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("29 июня", "2026-06-29"),
        ("30 снежня", "2025-12-30"),
        ("January 24, BPN.", "2026-01-24"),
        ("23 August", "2026-08-23"),
    ],
)
def test_a_missing_year_is_the_nearest_that_is_not_ahead(text: str, expected: str) -> None:
    """A day more than one ahead of now belongs to last year."""
    assert shown(text) == expected
    assert dates.parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 minutes ago", "2026-08-22T09:48:00Z"),
        ("2 часа назад", "2026-08-22T08:00:00Z"),
        ("5 хв. тому", "2026-08-22T09:55:00Z"),
        ("2 години тому", "2026-08-22T08:00:00Z"),
        ("3 дні таму", "2026-08-19"),
        ("учора", "2026-08-21"),
        ("вчера в 14:30", "2026-08-21T14:30:00Z"),
        ("сёння", "2026-08-22"),
        ("hace 3 días", "2026-08-19"),
        ("il y a 2 heures", "2026-08-22T08:00:00Z"),
        ("vor einer Stunde", "2026-08-22T09:00:00Z"),
        ("3日前", "2026-08-19"),
        ("2시간 전", "2026-08-22T08:00:00Z"),
        ("منذ 3 ساعات", "2026-08-22T07:00:00Z"),
        ("3 months ago", "2026-05"),
        ("год назад", "2025"),
    ],
)
def test_relative_times_count_from_now(text: str, expected: str) -> None:
    """They mean something only beside the moment of reading, and nothing without it."""
    assert shown(text) == expected
    assert dates.parse(text) is None


@given(st.text(max_size=120))
def test_no_text_raises(text: str) -> None:
    """Whatever a page says, the answer is a date within reason or None."""
    found = dates.parse(text, now=NOW)
    assert found is None or 1900 <= found.at.year <= 2029


@given(st.text(alphabet="0123456789-/.:TZ+ мая年月日<>", max_size=40))
def test_no_jumble_of_digits_raises(text: str) -> None:
    """Overflow, impossible days and strange offsets end in None."""
    found = dates.parse(text, now=NOW)
    assert found is None or found.at.tzinfo is not None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2026, 8, 20)))
def test_every_day_comes_back(day: date) -> None:
    """Written in full, each day of four decades is read as itself."""
    for text in (day.isoformat(), day.strftime("%d.%m.%Y"), day.strftime("%B %d, %Y"), day.strftime("%d %b %Y")):
        assert shown(text) == day.isoformat()


def test_the_local_day_is_the_one_that_was_written() -> None:
    """18 September in Karachi is still 17 September in UTC."""
    dated = dates.parse("2020-09-18T00:30:00+05:00")
    assert dated is not None
    assert dates.local_day(dated) == date(2020, 9, 18)
    assert dates.local_day(Dated(at=datetime(2020, 1, 2, tzinfo=UTC))) == date(2020, 1, 2)


def test_a_stamp_is_a_line_with_a_date_and_nothing_else() -> None:
    """A dateline names a place, a sentence says something."""
    assert dates.is_stamp("Published: Nov. 20, 2019, 9:28 AM UTC")
    assert not dates.is_stamp("Minsk - December 2, 2019")
    assert not dates.is_stamp("On 2 May 2020 the court sat again")


def test_reading_takes_a_tenth_of_a_millisecond() -> None:
    """Dates are read by the thousand."""
    texts = ["пятніца, 2 кастрычніка 2020 г.", "Geneva – 5 APRIL 2025", "26.12.2008", "2020-09-18T10:11:12Z"] * 250
    dates.parse("1 May 2020")
    started = time.process_time()
    for text in texts:
        dates.parse(text)
    assert (time.process_time() - started) / len(texts) < 0.0003


@pytest.mark.parametrize(
    ("persian", "day"),
    [
        ((1399, 6, 28), date(2020, 9, 18)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1400, 12, 30), None),
    ],
)
def test_persian_days_fall_on_the_right_day(persian: tuple[int, int, int], day: date | None) -> None:
    """Leap years follow the astronomical rule; a day that does not exist is None."""
    assert calendars.from_persian(*persian) == day


def test_persian_years_follow_one_another_without_a_gap() -> None:
    """Each year's last day is the eve of the next year's first."""
    for year in range(1300, 1450):
        last = calendars.from_persian(year, 12, 30) or calendars.from_persian(year, 12, 29)
        first = calendars.from_persian(year + 1, 1, 1)
        assert last is not None
        assert first is not None
        assert first - last == timedelta(days=1)
