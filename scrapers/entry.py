"""Drafts made from markup that came inside something else: a feed entry, an API answer."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from scrapers import clean
from scrapers.model import Draft, Link, Source

_END = re.compile(r"</(?:p|h[1-6]|li|blockquote|pre|tr|dt|dd|figure|figcaption|caption|table|ul|ol|dl)>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|hr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_PDF = re.compile(r"href=\"([^\"]+\.pdf(?:[?#][^\"]*)?)\"", re.IGNORECASE)
_LEAD = 90


def read(source: Source, link: Link) -> Draft:
    """Make a draft of what the listing itself carried: for an entry without page, or whose page cannot be had."""
    markup = link.text or ""
    html = clean.sanitise(markup, link.url) if "<" in markup else ""
    text = words(html) if html else clean.plain(unescape(markup))
    title = link.title or lead(text)
    found = {"title": title, "text": text, "published": link.published}
    return Draft(
        url=link.url,
        title=title,
        text=text,
        html=html,
        language=link.language or (source.languages[0] if len(source.languages) == 1 else "und"),
        published=link.published,
        author=link.author,
        issuer=source.issuer,
        media="entry",
        attachments=list(
            dict.fromkeys([*pdfs(html, link.url), *(each for each in link.enclosures if each.lower().endswith(".pdf"))])
        ),
        origins={name: "feed" for name, value in found.items() if value},
        missing=[name for name, value in found.items() if not value],
    )


def words(html: str) -> str:
    """Turn sanitised markup into text, a blank line between blocks."""
    text = _TAG.sub("", _BREAK.sub("\n", _END.sub("\n\n", html.replace("\n", " "))))
    return clean.plain(unescape(text))


def pdfs(html: str, base: str) -> list[str]:
    """Return the PDF addresses that sanitised markup links to."""
    return list(dict.fromkeys(urljoin(base, unescape(address)) for address in _PDF.findall(html)))


def lead(text: str) -> str:
    """Return the first sentence as a title where there is none."""
    first = text.strip().partition("\n")[0]
    if len(first) <= _LEAD:
        return first
    cut = first[:_LEAD].rpartition(" ")[0] or first[:_LEAD]
    return f"{cut.rstrip(' ,;:–-')}…"
