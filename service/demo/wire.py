"""A wire agency that reports, quotes and reposts between advertisements."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from service.demo.reply import Reply, moved, page, robots
from service.demo.story import Item, View

NAME = "Baltline News Agency"
_DESK = timezone(timedelta(hours=2))


def record(base: str) -> dict[str, object]:
    """Describe the site as a source."""
    return {
        "id": "demo-wire",
        "title": NAME,
        "kind": "media",
        "languages": ["en"],
        "family": "listing",
        "home": f"{base}/latest",
        "start": f"{base}/latest",
        "every": "1s",
        "include": ["/en/"],
        "select": {
            "item": "li.news-item",
            "link": "h2 a",
            "title": "h1.story-title",
            "body": "div.story-body",
            "remove": ["div.ad", "div.share-bar", "aside.related"],
        },
    }


def answer(view: View, path: str, _query: dict[str, str]) -> Reply:
    """Answer a request as a busy news site does, without a Last-Modified: its pages say how long ago things were."""
    if path == "/robots.txt":
        return robots("/search", "/share")
    if path == "/":
        return moved(f"{view.base}/latest")
    if path == "/latest":
        return page("wire/list.html", view=view, name=NAME, ago=_ago, link=_link)

    found = [item for item in view.items if view.base + path == _link(view, item)]
    if not found or found[0].gone:
        return page("wire/missing.html", status=410 if found else 404, view=view, name=NAME)
    story = found[0]
    related = [item for item in view.standing if item.published < story.published][:3]
    return page(
        "wire/story.html",
        view=view,
        name=NAME,
        item=story,
        related=related,
        ago=_ago,
        link=_link,
        clock=_clock(story.published),
        cards=_cards(view, story),
    )


def _link(view: View, item: Item) -> str:
    return f"{view.base}/en/{item.section}/{item.slug}-{item.number}.html"


def _ago(view: View, item: Item) -> str:
    hours = int((view.now - item.published).total_seconds() // 3600)
    if hours < 1:
        return "just now"
    if hours < 24:
        return f"{hours} hour{'s' if hours > 1 else ''} ago"
    return f"{hours // 24} day{'s' if hours >= 48 else ''} ago"


def _clock(when: datetime) -> str:
    return f"{when.astimezone(_DESK):%d.%m.%Y | %H:%M}"


def _cards(view: View, item: Item) -> list[dict[str, object]]:
    """Describe the publisher, the site and the story, as three blocks of which only the last has dates."""
    context = "https://schema.org"
    return [
        {"@context": context, "@type": "Organization", "name": NAME, "url": f"{view.base}/"},
        {"@context": context, "@type": "WebSite", "name": "Baltline", "url": f"{view.base}/"},
        {
            "@context": context,
            "@type": "NewsArticle",
            "headline": item.title,
            "datePublished": item.published.astimezone(_DESK).isoformat(),
            "dateModified": item.modified.astimezone(_DESK).isoformat(),
            "mainEntityOfPage": _link(view, item),
            "author": {"@type": "Person", "name": "Baltline desk"},
        },
    ]
