"""What every feed format is reduced to, and the small readings they share: dates, titles, addresses, waiting times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urljoin

import msgspec

from scrapers import clean, dates
from scrapers.model import Dated

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SPACE = re.compile(r"[\x00-\x20]+")
_MAILBOX = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\s*\(([^()@]+)\)|([^<>()@]+?)\s*[<(][^<>()\s]+@[^<>()\s]+[>)]")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_RFC822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?"
    r"(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d:\d\d:\d\d) (GMT|UTC|[+-]\d{4})",
    re.ASCII,
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_WEB = 1991
_LONGEST_WAIT = 30 * 86_400
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


def label(markup: str) -> str:
    """Reduce a title that may hold markup and references to one line of plain text."""
    if "<" in markup:
        markup = _TAG.sub(" ", _SCRIPT.sub(" ", markup)) if _TAG.search(markup) else markup
    if "&" in markup:
        markup = _REFERENCE.sub(lambda seen: unescape(seen[0]), markup)
    if markup.isascii() and markup.isprintable() and "  " not in markup:
        return markup.strip()
    return clean.line(markup)


def person(text: str | None) -> str | None:
    """Return the name in `name <address>` or `address (name)`, else the text itself."""
    text = label(text or "")[:300]
    found = _MAILBOX.fullmatch(text)
    return (found[1] or found[2]).strip() if found else text or None


def when(text: str | None, now: datetime) -> Dated | None:
    """Read a feed's date; one that cannot be, such as the year 0 or 2203, is no date, never an error."""
    text = (text or "").strip()
    if not text or len(text) > 200:
        return None
    found = _stamp(text) or dates.parse(text, now=now)
    if found and not likely(found, now):
        return None
    return msgspec.structs.replace(found, method="feed", raw=text) if found else None


def _stamp(text: str) -> Dated | None:
    """Read the two forms nearly every feed uses (RFC 822 with a whole year, RFC 3339): a feed can have 100,000 of them."""
    if found := _RFC822.fullmatch(text):
        month = _MONTHS.find(found[2]) // 3 + 1
        text = f"{found[3]}-{month:02}-{found[1]:0>2}T{found[4]}{_offset(found[5])}"
    elif not _RFC3339.fullmatch(text):
        return None
    try:
        return Dated(at=datetime.fromisoformat(text).astimezone(UTC), precision="second")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> str:
    return f"{zone[:3]}:{zone[3:]}" if zone[0] in "+-" else "+00:00"


def likely(found: Dated, now: datetime) -> bool:
    """Tell whether something on the web can have been published then: not before the web, hardly after next year."""
    return found.at.year >= _WEB and found.at - now < timedelta(days=366)


def language(text: str | None) -> str | None:
    """Normalise a language tag to lower-case language and upper-case region."""
    parts = re.split(r"[-_]", (text or "").strip())
    if not re.fullmatch(r"[A-Za-z]{2,3}", parts[0]):
        return None
    return "-".join([parts[0].lower(), *(part.upper() for part in parts[1:2] if re.fullmatch(r"[A-Za-z]{2}", part))])


def resolve(href: str | None, base: str) -> str | None:
    """Make an address absolute; keep it as it came where it cannot be."""
    href = _SPACE.sub("", href) if href else ""
    if not href or len(href) > 4000:
        return None
    if href.startswith(("https://", "http://")):
        return href
    try:
        return urljoin(base, href)
    except ValueError:
        return None


def wait(minutes: str | None, period: str | None, frequency: str | None) -> int | None:
    """Return the seconds a feed asks to wait, from ttl or from sy:updatePeriod and sy:updateFrequency."""
    if minutes and (digits := minutes.strip()).isdecimal() and len(digits) < 8 and int(digits):
        return min(int(digits) * 60, _LONGEST_WAIT)
    seconds = _PERIODS.get((period or "").strip().lower())
    if seconds is None:
        return None
    times = (frequency or "1").strip()
    divisor = int(times) if times.isdecimal() and len(times) < 6 else 1
    return min(max(seconds // max(divisor, 1), 60), _LONGEST_WAIT)
