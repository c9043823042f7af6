"""Tell the languages of a text's paragraphs where they differ: two versions on one page, a quotation in the original.

Cheap on purpose, since nearly all texts are in one language: scripts and letters are counted, function words decide between
languages of one script, and the model is never asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scrapers import language

_SHORTEST: Final = 12
"""Letters of another script below which they are a name rather than a sentence."""
_LONG: Final = 80
"""Letters from which on a paragraph shows that it is in another language of the same script."""
_MOST: Final = 2_000
_TOLD: Final = 600
"""Characters that tell the language of a paragraph."""


def languages(text: str, spoken: str, expected: Sequence[str] = ()) -> list[str]:
    """Return one BCP 47 tag for each paragraph, or nothing where all are in the language of the whole."""
    paragraphs = text.split("\n\n", _MOST)
    if not 1 < len(paragraphs) <= _MOST or spoken == "und":
        return []
    home = language.script_of(spoken, text[: _TOLD * 5])
    tags = [_tag(paragraph[:_TOLD], spoken, home, expected) for paragraph in paragraphs]
    return tags if any(tag != spoken for tag in tags) else []


def _tag(paragraph: str, spoken: str, home: str, expected: Sequence[str]) -> str:
    script, letters = language.script(paragraph)
    if letters < (_LONG if script == home else _SHORTEST):
        return spoken
    if script == home:
        return language.instead(paragraph, script, spoken) or spoken
    return language.plainly(paragraph, script, letters, expected) or spoken
