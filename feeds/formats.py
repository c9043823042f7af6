"""The three formats by the extension of their address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec

from feeds import atom, jsonfeed, rss
from feeds.entry import Entry
from feeds.pages import FeedInfo


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How one format is made: entry by entry, then the document."""

    media_type: str
    fragment: Callable[[Entry], bytes]
    join: Callable[[FeedInfo, Iterable[bytes]], bytes]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "atom": Format(media_type=atom.MEDIA_TYPE, fragment=atom.fragment, join=atom.join),
        "rss": Format(media_type=rss.MEDIA_TYPE, fragment=rss.fragment, join=rss.join),
        "json": Format(media_type=jsonfeed.MEDIA_TYPE, fragment=jsonfeed.fragment, join=jsonfeed.join),
    }
)
