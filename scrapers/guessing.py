"""Guesses for a new record: what addresses have in common, whose site it is, and a short name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from scrapers.markup import tags
from scrapers.model import Kind

_MINISTRY = re.compile(
    r"(?:^|\.)(?:gov|gob|gouv|govt|gv|gc|go|government|admin|mil|canada|mfa|mofa|mid|msz|mzv|auswaertiges-amt|regeringen"
    r"|regjeringen)(?:\.|$)|(?:^|[.-])mfa[.-]"
)
_MINISTRY_TITLE = re.compile(
    r"\b(?:ministry|minister|ministère|ministerio|ministerium|embassy|department of|foreign office|government)\b"
    r"|міністэрства|министерство|міністерство|ministerstwo|ministerstvo",
    re.IGNORECASE,
)
_IGO = re.compile(r"(?:^|\.)(?:un|unog|ohchr|coe|osce|europa|nato|oas|au|iom|icc-cpi)\.(?:org|int|eu)$|\.int$")
_MEDIA = re.compile(
    r"\b(?:news ?(?:agency|wire|paper)|daily|times|gazette|herald|tribune|press agency|radio|tv)\b|газета",
    re.IGNORECASE,
)
_MEDIA_HOST = re.compile(r"(?:^|[.-])(?:news|media|press|radio|tv)(?:[.-]|$)|news\.[a-z]+$")
_SEPARATOR = re.compile(r"\s+[|–—»«:·/-]+\s+")
_PART = re.compile(
    r"(?:(?:latest|all|our|recent|archives?|and|&|joint|official|the|media|press|news|rss|atom|feeds?|posts?|home(?:page)?|main"
    r"|statements?|releases?|room|newsroom|cent(?:er|re)|highlights|remarks|updates?|articles?|blog|index|welcome)\b\s*)+"
    r"|новости|навіны|новини|главная|галоўная|головна|actualit[ée]s|noticias|aktuelles|presse|pressemeldungen|pressmeddelanden"
    r"|zvernennia|звернення|заявления|заявы|accueil|inicio|startseite|jaunumi|naujienos|uudised|aktualności",
    re.IGNORECASE,
)
_NO_COUNTRY: Final = tags(
    "ac ad ag ai as bz cc cd co cx dj eu fm gg im io la ly me ms mu nu pw sc sh sr st su tk to tv tl uk vc ws"
)
"""Endings that many who live elsewhere use, and two that are no country's code."""
_TONGUES: Final = {
    "be": "BY", "uk": "UA", "ka": "GE", "hy": "AM", "az": "AZ", "kk": "KZ", "ky": "KG", "tg": "TJ", "et": "EE", "lv": "LV",
    "lt": "LT", "pl": "PL", "cs": "CZ", "sk": "SK", "hu": "HU", "fi": "FI", "ja": "JP", "ko": "KR", "is": "IS", "mn": "MN",
}  # fmt: skip
_WORDY = re.compile(
    r"news|press|statement|release|article|stor(?:y|ies)|update|post|blog|declar|communi|media", re.IGNORECASE
)
_COVERS = 0.8
_SLUG = re.compile(r"[^/]*[\w-]{8,}")
_COMMON_ENDS: Final = frozenset(("org", "com", "net", "info", "int", "eu"))


def folder(urls: Sequence[str]) -> str | None:
    """Return the deepest folder that nearly all addresses lie in, such as `/en/news/`; None where that is the whole site."""
    found: Counter[str] = Counter()
    for url in urls:
        parts = urlsplit(url).path.split("/")[1:-1]
        found.update("/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1))
    wide = [(name.count("/"), name) for name, times in found.items() if times >= _COVERS * len(urls)]
    deepest = max(wide, default=None)
    return None if deepest is None or len(urls) < 2 else _undated(deepest[1])


def statements_folder(urls: Sequence[str], section: str = "") -> str | None:
    """Return the folder of a whole site's addresses that holds its statements: `section` if it does, else by number and name."""
    if section.strip("/") and sum(urlsplit(url).path.startswith(f"{section.rstrip('/')}/") for url in urls) > 1:
        return f"{section.rstrip('/')}/"
    weights: Counter[str] = Counter()
    for url in urls:
        *parts, last = urlsplit(url).path.strip("/").split("/")
        if parts and _SLUG.fullmatch(last):
            named = [depth for depth, part in enumerate(parts[:3], 1) if _WORDY.search(part)]
            name = _undated("/" + "/".join(parts[: named[-1] if named else 1]) + "/")
            if name:
                weights[name] += 5 if named else 1
    best = weights.most_common(1)
    return best[0][0] if best and best[0][1] > 1 else None


def _undated(name: str) -> str | None:
    """Cut a folder off where the years begin: next year's statements lie in the next one."""
    name = re.sub(r"/(?:19|20)\d\d(?:[/-].*)?$", "/", name)
    return name if name != "/" else None


def kind(host: str, title: str) -> Kind:
    """Guess what kind of body speaks there."""
    if _IGO.search(host):
        return "igo"
    if _MINISTRY.search(host) or _MINISTRY_TITLE.search(title):
        return "ministry"
    return "media" if _MEDIA_HOST.search(host) or _MEDIA.search(title) else "ngo"


def site_name(title: str) -> str:
    """Return the part of a page's or feed's title that names the site, empty where it only says "News" or "RSS"."""
    parts = [part for part in _SEPARATOR.split(title) if part]
    return " – ".join(part for part in parts if not _PART.fullmatch(part))


def country(host: str, language: str) -> str:
    """Guess where it sits, from the end of its name, else from a language of one country; `ZZ` where neither says it."""
    end = host.rpartition(".")[2].lower()
    if end in {"gov", "mil"}:
        return "US"
    if end == "uk":
        return "GB"
    if re.fullmatch(r"[a-z]{2}", end) and end not in _NO_COUNTRY:
        return end.upper()
    return _TONGUES.get(language, "ZZ")


def slug(host: str, title: str) -> str:
    """Return a short name: the host's where it has one, else the title's."""
    labels = host.lower().removeprefix("www.").split(".")
    if labels[-1] in _COMMON_ENDS and len(labels) > 1:
        labels = labels[:-1]
    named = not all(label.isdigit() for label in labels) and ":" not in host
    plain = "-".join(labels) if named else unicodedata.normalize("NFKD", title.lower())
    found = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")[:60].strip("-")
    return found or "source"
