"""How values are shown to people: dates, directions, states, addresses."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from feeds.entry import clean, line, web_address
from storage.models import Source
from storage.timeline import StatementView

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_RTL = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku-arab", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"))
_LANGUAGES = {
    "ar": "Arabic", "be": "Belarusian", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "it": "Italian", "ka": "Georgian",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
_STATES = {
    "new": "not visited yet",
    "ok": "in order",
    "quiet": "quiet",
    "suspect": "suspect",
    "broken": "failing",
    "blocked": "blocked",
}


def day(at: datetime, precision: str | None = None) -> str:
    """Write a date as precisely as it is known, without its time."""
    if precision == "year":
        return f"{at.year}"
    if precision == "month":
        return f"{_MONTHS[at.month - 1]} {at.year}"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def moment(at: datetime) -> str:
    """Write a point in time to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def dated(view: StatementView) -> str:
    """Say when a statement was published, or since when it is known."""
    if view.published is not None:
        return day(view.published, view.published_precision)
    return f"first seen {day(view.first_seen)}"


def hour(view: StatementView) -> str:
    """Say what is known of a statement's date beyond the day it stands under; empty if nothing is."""
    if view.published is None:
        return "date unknown"
    if view.published.date() != view.sort_at.date() or view.published_precision in ("month", "year"):
        return dated(view)
    return f"{view.published:%H:%M} UTC" if view.published_precision in ("second", "minute") else ""


def away(at: datetime, now: datetime) -> str:
    """Say how far a moment is from now, in the largest unit that fits."""
    distance = abs(at - now)
    for size, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        count = int(distance / size)
        if count:
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"in {words}" if at > now else f"{words} ago"
    return "now"


def direction(language: str) -> str:
    """Give the writing direction of a language tag; `auto` if the language is not known."""
    tag = language.lower()
    if tag in ("", "und"):
        return "auto"
    if "-arab" in tag or "-hebr" in tag or tag.partition("-")[0] in _RTL:
        return "rtl"
    return "ltr"


def tongue(language: str) -> str:
    """Name a language in English, or give its tag back."""
    if language in ("", "und"):
        return "language unknown"
    return _LANGUAGES.get(language.partition("-")[0].lower(), language)


def host(url: str) -> str:
    """Give the host of an address as it is asked for, so that look-alike letters show as what they are."""
    address = web_address(url)
    return (urlsplit(address).hostname or "") if address else line(url)[:80]


def health(source: Source) -> str:
    """Say in a few words how a source is doing."""
    if not source.enabled:
        return "switched off"
    return _STATES.get(source.state, source.state)


FILTERS = {
    "day": day,
    "moment": moment,
    "dated": dated,
    "hour": hour,
    "direction": direction,
    "tongue": tongue,
    "host": host,
    "health": health,
    "line": line,
    "clean": clean,
    "web_address": web_address,
}
