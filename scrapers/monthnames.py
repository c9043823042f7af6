"""Recognise the names of months in any language, case and script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from scrapers.months import MONTHS, PERSIAN

SOLAR: Final = 40
"""Added to the months of the Persian calendar, whose years are told apart by it."""

_PRINCIPAL: Final = ("en", "ru", "uk", "be", "fr", "de", "es", "pl", "it", "pt")
"""Languages whose meaning of a word wins where languages disagree and none is known."""
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e4e])*(?:['’.][^\W\d_]+)?")
_ALIKE: Final = {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "’": "'", "\u200f": "", "\u200e": "", "ـ": ""}


@cache
def _decomposed(character: str) -> str:
    kept = "".join(
        part for part in unicodedata.normalize("NFKD", character.casefold()) if not unicodedata.combining(part)
    )
    kept = unicodedata.normalize("NFC", kept)  # Hangul falls apart into letters otherwise
    digit = unicodedata.decimal(kept, None) if len(kept) == 1 else None
    return _ALIKE.get(kept, kept) if digit is None else str(digit)


def fold(text: str) -> str:
    """Fold case, accents and native digits, so that МАЯ, мая and Μαΐου, ΜΑΪΟΥ meet."""
    if text.isascii():
        return text.lower()
    return "".join(map(_decomposed, unicodedata.normalize("NFC", text)))


@cache
def _names() -> dict[str, dict[int, frozenset[str]]]:
    """Folded name to month to the languages that call it so."""
    index: dict[str, dict[int, set[str]]] = {}
    for language, months in MONTHS.items():
        for number, forms in enumerate(months.split("|"), 1):
            for form in forms.split(","):
                if form:
                    index.setdefault(form.replace("_", " "), {}).setdefault(number, set()).add(language)
    for number, forms in enumerate(PERSIAN.split("|"), SOLAR + 1):
        for form in forms.split(","):
            index.setdefault(fold(form), {}).setdefault(number, set()).add("fa")
    return {name: {month: frozenset(by) for month, by in months.items()} for name, months in index.items()}


@cache
def _pairs() -> tuple[tuple[str, int], ...]:
    return tuple((name, next(iter(months))) for name, months in _names().items() if " " in name)


@cache
def _month(name: str, languages: tuple[str, ...]) -> int | None:
    meanings = _names().get(name)
    if meanings is None:
        return None
    if len(meanings) == 1:
        return next(iter(meanings))
    spoken = {language.split("-")[0].lower() for language in languages}
    for among in (spoken, _PRINCIPAL):
        fitting = [month for month, by in meanings.items() if by.intersection(among)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def mark(text: str, languages: tuple[str, ...]) -> str:
    """Replace the names of months by their numbers."""

    def number(match: re.Match[str]) -> str:
        word = match[0]
        month = _month(word, languages) or (_month(word.partition(".")[0], languages) if "." in word else None)
        return f"<{month:02}>" if month else word

    if not text.isascii():
        for name, month in _pairs():
            if name in text:
                text = text.replace(name, f"<{month:02}>")
    return _LETTERS.sub(number, text)
