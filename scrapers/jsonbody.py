"""Reads JSON answers without trusting their shape."""

from __future__ import annotations

import json

from scrapers import charset, clean
from scrapers.model import Page


def read(page: Page) -> object | None:
    """Return the value of a JSON body, or None if it is no JSON."""
    start = page.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in (b"{", b"["):
        return None
    try:
        value: object = json.loads(
            charset.decode(page.body, page.http_charset or "utf-8", markup=False).text, strict=False
        )
    except (ValueError, RecursionError):
        return None
    return value


def at(value: object, *path: str) -> object:
    """Follow keys down; None where one is missing or the value is no object."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: object, *path: str) -> str:
    """Return the text at a path, empty if there is none; numbers are written out."""
    found = at(value, *path)
    if isinstance(found, str):
        return clean.whole(found.strip())
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def rows(value: object, *path: str) -> list[object]:
    """Return the list at a path, empty if there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []
