"""The robots exclusion protocol (RFC 9309): what a site asks robots not to fetch."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

ROBOTS_BYTES: Final = 500 * 1024
ROBOTS_HOPS: Final = 5
ROBOTS_KEPT: Final = timedelta(hours=24)
ROBOTS_RETRIED: Final = timedelta(hours=1)
"""A server error forbids everything, but is asked about again sooner than a file would be."""
CRAWL_DELAY_SECONDS: Final = 3600.0

_LINE: Final = re.compile(r"\r\n|\r|\n")
_PRODUCT: Final = re.compile(r"[A-Za-z_-]+")
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]*")
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT: Final = _UNRESERVED | frozenset(b"!$&'()*+,;=:@/?#[]%")


class Rule(msgspec.Struct, frozen=True, array_like=True):
    """One Allow or Disallow line, its pattern normalised."""

    allow: bool
    pattern: str


class RobotsFile(msgspec.Struct, frozen=True, kw_only=True):
    """What one origin's robots.txt says to us, and until when that is believed."""

    status: int
    fetched_at: datetime
    expires: datetime
    rules: list[Rule] = []
    crawl_delay: float | None = None
    """Seconds between two requests that our group asks for, an hour at most."""
    sitemaps: list[str] = []
    forbidden: bool = False
    """The server could not say, so everything is off limits (RFC 9309, section 2.3.1.4)."""

    def allows(self, target: str) -> bool:
        """Whether a path with its query may be fetched: the longest matching rule decides, Allow on a tie (section 2.2.2)."""
        path = _normalised(target).replace("*", "%2A").replace("$", "%24")
        if path == "/robots.txt":
            return True
        if self.forbidden:
            return False

        best: tuple[int, bool] = (-1, True)
        for rule in self.rules:
            weight = (len(rule.pattern), rule.allow)
            if weight > best and _matches(rule.pattern, path):
                best = weight
        return best[1]


class RobotsCache(Protocol):
    """Where robots files are kept between visits."""

    def get(self, origin: str) -> RobotsFile | None:
        """Return what is known of `https://host[:port]`, however old."""

    def put(self, origin: str, file: RobotsFile) -> None:
        """Keep it."""


def parse_robots(body: bytes, *, agent: str, status: int, at: datetime) -> RobotsFile:
    """Read the first 500 KiB of a robots.txt for one product token; lines that make no sense are skipped."""
    text = body[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
    token = product(agent)
    groups: dict[str, _Group] = {"*": _Group(), token: _Group()}
    current: list[_Group] = []
    naming = False
    sitemaps: list[str] = []

    for line in _LINE.split(text):
        name, colon, value = line.partition("#")[0].partition(":")
        field, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if field == "user-agent":
            if not naming:
                current = []
            naming = True
            group = groups.get("*" if value.startswith("*") else product(value))
            if group is not None:
                group.named = True
                current.append(group)
        elif field in {"allow", "disallow"}:
            naming = False
            if value:
                rule = Rule(field == "allow", _pattern(value))
                for group in current:
                    group.rules.append(rule)
        elif field == "crawl-delay":
            naming = False
            for group in current:
                group.delay = _delay(value)
        elif field == "sitemap" and value:
            sitemaps.append(value)

    ours = groups[token] if groups[token].named else groups["*"]
    return RobotsFile(
        status=status,
        fetched_at=at,
        expires=at + ROBOTS_KEPT,
        rules=list(dict.fromkeys(ours.rules)),
        crawl_delay=ours.delay,
        sitemaps=sitemaps[:100],
    )


def no_rules(status: int, at: datetime) -> RobotsFile:
    """Stand for a file that does not exist: everything is allowed (section 2.3.1.3)."""
    return RobotsFile(status=status, fetched_at=at, expires=at + ROBOTS_KEPT)


def all_forbidden(status: int, at: datetime) -> RobotsFile:
    """Stand for a file that the server failed to give: nothing is allowed for now (section 2.3.1.4)."""
    return RobotsFile(status=status, fetched_at=at, expires=at + ROBOTS_RETRIED, forbidden=True)


def product(agent: str) -> str:
    """The product token that groups are matched by: `Khronika/1.0 (+…)` is `khronika` (section 2.2.1)."""
    found = _PRODUCT.match(agent.strip())
    return found[0].lower() if found else ""


class _Group:
    def __init__(self) -> None:
        self.named = False
        self.rules: list[Rule] = []
        self.delay: float | None = None


def _delay(value: str) -> float | None:
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value):
        return None
    return min(CRAWL_DELAY_SECONDS, float(value))


def _pattern(value: str) -> str:
    """A pattern ready to compare: runs of `*` are one, a `$` that is not the last sign is a plain dollar."""
    pattern = re.sub(r"\*{2,}", "*", _normalised(value))
    body, end = (pattern[:-1], "$") if pattern.endswith("$") else (pattern, "")
    return body.replace("$", "%24") + end


def _normalised(text: str) -> str:
    """Percent-encoding brought to one form: unreserved signs plain, all others as upper-case triplets (section 2.2.2)."""
    if _PLAIN.fullmatch(text):
        return text
    plain = _ESCAPE.sub(_unescape, text.encode("utf-8", errors="replace"))
    return "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in plain)


def _unescape(found: re.Match[bytes]) -> bytes:
    byte = int(found[1], 16)
    return bytes([byte]) if byte in _UNRESERVED else found[0].upper()


def _matches(pattern: str, path: str) -> bool:
    """Match from the start; each piece between stars is looked for once, leftmost first, so time stays linear."""
    anchored = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return not anchored or len(path) == len(first)

    at = len(first)
    last = pieces.pop() if anchored else ""
    for piece in pieces:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(path) - len(last) >= at and path.endswith(last)
