"""Read a time of day and its zone beside a date."""

from __future__ import annotations

import re
from typing import Final

from scrapers.model import Precision

_ZONES: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "мск": 180, "trt": 180, "est": -300, "edt": -240, "et": -300, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600, "jst": 540, "kst": 540,
    "pkt": 300, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "sast": 120, "hkt": 480, "sgt": 480,
}  # fmt: skip
_TIME = re.compile(
    r"(?P<pre>am|pm|오전|오후|上午|下午|午前|午後|π\.μ\."
    r"|μ\.μ\.)?\s*(?<![\d.])(?P<H>[0-2]?\d)\s?(?:[:.hH時시點点]\s?(?P<M>[0-5]\d)(?!\d)(?:[:.](?P<S>[0-6]\d)(?:[.,]\d{1,9})?)?"
    r"|(?=\s?(?:am|pm|a\.m\.|p\.m\.)))(?!\d)(?![./-]\d)"
    r"(?:\s?(?P<post>a\.?m\b\.?|p\.?m\b\.?))?"
)
_ZONE = re.compile(
    r"\s{0,2}\(?(?:(?P<z>z|utc|gmt|ut|мск"
    r"|[a-z]{2,4}t)\b)?\s?(?:(?P<sign>[+\-−])(?P<oh>[01]?\d):?(?P<om>[0-5]\d)?(?!\d))?"
)
_LEAD = re.compile(
    r"(?:[\s.,\-–—|@·/(]|г\.|года\b|році\b|року\b|р\.|at\b|um\b|a las\b|a\b|в\b|о\b|у\b|kl\b|alle\b|as\b|godz\b"
    r"|ob\b|uhr\b|ч\b|t(?=\d)){0,12}"
)


def after(text: str, end: int) -> tuple[int, Precision, int | None] | None:
    lead = _LEAD.match(text, end)
    at = lead.end() if lead else end
    match = _TIME.match(text, at)
    return _seconds(match, text) if match else None


def before(text: str, start: int) -> tuple[int, Precision, int | None] | None:
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
    return hour * 3600 + minute * 60 + min(second, 59), "second" if match["S"] else "minute", offset(text, match.end())


def offset(text: str, at: int) -> int | None:
    match = _ZONE.match(text, at)
    if match is None or not (match["z"] or match["sign"]):
        return None
    if match["sign"]:
        minutes = int(match["oh"]) * 60 + int(match["om"] or 0)
        if minutes > 14 * 60:
            return None
        return minutes if match["sign"] == "+" else -minutes
    return _ZONES.get(match["z"])
