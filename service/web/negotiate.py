"""Pure answers about one request's headers: which coding, and whether what the client has is current."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_QVALUE = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


@lru_cache(maxsize=256)
def takes_gzip(accept: bytes) -> bool:
    """Tell whether gzip is accepted and not liked less than no coding at all (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accept.decode("latin-1").lower().split(","):
        name, _, parameters = part.partition(";")
        weight = _weight(parameters)
        weights.setdefault(name.strip(), weight)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value.strip()) if _QVALUE.fullmatch(value.strip()) else 0.0
    return 1.0


def names_tag(if_none_match: bytes, tag: bytes) -> bool:
    """Tell whether If-None-Match names this entity tag, compared weakly, or any (RFC 9110, section 13.1.2)."""
    if if_none_match == tag:
        return True
    value = if_none_match.strip()
    return value == b"*" or tag in _TAG.findall(value)


def unchanged_since(if_modified_since: bytes, modified: datetime) -> bool:
    """Tell whether nothing changed since that date; a date that cannot be read is no condition (RFC 9110, section 13.1.3)."""
    try:
        since = parsedate_to_datetime(if_modified_since.decode("ascii"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return modified <= since


def http_date(at: datetime) -> str:
    """Write a time as HTTP does."""
    return format_datetime(at, usegmt=True)
