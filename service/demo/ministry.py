"""A foreign ministry on Drupal: a paged listing, zero-based, and plain pages."""

from __future__ import annotations

from service.demo.reply import Reply, moved, page, robots
from service.demo.story import View

NAME = "Ministry of Foreign Affairs of the Republic of Valmere"
_LISTING = "/press/statements"
_ROWS = 5


def record(base: str) -> dict[str, object]:
    """Describe the site as a source."""
    return {
        "id": "demo-ministry",
        "title": NAME,
        "kind": "ministry",
        "languages": ["en"],
        "issuer": NAME,
        "family": "listing",
        "home": f"{base}/",
        "start": base + _LISTING,
        "every": "1s",
        "include": [f"{_LISTING}/"],
        "select": {
            "item": "div.views-row",
            "link": "h3 a",
            "next": "li.pager__item--next a",
            "title": "h1",
            "date": "time[datetime]",
            "body": "div.field--name-body",
        },
    }


def answer(view: View, path: str, query: dict[str, str]) -> Reply:
    """Answer a request as a Drupal site with a view of its statements does."""
    if path == "/robots.txt":
        return robots("/admin/", "/user/")
    if path == "/":
        return moved(view.base + _LISTING)
    if path == _LISTING:
        number = int(query["page"]) if query.get("page", "").isdecimal() else 0
        rows = view.standing[number * _ROWS : (number + 1) * _ROWS]
        last = max(0, (len(view.standing) - 1) // _ROWS)
        return page(
            "ministry/list.html", changed=view.changed, view=view, name=NAME, rows=rows, number=number, last=last
        )

    found = [item for item in view.items if path == f"{_LISTING}/{item.slug}"]
    if not found or found[0].gone:
        return page("ministry/missing.html", status=410 if found else 404, view=view, name=NAME)
    older = [item for item in view.standing if item.published < found[0].published][:3]
    return page("ministry/statement.html", changed=view.changed, view=view, name=NAME, item=found[0], older=older)
