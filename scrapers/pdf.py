"""Read a PDF into a draft: text page by page, without the lines every page repeats."""

from __future__ import annotations

import logging
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from scrapers import address, clean, dateline, dates, display, language, mixed, published
from scrapers.errors import ParseFailed, SchemeRefused
from scrapers.model import Draft, Link, Page, Source

MAX_PAGES: Final = 500
_MAX_TEXT: Final = 3_000_000
_SCAN: Final = 12
"""Letters a page below which it is a picture with a stray stamp rather than text."""

_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n(?=[^\W\d_A-ZА-ЯЁІЇЄҐЎ])")
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] ){3,}[^\W\d_](?!\S)")
_BULLET = re.compile(r"^(?:[•▪●◦‣·*–—-]|\(?\d{1,3}[.)]|\(?[a-zа-я][.)])\s+")
_ENDS_SENTENCE = re.compile(r"[.!?:;…。！？”\"»)]$")
_BAD_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|document\d*|.*\.(?:docx?|pdf|rtf|odt|indd|qxd|pages"
    r"|pptx?|xlsx?)|title|press release|\W*|.{0,3}|\d[\d\W]*|slide \d+|layout \d+|[\w-]*\d{5,}[\w-]*)",
    re.IGNORECASE,
)


def read(source: Source, page: Page, link: Link | None, now: datetime) -> Draft:
    """Read a PDF. A scan becomes a draft without text; raises ParseFailed if the file is broken or locked."""
    pages, meta_title, note = _open(page)
    shown = _without_repeats(pages)
    texts = [clean.plain(_flow(lines)) for lines in shown]
    text = clean.plain("\n\n".join(part for part in texts if part))
    letters = sum(map(str.isalpha, text))
    scanned = bool(pages) and letters < _SCAN * len(pages)
    if scanned:
        text = ""

    paragraphs = text.split("\n\n")
    title, title_origin = (
        _title(shown, meta_title, link, page.url, now) if not scanned else _title([], meta_title, link, page.url, now)
    )
    heard = language.identify(f"{title}\n{text}", source.languages)
    if heard == "und" and link is not None and link.language:
        heard = link.language.split("-")[0].lower()
    dated = dateline.find(paragraphs[:8], now=now, languages=(heard, *source.languages)) or dateline.closing(
        paragraphs, now=now, languages=(heard, *source.languages)
    )
    when = link.published if link is not None else None
    when = when or (dated.date if dated else None) or published.from_address(page.url, now)
    try:
        url = address.canonical(page.url)
    except SchemeRefused:
        url = page.url
    return Draft(
        url=url,
        title=title,
        text=text,
        html=clean.finish(display.paragraphs(text)),
        language=heard,
        paragraph_languages=mixed.languages(text, heard, source.languages),
        published=when,
        statement_date=dated.date if dated else None,
        place=dated.place if dated else None,
        author=link.author if link else None,
        issuer=source.issuer,
        media="pdf",
        pages=["" for _ in texts] if scanned else texts,
        scanned=scanned,
        origins={
            "title": title_origin,
            "body": "pdf",
            **({"published": when.method} if when else {}),
            **({"statement_date": "dateline"} if dated else {}),
            **({"issuer": "source"} if source.issuer else {}),
            **({"pages": note} if note else {}),
        },
        missing=[
            name
            for name, there in (("title", title), ("text", text), ("published", when), ("language", heard != "und"))
            if not there
        ],
    )


def _open(page: Page) -> tuple[list[list[str]], str, str]:
    """The lines of each page, the title in the file's own metadata, and a note about pages left out."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    start = page.body.find(b"%PDF-", 0, 2048)
    if start < 0:
        raise ParseFailed(page.url, "not a PDF file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(BytesIO(page.body[start:]), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise ParseFailed(page.url, "the PDF is locked with a password")
            count = len(reader.pages)
            lines: list[list[str]] = []
            size = 0
            for number in range(min(count, MAX_PAGES)):
                text = _text(reader.pages[number])
                size += len(text)
                lines.append(_lines(text))
                if size > _MAX_TEXT:
                    break
            title = str(reader.metadata.get("/Title") or "") if reader.metadata else ""
    except ParseFailed:
        raise
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        AssertionError,
        OSError,
        RecursionError,
        OverflowError,
        NotImplementedError,
        ZeroDivisionError,
        ImportError,
    ) as problem:
        raise ParseFailed(page.url, f"{type(problem).__name__}: {str(problem)[:160]}") from problem
    if not lines:
        raise ParseFailed(page.url, "the PDF has no pages")
    return lines, title, f"read {len(lines)} of {count}" if count > len(lines) else ""


def _text(page: Any) -> str:
    """One page's text; a damaged page is an empty one, the others are still worth reading."""
    from pypdf.errors import PyPdfError

    try:
        return str(page.extract_text() or "")
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        AssertionError,
        RecursionError,
        OverflowError,
        ZeroDivisionError,
    ):
        return ""


def _lines(text: str) -> list[str]:
    text = clean.plain(text)
    return [_SPACED.sub(lambda match: match[0].replace(" ", ""), line) for line in text.split("\n")]


def _without_repeats(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Drop headers, footers and page numbers: short lines that stand at the edge of most pages."""
    edges: Counter[str] = Counter()
    for number, lines in enumerate(pages, 1):
        edges.update({_shape(line, number) for line in (*_edge(lines), *_edge(lines[::-1]))})
    least = max(3, len(pages) // 2)
    kept = []
    for number, lines in enumerate(pages, 1):
        idle = [
            not line or _is_number(line) or (len(line) <= 160 and edges[_shape(line, number)] >= least)
            for line in lines
        ]
        first, last = 0, len(lines)
        while first < last and idle[first]:
            first += 1
        while last > first and idle[last - 1]:
            last -= 1
        kept.append(list(lines[first:last]))
    return kept


def _edge(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line][:3]


def _shape(line: str, number: int) -> str:
    """A line with its own page's number taken out."""
    return re.sub(rf"(?<!\d){number}(?!\d)", "#", line.casefold())


def _is_number(line: str) -> bool:
    return (
        re.fullmatch(
            r"(?:page|стр\.?|с\.|p\.|seite)?\s*[-–—]?\s*\d{1,4}\s*[-–—]?(?:\s*(?:/|of|из|з|von|de)\s*\d{1,4})?",
            line,
            re.IGNORECASE,
        )
        is not None
    )


def _flow(lines: Sequence[str]) -> str:
    """Join the lines of a page into paragraphs: a short line, a bullet or a blank line ends one."""
    text = _HYPHEN.sub("", "\n".join(lines))
    lengths = sorted(len(line) for line in text.split("\n") if line)
    full = lengths[int(len(lengths) * 0.8)] if lengths else 0
    out: list[str] = []
    open_line = False
    for line in text.split("\n"):
        if not line:
            open_line = False
            continue
        if open_line and not _BULLET.match(line):
            out[-1] += " " + line
        else:
            out.append(line)
        ended = _ENDS_SENTENCE.search(line) is not None
        open_line = (len(line) > 0.6 * full and not (ended and len(line) < 0.92 * full)) or (
            not ended and len(line) > 0.8 * full
        )
    return "\n\n".join(out)


def _title(pages: Sequence[Sequence[str]], meta: str, link: Link | None, url: str, now: datetime) -> tuple[str, str]:
    """The listing's title, the file's own if it is sane and stands in the text, or the first line that looks like one."""
    listed = clean.line(link.title or "") if link is not None else ""
    if (
        listed
        and not _BAD_TITLE.fullmatch(listed)
        and listed.casefold() not in ("download", "pdf", "read more", "скачать")
    ):
        return listed[:300], "listing"
    named = clean.line(meta)
    named = "" if _BAD_TITLE.fullmatch(named) or len(named) > 300 else named
    head = clean.line(" ".join(pages[0][:30])) if pages else ""
    if named and (not head or _words(named) <= _words(head)):
        return named, "pdf metadata"
    if pages and (first := _headline(pages[0], now)):
        return first, "first lines"
    if named:
        return named, "pdf metadata"
    name = unquote(urlsplit(url).path.rpartition("/")[2]).removesuffix(".pdf")
    name = clean.line(re.sub(r"[-_+]+", " ", name))
    return ("", "none") if _BAD_TITLE.fullmatch(name) else (name[:300], "file name")


def _headline(lines: Sequence[str], now: datetime) -> str:
    """The first line of at least three words that is neither a date nor the start of a paragraph, with what continues it."""
    for n, line in enumerate(lines[:15]):
        if len(line) < 12 or len(line.split()) < 3 or (_ENDS_SENTENCE.search(line.rstrip('"”»)')) and len(line) > 120):
            continue
        if dates.is_stamp(line) or dateline.find([line], now=now) or re.fullmatch(r"[\W\d]*", line):
            continue
        parts = [line]
        for following in lines[n + 1 : n + 4]:
            if not following or len(" ".join(parts)) > 150 or _ENDS_SENTENCE.search(parts[-1]):
                break
            if len(following) > 1.4 * len(line) or re.search(r"\d{4}", following):
                break
            parts.append(following)
        return clean.line(" ".join(parts))[:300]
    return ""


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
