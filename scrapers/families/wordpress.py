"""WordPress by its REST interface (https://developer.wordpress.org/rest-api/reference/posts/); the page is the document."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from scrapers import charset, clean, instead, jsonbody
from scrapers.document import read
from scrapers.errors import LayoutChanged
from scrapers.feedvalue import label, language, when
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source
from scrapers.scope import outside

_API_LINK = re.compile(r"<link\b[^<>]*\brel=[\"']https://api\.w\.org/[\"'][^<>]*>", re.IGNORECASE)
_HREF = re.compile(r"\bhref=[\"']([^\"'<>]+)[\"']", re.IGNORECASE)
_POSTS = "wp/v2/posts"


def links(source: Source, page: Page) -> Listing:
    """Read a page of posts; the site's home or the root of its interface leads there.

    Raises LayoutChanged where the interface does not answer as one.
    """
    value = jsonbody.read(page)
    if isinstance(value, list):
        return _posts(source, page, value)
    if isinstance(value, dict) and "namespaces" in value:
        return Listing(index=True, next=[urljoin(page.url if page.url.endswith("/") else f"{page.url}/", _POSTS)])
    if isinstance(value, dict) and value.get("code") == "rest_post_invalid_page_number":
        return Listing()
    if isinstance(value, dict):
        raise LayoutChanged(page.url, clean.line(str(value.get("message") or "an answer without posts"))[:200])

    instead.check(page)
    text = charset.decode(page.body, page.http_charset).text
    if "wp-json" in page.url or "rest_route" in page.url:
        raise LayoutChanged(page.url, "the WordPress interface answers with a web page")
    declared = _API_LINK.search(text)
    href = _HREF.search(declared[0]) if declared else None
    root = clean.absolute(href[1] if href else "", page.url) or urljoin(page.url, "/wp-json/")
    return Listing(index=True, next=[f"{root.rstrip('/')}/{_POSTS}"])


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the post's own page."""
    return read(source, page, link)


def _posts(source: Source, page: Page, posts: list[object]) -> Listing:
    found, rejected = [], []
    for post in posts:
        address = jsonbody.text(post, "link")
        reason = outside(source, address, page.url) if address else "a post without link"
        if reason:
            rejected.append(Rejected(what=address[:300] or jsonbody.text(post, "id"), reason=reason))
            continue
        date = jsonbody.text(post, "date_gmt")
        found.append(
            Link(
                url=address,
                guid=jsonbody.text(post, "guid", "rendered") or None,
                title=label(jsonbody.text(post, "title", "rendered")) or None,
                published=when(f"{date}Z" if date else jsonbody.text(post, "date"), page.fetched_at),
                language=language(jsonbody.text(post, "lang")),
                text=jsonbody.text(post, "content", "rendered") or None,
            )
        )
    return Listing(links=found, rejected=rejected, next=_next(page, len(posts)))


def _next(page: Page, count: int) -> list[str]:
    parts = urlsplit(page.url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    number = int(query["page"]) if query.get("page", "").isdecimal() else 1
    size = int(query["per_page"]) if query.get("per_page", "").isdecimal() else 10
    total = page.headers.get("x-wp-totalpages", "")
    more = number < int(total) if total.isdecimal() else count >= size
    return [urlunsplit(parts._replace(query=urlencode({**query, "page": str(number + 1)})))] if more and count else []
