"""Belarusian, Russian and Ukrainian are told apart, and so is the rest of the world."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers import language

ALL = ("be", "ru", "uk", "en", "fr", "de", "es", "pl", "ar")


@pytest.fixture(scope="module", autouse=True)
def _model() -> None:
    """Load the model before the first test is timed."""
    language.identify("Un texte assez court")


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Сумесная заява", "be"),
        ("Праваабаронцы патрабуюць", "be"),
        ("Заява беларускіх праваабаронцаў", "be"),
        ("Суд пакінуў прысуд", "be"),
        ("Совместное заявление", "ru"),
        ("Правозащитники требуют", "ru"),
        ("Суд оставил приговор в силе", "ru"),
        ("Права людини", "uk"),
        ("Правозахисники вимагають", "uk"),
        ("Joint Statement", "en"),
        ("Déclaration commune", "fr"),
        ("Gemeinsame Erklärung", "de"),
        ("Wspólne oświadczenie", "pl"),
        ("بيان مشترك", "ar"),
    ],
)
def test_short_titles_are_told_apart(text: str, tag: str) -> None:
    """Two words are enough where their letters or letter groups speak."""
    assert language.identify(text, ALL) == tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("联合声明", "zh"),
        ("共同声明を発表した", "ja"),
        ("공동 성명", "ko"),
        ("Κοινή δήλωση", "el"),
        ("ერთობლივი განცხადება", "ka"),
        ("Համատեղ հայտարարություն", "hy"),
        ("הצהרה משותפת", "he"),
        ("بیانیه مشترک گروه‌های حقوق بشری", "fa"),
        ("Заједничка изјава", "sr"),
        ("Бірлескен мәлімдеме қабылданды", "kk"),
        ("Zajava pravaabaroncaŭ ab žorstkaści", "be"),
        ("2020 — 12", "und"),
        ("", "und"),
    ],
)
def test_other_scripts_and_alphabets_need_no_hint(text: str, tag: str) -> None:
    """Belarusian in Latin letters is known by its letters, since no model knows it."""
    assert language.identify(text) == tag


def test_a_text_in_another_language_than_expected_is_not_forced() -> None:
    """French text under an English path is French."""
    text = (
        "Nous demandons aux autorités de libérer immédiatement les personnes qui ont été arrêtées et de mettre fin aux poursuites"
        " contre les défenseurs des droits humains dans le pays."
    )
    assert language.identify(text, ("en",)) == "fr"


def test_a_quoted_foreign_word_does_not_change_the_language() -> None:
    """A Belarusian name in a long Russian text stays a name."""
    text = "Суд рассмотрел жалобу объединения «Вясна» и оставил её без удовлетворения. Защитники считают это решение незаконным. "
    assert language.identify(text * 4 + "Організація.", ALL) == "ru"


def test_letters_decide_against_a_wrong_expectation() -> None:
    """A Belarusian title on a site said to be Russian is Belarusian."""
    assert language.identify("Праваабаронцы ў судзе", ("ru",)) == "be"


@given(st.text(max_size=200), st.lists(st.sampled_from(["en", "be", "xx", "ru-RU", ""]), max_size=3))
def test_any_text_gets_a_tag(text: str, expected: list[str]) -> None:
    """The answer is a short tag, whatever comes in."""
    assert 2 <= len(language.identify(text, expected)) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "Officers searched the homes of observers in Minsk, Homiel and Mahilioŭ, and took the minutes of a housing committee.",
        "Court in Mahilioŭ sentences Alena Vajciachovič to six years in the colony",
    ],
)
def test_a_belarusian_name_in_its_own_spelling_does_not_make_english_belarusian(text: str) -> None:
    """Names are written with ŭ and č in English statements too."""
    assert language.identify(text, ("be", "en")) == "en"
