"""Read one HTML page into a draft: title, text, dates, language, and where each of them came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import lxml.html

from scrapers import (
    address,
    body,
    charset,
    clean,
    dateline,
    display,
    language,
    linked,
    markup,
    mixed,
    pick,
    published,
    repost,
    structured,
    title,
    trouble,
    weekday,
)
from scrapers.blocks import Block, cut
from scrapers.errors import LayoutChanged, SchemeRefused
from scrapers.model import Dated, Draft, Link, Page, Source

_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_FRAME: Final = 1200
"""Characters that a site's frame may hold; more is a text."""


def read(source: Source, page: Page, link: Link | None, now: datetime) -> Draft:
    """Read a page.

    Raises ChallengePage, MaintenancePage or SoftNotFound for what only stands in its place, LayoutChanged if it has neither
    title nor text, and ParseFailed, HostileMarkup or TooLarge if it cannot be parsed.
    """
    decoded = charset.decode(page.body, page.http_charset)
    tree = markup.parse(decoded.text, page.url)
    claims = structured.read(tree)
    selected = pick.pick(source.layout(page.fetched_at), tree, decoded.text, page.url)

    heading = title.find(tree, claims, selected=selected.title)
    text = body.find(tree, stated=claims.body, selected=selected.body, title=heading.text)
    for name in dict.fromkeys((heading.text, _tag(tree))):
        trouble.check(page, text.text, name)
    content, origin = _content(text, link)
    if link is not None and _lacks(tree, selected, heading, text.text, link):
        raise LayoutChanged(page.url, "the item that the listing names is not on this page")
    headline, headline_origin = heading.text, heading.method
    if not headline and link is not None:
        headline, headline_origin = clean.line(link.title or ""), "listing"
    if not headline and not content:
        raise LayoutChanged(page.url, "neither title nor text found")

    spoken = _language(tree, claims, source, link, f"{headline}\n{content}")
    languages = tuple(dict.fromkeys((spoken[0], *source.languages)))
    opening = _opening(tree, text.blocks, headline)
    paragraphs = content.split("\n\n")
    dated = _dateline(opening, paragraphs, now, languages) or dateline.of_title(headline, now=now, languages=languages)
    own = (claims.site, claims.publisher, source.title)
    reposted_from = repost.origin(page.url, opening, paragraphs, own)
    stated = dated.date if dated else None
    if stated is not None and reposted_from:
        stated = weekday.said(paragraphs, stated) or stated
    found = published.find(
        tree,
        claims,
        url=page.url,
        now=now,
        languages=languages,
        selected=selected.date,
        listed=link.published if link else None,
        dateline=dated.date if dated else None,
        near=opening,
    )
    url, url_origin = _address(tree, claims, page)
    issuer, issuer_origin = _issuer(source, claims, opening, paragraphs)
    author = (
        clean.line(" ".join(selected.author[:1]))
        or claims.author
        or clean.line(claims.meta.get("author", ""))
        or (link.author if link else None)
    )
    origins = {
        "title": headline_origin,
        "body": origin,
        "language": spoken[1],
        "url": url_origin,
        **({"published": _origin(found)} if found.published else {}),
        **{f"published.{method}": said for method, said in found.others.items()},
        **({"statement_date": stated.method} if stated else {}),
        **({"issuer": issuer_origin} if issuer else {}),
        **({"encoding": decoded.note} if decoded.note else {}),
        **selected.notes,
    }
    return Draft(
        url=url,
        title=headline,
        text=content,
        html=display.html(text, page.url)
        if origin != "listing"
        else clean.sanitise(link.text or "" if link else "", page.url),
        language=spoken[0],
        paragraph_languages=mixed.languages(content, spoken[0], source.languages),
        published=found.published,
        statement_date=stated,
        place=dated.place if dated else None,
        author=(author or "")[:500] or None,
        issuer=issuer,
        reposted_from=reposted_from,
        media="html",
        twins=linked.twins(tree, page.url, url, spoken[0]),
        attachments=linked.attachments(tree, text.blocks, page.url),
        encoding=decoded.encoding,
        origins=origins,
        missing=[
            name
            for name, there in (
                ("title", headline),
                ("text", content),
                ("published", found.published),
                ("language", spoken[0] != "und"),
            )
            if not there
        ],
    )


def _tag(tree: lxml.html.HtmlElement) -> str:
    element = tree.find(".//head/title")
    return clean.line(element.text_content()[:500]) if element is not None else ""


def _content(found: body.Body, link: Link | None) -> tuple[str, str]:
    """The page's text, or what the listing carried where the page shows next to nothing."""
    if link is not None and link.text and len(found.text) < 200:
        carried = clean.plain(
            re.sub(
                r"<[^<>]{0,4000}>",
                " ",
                re.sub(r"(?i)</(?:p|div|li|h\d|blockquote)>|<br\b[^>]{0,99}>", "\n\n", link.text),
            )
        )
        if len(carried) > 2 * len(found.text) + 100:
            return carried, "listing"
    return found.text, found.method


def _lacks(tree: lxml.html.HtmlElement, selected: pick.Picked, heading: title.Title, text: str, link: Link) -> bool:
    """Say whether a page shows nothing of the item: no selector answers or there is no heading, and no word of its title.

    Sites answer 200 with their frame alone when an item is not published yet or a script failed to fill it in.
    """
    missed = {"select.title", "select.body"} <= selected.notes.keys()
    if not missed and (heading.method != "title" or len(text) > _FRAME or tree.find(".//h1") is not None):
        return False
    named = set(_LONG_WORD.findall((link.title or "").casefold()))
    return len(named) >= 2 and bool(text) and named.isdisjoint(_LONG_WORD.findall(f"{heading.text}\n{text}".casefold()))


def _language(
    tree: lxml.html.HtmlElement, claims: structured.Structured, source: Source, link: Link | None, text: str
) -> tuple[str, str]:
    named = [
        link.language if link else None,
        claims.language,
        tree.get("lang"),
        claims.meta.get("og:locale"),
        claims.meta.get("content-language"),
    ]
    tags = [
        match[0].lower()
        for value in named
        if value and (match := re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", value.strip()))
    ]
    heard = language.identify(text, (*source.languages, *tags))
    if heard != "und":
        return heard, "text"
    if tags:
        return tags[0], "page"
    return (source.languages[0], "source") if len(source.languages) == 1 else ("und", "none")


def _opening(tree: lxml.html.HtmlElement, blocks: Sequence[Block], headline: str) -> list[str]:
    """The lines between headline and text, where place and day stand on many sites."""
    lines: list[str] = []
    first = blocks[0].text[:200] if blocks else None
    started = False
    for block in cut(tree, prune=False):
        if first is not None and block.text[:200] == first and started:
            break
        if started:
            lines.append(block.text)
        if block.element.tag in ("h1", "h2") and headline and headline.casefold() in block.text.casefold():
            started, lines = True, []
        if len(lines) >= 14:
            break
    return [line for line in lines if len(line) <= 160]


def _dateline(
    opening: Sequence[str], paragraphs: Sequence[str], now: datetime, languages: Sequence[str]
) -> dateline.Dateline | None:
    for line in opening:
        found = dateline.find([line], now=now, languages=languages)
        if found is not None and found.place:
            return found
    return dateline.find(paragraphs, now=now, languages=languages) or (
        dateline.closing(paragraphs, now=now, languages=languages) if len(paragraphs) > 2 else None
    )


def _origin(found: published.Found) -> str:
    dated: Dated | None = found.published
    if dated is None:
        return "none"
    return (
        f"{dated.method} (low)" if dated.method == published.LOW or dated.method.endswith("ambiguous") else dated.method
    )


def _address(tree: lxml.html.HtmlElement, claims: structured.Structured, page: Page) -> tuple[str, str]:
    stated = [
        element.get("href") or ""
        for element in tree.xpath(
            "//link[contains(concat(' ', translate(@rel, 'CANOIL', 'canoil'), ' '), ' canonical ')]"
        )[:1]
    ]
    for candidate in (*stated, claims.meta.get("og:url", "")):
        absolute = clean.absolute(candidate, page.url)
        if absolute and (trusted := address.trusted_canonical(page.url, absolute)):
            return trusted, "canonical"
    try:
        return address.canonical(page.url), "address"
    except SchemeRefused:
        return page.url, "address"


def _issuer(
    source: Source, claims: structured.Structured, opening: Sequence[str], paragraphs: Sequence[str]
) -> tuple[str | None, str]:
    """Who speaks, as far as the page says: a reposter names the origin in a line of its own."""
    if named := repost.source_line(opening, paragraphs):
        return named, "source line"
    if source.issuer:
        return source.issuer, "source"
    if source.kind != "media" and claims.publisher:
        return claims.publisher, "jsonld"
    return None, "none"
