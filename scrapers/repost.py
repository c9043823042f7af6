"""Read whose words a page repeats, as far as it says: reposters name the origin in a few settled ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from scrapers import address, clean

_SOURCE_LINE = re.compile(
    r"(?:original )?(?:source|quelle|fuente|fonte|bron|źródło|источник|первоисточник|джерело|першоджерело|крыніца|першакрыніца)"
    r"\s*[:：]\s*(?P<name>[^\n]{2,120})",
    re.IGNORECASE,
)
_BRACKET = re.compile(
    r"[^\W\d_][^()\n]{0,60}?\s\((?P<names>[^()\n]{2,80}?)\s+[–—-]\s+[^()\n]{0,30}\d[^()\n]{0,30}\)"  # TOWN (Wire - day)
    r"|[^\W\d_][^()\n]{0,40}?\d[^()\n]{0,20}\s\((?P<after>[^()\n\d]{2,60})\)\s*[–—-]\s"  # TOWN, day (Wire) -
)
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?"
_RECORD = re.compile(rf"{_MOMENT}\s.{{0,300}}?(?P<address>https?://[^\s<>\"']{{4,500}})(?P<rest>.{{0,400}})", re.DOTALL)
_TWICE = re.compile(r"\s*(?P<name>\S.{2,120}?)(?:[\s,;|]+(?P=name))+(?=[\s,;|]|$)")
_HEAD: Final = 6
_ENDS: Final = 2
_TELLING: Final = 4
"""Letters from which on the name in a host name tells a site from others."""


def origin(url: str, opening: Sequence[str], paragraphs: Sequence[str], own: Iterable[str] = ()) -> str | None:
    """Name whom the page at `url` repeats.

    `opening` are the lines between headline and text, `own` the names under which the page's own site goes.
    """
    if named := source_line(opening, paragraphs):
        return None if _is_own(named, url, own) else named
    for line in [*opening[:_HEAD], *paragraphs[:_ENDS]]:
        if (match := _BRACKET.match(line.strip()[:240])) and (named := _wire(match, url, own)):
            return named
    return _record("\n".join([*opening, *paragraphs[:_ENDS], *paragraphs[-_ENDS:]])[:6000], url, own)


def source_line(opening: Sequence[str], paragraphs: Sequence[str]) -> str | None:
    """Return the name in a line of its own that says where the text comes from; of an address, its host."""
    for line in (*opening[:_HEAD], *paragraphs[:_ENDS], *paragraphs[-_ENDS:]):
        if match := _SOURCE_LINE.fullmatch(line.strip()):
            name = clean.line(match["name"]).strip("()[] ")
            return _host(name) if name.startswith(("http://", "https://")) else name
    return None


def _wire(match: re.Match[str], url: str, own: Iterable[str]) -> str | None:
    """The agencies in a dateline's bracket, without the reposter itself."""
    names = [clean.line(name) for name in re.split(r"\s*/\s*", match["names"] or match["after"] or "")]
    return " / ".join(name for name in names if name and not _is_own(name, url, own)) or None


def _record(text: str, url: str, own: Iterable[str]) -> str | None:
    """A copied run of metadata: moments, then an address at the origin, then its name, often repeated."""
    here = address.site(_host(url))
    for match in _RECORD.finditer(text):
        host = _host(match["address"])
        if not host or address.site(host) == here:
            continue
        named = _TWICE.match(match["rest"])
        name = clean.line(named["name"]) if named else host
        return None if _is_own(name, url, own) else name
    return None


def _is_own(name: str, url: str, own: Iterable[str]) -> bool:
    """Say whether a name is that of the page's own site: one that it was given, or the one in its host name."""
    mine = _fold(name)
    label = _fold(address.site(_host(url)).partition(".")[0])
    if not mine or any(mine == _fold(each) for each in own if each):
        return True
    return label.startswith(mine) or (len(label) >= _TELLING and mine.startswith(label))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _fold(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
