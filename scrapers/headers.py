"""What the headers of an answer say about time: how fresh it is, when to come back, how to ask again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from scrapers.model import Validators

FRESH_SECONDS: Final = 24 * 3600
RETRY_SECONDS: Final = 3 * 24 * 3600

_SECONDS: Final = re.compile(r"[0-9]{1,10}")
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]+)", re.IGNORECASE)
_ALWAYS_ASK: Final = re.compile(r"(?:^|[,\s])no-(?:cache|store)\s*(?:,|$)", re.IGNORECASE)


def max_age(headers: dict[str, str], now: datetime) -> int | None:
    """Seconds the answer is called fresh by Cache-Control, else by Expires (RFC 9111, section 4.2.1), a day at most."""
    control = headers.get("cache-control", "")
    if _ALWAYS_ASK.search(control):
        return 0
    if found := _MAX_AGE.search(control):
        return _capped(found[1], FRESH_SECONDS)

    if "expires" not in headers:
        return None
    expires = http_date(headers["expires"])
    if expires is None:  # "0" and other invalid dates mean: already stale
        return 0
    since = http_date(headers.get("date", "")) or now
    return max(0, min(FRESH_SECONDS, int((expires - since).total_seconds())))


def retry_after(headers: dict[str, str], now: datetime) -> float | None:
    """Seconds to stay away (RFC 9110, section 10.2.3), never negative, three days at most; None if not said."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(_capped(value, RETRY_SECONDS))
    moment = http_date(value)
    if moment is None:
        return None
    return max(0.0, min(float(RETRY_SECONDS), (moment - now).total_seconds()))


def validators(headers: dict[str, str], known: Validators | None = None) -> Validators:
    """What to ask with next time: each validator as given, or the known one where a 304 does not repeat it."""
    return Validators(
        etag=headers.get("etag") or (known.etag if known else None),
        last_modified=headers.get("last-modified") or (known.last_modified if known else None),
    )


def http_date(value: str) -> datetime | None:
    """Read a date in any of the forms HTTP allows, None if it is none."""
    try:
        moment = parsedate_to_datetime(value[:100])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _capped(digits: str, most: int) -> int:
    return min(most, int(digits)) if _SECONDS.fullmatch(digits) else most
