"""The public preview of a channel: messages, what they announce, and what is no preview."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers import entry
from scrapers.errors import ChallengePage, HostileMarkup, LayoutChanged, ParseFailed, TooLarge
from scrapers.families import telegram
from scrapers.model import Source
from tests.scrapers.pages import page, source

START = "https://t.me/s/readingroom"
OWN = "https://room.example/en/news/17"
SHORT = f'Both keepers are free. Read more: <a href="{OWN}?utm_source=tg">{OWN}</a>'
LONG = "The council has answered none of our letters, and the room stays closed. " * 9


def record(**fields: object) -> Source:
    """Make the record of an organisation that has a channel."""
    return source("telegram", START, home="https://www.room.example/", languages=["en"], **fields)


def message(number: object, text: str | None = "Both keepers are free.", before: str = "", after: str = "") -> str:
    """Make a message as the preview shows it."""
    body = "" if text is None else f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message '
        f'text_not_supported_wrap js-widget_message" data-post="readingroom/{number}"><div class="tgme_widget_message_bubble">'
        '<div class="tgme_widget_message_author"><span dir="auto">Reading room</span></div>'
        f'{before}{body}{after}<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">'
        '<span class="tgme_widget_message_views">1.2K</span><span class="tgme_widget_message_meta">'
        f'<a class="tgme_widget_message_date" href="https://t.me/readingroom/{number}">'
        '<time datetime="2024-09-18T16:30:00+03:00" class="time">16:30</time></a></span></div></div></div></div></div>'
    )


def preview(*messages: str, more: str = "") -> str:
    """Make the preview of a channel."""
    return (
        "<html><head><title>Reading room – Telegram</title></head><body><header>Reading room</header>"
        f'<section class="tgme_channel_history js-message_history">{more}{"".join(messages)}</section></body></html>'
    )


FORWARD = (
    '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from <a '
    'class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/5"><span>Other &amp; Sons</span></a></div>'
)
REPLY = (
    '<a class="tgme_widget_message_reply" href="https://t.me/readingroom/3"><div class="tgme_widget_message_text '
    'js-message_reply_text" dir="auto">What was said before</div></a>'
)
POLL = '<div class="tgme_widget_message_poll"><h4 class="tgme_widget_message_poll_question">Open it?</h4></div>'


def test_a_message_is_the_whole_document() -> None:
    """Permalink, time with its offset, first sentence as title, lines and emoji in the text; nothing is fetched for it."""
    text = (
        'Two keepers were taken on Monday! <i class="emoji" style="background-image:url(\'x\')"><b>🕯</b></i> More follows.'
        "<br/><br/>We ask the council to <b>open the room</b>.<br>Write to it."
    )
    listing = telegram.links(record(), page(START, preview(message(7, text))))
    [link] = listing.links
    assert (link.url, link.page, link.guid) == ("https://t.me/readingroom/7", False, None)
    assert (link.title, str(link.published)) == ("Two keepers were taken on Monday!", "2024-09-18T13:30:00Z")
    draft = entry.read(record(), link)
    assert draft.text == (
        "Two keepers were taken on Monday! 🕯 More follows.\n\nWe ask the council to open the room.\nWrite to it."
    )
    assert "style" not in draft.html
    assert listing.title == "Reading room – Telegram"


def test_the_newest_message_comes_first() -> None:
    """The preview shows the newest last; a listing is read from the newest on."""
    listing = telegram.links(record(), page(START, preview(message(5), message(6), message(6))))
    assert [link.url[-2:] for link in listing.links] == ["/6", "/5"]


def test_a_forward_says_whose_words_it_brings() -> None:
    """Another channel's message keeps that channel's name, and is never taken for an announcement."""
    [link] = telegram.links(record(), page(START, preview(message(8, SHORT, FORWARD)))).links
    assert (link.author, link.page) == ("Other & Sons", False)
    assert entry.read(record(), link).text.startswith("Forwarded from Other & Sons\n\nBoth keepers")
    assert link.title == "Both keepers are free."


def test_a_reply_is_read_without_what_it_replies_to() -> None:
    """The quoted message stands before the text and in a block of the same class."""
    [link] = telegram.links(record(), page(START, preview(message(8, "It is open.", REPLY)))).links
    assert (link.title, "said before" in (link.text or "")) == ("It is open.", False)


@pytest.mark.parametrize(
    ("text", "after", "url"),
    [
        (SHORT, "", f"{OWN}?utm_source=tg"),
        (SHORT, f'<a class="tgme_widget_message_link_preview" href="{OWN}">x</a>', f"{OWN}?utm_source=tg"),
        ("It is open.", f'<a class="tgme_widget_message_link_preview" href="{OWN}">x</a>', OWN),
        (f'{SHORT} <a href="https://elsewhere.example/a">also</a>', "", f"{OWN}?utm_source=tg"),
        (f'{SHORT} <a href="https://room.example/en/news/18">and</a>', "", None),
        (f"{LONG} {SHORT}", "", None),
        ('Our site: <a href="https://room.example/">room.example</a>', "", None),
        ('See <a href="https://elsewhere.example/a">there</a>', "", None),
        ('See <a href="javascript:x">there</a> <a href="//[">b</a>', "", None),
    ],
)
def test_a_message_that_only_announces_a_page_gives_that_page(text: str, after: str, url: str | None) -> None:
    """One page of the organisation's own and few words: the page is the document. Otherwise the message is."""
    [link] = telegram.links(record(), page(START, preview(message(9, text, "", after)))).links
    assert (link.url, link.page) == ((url, True) if url else ("https://t.me/readingroom/9", False))
    assert str(link.published) == "2024-09-18T13:30:00Z"


def test_without_a_home_every_message_is_a_document() -> None:
    """Whose page is its own can only be told by the record's home."""
    [link] = telegram.links(source("telegram", START), page(START, preview(message(9, SHORT)))).links
    assert link.page is False


def test_what_has_no_text_is_rejected() -> None:
    """Polls, pictures and notices of the service are no statements; a strange number is no message."""
    listing = telegram.links(
        record(), page(START, preview(message(1, None, POLL), message(2, "<br/>"), message("../x"), message(4)))
    )
    assert [link.url for link in listing.links] == ["https://t.me/readingroom/4"]
    assert [each.reason for each in listing.rejected] == ["no number of a message", *["a message without text"] * 2]


def test_earlier_messages_are_the_next_page() -> None:
    """The link at the top leads back; one that leads elsewhere is not followed."""
    for href, following in (
        ("/s/readingroom?before=5", [f"{START}?before=5"]),
        ("https://elsewhere.example/s/readingroom?before=5", []),
    ):
        more = (
            f'<div class="js-messages_more_wrap"><a href="{href}" class="tme_messages_more" data-before="5"></a></div>'
        )
        assert telegram.links(record(), page(START, preview(message(5), more=more))).next == following


def test_the_language_is_told_by_the_text() -> None:
    """No page and no header says it, and channels change between languages."""
    texts = ("Чытальню ў Зарэчыне зачынілі без папярэджання.", "Читальню в Заречине закрыли без предупреждения.")
    found = source("telegram", START, languages=["be", "ru"])
    listing = telegram.links(found, page(START, preview(message(6, texts[1]), message(7, texts[0]))))
    assert [entry.read(found, link).language for link in listing.links] == ["be", "ru"]


def test_an_album_repeats_its_block_once() -> None:
    """The caption of an album stands in two blocks, one within the other."""
    text = '<div class="tgme_widget_message_text js-message_text">Both keepers are free.</div>'
    [link] = telegram.links(record(), page(START, preview(message(5, text)))).links
    assert entry.read(record(), link).text == "Both keepers are free."


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (preview(), LayoutChanged),
        ("", ParseFailed),
        ('<html><head><title>Telegram: Contact @x</title></head><body><a href="tg://x">View</a></body></html>', LayoutChanged),
        ("<html><head><title>Just a moment...</title></head><body><p>Checking your browser.</p></body></html>", ChallengePage),
        (preview("<div>" * 100_000), (HostileMarkup, TooLarge, LayoutChanged)),
    ],
)  # fmt: skip
def test_an_empty_preview_is_no_quiet_channel(body: str, error: type[Exception]) -> None:
    """An owner can switch the preview off: that is said, and not taken for silence."""
    with pytest.raises(error):
        telegram.links(record(), page(START, body))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=4))
def test_any_text_gives_links_that_can_be_read(texts: list[str]) -> None:
    """Whatever stands in a message, each is a link with a title or a rejection."""
    listing = telegram.links(
        record(), page(START, preview(*(message(n, text) for n, text in enumerate(texts)), message(99)))
    )
    assert all(entry.read(record(), link).title for link in listing.links)
    assert len(listing.links) + len(listing.rejected) <= len(texts) + 1
