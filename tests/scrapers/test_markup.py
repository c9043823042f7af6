"""Markup is parsed within bounds."""

from __future__ import annotations

import time

import pytest

from scrapers import markup
from scrapers.errors import HostileMarkup, ParseFailed, TooLarge


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<div " + " ".join(f"a{n}=1" for n in range(300_000)) + ">x</div>", HostileMarkup),
        ("<div>" * 10_000, HostileMarkup),
        ("<" * 2_000_000, HostileMarkup),
        ("<!--" * 250_000, ParseFailed),
        ("x" * (markup.MAX_CHARACTERS + 1), TooLarge),
        ("", ParseFailed),
        (" \x00 ", ParseFailed),
    ],
)
def test_what_no_page_contains_is_refused_at_once(html: str, error: type[Exception]) -> None:
    """Parsers would hang on it or silently return nothing."""
    started = time.process_time()
    with pytest.raises(error):
        markup.parse(html, "https://ngo.example/")
    assert time.process_time() - started < 3


def test_a_deep_but_honest_page_is_read_to_its_bottom() -> None:
    """libxml2 by itself stops at a depth of 256 without a word."""
    assert "bottom" in markup.parse("<div>" * 1000 + "bottom").text_content()


def test_an_xml_declaration_and_control_characters_do_no_harm() -> None:
    """XHTML pages begin with one; either would stop the parser."""
    assert markup.parse('<?xml version="1.0" encoding="windows-1251"?><p>a\x00b ў</p>').text_content() == "a b ў"


def test_a_long_attribute_is_read() -> None:
    """Whole documents travel in data attributes."""
    assert markup.parse(f'<div data-x="{"a b=c " * 20_000}">text</div>').text_content() == "text"
