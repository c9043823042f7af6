"""What a fresh reading of a document means beside the one we have. Pure."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from storage.search import fold

FEWEST_WORDS = 8
"""A text of fewer words ("Read more", a name) identifies nothing."""


class Verdict(StrEnum):
    """What a reading turned out to be."""

    NEW = "new"
    SAME = "same"
    EDITED = "edited"
    COMPLETED = "completed"
    """The page itself, where only the feed's own words were kept so far: no edit by the publisher."""


def fingerprint(title: str, text: str) -> str:
    """SHA-256 of title and text as read: tells versions apart."""
    return hashlib.sha256(f"{' '.join(title.split())}\n\n{text.strip()}".encode()).hexdigest()


def digest(text: str) -> str | None:
    """SHA-256 of the folded words of a text, run together: the same for every place that carries it unchanged.

    Where words end does not count: migrations glue them, line breaks part them. None for a text of too few words to identify
    anything.
    """
    words = fold(text)
    if len(words) < FEWEST_WORDS:
        return None
    return hashlib.sha256("".join(words).encode()).hexdigest()


def decide(new: str, new_media: str, known: str | None, known_media: str | None) -> Verdict:
    """Compare the fingerprint of a reading with that of the latest version, if there is one."""
    if known is None:
        return Verdict.NEW
    if known_media == "entry" and new_media != "entry":
        return Verdict.COMPLETED
    if new_media == "entry" and known_media != "entry":
        return Verdict.SAME  # the page stands higher than what a feed says of it
    return Verdict.SAME if new == known else Verdict.EDITED
