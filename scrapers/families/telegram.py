"""The public preview of a Telegram channel, https://t.me/s/<channel>: a message is the whole document."""

from __future__ import annotations

import re
from itertools import islice

import msgspec
from bs4 import BeautifulSoup, Tag

from scrapers import charset, clean, document, entry, htmllist, instead, scope
from scrapers.feedvalue import when
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source

_MESSAGE = ".tgme_widget_message[data-post]"
_TEXT = ".tgme_widget_message_text:not(.js-message_reply_text)"
_FORWARDED = ".tgme_widget_message_forwarded_from_name, .tgme_widget_message_forwarded_from"
_EARLIER = "a.tme_messages_more[data-before], .js-messages_more_wrap a[href*='before=']"
_POST = re.compile(r"[A-Za-z0-9_]{1,64}/\d{1,12}", re.ASCII)
_SENTENCE = re.compile(r"(.{20,}?[.!?…])(?:\s|\Z)")
_ADDRESS = re.compile(r"https?://\S+")
_TEASER = 500
"""Characters up to which a message that leads to the organisation's own page only announces it."""
_MOST_LINKS = 50
_MARKED = {"en": "Forwarded from", "ru": "Переслано из", "be": "Пераслана з", "uk": "Переслано з"}


def links(source: Source, page: Page) -> Listing:
    """Read the messages, newest first.

    A message that only announces a page on the host of `source.home` gives that page, so that this way leads to the same
    documents as any other. Raises LayoutChanged where there is no message: the channel's owner can switch the preview off.
    """
    text = charset.decode(page.body, page.http_charset).text
    tree = htmllist.tree(text, page.url)
    soup = htmllist.soup(text)
    messages = soup.select(_MESSAGE)
    if not messages:
        raise instead.of(page, "messages of a public channel")

    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    for message in reversed(messages):
        link = _link(source, message, soup, page)
        reason = "a message without text" if not link.title else scope.outside(source, link.url, anywhere=not link.page)
        if reason is None:
            found.setdefault(link.url, link)
        else:
            rejected.append(Rejected(what=link.url[:300], reason=reason))
    earlier = soup.select_one(_EARLIER)
    following = clean.absolute(str(earlier.get("href") or ""), page.url) if earlier else None
    if following and not following.startswith("https://t.me/s/"):
        following = None
    return Listing(
        links=list(found.values()),
        next=[following] if following else [],
        rejected=rejected,
        title=htmllist.title(tree) or None,
    )


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the page that a message announces."""
    return document.read(source, page, link)


def _link(source: Source, message: Tag, soup: BeautifulSoup, page: Page) -> Link:
    post = str(message["data-post"])
    url = f"https://t.me/{post}" if _POST.fullmatch(post) else post
    body = message.select_one(_TEXT)
    time = message.select_one(".tgme_widget_message_date time[datetime], .tgme_widget_message_meta time[datetime]")
    origin = message.select_one(_FORWARDED)
    author = clean.line(origin.get_text(" ")) if origin else ""
    markup = _markup(body, soup) if body else ""
    words = entry.words(clean.sanitise(markup, page.url))
    own = _announced(source, body, words, page) if body and not origin else None
    mark = _MARKED.get(source.languages[0] if source.languages else "en", _MARKED["en"])
    return Link(
        url=own or url,
        page=own is not None,
        title=_first_sentence(words) or None,
        published=when(str(time["datetime"]), page.fetched_at) if time else None,
        author=author[:200] or None,
        text=(f"<p>{mark} {origin and clean.line(author)}</p>" if origin else "") + markup or None,
    )
