"""ReliefWeb by its interface, version 2 (https://apidoc.reliefweb.int/); the public page of a report is the document.

Every call needs `appname=` with a name that OCHA has approved by hand; without one the interface answers 403.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scrapers import clean, document, instead, jsonbody
from scrapers.errors import Forbidden, Gone, LayoutChanged, RateLimited, ScrapeError
from scrapers.feedvalue import label, language, when
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source
from scrapers.scope import outside

_ERRORS: dict[str, type[ScrapeError]] = {"403": Forbidden, "410": Gone, "429": RateLimited}
_MOST_REJECTED = 500
_MOST_NAMES = 20


def links(source: Source, page: Page) -> Listing:
    """Read a page of reports.

    Raises Gone for version 1, Forbidden for a name that is not approved, RateLimited past the day's calls, and LayoutChanged
    for any other answer without reports, such as a question the interface did not understand (400).
    """
    value = jsonbody.read(page)
    if not isinstance(jsonbody.at(value, "data"), list):
        raise _named(page, value)

    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    reports = jsonbody.rows(value, "data")
    for report in reports:
        # The readable address is also what the feed gives as guid: the same report is one item through every door.
        address = jsonbody.text(report, "fields", "url_alias") or jsonbody.text(report, "fields", "url")
        reason = outside(source, address, page.url) if address else "a report without public address"
        if reason is None:
            found.setdefault(address, _link(report, address, page))
        elif len(rejected) < _MOST_REJECTED:
            rejected.append(Rejected(what=(address or jsonbody.text(report, "id"))[:300], reason=reason))
    total = jsonbody.text(value, "totalCount")
    return Listing(links=list(found.values()), rejected=rejected, next=_next(page, len(reports), total))


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the report's page, or its PDF."""
    return document.read(source, page, link)


def _link(report: object, url: str, page: Page) -> Link:
    fields = jsonbody.at(report, "fields")
    spoken = _each(fields, "language", "code")
    # `created` is the day ReliefWeb entered it, `original` the day its source published it.
    published = jsonbody.text(fields, "date", "original") or jsonbody.text(fields, "date", "created")
    return Link(
        url=url,
        title=label(jsonbody.text(fields, "title")) or None,
        published=when(published, page.fetched_at),
        author=", ".join(label(name) for name in _each(fields, "source", "name"))[:500] or None,
        language=language(spoken[0]) if len(spoken) == 1 else None,
        text=jsonbody.text(fields, "body-html") or jsonbody.text(fields, "body") or None,
        enclosures=[
            address
            for each in _each(fields, "file", "url")
            if (address := clean.absolute(each, url)) and urlsplit(address).path.lower().endswith(".pdf")
        ],
    )


def _each(fields: object, name: str, key: str) -> list[str]:
    return [text for row in jsonbody.rows(fields, name)[:_MOST_NAMES] if (text := jsonbody.text(row, key))]


def _named(page: Page, value: object) -> ScrapeError:
    """Name the answer after the status it carries itself, since a proxy may have replaced the one of HTTP."""
    if not isinstance(value, dict):
        return instead.of(page, "an answer of the interface")
    said = label(jsonbody.text(value, "error", "message") or jsonbody.text(value, "message"))[:200]
    status = jsonbody.text(value, "status") or jsonbody.text(value, "error", "status")
    return _ERRORS.get(status, LayoutChanged)(page.url, f"{status} {said}".strip() or "an answer without reports")


def _next(page: Page, count: int, total: str) -> list[str]:
    parts = urlsplit(page.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    offset = next((int(n) for name, n in query if name == "offset" and n.isdecimal() and len(n) < 9), 0) + count
    if not count or not total.isdecimal() or len(total) > 9 or offset >= int(total):
        return []
    query = [*((name, n) for name, n in query if name != "offset"), ("offset", str(offset))]
    return [urlunsplit(parts._replace(query=urlencode(query)))]
