"""An intergovernmental office with an RSS window of ten and JSON-LD on its pages."""

from __future__ import annotations

from service.demo.reply import RSS, Reply, moved, page, robots
from service.demo.story import Item, View

NAME = "Intergovernmental Office for Civic Freedoms"
_FEED = "/rss/statements.xml"
_WINDOW = 10


def record(base: str) -> dict[str, object]:
    """Describe the site as a source."""
    return {
        "id": "demo-igo",
        "title": NAME,
        "kind": "igo",
        "languages": ["en"],
        "issuer": NAME,
        "family": "feed",
        "home": f"{base}/statements",
        "start": base + _FEED,
        "every": "1s",
        "select": {"title": "h1.headline", "body": "section.statement-text"},
    }


def answer(view: View, path: str, _query: dict[str, str]) -> Reply:
    """Answer a request as an institution with a feed does."""
    if path == "/robots.txt":
        return robots("/internal/")
    if path == "/":
        return moved(f"{view.base}/statements")
    if path == _FEED:
        return page(
            "igo/feed.xml", media=RSS, changed=view.changed, view=view, name=NAME, items=view.standing[:_WINDOW]
        )
    if path == "/statements":
        return page("igo/list.html", changed=view.changed, view=view, name=NAME)

    found = [item for item in view.items if path == f"/statements/{item.published.year}/{item.slug}"]
    if not found or found[0].gone:
        return page("igo/missing.html", status=410 if found else 404, view=view, name=NAME)
    return page(
        "igo/statement.html", changed=view.changed, view=view, name=NAME, item=found[0], card=_card(view, found[0])
    )


def _card(view: View, item: Item) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.title,
        "datePublished": item.published.isoformat(),
        "dateModified": item.modified.isoformat(),
        "inLanguage": item.lang,
        "url": f"{view.base}/statements/{item.published.year}/{item.slug}",
        "author": {"@type": "Organization", "name": NAME},
    }
