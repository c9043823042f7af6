"""Whose words a page repeats, when they were said, and in which languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers import article as reader
from scrapers import dates, mixed, repost, weekday
from scrapers.model import Dated, Draft, Link
from tests.scrapers.reading import NOW, PROSE, article, page, paragraphs, source

URL = "https://daily.example/en/news/101"
RUN = "2021 2021-07-26T13:00:00+0300 2021-07-26T14:00:00+0300 en https://ngo.example/files/1.jpg"


def read(html: str, *, link: Link | None = None, url: str = URL, **fields: object) -> Draft:
    return reader.read(source(**fields), page(html, url=url), link, NOW)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["Source: The Observation Campaign"], "The Observation Campaign"),
        (["Original source: https://www.ngo.example/en/news/101"], "ngo.example"),
        (["Джерело: ЗМІНА"], "ЗМІНА"),
        (["Quelle:\nDas Büro"], "Das Büro"),
        (
            ["TOWN (The Daily / Some Wire - 18th September, 2020) Countries called for restraint."],
            "The Daily / Some Wire",
        ),
        (["TOWN (Daily News / Some Wire - 18th September, 2020) Countries called for restraint."], "Some Wire"),
        (["TOWN (Daily News - 18th September, 2020) Countries called for restraint."], None),
        (["TOWN, Sept 17 (Some Wire) - Countries called for restraint."], "Some Wire"),
        (["КИЇВ, 17 вересня (Агенція) – Країни закликали."], "Агенція"),
        ([f"{RUN} Human Rights Centre Spring Human Rights Centre Spring"], "Human Rights Centre Spring"),
        ([*RUN.split(), "Human Rights Centre Spring", "Human Rights Centre Spring"], "Human Rights Centre Spring"),
        ([RUN], "ngo.example"),
        ([RUN.replace("ngo.example", "cdn.daily.example")], None),
        (["The sources: nobody knows them."], None),
        (["The office (which was founded in 2004) called for restraint."], None),
    ],
)
def test_the_ways_in_which_a_reposter_names_the_origin(lines: list[str], named: str | None) -> None:
    """A line of its own, a wire's bracket, a copied record; the page's own site is no origin."""
    assert repost.origin(URL, lines, PROSE) == named


def test_a_source_that_names_itself_is_no_reposter() -> None:
    """An office that writes "Source: The Office" under its own text repeats nobody."""
    assert repost.origin("https://x.example/1", [], [*PROSE, "Source: The Office"], ["The Office"]) is None


@given(st.lists(st.text(alphabet="Source: (/-)TOWN 2020-01T:5Zhtps.\n", max_size=200), max_size=8))
def test_any_lines_give_a_name_or_none(lines: list[str]) -> None:
    """Hostile lines end in an answer."""
    named = repost.origin(URL, lines, lines)
    assert named is None or named.strip()


def test_a_record_full_of_moments_takes_no_time() -> None:
    """What looks like the beginning of a record a thousand times over is looked at within bounds."""
    assert repost.origin(URL, ["2021-07-26T13:00:00+0300 " * 5000], []) is None


def test_a_repost_is_read_with_its_origin() -> None:
    """The issuer is the one whose words they are."""
    draft = read(
        article(f"<h1>Observers protest</h1><p>Source: The Observation Campaign</p>{paragraphs()}"), kind="media"
    )
    assert (draft.reposted_from, draft.issuer) == ("The Observation Campaign", "The Observation Campaign")
    assert read(article(f"<h1>Observers protest</h1>{paragraphs()}")).reposted_from is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The department issued the statement on Thursday.", "2020-09-17"),
        ("The statement, signed by 29 ministers, was published on Friday.", "2020-09-18"),
        ("Об этом говорится в заявлении, опубликованном в среду.", "2020-09-16"),
        ("Про це йдеться у заяві, оприлюдненій у п’ятницю.", "2020-09-18"),
        ("Those who were arrested on Thursday must be released.", None),
        ("The statement says nothing of a day.", None),
    ],
)
def test_a_report_says_on_which_weekday_the_statement_was_made(text: str, day: str | None) -> None:
    """It is the last one up to the report's own day; what happened on a weekday was not said on it."""
    reported = dates.parse("18 September 2020", now=NOW)
    assert reported is not None
    found = weekday.said([text], reported)
    assert (str(found) if found else None) == day


@pytest.mark.parametrize("kept", range(5))
def test_the_claim_that_deserves_most_trust_dates_a_page(kept: int) -> None:
    """Structured data, the time by the headline, the feed, the dateline, the address; the others are kept with their origin."""
    meta = '<meta property="article:published_time" content="2020-09-15T09:00:00+03:00">'
    time = '<time datetime="2020-09-16T09:00:00+03:00">x</time>'
    listed = Dated(at=NOW.replace(year=2020, month=9, day=17), precision="day", method="feed")
    line = "Minsk, 18 September 2020 - "
    html = article(
        f"<h1>Observers protest</h1>{time if kept <= 1 else ''}{paragraphs((line if kept <= 3 else '') + PROSE[0], *PROSE[1:])}",
        head=meta if kept <= 0 else "",
    )
    link = Link(url=URL, title="Observers protest", published=listed if kept <= 2 else None)
    draft = read(html, link=link, url="https://daily.example/2020/09/19/protest")
    assert draft.published is not None
    assert dates.local_day(draft.published).day == 15 + kept
    assert draft.origins["published"] == ("meta", "time", "feed", "dateline", "url")[kept]
    others = [name for name in draft.origins if name.startswith("published.")]
    assert len(others) == 4 - kept


def test_an_update_inside_the_text_is_not_the_day_of_the_statement() -> None:
    """What was added later is dated, the statement is not."""
    assert (
        read(article(f"<h1>Observers protest</h1><p>UPDATE: 14 August 2020</p>{paragraphs()}")).statement_date is None
    )


EN = "The Office deplores the sentencing of nine observers who had done no more than watch a public count, and asks for them."
FR = "Le Bureau déplore la condamnation de neuf observateurs qui n'ont rien fait de plus que de suivre un décompte et des listes."
BE = "Мы заклікаем улады неадкладна вызваліць усіх, хто быў затрыманы за назіранне за выбарамі ў нашай краіне сёлета."
RU = "Мы призываем власти немедленно освободить всех, кто был задержан за наблюдение за выборами в нашей стране."
UK = "Ми закликаємо владу негайно звільнити всіх, хто був затриманий за спостереження за виборами у нашій країні."


@pytest.mark.parametrize(
    ("text", "spoken", "tags"),
    [
        ([EN, FR, EN], "en", ["en", "fr", "en"]),
        ([RU, BE], "ru", ["ru", "be"]),
        ([BE, RU, EN, "2020"], "be", ["be", "ru", "en", "be"]),
        ([UK, RU, BE], "uk", ["uk", "ru", "be"]),
        ([EN, BE, "Вясна"], "en", ["en", "be", "en"]),
        ([EN, EN], "en", []),
        ([RU, "Мінск"], "ru", []),
        ([EN], "fr", []),
        ([EN, FR], "und", []),
    ],
)
def test_paragraphs_in_other_languages_are_marked(text: list[str], spoken: str, tags: list[str]) -> None:
    """One tag for each paragraph where they differ; names and numbers have no language of their own."""
    assert mixed.languages("\n\n".join(text), spoken) == tags


@given(st.text(max_size=400), st.sampled_from(["en", "ru", "be", "ja", "und"]))
def test_there_is_a_tag_for_each_paragraph_or_none_at_all(text: str, spoken: str) -> None:
    """Whatever the text."""
    tags = mixed.languages(text, spoken)
    assert not tags or len(tags) == len(text.split("\n\n"))
