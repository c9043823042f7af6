"""Read dates as people and machines write them, in forty languages; a doubtful date is no date.

Month names come from `months`. ISO 8601, RFC 822 (with two-digit years and named zones), East Asian forms, Persian and Buddhist
years and native digits are read; what cannot be (31 February, year 0 or 2203, the epoch itself) is None, never an exception.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date as Day
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Final

import msgspec

from scrapers import calendars, relative
from scrapers.model import Dated, Precision
from scrapers.months import MONTHS, PERSIAN

_MAX: Final = 400
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100

_PRINCIPAL: Final = ("en", "ru", "uk", "be", "fr", "de", "es", "pl", "it", "pt")
_ZONES: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "мск": 180, "trt": 180, "est": -300, "edt": -240, "et": -300, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600, "jst": 540, "kst": 540,
    "pkt": 300, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "sast": 120, "hkt": 480, "sgt": 480,
}  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e4e])*(?:['’.][^\W\d_]+)?")
_SOLAR: Final = 40
"""Added to the months of the Persian calendar, whose years are told apart by it."""

# After `_mark`, a month stands as `<09>`, so that the forms below need no words of any language.
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
_BASIC = re.compile(r"(?P<y>[12]\d{3})(?P<m>\d\d)(?P<d>\d\d)(?:[Tt ]?(?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-6]\d)?)?(?=Z|[+-]\d|$)")
_WEEK = re.compile(r"(?P<y>[12]\d{3})-?W(?P<w>[0-5]\d)(?:-?(?P<wd>[1-7]))?(?!\d)")
_DAY_OF_YEAR = re.compile(r"(?P<y>[12]\d{3})-(?P<n>[0-3]\d\d)(?![\d-])")
_NUMERIC_YEAR_FIRST = re.compile(r"(?<![\d./-])(?P<y>(?:1[3-9]|2[0-7])\d\d)\s?([./-])\s?(?P<m>[01]?\d)\s?\2\s?(?P<d>[0-3]?\d)(?![\d/]|[.,-]\d)")
_NUMERIC = re.compile(r"(?<![\d./-])(?P<a>[0-3]?\d)\s?([./\-–])\s?(?P<b>[0-3]?\d)\s?\2\s?(?P<y>(?:1[3-9]|2[0-7])\d\d)(?![\d/]|[.,-]\d)")
_NUMERIC_SHORT = re.compile(r"(?<![\d./-])(?P<a>[0-3]?\d)([./])(?P<b>[01]?\d)\2(?P<yy>\d\d)(?![\d/]|[.,-]\d)")
_EAST = re.compile(
    r"(?:(?P<era>令和|平成|昭和|民國|民国)\s*(?P<e>\d{1,3}|元)|(?P<y>(?:19|20)\d\d))\s*[年년]\s*(?P<m>1[0-2]|0?\d)\s*[月월](?:\s*(?P<d>[0-3]?\d)\s*[日일号號])?"
)
_EAST_NO_YEAR = re.compile(r"(?<!\d)(?P<m>1[0-2]|0?\d)\s*[月월]\s*(?P<d>[0-3]?\d)\s*[日일号號]")
_HAN_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_HAN_DATE = re.compile(r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})日)?")
_TIME = re.compile(
    r"(?P<pre>am|pm|오전|오후|上午|下午|午前|午後|π\.μ\.|μ\.μ\.)?\s*(?<![\d.])(?P<H>[0-2]?\d)\s?(?:[:.hH時시點点]\s?(?P<M>[0-5]\d)(?!\d)(?:[:.](?P<S>[0-6]\d)(?:[.,]\d{1,9})?)?"
    r"|(?=\s?(?:am|pm|a\.m\.|p\.m\.)))(?!\d)(?![./-]\d)"
    r"(?:\s?(?P<post>a\.?m\b\.?|p\.?m\b\.?))?"
)
_ZONE = re.compile(
    r"\s{0,2}\(?(?:(?P<z>z|utc|gmt|ut|мск|[a-z]{2,4}t)\b)?\s?(?:(?P<sign>[+\-−])(?P<oh>[01]?\d):?(?P<om>[0-5]\d)?(?!\d))?"
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

    @property
    def utc(self) -> datetime:
        """The moment in UTC; a time without zone is taken as UTC."""
        return (self.local - timedelta(minutes=self.offset or 0)).replace(tzinfo=timezone.utc)  # noqa: UP017


def parse(
    text: str, *, languages: Sequence[str] = (), now: datetime | None = None, day_first: bool | None = None, method: str = "text"
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
    marked = _STAMP_WORDS.sub(" ", _mark(fold(text), ()))
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


def read(text: str, *, languages: Sequence[str] = (), now: datetime | None = None, day_first: bool | None = None) -> Reading | None:
    """Find the first date in a short text, in its own local time."""
    folded = fold(text[:_MAX].strip())
    if not folded:
        return None
    try:
        found = _machine(folded, now) or _earliest(folded, tuple(languages), now, day_first)
        if found is None and now is not None and (ago := relative.find(folded, now)):
            found = Reading(ago[0], ago[1], 0, 0)
        if found is None or not _sane(found, now):
            return None
        found.utc.timetuple()
    except (ValueError, OverflowError):
        return None
    return found


@cache
def _decomposed(character: str) -> str:
    kept = "".join(part for part in unicodedata.normalize("NFKD", character.casefold()) if not unicodedata.combining(part))
    kept = unicodedata.normalize("NFC", kept)  # Hangul falls apart into letters otherwise
    digit = unicodedata.decimal(kept, None) if len(kept) == 1 else None
    return str(int(digit)) if digit is not None else {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "’": "'", "\u200f": "", "\u200e": "", "ـ": ""}.get(kept, kept)


def fold(text: str) -> str:
    """Fold case, accents and native digits, so that МАЯ, мая and Μαΐου, ΜΑΪΟΥ meet."""
    if text.isascii():
        return text.lower()
    return "".join(map(_decomposed, unicodedata.normalize("NFC", text)))


@cache
def _names() -> dict[str, dict[int, frozenset[str]]]:
    """Folded name to month to the languages that call it so."""
    index: dict[str, dict[int, set[str]]] = {}
    for language, months in MONTHS.items():
        for number, forms in enumerate(months.split("|"), 1):
            for form in forms.split(","):
                if form:
                    index.setdefault(form.replace("_", " "), {}).setdefault(number, set()).add(language)
    for number, forms in enumerate(PERSIAN.split("|"), _SOLAR + 1):
        for form in forms.split(","):
            index.setdefault(fold(form), {}).setdefault(number, set()).add("fa")
    return {name: {month: frozenset(by) for month, by in months.items()} for name, months in index.items()}


@cache
def _pairs() -> tuple[tuple[str, int], ...]:
    return tuple((name, next(iter(months))) for name, months in _names().items() if " " in name)


@cache
def _month(name: str, languages: tuple[str, ...]) -> int | None:
    meanings = _names().get(name)
    if meanings is None:
        return None
    if len(meanings) == 1:
        return next(iter(meanings))
    spoken = {language.split("-")[0].lower() for language in languages}
    for among in (spoken, _PRINCIPAL):
        fitting = [month for month, by in meanings.items() if by.intersection(among)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _mark(text: str, languages: tuple[str, ...]) -> str:
    """Replace the names of months by their numbers."""

    def number(match: re.Match[str]) -> str:
        word = match[0]
        month = _month(word, languages) or (_month(word.partition(".")[0], languages) if "." in word else None)
        return f"<{month:02}>" if month else word

    if not text.isascii():
        for name, month in _pairs():
            if name in text:
                text = text.replace(name, f"<{month:02}>")
    return _LETTERS.sub(number, text)


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


def _candidates(text: str, languages: tuple[str, ...], now: datetime | None, day_first: bool | None) -> Iterator[Reading]:
    marked = _mark(text, languages)
    if "<" in marked:
        for form in _NAMED:
            if match := form.search(marked):
                if found := _build(match, match.end(), marked, now=now):
                    yield found
                    break
                if "y" in match.groupdict() and "d" in match.groupdict():
                    break  # 31 February is not "February 31 something"
    for form in (_ISO, _NUMERIC_YEAR_FIRST):
        if match := form.search(text):
            hour = match["H"] if form is _ISO else None
            if found := _build(match, match.end(), text, hour=hour, zone=hour is not None):
                yield found
                return
    for form in (_NUMERIC, _NUMERIC_SHORT):
        if match := form.search(text):
            if found := _ordered(match, text, languages, day_first):
                yield found
            return
    if not text.isascii():
        east = _HAN_DATE.sub(_han, text)
        if match := _EAST.search(east) or (now and _EAST_NO_YEAR.search(east)) or None:
            found = _build(match, match.end(), east, now=now)
            if found:
                yield found


def _han(match: re.Match[str]) -> str:
    def value(text: str | None) -> int:
        if not text:
            return 0
        tens, ten, ones = text.partition("十")
        digit = (lambda part: int(part.translate(_HAN_DIGITS))) if text else None
        return ((digit(tens) if tens else 1) * 10 if ten else 0) + (digit(ones or ("" if ten else tens) or "零") if digit else 0)

    day = f"{value(match[3])}日" if match[3] else ""
    return f"{match[1].translate(_HAN_DIGITS)}年{value(match[2])}月{day}"


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
    match: re.Match[str], end: int, text: str, *, now: datetime | None = None, hour: str | None = None, zone: bool = False
) -> Reading | None:
    fields = match.groupdict()
    month, day = int(fields["m"]), int(fields["d"]) if fields.get("d") else None
    if month > _SOLAR:
        month -= _SOLAR
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
        local = datetime(year, month, day or 1, int(hour), int(fields.get("M") or 0), min(int(fields.get("S") or 0), 59))  # noqa: DTZ001
        offset = _offset(text, end) if zone else None
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
        gregorian = calendars.from_persian(year, month, day or 1) if re.search(r"[\u0600-\u06ff]", text) or year < 1450 else None
        if gregorian is None or day is None:
            return None
        year, month, day = gregorian.year, gregorian.month, gregorian.day
    midnight = datetime(year, month, day or 1)  # noqa: DTZ001
    if day is None:
        return Reading(midnight, "month", None, start)

    clock = _clock(text, end) or _clock_before(text, start)
    if clock is None:
        return Reading(midnight, "day", None, start)
    seconds, precision, offset = clock
    return Reading(midnight + timedelta(seconds=seconds), precision, offset, start)


_LEAD = re.compile(r"(?:[\s.,\-–—|@·/(]|г\.|года\b|році\b|року\b|р\.|at\b|um\b|a las\b|a\b|в\b|о\b|у\b|kl\b|alle\b|as\b|godz\b|ob\b|uhr\b|ч\b|t(?=\d)){0,12}")


def _clock(text: str, end: int) -> tuple[int, Precision, int | None] | None:
    lead = _LEAD.match(text, end)
    at = lead.end() if lead else end
    match = _TIME.match(text, at)
    return _seconds(match, text) if match else None


def _clock_before(text: str, start: int) -> tuple[int, Precision, int | None] | None:
    """A time that stands before its date: 22:57 GMT 28.04.2020."""
    for match in _TIME.finditer(text, max(0, start - 40), start):
        zone = _ZONE.match(text, match.end())
        rest = text[zone.end() if zone else match.end() : start]
        if re.fullmatch(r"[\s.,\-–—|/)]{0,4}(?:[^\W\d]{0,14}[\s.,]{0,2}){0,2}", rest):
            return _seconds(match, text)
    return None


def _seconds(match: re.Match[str], text: str) -> tuple[int, Precision, int | None] | None:
    hour, minute, second = int(match["H"]), int(match["M"] or 0), int(match["S"] or 0)
    half = (match["post"] or match["pre"] or "").replace(".", "")
    if half in ("pm", "오후", "下午", "午後", "μμ") and hour < 12:
        hour += 12
    elif half in ("am", "오전", "上午", "午前", "πμ") and hour == 12:
        hour = 0
    if hour > 23 or not (match["M"] or half):
        return None
    return hour * 3600 + minute * 60 + min(second, 59), "second" if match["S"] else "minute", _offset(text, match.end())


def _offset(text: str, at: int) -> int | None:
    match = _ZONE.match(text, at)
    if match is None or not (match["z"] or match["sign"]):
        return None
    if match["sign"]:
        minutes = int(match["oh"]) * 60 + int(match["om"] or 0)
        if minutes > 14 * 60:
            return None
        return minutes if match["sign"] == "+" else -minutes
    return _ZONES.get(match["z"])


def _sane(reading: Reading, now: datetime | None) -> bool:
    last = now.year + 2 if now else _LAST_YEAR
    return _FIRST_YEAR <= reading.local.year <= last and abs(reading.utc.timestamp()) > 86_400
