"""Feed lists other programs understand (http://opml.org/spec2.opml): read into records, written from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

import msgspec

from scrapers import address, clean
from scrapers.errors import ParseFailed, SchemeRefused
from scrapers.feedxml import elements, local, without_prolog
from scrapers.model import Source

_MOST = 100_000


def load_opml(text: str) -> list[Source]:
    """Read every feed of an outline, however deep, each address once, with ids made from titles and unique.

    Raises HostileMarkup for declared entities, ParseFailed where this is no OPML.
    """
    bare = without_prolog(text.lstrip("\ufeff"), "OPML", "opml|body|outline")
    root, _ = elements(bare) if bare is not None else (None, set())
    if root is None:
        raise ParseFailed("OPML", "no outline was found")

    found: dict[str, Source] = {}
    taken: dict[str, int] = {}
    for outline in root.iter("{*}*"):
        given = {str(name).lower(): str(value) for name, value in outline.items()}
        if local(outline.tag) != "outline" or not (feed := given.get("xmlurl", "").strip()) or len(found) >= _MOST:
            continue
        try:
            key = address.canonical(feed)
            home = address.canonical(given["htmlurl"]) if given.get("htmlurl", "").startswith("http") else None
        except SchemeRefused:
            continue
        if key in found:
            continue
        title = clean.line(given.get("title") or given.get("text") or "")[:300] or urlsplit(key).hostname or key
        name = _free(_slug(title) or _slug(urlsplit(key).hostname or "") or "feed", taken)
        spoken = re.fullmatch(r"[A-Za-z]{2,3}", given.get("language", "").split("-")[0])
        found[key] = Source(
            id=name,
            title=title,
            family="feed",
            start=feed if feed.startswith(("http://", "https://")) else key,
            home=home,
            languages=[spoken[0].lower()] if spoken else [],
        )
    return list(found.values())


def to_opml(sources: Iterable[Source]) -> str:
    """Write records as an outline: those with feeds as feeds, the rest with their page as what to read."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "<head><title>Khronika sources</title></head>",
        "<body>",
    ]
    for source in sources:
        title = _quoted(clean.line(source.title))
        home = f" htmlUrl={_quoted(source.home)}" if source.home else ""
        if source.family == "feed":
            lines.append(f'<outline type="rss" text={title} title={title} xmlUrl={_quoted(source.start)}{home}/>')
        else:
            lines.append(
                f'<outline type="link" text={title} title={title} url={_quoted(source.home or source.start)}/>'
            )
    return "\n".join([*lines, "</body>", "</opml>", ""])


def renamed(sources: Iterable[Source], taken: Iterable[str]) -> list[Source]:
    """Give new names to records whose ids are taken, so that an import never overwrites."""
    used = dict.fromkeys(taken, 1)
    return [msgspec.structs.replace(source, id=_free(source.id, used)) for source in sources]


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower()).translate(_LETTERS).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _free(name: str, taken: dict[str, int]) -> str:
    """Take the name itself or the first free `name-2`, `name-3`, …; `taken` remembers how far each name has got."""
    number = taken.get(name, 0) + 1
    taken[name] = number
    if number == 1:
        return name
    while f"{name}-{number}" in taken:
        number += 1
    taken[name] = number
    taken[f"{name}-{number}"] = 1
    return f"{name}-{number}"


_CYRILLIC = "абвгґдеёєжзиіїйклмнопрстуўфхцчшщъыьэюя"
_LATIN = "a|b|v|h|g|d|e|io|ie|zh|z|i|i|i|i|k|l|m|n|o|p|r|s|t|u|u|f|kh|ts|ch|sh|shch||y||e|iu|ia"
_LETTERS = {ord(letter): latin for letter, latin in zip(_CYRILLIC, _LATIN.split("|"), strict=True)}
