"""Where and when a statement was made is read from its head or its foot, not from its sentences."""

from __future__ import annotations

import pytest

from scrapers import dateline
from tests.scrapers.reading import NOW, PROSE


@pytest.mark.parametrize(
    ("line", "day", "place"),
    [
        ("Minsk - December 2, 2019", "2019-12-02", "Minsk"),
        ("UNITED NATIONS (Some News / Wire - 18th September, 2020) The department", "2020-09-18", "UNITED NATIONS"),
        ("Strasbourg, 12/2/2013 - The Secretary General", "2013-02-12", "Strasbourg"),
        ("МОСКВА, 29 июня. /АГЕНТСТВО/. Суд оставил", "2026-06-29", "МОСКВА"),
        ("MINSK, January 24, ABC. The court", "2026-01-24", "MINSK"),
        ("Geneva (4 July 2023) – Experts said", "2023-07-04", "Geneva"),
        ("Paris, le 18 septembre 2020", "2020-09-18", "Paris"),
        ("New York/Geneva, 3 May 2021 (Office) — The", "2021-05-03", "New York/Geneva"),
        ("г. Минск, 18 сентября 2020 г.", "2020-09-18", "г. Минск"),
        ("2 December 2019 – We, the undersigned", "2019-12-02", None),
        ("04 July 2023", "2023-07-04", None),
        ("// 24.02.2022", "2022-02-24", None),
    ],
)
def test_datelines_are_read(line: str, day: str, place: str | None) -> None:
    """Place and day, the wire's bracket, the day alone."""
    found = dateline.find([line, *PROSE], now=NOW)
    assert found is not None
    assert (str(found.date), found.place, found.date.method) == (day, place, "dateline")


@pytest.mark.parametrize(
    "line",
    [
        "On November 17, elections were held in the country.",
        "Since 9 August 2020, thousands have been detained.",
        "2 снежня 2019 года ў Мінску адбыўся суд.",
        "We met in Minsk on 2 May 2020.",
        "The statement was signed on 2 December 2019.",
        "The group said on 3 May 2020 that it would appeal.",
        "May 2020",
        "",
    ],
)
def test_a_date_in_a_sentence_is_no_dateline(line: str) -> None:
    """What is told about a day was not said on it."""
    assert dateline.find([line, *PROSE], now=NOW) is None


def test_a_letter_is_dated_at_its_end() -> None:
    """Place and day may stand under the text."""
    found = dateline.closing([*PROSE, "Мінск, 2 снежня 2019 г."], now=NOW)
    assert found is not None
    assert (str(found.date), found.place) == ("2019-12-02", "Мінск")
    assert dateline.closing(PROSE, now=NOW) is None


def test_a_day_ahead_is_no_dateline() -> None:
    """An event that is announced has not been spoken of."""
    assert dateline.find(["Minsk, 2 December 2027"], now=NOW) is None
