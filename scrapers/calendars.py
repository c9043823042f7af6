"""Change years of other calendars into Gregorian ones."""

from __future__ import annotations

from datetime import date as Day
from datetime import timedelta
from typing import Final

_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
# Where the pattern of leap years changes: the algorithm of K. M. Borkowski, "The Persian calendar for 3000 years" (1996).
_BREAKS: Final = (-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060)


def era_year(era: str, year: int) -> int:
    """Change a Japanese regnal or Minguo year."""
    return _ERAS[era] + year


def from_persian(year: int, month: int, day: int) -> Day | None:
    """Change a day of the Solar Hijri calendar, or give None if there is no such day."""
    if not (1200 <= year < 1600 and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    start, following = _new_year(year), _new_year(year + 1)
    result = start + timedelta(days=(month - 1) * 30 + min(month - 1, 6) + day - 1)
    return result if result < following else None


def _new_year(year: int) -> Day:
    """The first of Farvardin."""
    gregorian = year + 621
    leaps = -14
    before = _BREAKS[0]
    jump = 0
    for here in _BREAKS[1:]:
        jump = here - before
        if year < here:
            break
        leaps += jump // 33 * 8 + jump % 33 // 4
        before = here
    years = year - before
    leaps += years // 33 * 8 + (years % 33 + 3) // 4
    if jump % 33 == 4 and jump - years == 4:
        leaps += 1
    gregorian_leaps = gregorian // 4 - (gregorian // 100 + 1) * 3 // 4 - 150
    return Day(gregorian, 3, 1) + timedelta(days=20 + leaps - gregorian_leaps - 1)
