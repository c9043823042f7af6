"""Read dates as people and machines write them, in fifty languages; a doubtful date is no date.

Month names come from `months`. ISO 8601, RFC 822 (with two-digit years and named zones), East Asian forms, Persian and Buddhist
years and native digits are read; what cannot be (31 February, year 0 or 2203, the epoch itself) is None, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date as Day
from datetime import datetime, timedelta, timezone
from typing import Final

import msgspec

from scrapers import calendars, clock, relative
from scrapers.model import Dated, Precision
from scrapers.monthnames import SOLAR, fold, mark

_MAX: Final = 400
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100

# After `mark`, a month stands as `<09>`, so that the forms below need no words of any language.
_GAP = r"[\s.,'’/\-–—_|·()]{0,6}(?:(?:de|of|del|the|di|den|der|da|d|i|m|г|р)\b[\s.,]{0,3}){0,2}"
_ORDINAL = r"(?:st\b|nd\b|rd\b|th\b|er\b|re\b|te\b|ter\b|eme\b|[oaº]\b|-?го\b|-?га\b|-?е\b|-?є\b)?"
_DAY = rf"(?<![\d.:/])(?P<d>[0-3]?\d){_ORDINAL}"
_YEAR = r"(?P<y>(?:1[3-9]|2[0-7])\d\d)(?!\d)(?![.,]\d)"
_SHORT_YEAR = r"['’]?(?P<yy>\d\d)(?=\s*$|\s*[,;)|]|\s+[0-2]?\d:\d\d)"
_MONTH = r"<(?P<m>\d\d)>"
_NAMED: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}",
        rf"{_MONTH}{_GAP}{_DAY}(?!\d|:\d)[\s.,'’\-–—/]{{1,4}}{_YEAR}",
        rf"(?<!\d){_YEAR}{_GAP}(?:(?:gada|жылғы|жылы|г|m|mm|ж|წელი|წლის|թ|у)\b[\s.,]*)?{_MONTH}{_GAP}{_DAY}(?!\d)",
        rf"(?<!\d){_YEAR}{_GAP}(?:(?:gada|жылғы|жылгы|жылы|m)\b[\s.,]*)?{_DAY}{_GAP}{_MONTH}",
        rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_SHORT_YEAR}",
        rf"{_DAY}{_GAP}{_MONTH}(?!{_GAP}\d{{4}})",
        rf"{_MONTH}{_GAP}{_DAY}(?!\d|[.:/]\d|-\d\d)",
        rf"{_MONTH}{_GAP}{_YEAR}",
    )
)
_ISO = re.compile(
    r"(?<![\d./-])(?P<y>[12]\d{3})-(?P<m>\d\d)(?:-(?P<d>\d\d))?(?![\d-])"
    r"(?:(?:[Tt]|\s+)(?P<H>[0-2]\d):?(?P<M>[0-5]\d)(?::?(?P<S>[0-6]\d)(?:[.,]\d{1,12})?)?)?"
)
_ISO_HOUR = re.compile(r"(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)T(?P<H>[0-2]\d)(?=Z|[+-]|$)")
_BASIC = re.compile(
    r"(?P<y>[12]\d{3})(?P<m>\d\d)(?P<d>\d\d)(?:[Tt ]?(?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-6]\d)?)?(?=Z|[+-]\d|$)"
)
_WEEK = re.compile(r"(?P<y>[12]\d{3})-?W(?P<w>[0-5]\d)(?:-?(?P<wd>[1-7]))?(?!\d)")
_DAY_OF_YEAR = re.compile(r"(?P<y>[12]\d{3})-(?P<n>[0-3]\d\d)(?![\d-])")
_NUMERIC_YEAR_FIRST = re.compile(
    r"(?<![\d./-])(?P<y>(?:1[3-9]|2[0-7])\d\d)\s?([./-])\s?(?P<m>[01]?\d)\s?\2\s?(?P<d>[0-3]?\d)(?![\d/]|[.,-]\d)"
)
_NUMERIC = re.compile(
    r"(?<![\d./-])(?P<a>[0-3]?\d)\s?([./\-–])\s?(?P<b>[0-3]?\d)\s?\2\s?(?P<y>(?:1[3-9]|2[0-7])\d\d)(?![\d/]|[.,-]\d)"
)
_NUMERIC_SHORT = re.compile(r"(?<![\d./-])(?P<a>[0-3]?\d)([./])(?P<b>[01]?\d)\2(?P<yy>\d\d)(?![\d/]|[.,-]\d)")
_EAST = re.compile(
    r"(?:(?P<era>令和|平成|昭和|民國|民国)\s*(?P<e>\d{1,3}|元)|(?P<y>(?:19|20)\d\d))\s*[年년]"
    r"\s*(?P<m>1[0-2]|0?\d)\s*[月월](?:\s*(?P<d>[0-3]?\d)\s*[日일号號])?"
)
_EAST_NO_YEAR = re.compile(r"(?<!\d)(?P<m>1[0-2]|0?\d)\s*[月월]\s*(?P<d>[0-3]?\d)\s*[日일号號]")
_HAN_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_HAN_DATE = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})日)?"
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d{1,6})?")


_STAMP_WORDS = re.compile(
    r"\b(?:[ap]\.?m|utc|gmt|[ecmp][sd]?t|msk|uhr|am|um|at|on|of|de|le|the|st|nd|rd|th|г|года|р|року|года|published|updated|posted|last|modified|date|created|on|by"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"
    r"|понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя|панядзелак|аўторак|серада|чацвер|пятніца|субота|нядзеля|опубликовано|опубліковано|апублікавана"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|veroffentlicht|publie|publicado|el)\b"
)


class Reading(msgspec.Struct, frozen=True):
    """A date as written: local calendar fields, and the offset in minutes if the text names one."""

    local: datetime
    precision: Precision
    offset: int | None
    start: int
    ambiguous: bool = False
    persian: bool = False

    @property
    def utc(self) -> datetime:
        """The moment in UTC; a time without zone is taken as UTC."""
        return (self.local - timedelta(minutes=self.offset or 0)).replace(tzinfo=timezone.utc)  # noqa: UP017


def parse(
    text: str,
    *,
    languages: Sequence[str] = (),
    now: datetime | None = None,
    day_first: bool | None = None,
    method: str = "text",
) -> Dated | None:
    """Find the first date in a short text.

    `languages` settle month names and orders that differ between languages, `now` dates without a year and relative ones.
    Where 12/2/2013 could be read both ways, the day is taken first unless `day_first` is False, and the method ends in
    `-ambiguous`.
    """
    reading = read(text, languages=languages, now=now, day_first=day_first)
    if reading is None:
        return None
    name = f"{method}-ambiguous" if reading.ambiguous else method
    return Dated(at=reading.utc, precision=reading.precision, method=name, raw=text.strip()[:_MAX])


def locate(text: str, *, languages: Sequence[str] = (), now: datetime | None = None) -> tuple[Dated, int, int] | None:
    """Find the first date in a line and the place of its day, month and year there."""
    whole = read(text, languages=languages, now=now)
    if whole is None:
        return None
    spots = [match.span() for match in re.finditer(r"\w+(?:['’]\w+)?", text)]
    best: tuple[int, int] | None = None
    for first in range(len(spots)):
        for last in range(first, min(first + 7, len(spots))):
            start, end = spots[first][0], spots[last][1]
            part = read(text[start:end], languages=languages, now=now)
            if part is not None and part.local.date() == whole.local.date() and part.precision not in ("month", "year"):
                if best is None or start > best[0]:
                    best = (start, end)
                break
    if best is None:
        return None
    start, end = best
    return Dated(at=whole.utc, precision=whole.precision, method="text", raw=text[start:end]), start, end


def is_stamp(text: str) -> bool:
    """Say whether a line holds a date or time and next to nothing else."""
    if len(text) > 90 or not any(character.isdigit() for character in text):
        return False
    marked = _STAMP_WORDS.sub(" ", mark(fold(text), ()))
    rest = re.sub(r"<\d\d>|[\d\W_]", "", marked)
    return len(rest) <= 4 and read(text) is not None


def local_day(dated: Dated) -> Day:
    """The calendar day as the page itself wrote it, before the change to UTC."""
    reading = read(dated.raw, now=dated.at) if dated.raw else None
    if reading is not None and abs((reading.utc - dated.at).total_seconds()) < 36 * 3600:
        return reading.local.date()
    return dated.at.date()


def names_zone(text: str) -> bool:
    """Say whether a date carries an offset other than that of UTC: then its day is the publisher's own."""
    reading = read(text)
    return reading is not None and bool(reading.offset)


def read(
    text: str, *, languages: Sequence[str] = (), now: datetime | None = None, day_first: bool | None = None
) -> Reading | None:
    """Find the first date in a short text, in its own local time."""
    folded = fold(text[:_MAX].strip()).replace("<", " ")
    if not folded:
        return None
    try:
        found = _machine(folded, now) or _earliest(folded, tuple(languages), now, day_first)
        if found is None and now is not None and (ago := relative.find(folded, now)):
            found = Reading(ago[0], ago[1], 0, 0)
        if found is None or not _sane(found, now) or (found.persian and not _is_persian(text, folded, languages)):
            return None
        found.utc.timetuple()
    except (ValueError, OverflowError):
        return None
    return found


def _machine(text: str, now: datetime | None) -> Reading | None:
    """The forms that fill the whole string: epochs and ISO 8601 without separators."""
    if _EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if len(text.partition(".")[0]) == 13 else 1)
        latest = (now or datetime(_LAST_YEAR, 1, 1, tzinfo=timezone.utc)).timestamp() + 86_400 * 366  # noqa: UP017
        if 6e8 < seconds < latest:
            return Reading(datetime(1970, 1, 1) + timedelta(seconds=int(seconds)), "second", 0, 0)  # noqa: DTZ001
        return None
    upper = text.upper()
    if match := _BASIC.match(upper) or _ISO_HOUR.match(upper):
        return _build(match, match.end(), upper.lower(), hour=match["H"], zone=True)
    if (match := _WEEK.match(upper)) and match.end() == len(text):
        monday = Day.fromisocalendar(int(match["y"]), int(match["w"]), int(match["wd"] or 1))
        return Reading(datetime(monday.year, monday.month, monday.day), "day", None, 0) if match["wd"] else None  # noqa: DTZ001
    if (match := _DAY_OF_YEAR.match(text)) and match.end() == len(text):
        first = datetime(int(match["y"]), 1, 1)  # noqa: DTZ001
        day = first + timedelta(days=int(match["n"]) - 1)
        return Reading(day, "day", None, 0) if day.year == first.year and match["n"] != "000" else None
    return None


def _earliest(text: str, languages: tuple[str, ...], now: datetime | None, day_first: bool | None) -> Reading | None:
    best: Reading | None = None
    for reading in _candidates(text, languages, now, day_first):
        if best is None or reading.start < best.start:
            best = reading
    return best


def _candidates(
    text: str, languages: tuple[str, ...], now: datetime | None, day_first: bool | None
) -> Iterator[Reading]:
    for found in (
        _with_name(mark(text, languages), now),
        _with_numbers(text, languages, day_first),
        _east_asian(text, now),
    ):
        if found is not None:
            yield found


def _with_name(marked: str, now: datetime | None) -> Reading | None:
    if "<" not in marked:
        return None
    for form in _NAMED:
        match = form.search(marked)
        if match is None:
            continue
        if found := _build(match, match.end(), marked, now=now):
            return found
        if {"y", "d"} <= match.groupdict().keys():
            return None  # 31 February is not "February 31 something"
    return None


def _with_numbers(text: str, languages: tuple[str, ...], day_first: bool | None) -> Reading | None:
    for form in (_ISO, _NUMERIC_YEAR_FIRST):
        if match := form.search(text):
            hour = match["H"] if form is _ISO else None
            if found := _build(match, match.end(), text, hour=hour, zone=hour is not None):
                return found
    for form in (_NUMERIC, _NUMERIC_SHORT):
        if match := form.search(text):
            return _ordered(match, text, languages, day_first)
    return None


def _east_asian(text: str, now: datetime | None) -> Reading | None:
    if text.isascii():
        return None
    text = _HAN_DATE.sub(_han, text)
    match = _EAST.search(text) or (_EAST_NO_YEAR.search(text) if now else None)
    return _build(match, match.end(), text, now=now) if match else None


def _han(match: re.Match[str]) -> str:
    """Write a date in Chinese numerals with digits."""
    day = f"{_han_number(match[3])}日" if match[3] else ""
    return f"{match[1].translate(_HAN_DIGITS)}年{_han_number(match[2])}月{day}"


def _han_number(numeral: str) -> int:
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return int(numeral.translate(_HAN_DIGITS))
    return int(tens.translate(_HAN_DIGITS) or 1) * 10 + int(ones.translate(_HAN_DIGITS) or 0)


def _ordered(match: re.Match[str], text: str, languages: tuple[str, ...], day_first: bool | None) -> Reading | None:
    """Tell day from month in 12/2/2013: what cannot be a month is a day; else as the country does it."""
    first, second = int(match["a"]), int(match["b"])
    slash = match[2] == "/"
    if day_first is None:
        day_first = not (slash and any(tag.lower().replace("_", "-") in ("en-us", "en-ph") for tag in languages))
    if second > 12 or (not day_first and first <= 12 and slash):
        first, second = second, first
    if first > 31 or second > 12:
        return None
    fields = match.groupdict()
    year = int(fields["y"]) if "y" in fields else _full_year(int(fields["yy"]))
    unclear = slash and first != second and max(int(match["a"]), int(match["b"])) <= 12
    found = _reading(year, second, first, match.start(), match.end(), text)
    return msgspec.structs.replace(found, ambiguous=unclear) if found else None


def _full_year(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


def _build(
    match: re.Match[str],
    end: int,
    text: str,
    *,
    now: datetime | None = None,
    hour: str | None = None,
    zone: bool = False,
) -> Reading | None:
    fields = match.groupdict()
    month, day = int(fields["m"]), int(fields["d"]) if fields.get("d") else None
    if month > SOLAR:
        month -= SOLAR
        if not 1300 <= int(fields.get("y") or 0) <= 1500:
            return None
    if fields.get("era"):
        year = calendars.era_year(fields["era"], 1 if fields["e"] == "元" else int(fields["e"]))
    elif fields.get("y"):
        year = int(fields["y"])
    elif fields.get("yy"):
        year = _full_year(int(fields["yy"]))
    elif now is not None and day is not None:
        nearest = _nearest(month, day, now)
        if nearest is None:
            return None
        year = nearest
    else:
        return None
    if hour is not None:
        minute, second = int(fields.get("M") or 0), min(int(fields.get("S") or 0), 59)
        local = datetime(year, month, day or 1, int(hour), minute, second)  # noqa: DTZ001
        offset = clock.offset(text, end) if zone else None
        return Reading(local, "second" if fields.get("S") else "minute", offset, match.start())
    return _reading(year, month, day, match.start(), end, text)


def _nearest(month: int, day: int, now: datetime) -> int | None:
    """The year that brings a day nearest to now without lying more than a day ahead."""
    for year in (now.year + 1, now.year, now.year - 1, now.year - 4):
        try:
            then = datetime(year, month, day, tzinfo=now.tzinfo)
        except ValueError:
            continue
        if then <= now + timedelta(days=1):
            return year
    return None


def _reading(year: int, month: int, day: int | None, start: int, end: int, text: str) -> Reading | None:
    if 2443 <= year <= 2643 and ("พ" in text or re.search(r"[\u0e00-\u0e7f]", text)):
        year -= 543
    if 1300 <= year <= 1500:
        gregorian = calendars.from_persian(year, month, day or 1)
        if gregorian is None or day is None:
            return None
        found = _reading(gregorian.year, gregorian.month, gregorian.day, start, end, text)
        return msgspec.structs.replace(found, persian=True) if found else None
    midnight = datetime(year, month, day or 1)  # noqa: DTZ001
    if day is None:
        return Reading(midnight, "month", None, start)

    spoken = clock.after(text, end) or clock.before(text, start)
    if spoken is None:
        return Reading(midnight, "day", None, start)
    seconds, precision, offset = spoken
    return Reading(midnight + timedelta(seconds=seconds), precision, offset, start)


def _is_persian(text: str, folded: str, languages: Sequence[str]) -> bool:
    """A year like 1399 is Persian by its month's name, its digits or letters, or the language; else it may be lunar."""
    return (
        "fa" in languages
        or re.search("[\u06f0-\u06f9پچژگ]", text) is not None
        or re.search("<[45]", mark(folded, ())) is not None
    )


def _sane(reading: Reading, now: datetime | None) -> bool:
    last = now.year + 2 if now else _LAST_YEAR
    return _FIRST_YEAR <= reading.local.year <= last and abs(reading.utc.timestamp()) > 86_400
