"""From a statement to a feed entry: the one place that decides id, title, dates and links."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlsplit

import msgspec

from storage.timeline import DocumentView, StatementView

MAX_BODY = 200_000
"""Characters of a body in one entry: a longer one is cut, with a note, so that it does not push the others out."""
MAX_DOCUMENTS = 50
"""Documents named in one entry; the statement's page has them all."""
SUMMARY = 280

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_OVERRIDE = re.compile("[\u202d\u202e]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ADDRESS = re.compile(r"https?://[^\s<>\"\\^`{|}]+")
_ASIDE = {
    "scan": "The document is a scan: it was kept as pictures, and there is no text to show.",
    "text": "There is no text to show.",
    "entry": "The page itself was not read: this is what the publisher's own feed says.",
    "published": "No date of publication was found.",
}
_STATES = {
    "gone": "Its publisher has removed this statement; this is the text as it was last seen.",
    "suspect": "The page did not look right at the last visit; this is the text as it was last read.",
    "blocked": "The page was blocked at the last visit; this is the text as it was last read.",
}


class EntryLink(msgspec.Struct, frozen=True, kw_only=True):
    """One document that carries the statement."""

    href: str
    role: str
    source: str
    language: str | None
    published: datetime | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the three formats say about a statement; every text is clean."""

    id: str
    title: str
    updated: datetime
    published: datetime
    author: str
    language: str | None
    alternate: str
    """The statement at its publisher; our page if that address is unusable."""
    related: str
    """Our page: every document, version and capture."""
    summary: str
    html: str
    documents: tuple[EntryLink, ...] = ()


def entry(view: StatementView, *, base_url: str, authority: str, authority_date: str) -> Entry:
    """Say what a feed says about a statement. Authority and its date (`yyyy-mm-dd`) are those of RFC 4151."""
    page = f"{base_url}/statements/{view.id}"
    title = line(view.title) or line(view.text[:120]) or "Untitled statement"
    primary = view.primary
    return Entry(
        id=f"tag:{authority},{authority_date}:statement/{view.id}",
        title=title,
        updated=instant(view.updated),
        published=instant(view.sort_at),
        author=line(view.issuer or "") or (line(primary.source_title) if primary else "") or "Unknown",
        language=language(view.language),
        alternate=(web_address(primary.url) if primary else None) or page,
        related=page,
        summary=_summary(view.text),
        html=_body(view, page),
        documents=tuple(_links(view.documents)),
    )


def bare(whole: Entry) -> Entry:
    """Reduce an entry to what cannot fail: plain text without documents."""
    note = f'<p>This statement cannot be shown here. <a href="{escape(whole.related)}">Read it on its page.</a></p>'
    return msgspec.structs.replace(
        whole,
        title=re.sub(r"[^\x20-\x7e]", "?", whole.title) or "Untitled statement",
        author="Unknown",
        language=None,
        alternate=whole.related,
        summary="",
        html=note,
        documents=(),
    )


def weight(one: Entry) -> int:
    """Estimate the bytes of an entry, the same for all formats, so that they end at the same one."""
    markup = sum(one.html.count(sign) for sign in '<>&"\n') * 3
    return (
        len(one.html.encode()) + markup + 2 * len((one.title + one.summary).encode()) + 900 + 260 * len(one.documents)
    )


def clean(text: str) -> str:
    """Replace whatever XML or JSON cannot carry, and show characters that reverse what follows them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _OVERRIDE.sub(_mark, _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))


def line(text: str) -> str:
    """Make one clean line, in which no invisible sign changes the direction of what stands around it."""
    return _BIDI.sub(_mark, " ".join(clean(text).split()))


def language(tag: str) -> str | None:
    """Give a language tag back if it is one that says something."""
    return tag if _LANGUAGE.fullmatch(tag) and tag.lower() != "und" else None


def web_address(url: str) -> str | None:
    """Give an http or https address in ASCII, None for anything else."""
    if not _ADDRESS.fullmatch(url) or len(url) > 4000:
        return None
    try:
        parts = urlsplit(url)
        host = parts.netloc.encode("idna").decode("ascii") if not parts.netloc.isascii() else parts.netloc
        return (
            parts._replace(
                netloc=host,
                path=quote(parts.path, safe="/%:@!$&'()*+,;=~"),
                query=quote(parts.query, safe="/?%:@!$&'()*+,;=~[]"),
                fragment=quote(parts.fragment, safe="/?%:@!$&'()*+,;=~"),
            ).geturl()
            if parts.hostname
            else None
        )
    except ValueError:  # UnicodeError included: a surrogate, or a host that is no name
        return None


def instant(at: datetime) -> datetime:
    """Give a time in UTC to the second: all that the three formats can say alike."""
    return at.astimezone(UTC).replace(microsecond=0)


def notes(view: StatementView) -> list[str]:
    """Say in short sentences what a reader must know before the text: removed, edited, something missing."""
    said = [_STATES[view.state]] if view.state in _STATES else []
    primary = view.primary
    if primary is not None and primary.version > 1:
        said.append(f"Edited by its publisher: this is version {primary.version}, of {instant(view.updated):%Y-%m-%d}.")
    lacking = [
        ("entry", view.media == "entry"),
        ("scan", "scan" in view.missing),
        ("text", not view.text and not view.html and "scan" not in view.missing),
        ("published", view.published is None),
    ]
    return said + [_ASIDE[name] for name, lacks in lacking if lacks]


def paragraphs(text: str) -> str:
    """Turn plain text into markup, a paragraph for each block of lines."""
    blocks = (escape(block.strip(), quote=False).replace("\n", "<br>") for block in text.split("\n\n") if block.strip())
    return "".join(f"<p>{block}</p>" for block in blocks)


def _mark(found: re.Match[str]) -> str:
    return f"[U+{ord(found.group()):04X}]"


def _summary(text: str) -> str:
    flat = line(text[: SUMMARY * 2])
    if len(flat) <= SUMMARY:
        return flat
    return flat[:SUMMARY].rsplit(" ", 1)[0] + " …"


def _body(view: StatementView, page: str) -> str:
    aside = "".join(f"<p><em>{escape(note, quote=False)}</em></p>" for note in notes(view))
    if len(view.html) <= MAX_BODY and len(view.text) <= MAX_BODY:
        return aside + (clean(view.html) or paragraphs(clean(view.text)))
    # Markup is never cut: half a tag would be worse than none.
    rest = f'<p><em>The text is cut here. <a href="{escape(page)}">The whole text is on the statement\'s page.</a></em></p>'
    return aside + paragraphs(clean(view.text[:MAX_BODY])) + rest


def _links(documents: tuple[DocumentView, ...]) -> list[EntryLink]:
    found: dict[str, EntryLink] = {}
    for document in documents[:MAX_DOCUMENTS]:
        href = web_address(document.url)
        if href is None:
            continue
        link = EntryLink(
            href=href,
            role=line(document.role),
            source=line(document.source_title),
            language=language(document.language),
            published=instant(document.published) if document.published else None,
        )
        found.setdefault(href, link)
    return list(found.values())


def rendered(entry: Entry, render: Callable[[Entry], bytes]) -> bytes:
    """Render an entry, as plain text if it cannot be rendered as it is: one that fails spoils no other."""
    try:
        return render(entry)
    except (ValueError, TypeError, OverflowError):
        return render(bare(entry))
