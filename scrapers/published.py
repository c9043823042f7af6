"""Find when a page was published, by the claim that deserves most trust, and when its statement was made.

Order: structured data, `time[datetime]`, the source's selector, the feed or listing, a date beside the headline, the dateline,
the address, and last `htmldate`, which answers nearly always and is therefore marked low.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import lxml.html
import msgspec

from scrapers import clean, dates
from scrapers.blocks import SKIPPED, is_noise
from scrapers.model import Dated
from scrapers.structured import Structured

LOW: Final = "htmldate"
"""The method whose answer is a guess."""

_META_NAMES: Final = (
    "article:published_time article:published og:published_time datepublished published_time publish-date "
    "publish_date publishdate pubdate pub_date date.published dc.date.issued dcterms.issued dcterms.created "
    "dc.date.created dc.date dcterms.date parsely-pub-date sailthru.date cxenseparse:recs:publishtime "
    "article.published citation_publication_date citation_date rnews:datepublished article:post_date "
    "original-publish-date ptime displaydate publication_date available originalpublicationdate datecreated "
    "article.created created creation_date date article_date_original bt:pubdate dc.created gentime "
    "shareaholic:article_published_time "
)
_META: Final = tuple(_META_NAMES.split())
_DATE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:date|datetime|dates|published|publish|pubdate|publication|posted|post-?date|post-?time"
    r"|entry-?date|timestamp|time-?stamp|time|data|datum|fecha|meta|postmeta|byline|news-?date"
    r"|article-?(?:date|info|meta)|info|art_info_bar|dateline|created|submitted|posted-on|when|day)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MODIFIED = re.compile(
    r"\b(?:updated?|modified|last edited|last changed|aktualisiert|geändert|mis à jour|modifié|actualizado"
    r"|modificado|aggiornato|zaktualizowano|aktualizacja|обновлено|изменено|оновлено|абноўлена|güncelle\w*)",
    re.IGNORECASE,
)
_PATH: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<y>(?:19|20)\d\d)[/_.-](?P<m>0?[1-9]|1[0-2])[/_.-](?P<d>0?[1-9]|[12]\d|3[01])(?!\d)",
        r"(?<!\d)(?P<d>0[1-9]|[12]\d|3[01])[-_.](?P<m>0[1-9]|1[0-2])[-_.](?P<y>(?:19|20)\d\d)(?!\d)",
        r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
        r"/(?P<y>20\d\d)/(?P<m>0[1-9]|1[0-2])/",
    )
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """When a page was published, as far as it can be known."""

    published: Dated | None = None
    others: dict[str, str] = {}
    """What further claims said, by method."""


def find(
    tree: lxml.html.HtmlElement,
    claims: Structured,
    *,
    url: str,
    now: datetime,
    languages: Sequence[str] = (),
    selected: Sequence[str] = (),
    listed: Dated | None = None,
    dateline: Dated | None = None,
    near: Sequence[str] = (),
    guess: bool = True,
) -> Found:
    """Weigh all claims.

    `selected` are texts from the source's selector, `listed` is what the feed or listing said and
    `near` are lines found between headline and text.
    """

    def read(text: str, method: str) -> Dated | None:
        found = dates.parse(text, languages=languages, now=now, method=method)
        return found if found is not None and found.at <= now + timedelta(days=2) else None

    candidates: list[Dated] = []
    unsure: list[Dated] = []
    for text, method, sure in _claimed(tree, claims):
        if found := read(text, method):
            (candidates if sure else unsure).append(found)
    for text in selected:
        if found := read(text, "selector"):
            candidates.append(found)
            break
    if listed is not None:
        candidates.append(listed)
    lines = (_before_edit(text) for text in near)
    beside = [(text, found) for text in (*_beside(tree), *lines) if (found := read(text, "text"))]
    whole = [found for text, found in beside if dates.parse(text, languages=languages) is not None]
    candidates += [*whole[:1], *unsure]  # a bare <time> may belong to a teaser
    if dateline is not None:
        candidates.append(dateline)
    if found := from_address(url, now):
        candidates.append(found)
    candidates += [
        found for _, found in beside[:1] if not candidates
    ]  # "2 hours ago", "29 June": only for want of better

    chosen = _weigh(candidates)
    if guess and (chosen is None or (chosen.method == "url" and chosen.precision == "month")):
        guessed = _guessed(tree, url, now)
        if chosen is None or (guessed is not None and guessed.at.replace(day=1) == chosen.at):
            chosen = guessed
    others = {one.method: str(one) for one in reversed(candidates) if chosen is not None and one is not chosen}
    return Found(published=chosen, others=others)


def from_address(url: str, now: datetime) -> Dated | None:
    """Read the date that an address carries: /2020/07/16/, /2020/07/ or 14-07-2021."""
    path = urlsplit(url).path
    for pattern in _PATH:
        for match in pattern.finditer(path):
            fields = match.groupdict()
            text = f"{fields['y']}-{int(fields['m']):02}" + (f"-{int(fields['d']):02}" if fields.get("d") else "")
            found = dates.parse(text, method="url")
            if found is not None and found.at <= now + timedelta(days=2) and found.at.year >= 1995:
                return found
    return None


def _claimed(tree: lxml.html.HtmlElement, claims: Structured) -> Iterator[tuple[str, str, bool]]:
    if claims.published:
        yield claims.published, "jsonld", True
    for name in _META:
        if value := claims.meta.get(name):
            yield value, "meta", True
    for element in tree.xpath(
        "//*[contains(@itemprop,'datePublished') or contains(@itemprop,'dateCreated') or "
        "contains(@property,'datePublished') or @pubdate]"
    )[:10]:
        yield _value(element), "microdata", True
    times = [element for element in tree.iter("time") if element.get("datetime") and not _in_furniture(element)][:30]
    marked = [
        element
        for element in times
        if re.search(
            r"publish|entry-date|posted|created",
            f"{element.get('class') or ''} {element.get('itemprop') or ''}",
            re.IGNORECASE,
        )
    ]
    headline = next(iter(tree.xpath("//h1")), None)
    after = set(headline.xpath("following::time")) if headline is not None else set()
    plain = [element for element in times if element not in marked and not _says_modified(element)]
    plain.sort(key=lambda element: element not in after)
    own = next((element for element in plain if element in after and _stands_with(headline, element)), None)
    if own is not None and _contradicts_itself(own):
        own = None
    for element in marked + plain[:3]:
        yield _value(element), "time", element in marked or element is own
    for element in tree.xpath(
        "//*[@data-timestamp or @data-time or @data-date or @data-published or @data-datetime or @data-unixtime]"
    )[:5]:
        if not _in_furniture(element):
            for name in (
                "data-published",
                "data-datetime",
                "data-timestamp",
                "data-unixtime",
                "data-time",
                "data-date",
            ):
                if value := element.get(name):
                    yield value, "time", False
                    break


def _stands_with(headline: lxml.html.HtmlElement, element: lxml.html.HtmlElement) -> bool:
    """Say whether an element belongs to the headline rather than to a teaser: in the same block, or in the one beside it."""
    block = headline.getparent()
    outer = block.getparent() if block is not None else None
    above = [one for one in element.iterancestors() if one.tag not in ("body", "html")][:3]
    return any(one is not None and one in above for one in (block, outer))


def _contradicts_itself(element: lxml.html.HtmlElement) -> bool:
    """Say whether the day that readers see is another than the one in the attribute, which may then be that of an edit."""
    shown, stated = dates.parse(element.text_content()[:300]), dates.parse(_value(element))
    return shown is not None and stated is not None and abs((shown.at - stated.at).total_seconds()) > 36 * 3600


def _value(element: lxml.html.HtmlElement) -> str:
    return element.get("content") or element.get("datetime") or clean.line(element.text_content()[:300])


def _beside(tree: lxml.html.HtmlElement) -> Iterator[str]:
    """Texts of elements whose names speak of dates, from the headline on; then those above it."""
    before: list[str] = []
    after: list[str] = []
    headline = next(iter(tree.xpath("//h1")), None)
    passed = headline is None
    for element in tree.iter():
        if element is headline:
            passed = True
        tag = element.tag
        if not isinstance(tag, str) or tag in SKIPPED or tag in ("body", "html", "a"):
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if tag != "time" and (len(names) < 3 or not _DATE_NAMES.search(names)):
            continue
        text = clean.line(element.text_content()[:400])
        if not 6 <= len(text) <= 160 or not any(character.isdigit() for character in text) or _in_furniture(element):
            continue
        (after if passed else before).append(_before_edit(text))
        if len(after) >= 12:
            break
    yield from after
    yield from before[::-1]


def _before_edit(text: str) -> str:
    """Leave out what a line says about a later edit."""
    match = _MODIFIED.search(text)
    return text[: match.start()] if match else text


def _in_furniture(element: lxml.html.HtmlElement) -> bool:
    for above in element.iterancestors():
        if above.tag in ("nav", "footer", "aside", "li") or (above.tag == "article" and _is_teaser(above)):
            return True
        names = f"{above.get('class') or ''} {above.get('id') or ''}"
        if re.search(
            r"(?:^|[\s_-])(?:related|sidebar|comments?|widget|footer|latest|recommended|teasers?|most-?read|popular"
            r"|trending)(?:$|[\s_-])",
            names[:400],
            re.IGNORECASE,
        ) and is_noise(above):
            return True
    return False


def _is_teaser(article: lxml.html.HtmlElement) -> bool:
    return next(article.iterancestors("article"), None) is not None


def _says_modified(element: lxml.html.HtmlElement) -> bool:
    parent = element.getparent()
    near = clean.line((parent.text_content() if parent is not None else "")[:200])
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return bool(re.search(r"modif|updat", names, re.IGNORECASE)) or (
        _MODIFIED.search(near) is not None and len(near) < 60
    )


def _weigh(candidates: Sequence[Dated]) -> Dated | None:
    """The first claim, made finer or local by a later one for the same time."""
    if not candidates:
        return None
    first = candidates[0]
    day = dates.local_day(first)
    if first.precision in ("month", "year"):
        finer = (one for one in candidates[1:] if one.precision not in ("month", "year"))
        return next((one for one in finer if dates.local_day(one).replace(day=1) == day.replace(day=1)), first)
    if first.precision == "day" or dates.names_zone(first.raw):
        return first
    # A moment in UTC says nothing about the publisher's calendar; the date readers see beside it does.
    for one in candidates[1:]:
        near = abs((one.at - first.at).total_seconds()) < 36 * 3600
        if near and one.method in ("text", "time", "url", "dateline") and one.precision not in ("month", "year"):
            local = dates.local_day(one)
            if abs((local - day).days) == 1:
                return msgspec.structs.replace(first, raw=one.raw if one.method != "url" else local.isoformat())
            if one.method == "text":
                break
    return first


def _guessed(tree: lxml.html.HtmlElement, url: str, now: datetime) -> Dated | None:
    from htmldate import find_date

    try:
        text = find_date(
            lxml.html.tostring(tree, encoding="unicode"),
            url=url,
            original_date=True,
            extensive_search=True,
            max_date=(now + timedelta(days=2)).strftime("%Y-%m-%d"),
        )
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError, OverflowError):
        return None  # the last resort may fail; the page is worth more than its date
    return dates.parse(text, method=LOW) if text else None
