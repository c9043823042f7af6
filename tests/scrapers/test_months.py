"""The table of month names is whole."""

from __future__ import annotations

import pytest

from scrapers.monthnames import fold, mark
from scrapers.months import MONTHS, PERSIAN


@pytest.mark.parametrize("language", sorted(MONTHS))
def test_every_language_has_twelve_months_in_folded_form(language: str) -> None:
    """A form that is not folded would never be found."""
    months = MONTHS[language].split("|")
    forms = [form.replace("_", " ") for month in months for form in month.split(",") if form]

    assert len(months) == 12
    assert [form for form in forms if fold(form) != form] == []


def test_the_languages_we_promise_are_there() -> None:
    """Forty or so, those of the sources first."""
    promised = (
        "en ru uk be fr de es pl it pt nl ro lt lv et fi sv da nb cs sk hu bg sr mk hr sl el tr ka hy az kk ar fa"
    )
    assert set(promised.split()) <= MONTHS.keys()
    assert len(PERSIAN.split("|")) == 12


def test_names_become_numbers_whatever_their_case() -> None:
    """Genitive, nominative, short and shouted forms are one month."""
    assert mark(fold("МАЯ май траўня Мая MAIO"), ("be",)).split() == ["<05>"] * 5
