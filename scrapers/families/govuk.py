"""GOV.UK: search interface for the listing, content interface for the document (https://content-api.publishing.service.gov.uk/)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from scrapers import clean, document, govukitem, instead, jsonbody
from scrapers.errors import LayoutChanged
from scrapers.feedvalue import when
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source
from scrapers.scope import outside

_PATH = re.compile(r"/[^/\\\s][^\\\s]*")


def links(source: Source, page: Page) -> Listing:
    """Read a page of search results. Raises LayoutChanged where the interface does not answer as one."""
    value = jsonbody.read(page)
    if not isinstance(jsonbody.at(value, "results"), list):
        raise instead.of(page, "a list of search results")

    found, rejected = [], []
    results = jsonbody.rows(value, "results")
    for result in results:
        path = jsonbody.text(result, "link")
        if not _PATH.fullmatch(path):
            rejected.append(Rejected(what=path[:300], reason="not a path on this site"))
            continue
        url = urljoin(source.start, path)
        if reason := outside(source, url):
            rejected.append(Rejected(what=url[:300], reason=reason))
            continue
        found.append(
            Link(
                url=url,
                fetch=urljoin(source.start, f"/api/content{path}"),
                title=clean.line(jsonbody.text(result, "title")) or None,
                published=when(jsonbody.text(result, "public_timestamp"), page.fetched_at),
                text=clean.plain(jsonbody.text(result, "description")) or None,
            )
        )
    return Listing(links=found, rejected=rejected, next=_next(page, len(results), jsonbody.text(value, "total")))


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read a content document; a web page or PDF is read as what it is."""
    value = jsonbody.read(page)
    if not isinstance(value, dict):
        return document.read(source, page, link)
    if not isinstance(value.get("details"), dict) or not jsonbody.text(value, "title"):
        raise LayoutChanged(page.url, "a content document was expected, this has no title or details")
    url = link.url if link else urljoin(page.url, jsonbody.text(value, "base_path"))
    return govukitem.read(source, value, url, page.fetched_at)


def _next(page: Page, count: int, total: str) -> list[str]:
    """Return the next window: `start` counts results, not pages."""
    parts = urlsplit(page.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    start = next((int(value) for name, value in query if name == "start" and value.isdecimal()), 0) + count
    if not count or not total.isdecimal() or start >= int(total):
        return []
    query = [*((name, value) for name, value in query if name != "start"), ("start", str(start))]
    return [urlunsplit(parts._replace(query=urlencode(query)))]
