"""What one page tells of the ways into its site: feeds, interfaces, repeated items, other languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import lxml.html
from lxml import etree

from scrapers import charset, clean, deriving, feedread, instead, jsonbody, linked, markup, reading, structured
from scrapers.errors import LayoutChanged, ParseFailed
from scrapers.families import listing
from scrapers.feedvalue import language
from scrapers.model import Page, Source
from scrapers.seen import FeedLink, Shape, Site

_FEED_TYPES: Final = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml")
)
_API: Final = "https://api.w.org/"
_POSTS: Final = "wp/v2/posts"
_HEADER_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+)){1,9})")
_TERM = re.compile(r"/wp/v2/(categories|tags)/(\d{1,9})$")
_SITEMAP = re.compile(rb"<(?:[a-z0-9]+:)?(?:urlset|sitemapindex)\b", re.IGNORECASE)
_FEED_PATH = re.compile(r"(?:^|[/._=-])(?:rss\d?|atom|feeds?|backend)(?:$|[/._&?-])", re.IGNORECASE)
_STATEMENTS = re.compile(
    r"statements?|press[\s_-]?releases?|press|d[eé]clarations?|communiqu[eé]s?|comunicados?|presse(?:mitteilungen)?|заяв\w*"
    r"|заявления|прэс-рэлізы|oświadczenia",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"(?:latest |all |our )?(?:news|newsroom|updates|press|media|articles|posts|archive|blog)(?: room| centre| center)?"
    r"|навіны|новости|новини|actualit[eé]s|noticias|aktuelles|nachrichten|aktualności|notizie|naujienos|uudised",
    re.IGNORECASE,
)
_OWN_NAMES: Final = {
    "english": "en", "русский": "ru", "рус": "ru", "беларуская": "be", "бел": "be", "українська": "uk", "укр": "uk",
    "français": "fr", "español": "es", "deutsch": "de", "polski": "pl", "العربية": "ar", "中文": "zh", "português": "pt",
    "italiano": "it", "lietuvių": "lt", "latviešu": "lv", "eesti": "et", "ქართული": "ka", "հայերեն": "hy",
    "türkçe": "tr", "қазақша": "kk", "қазақ": "kk", "azərbaycan": "az", "čeština": "cs", "nederlands": "nl",
}  # fmt: skip
_TEXT_OF_NOTHING = 250
"""Characters; a page with scripts and less text than that is not written by the server."""
_SENTENCE = 40
_LITTLE_PROSE = 160
"""Characters of a page's own sentences from which on it may be a statement rather than a list of them."""
_SECTIONS = 3


def inspect(page: Page) -> Site:
    """Read an answer for the ways into its site.

    Raises ChallengePage and the like for what only stands in its place, LayoutChanged for what is neither page, feed, sitemap
    nor interface, and ParseFailed, HostileMarkup or TooLarge for markup that cannot be read.
    """
    if _SITEMAP.search(page.body[:2000]):
        return Site(url=page.url, shape="sitemap")
    if (posts := _interface(page)) is not None:
        return Site(url=page.url, shape="posts", posts=posts, declared=True)
    if reading.looks_like_feed(page) or page.body[:1] in (b"{", b"["):
        found = feedread.read(page).info
        home = found.link if found.link and found.link.startswith(("http://", "https://")) else None
        return Site(url=page.url, shape="feed", name=found.title, language=found.language or "", home=home)
    if page.body[:5] == b"%PDF-":
        raise LayoutChanged(page.url, "a PDF was given: give the page that lists such documents")
    return _page(page)


def _page(page: Page) -> Site:
    instead.check(page)
    try:
        tree = markup.parse(charset.decode(page.body, page.http_charset).text, page.url)
    except ParseFailed as error:
        raise LayoutChanged(page.url, "the page is empty") from error
    claims = structured.read(tree)
    source = Source(id="any", title="-", family="listing", start=page.url, languages=_spoken(tree, page))
    items = listing.links(source, page)
    posts, declared = _wordpress(tree, page)
    spoken = source.languages[0] if source.languages else ""
    shape = _shape(tree, page, claims, [link.url for link in items.links])
    select, count = deriving.selectors(source, tree, items, page), len(items.links)
    if not count and shape == "page":
        select, count = deriving.dated(source, tree, page)
    return Site(
        url=page.url,
        shape=shape,
        name=claims.site,
        title=clean.line(claims.meta.get("og:title", "")) or items.title or "",
        language=spoken,
        generator=clean.line(claims.meta.get("generator", ""))[:100],
        feeds=_feeds(tree, page),
        posts=posts,
        declared=declared,
        items=count,
        select=select,
        sections=_sections(tree, page),
        twins=_twins(tree, page, spoken),
    )


def _interface(page: Page) -> str | None:
    """Return where a WordPress interface has its posts if this is an answer of one."""
    value = jsonbody.read(page)
    if isinstance(value, dict) and isinstance(value.get("namespaces"), list):
        return f"{page.url.rstrip('/')}/{_POSTS}"
    rows = value if isinstance(value, list) else []
    looks = rows and all(jsonbody.text(row, "link") and jsonbody.text(row, "title", "rendered") for row in rows)
    return page.url if looks else None


def _wordpress(tree: lxml.html.HtmlElement, page: Page) -> tuple[str | None, bool]:
    links = _header_links(page)
    root = next((url for url, rest in links if _API in rest), None)
    for element in tree.iter("link"):
        if element.get("rel") == _API:
            root = root or clean.absolute(element.get("href") or "", page.url)
        elif element.get("type") == "application/json":
            links.append((clean.absolute(element.get("href") or "", page.url) or "", "json"))
    declared = root is not None
    body = page.body[:400_000]
    if root is None and (b"/wp-content/" in body or re.search(rb"content=[\"']WordPress", body)):
        root = urljoin(page.url, "/wp-json/")
    if root is None:
        return None, False
    posts = f"{root.rstrip('/')}/{_POSTS}"
    term = next((found for url, _ in links if (found := _TERM.search(url))), None)
    return (f"{posts}{'&' if '?' in posts else '?'}{term[1]}={term[2]}" if term else posts), declared


def _header_links(page: Page) -> list[tuple[str, str]]:
    """Read the Link field (RFC 8288): address and parameters."""
    said = page.headers.get("link", "")[:8000]
    return [(clean.absolute(url, page.url) or "", rest) for url, rest in _HEADER_LINK.findall(said)]


def _feeds(tree: lxml.html.HtmlElement, page: Page) -> list[FeedLink]:
    """Return feeds the head announces (RFC 4287 and the HTML standard's `alternate`), then those the page links to."""
    found: dict[str, FeedLink] = {}
    for element in tree.iter("link"):
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        announced = kind in _FEED_TYPES and "alternate" in (element.get("rel") or "").lower().split()
        if announced and (url := clean.absolute(element.get("href") or "", page.url)):
            found.setdefault(url, FeedLink(url=url, title=clean.line(element.get("title") or "")[:200]))
    host = urlsplit(page.url).hostname
    for element in tree.iter("a"):
        url = clean.absolute(element.get("href") or "", page.url)
        if url is None or url == page.url or urlsplit(url).hostname != host or len(found) >= 20:
            continue
        kind = (element.get("type") or "").lower()
        target = url.partition(host or "")[2]
        if kind in _FEED_TYPES or _FEED_PATH.search(target.rstrip("/")):
            found.setdefault(url, FeedLink(url=url, title=clean.line(element.text_content())[:200], announced=False))
    return list(found.values())


def _spoken(tree: lxml.html.HtmlElement, page: Page) -> list[str]:
    said = language(tree.get("lang") or tree.get("xml:lang") or page.headers.get("content-language", "").split(",")[0])
    return [said.partition("-")[0]] if said else []


def _shape(tree: lxml.html.HtmlElement, page: Page, claims: structured.Structured, items: list[str]) -> Shape:
    words = deriving.visible(tree)
    if not items and len(words) < _TEXT_OF_NOTHING and tree.find(".//script") is not None:
        return "shell"
    path = urlsplit(page.url).path.rstrip("/")
    below = sum(urlsplit(url).path.startswith(f"{path}/") for url in items)
    if not path or below * 2 > len(items) > 2:
        return "page"
    inside = deriving.blocks(tree, items, page.url)
    listed = {element for block in inside for element in block.iter(etree.Element)}
    prose = sum(map(len, _prose(tree, listed)))
    teasers = sum(len(clean.line(" ".join(map(str, block.itertext())))) for block in inside)
    if prose < _LITTLE_PROSE or prose < 2 * teasers:
        return "page"
    alone = len(list(tree.iter("h1"))) == 1 and len(path.rpartition("/")[2]) > 4
    return "article" if claims.article or alone else "page"


def _prose(tree: lxml.html.HtmlElement, listed: set[etree._Element]) -> Iterator[str]:
    """Yield what reads like sentences: long pieces of text outside links, furniture and the items of a listing."""
    for element in tree.iter(etree.Element):
        if element in listed or str(element.tag) in {"script", "style", "noscript", "template", "a", "title", "li"}:
            continue
        for piece in (element.text or "", *(child.tail or "" for child in element)):
            if len(words := clean.line(piece)) >= _SENTENCE:
                yield words


def _sections(tree: lxml.html.HtmlElement, page: Page) -> list[str]:
    """Rank the site's pages by how likely they list statements: folders above this page first, then by their names."""
    here = urlsplit(page.url)
    ranked: dict[str, int] = {}
    for element in tree.iter("a"):
        url = clean.absolute(element.get("href") or "", page.url)
        if url is None:
            continue
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        if parts.netloc != here.netloc or not path or path == here.path.rstrip("/") or path.count("/") > 4:
            continue
        words = clean.line(element.text_content())[:60]
        last = path.rpartition("/")[2]
        above = here.path.startswith(f"{path}/") and not re.fullmatch(r"/[a-z]{2}", path)
        rank = 4 * above + 2 * bool(_STATEMENTS.fullmatch(words) or _STATEMENTS.fullmatch(last))
        rank += bool(_NEWS.fullmatch(words) or _NEWS.fullmatch(last))
        if rank:
            ranked[url] = max(rank, ranked.get(url, 0))
    found = sorted(ranked, key=lambda url: -ranked[url])[:_SECTIONS]
    folders = here.path.rstrip("/").split("/")[:-1]
    while folders and not re.search(
        r"[^\W\d_]{3}", folders[-1]
    ):  # years and months lead to archives, not to what is new
        folders.pop()
    if folders:
        found.append(urlunsplit((here.scheme, here.netloc, "/".join(folders), "", "")))
    return list(dict.fromkeys(found))


def _twins(tree: lxml.html.HtmlElement, page: Page, spoken: str) -> dict[str, str]:
    found = linked.twins(tree, page.url, page.url, spoken)
    for element in tree.iter("a"):
        words = clean.line(element.text_content()[:40]).lower()
        url = clean.absolute(element.get("href") or "", page.url)
        if url is None or not 1 < len(words) < 16:
            continue
        tag = _OWN_NAMES.get(words, words if re.fullmatch(r"[a-z]{2}", words) else "")
        if tag and tag != spoken and re.search(rf"(?:[/=]|//){tag}(?:$|[/.?&-])", url):
            found.setdefault(tag, url)
    return found
