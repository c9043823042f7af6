"""Read the dateline of a statement: where and when it was made, which may differ from when the page appeared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from scrapers import dates
from scrapers.model import Dated

_CAPITAL = r"[^\W\d_a-zа-яёіїєґўà-ÿ]"
_PLACE = re.compile(
    rf"(?:г\.\s*|м\.\s*)?{_CAPITAL}[^\W\d_]*(?:[’'.\-][^\W\d_]+)*\.?(?:(?:,\s*|\s+|\s*/\s*)(?:(?:of|de|del|di|da|la"
    rf"|le|el|am|an|der|the|on|sur|na|над|на)\s+)?{_CAPITAL}[^\W\d_]*(?:[’'.\-][^\W\d_]+)*\.?){{0,4}}"
)
_NO_PLACE_WORDS: Final = (
    "on in at by from since the of after before le la les el los en du au am vom im seit den il nel al del w z od "
    "na в на от с у из по после за ад з па пасля від з із під"
    " monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun published updated "
    "posted last date press release statement joint"
    " montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes martes jueves viernes"
    " понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок середа четвер субота неділя "
    "панядзелак аўторак серада чацвер пятніца нядзеля"
    " опубликовано дата апублікавана опубліковано заявление заява communiqué erklärung"
    " updated. update correction corrected обновлено обновление оновлено "
    "абноўлена aktualisiert actualizado as when while between until till"
)
_NOT_PLACES: Final = frozenset(_NO_PLACE_WORDS.split())
_MONTH = re.compile(r"<\d\d>")
_ENDS = re.compile(r"\s*(?:$|[)\].:;–—\-/|]|,\s*[A-ZА-ЯЁІЇЄҐЎ]|\n|/)")
_REACH = 180
_TAIL = 60


class Dateline(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a statement says it was made."""

    date: Dated
    place: str | None = None


def find(paragraphs: Sequence[str], *, now: datetime, languages: Sequence[str] = ()) -> Dateline | None:
    """Look for a dateline at the head of a text: a line of its own, or what stands before the dash or bracket's end.

    A date within a sentence ("On May 3, voters …", "the speaker said on Friday") is none.
    """
    for n, paragraph in enumerate(paragraphs[:6]):
        for line in paragraph.split("\n")[:3]:
            if found := _read(line.strip()[:_REACH], now, languages):
                return found
        if n >= 2 and len(paragraph) > 300:
            break
    return None


def closing(paragraphs: Sequence[str], *, now: datetime, languages: Sequence[str] = ()) -> Dateline | None:
    """Look for the place and day under a text, as letters have them: a line of their own."""
    for paragraph in list(reversed(paragraphs))[:4]:
        for line in reversed(paragraph.split("\n")[-3:]):
            if len(line) <= 70 and (found := _read(line.strip(), now, languages, whole=True)):
                return found
    return None


def of_title(title: str, *, now: datetime, languages: Sequence[str] = ()) -> Dateline | None:
    """Look for a day at the end of a title, set off from it ("Statement of the Ministry, 12 March 2021"): some have no other."""
    title = title[-_TAIL:]
    span = dates.locate(title, languages=languages, now=now) if re.search(r"\d{4}\W*(?:\w{1,4}\W*)?$", title) else None
    if span is None or span[0].precision in ("month", "year") or span[0].at > now + timedelta(days=2):
        return None
    dated, start, end = span
    if not re.search(r"[,(–—|]\s*$|\s-\s*$", title[:start]) or re.search(r"\w{5}", title[end:]):
        return None
    return Dateline(date=msgspec.structs.replace(dated, method="title"))


def _read(line: str, now: datetime, languages: Sequence[str], *, whole: bool = False) -> Dateline | None:
    if not any(character.isdigit() for character in line):
        return None
    span = dates.locate(line, languages=languages, now=now)
    if span is None:
        return None
    dated, start, end = span
    if dated.at > now + timedelta(days=2) or dated.precision in ("month", "year"):
        return None
    before, after = line[:start], line[end:]
    if whole and len(re.sub(r"г\.|года|року|р\.|[\s.)]", "", after)) > 6:
        return None
    if not _ends(after, alone=not before.strip(" /(–—-")):
        return None
    ok, place = _lead(before)
    return (
        Dateline(
            date=msgspec.structs.replace(dated, method="dateline", raw=line[:start] + line[start:end]), place=place
        )
        if ok
        else None
    )


def _ends(after: str, *, alone: bool) -> bool:
    """What follows a dateline's date: nothing, or the dash, bracket or full stop before the text."""
    after = re.sub(r"^\s*(?:г\.|года|р\.|року|г\b|год\b|roku|r\.|ж\.)", "", after)
    after = re.sub(r"^\s*\([^()]{1,40}\)(?=\s*[–—-])", "", after)
    if not after.strip():
        return True
    if alone:
        return re.match(r"\s*(?:[–—|:]|-\s|/{1,2})", after) is not None
    return _ENDS.match(after) is not None or re.match(r",\s*(?:[A-ZА-ЯЁІЇЄҐЎ]{2,}|/)", after) is not None


def _lead(before: str) -> tuple[bool, str | None]:
    """Judge what stands before the date: a place, perhaps with the wire's name in brackets."""
    text = re.sub(r"(?i)(?<=,)\s*(?:le|den|der|the|el|il|am|a)\s*$", "", before.strip())
    if not text or not re.search(r"\w", text):
        return True, None
    outer, bracket, inner = text.partition("(")
    outer = outer.strip(" ,.:;–—-/|")
    if bracket and (len(inner) > 80 or inner.rstrip().endswith(")")):
        return False, None
    if not outer:
        return len(inner) <= 60, None
    words = outer.split()
    if any(word.strip(",.;:").lower() in _NOT_PLACES for word in words[:1] + words[-1:]) or len(words) > 6:
        return False, None
    if not bracket and not before.rstrip().endswith((",", "–", "—", "-", ":", "|", "/", "(", ".")) and len(words) > 3:
        return False, None
    match = _PLACE.fullmatch(outer)
    return (True, outer) if match else (False, None)
