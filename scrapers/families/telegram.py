"""The public preview of a Telegram channel, https://t.me/s/<channel>: a message is the whole document."""

from __future__ import annotations

import re
from html import escape

import msgspec
from bs4 import Tag

from scrapers import address, charset, clean, document, entry, htmllist, instead, language, scope
from scrapers.feedvalue import when
from scrapers.model import Draft, Link, Listing, Page, Rejected, Source

_TEXT = ".tgme_widget_message_text:not(.js-message_reply_text)"
_TIME = ".tgme_widget_message_date time[datetime], .tgme_widget_message_meta time[datetime]"
_EARLIER = "a.tme_messages_more[href*='before=']"
_POST = re.compile(r"[A-Za-z0-9_]{1,64}/[0-9]{1,12}")
_SENTENCE = re.compile(r".{20,}?[.!?…](?=\s|\Z)")
_ADDRESS = re.compile(r"https?://\S+")
_TEASER = 500
"""Characters up to which a message that leads to one page of the organisation's own only announces it."""
_MOST_ADDRESSES = 50


def links(source: Source, page: Page) -> Listing:
    """Read the messages, newest first.

    A message that only announces a page on the host of `source.home` gives that page, so that this way leads to the same
    documents as any other. Raises LayoutChanged where there is no message: the channel's owner can switch the preview off.
    """
    text = charset.decode(page.body, page.http_charset).text
    heading = htmllist.title(htmllist.tree(text, page.url))  # which checks the bounds
    soup = htmllist.soup(text)
    messages = soup.select(".tgme_widget_message[data-post]")
    if not messages:
        raise instead.of(page, "a channel's messages")

    found: dict[str, Link] = {}
    rejected: list[Rejected] = []
    for message in reversed(messages):
        post = str(message["data-post"])
        link = _link(source, message, f"https://t.me/{post}", page)
        if not _POST.fullmatch(post) or not link.title:
            reason = "a message without text" if _POST.fullmatch(post) else "no number of a message"
            rejected.append(Rejected(what=post[:300], reason=reason))
        else:
            found.setdefault(link.url, link)
    more = soup.select_one(_EARLIER)
    earlier = clean.absolute(str(more["href"]), page.url) if more else None
    following = [earlier] if earlier and earlier.startswith("https://t.me/s/") else []
    return Listing(links=list(found.values()), next=following, rejected=rejected, title=heading or None)


def draft(source: Source, page: Page, link: Link | None) -> Draft:
    """Read the page that a message announces."""
    return document.read(source, page, link)


def _link(source: Source, message: Tag, permalink: str, page: Page) -> Link:
    body, time = message.select_one(_TEXT), message.select_one(_TIME)
    forwarded = message.select_one(".tgme_widget_message_forwarded_from")
    name = message.select_one(".tgme_widget_message_forwarded_from_name")
    markup = _paragraph(body) if body else ""
    words = entry.words(clean.sanitise(markup, page.url))
    mark = f"<p>{escape(clean.line(forwarded.get_text(' ')))}</p>" if forwarded else ""
    announced = None if forwarded else _announced(source, message, words)
    spoken = "und" if announced else language.identify(words, source.languages)
    return Link(
        url=announced or permalink,
        page=announced is not None,
        title=_first_sentence(words),
        published=when(str(time["datetime"]), page.fetched_at) if time else None,
        language=spoken if spoken != "und" else None,
        author=clean.line(name.get_text(" "))[:200] or None if name else None,
        text=mark + markup or None,
    )


def _paragraph(body: Tag) -> str:
    """Make one paragraph of a message: an album repeats the block within itself, an emoji is a styled box around it."""
    for emoji in body.select(".emoji, tg-emoji"):
        emoji.replace_with(emoji.get_text())
    for inner in body.select(_TEXT):
        inner.unwrap()
    body.name = "p"
    return str(body)


def _first_sentence(words: str) -> str | None:
    first = _ADDRESS.sub("", words).strip().partition("\n")[0]
    sentence = _SENTENCE.match(first)
    return entry.lead(sentence[0] if sentence else first) or None


def _announced(source: Source, message: Tag, words: str) -> str | None:
    """Return the organisation's own page that a short message leads to, if it leads to one."""
    if source.home is None or len(_ADDRESS.sub("", words)) > _TEASER:
        return None
    here = msgspec.structs.replace(source, start=source.home)
    hrefs = message.select(f"{_TEXT} a[href], a.tgme_widget_message_link_preview[href]", limit=_MOST_ADDRESSES)
    addresses = [url for each in hrefs if (url := str(each["href"]).strip()) and scope.outside(here, url) is None]
    return addresses[0] if len({address.key(url) for url in addresses}) == 1 else None
