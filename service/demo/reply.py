"""What a site answers before HTTP dresses it."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

_pages = Environment(
    loader=PackageLoader("service.demo", "pages"),
    autoescape=select_autoescape(["html", "xml"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["rfc822"] = lambda when: format_datetime(when, usegmt=True)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A status, a body, and when it last changed if the site tells."""

    body: bytes = b""
    status: int = 200
    media: str = HTML
    changed: datetime | None = None
    headers: dict[str, str] = {}


def page(
    template: str, *, status: int = 200, media: str = HTML, changed: datetime | None = None, **values: object
) -> Reply:
    """Fill in one of the page templates."""
    body = _pages.get_template(template).render(values).encode()
    return Reply(body=body, status=status, media=media, changed=changed)


def data(
    value: object, *, status: int = 200, changed: datetime | None = None, headers: dict[str, str] | None = None
) -> Reply:
    """Answer with JSON."""
    return Reply(body=json.dumps(value).encode(), status=status, media=JSON, changed=changed, headers=headers or {})


def moved(where: str) -> Reply:
    """Point to another address for good."""
    return Reply(status=301, headers={"Location": where})


def robots(*closed: str) -> Reply:
    """Open the site to every robot but for a few paths (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return Reply(body=("\n".join(lines) + "\n").encode(), media=TEXT)
