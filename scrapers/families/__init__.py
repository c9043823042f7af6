"""One module per kind of site, each with two pure functions: `links()` reads a listing, `draft()` reads a document.

A family is known by being a module here; there is no list to keep.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Protocol, cast

from scrapers.model import Draft, Link, Listing, Page, Source


class Family(Protocol):
    """What every module of this package offers."""

    def links(self, source: Source, page: Page) -> Listing:
        """Read what a listing, feed, sitemap or API answer leads to."""

    def draft(self, source: Source, page: Page, link: Link | None) -> Draft:
        """Read one document."""


def names() -> list[str]:
    """Return the known families in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


@cache
def family(name: str) -> Family:
    """Return the module of that name; raises LookupError that names the known ones."""
    known = names()
    if name not in known:
        raise LookupError(f"unknown family {name!r}, known are {', '.join(known)}")
    return cast("Family", importlib.import_module(f"{__name__}.{name}"))
