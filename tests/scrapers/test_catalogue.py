"""Reading and writing source records, and what is said about wrong ones."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scrapers.catalogue import CatalogueError, load_builtin, load_file, load_folder, parse, to_yaml
from scrapers.errors import HostileMarkup, ParseFailed
from scrapers.model import Selectors, Source
from scrapers.opml import load_opml, renamed, to_opml

GOOD = "id: {0}\ntitle: T\nfamily: feed\nstart: https://x.example/{0}\n"


def problems(text: str) -> str:
    """Return what is said about a text."""
    with pytest.raises(CatalogueError) as caught:
        parse(text, "mine.yml")
    return str(caught.value)


def test_four_fields_suffice() -> None:
    """`id`, `title`, `family` and `start` make a source."""
    [source] = parse(GOOD.format("a"))
    assert (source.id, source.family, source.every) == ("a", "feed", "1h")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.format("a") + "title: U", "mine.yml:5: the field 'title' is given twice"),
        (GOOD.format("a") + "colour: red", "mine.yml:5: a: has an unknown field `colour`; known are id, title, family"),
        (
            GOOD.format("a") + "select: {lnk: a}",
            "mine.yml:5: a: has an unknown field `lnk` at `select`; known are item, link, next",
        ),
        (
            GOOD.format("a") + "country: Norway",
            "mine.yml:5: a: Expected `str` matching regex '^[A-Z]{2}$' at `country`; a country is "
            'two capital letters such as "NO"',
        ),
        (GOOD.format("a") + "every: daily", "an interval is a number and s, m, h or d, such as 30m"),
        (GOOD.format("a") + "pages: many", "mine.yml:5: a: Expected `int`, got `str` at `pages`"),
        (GOOD.format("a") + "enabled: no", "Expected `bool`, got `str` at `enabled`"),
        (GOOD.format("a") + "languages: en", "Expected `array`, got `str` at `languages`"),
        (
            GOOD.format("a").replace("family: feed", "family: rss"),
            "mine.yml:3: a: unknown family 'rss', known are feed, govuk, json_api, listing",
        ),
        (GOOD.format("a").replace("https:", "ftp:"), "at `start`"),
        ("id: a\ntitle: T\nfamily: feed", "missing required field `start`"),
        (GOOD.format("Not a slug"), "at `id`"),
        ("- just\n- a list", "a record must be a mapping"),
        ("", "a record must be a mapping"),
        ("sources: 5", "`sources` must be a list of records"),
        ("a: [1, 2", "mine.yml:2: no YAML"),
        ("a: &x {b: 1}\nc: *x", "anchors and aliases are not used here"),
        ("a: !!python/object:os.system {}", "the tag"),
        ("? [a]\n: b", "a field name must be a word"),
        ("[" * 20_000, "no YAML"),
    ],
)
def test_a_wrong_record_is_told_where_and_what(text: str, said: str) -> None:
    """Each message names file, line, record and field as far as there are such, and what was expected."""
    assert said in problems(text)


def test_norway_is_no_boolean() -> None:
    """A bare NO is Norway, quoted or not, and is written back in quotes."""
    for written in ("NO", '"NO"'):
        assert parse(GOOD.format("a") + f"country: {written}")[0].country == "NO"
    assert 'country: "NO"' in to_yaml(parse(GOOD.format("a") + "country: NO"))


def test_good_records_load_beside_wrong_ones(tmp_path: Path) -> None:
    """One mistake does not take the other sources away."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.yml").write_text("title: T\nfamily: feed\nstart: https://x.example/1\n", encoding="utf-8")
    (tmp_path / "two.yml").write_text("title: T\nfamily: nonsense\nstart: https://x.example/2\n", encoding="utf-8")
    (tmp_path / "many.yaml").write_text(
        "sources:\n- {id: three, title: T, family: feed, start: 'https://x.example/3'}\n- "
        "{id: four}\n- {id: one, title: T, family: feed, start: 'https://x.example/1'}\n- five\n- {id: six, id: six}\n",
        encoding="utf-8",
    )
    (tmp_path / "bytes.yml").write_bytes(b"title: \xff\xfe")

    found = load_folder(tmp_path)

    assert sorted(source.id for source in found.sources) == ["one", "three"]
    said = "\n".join(map(str, found.problems))
    for words in (
        "two.yml:2: two: unknown family",
        "many.yaml:3: four: missing",
        "one: this id is used twice",
        "many.yaml:5: a record",
        "many.yaml:6: the field 'id'",
        "bytes.yml: cannot be read",
    ):
        assert words in said
    assert len(found.problems) == 6


def test_a_file_name_is_the_id(tmp_path: Path) -> None:
    """A record in its own file needs no id, and may not have another one."""
    file = tmp_path / "mine.yml"
    file.write_text("id: other\ntitle: T\nfamily: feed\nstart: https://x.example/\n", encoding="utf-8")
    assert "the id must be the file's name, 'mine'" in str(load_file(file).problems[0])


def test_a_folder_that_is_not_there_holds_no_records(tmp_path: Path) -> None:
    """The setting may name a folder before it exists."""
    assert load_folder(tmp_path / "none") == ([], [])


def test_the_built_in_records_survive_a_round_trip() -> None:
    """What is exported as YAML comes back the same, layouts and dates included."""
    sources = load_builtin()
    assert parse(to_yaml(sources)) == sources


def test_a_layout_with_a_last_day_is_read() -> None:
    """An older layout stands below the newer one, with the last day it was served."""
    [source] = parse(GOOD.format("a") + "select:\n- {title: h1}\n- {title: h2, until: 2019-12-31}\n")
    assert isinstance(source.select, list)
    assert [(block.title, str(block.until)) for block in source.select] == [("h1", "None"), ("h2", "2019-12-31")]


@given(
    st.builds(
        Source,
        id=st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\Z"),
        title=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40),
        family=st.just("feed"),
        start=st.just("https://x.example/"),
        country=st.sampled_from(["NO", "BY", "ZZ"]),
        languages=st.lists(st.sampled_from(["no", "en", "be"]), max_size=2),
        include=st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=10), max_size=2),
        select=st.just(Selectors(link="a > b", remove=["*"])),
        home=st.none(),
        issuer=st.none() | st.sampled_from(["yes", "1", "null", "~", "Выясна: ‘x’ # y"]),
        ignore_robots=st.none(),
        deadline=st.none() | st.integers(1, 600),
        every=st.just("30m"),
        expect=st.none().map(lambda _: Source(id="a", title="a", family="feed", start="https://x/").expect),
        standing=st.just([]),
        exclude=st.just([]),
    )
)
def test_any_record_survives_a_round_trip(source: Source) -> None:
    """Words that look like numbers, nulls or booleans stay words."""
    assert parse(to_yaml([source])) == [source]


def test_an_outline_gives_its_feeds() -> None:
    """Feeds at any depth, each address once, with readable unique ids; no entry without feed or with a bad address."""
    text = """<?xml version="1.0"?><opml version="1.0"><head><title>x</title></head><body>
    <outline text="Folder"><outline type="rss" text="Праваабаронцы" xmlUrl="https://a.example/rss?x=1&amp;y=2"
    htmlUrl="https://a.example/" language="be"/>
    <outline TEXT="Same" XMLURL="https://b.example/rss"/></outline><outline text="Same" xmlUrl="http://c.example/rss"/>
    <outline text="Again" xmlUrl="https://b.example/rss"/><outline xmlUrl="javascript:alert(1)"/><outline xmlUrl="https://user:pw@d.example/"/>
    <outline xmlUrl="https://nameless.example/feed" text=""/></body></opml>"""
    found = load_opml(text)
    assert [(source.id, source.start) for source in found] == [
        ("pravaabarontsy", "https://a.example/rss?x=1&y=2"),
        ("same", "https://b.example/rss"),
        ("same-2", "http://c.example/rss"),
        ("nameless-example", "https://nameless.example/feed"),
    ]
    assert (found[0].home, found[0].languages, found[0].family) == ("https://a.example/", ["be"], "feed")


def test_a_damaged_outline_gives_what_it_has() -> None:
    """Bare ampersands in addresses are what most exports suffer from."""
    [source] = load_opml(
        '<opml><body><outline text="A" xmlUrl="https://a.example/rss?x=1&amp;y=2"><outline text="B" /></body></opml>'
    )
    assert source.start == "https://a.example/rss?x=1&y=2"


def test_a_hostile_outline_is_refused() -> None:
    """Entities are never expanded, and what is no outline is named."""
    with pytest.raises(HostileMarkup):
        load_opml(
            '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><body><outline text="&a;" xmlUrl="https://a.example/"/></body></opml>'
        )
    for text in ("", "hello", "<html><body><p>no outline</p></body></html>"):
        with pytest.raises(ParseFailed):
            load_opml(text)


def test_an_outline_round_trip_keeps_titles_and_addresses() -> None:
    """Other programs can read what is written: quotes, ampersands and control characters do no harm."""
    sources = [
        Source(
            id="a",
            title='A "quoted" & <odd>\x07 title',
            family="feed",
            start="https://a.example/?x=1&y='2'",
            home="https://a.example/",
        ),
        Source(id="b", title="B", family="listing", start="https://b.example/news"),
    ]
    written = to_opml(sources)
    root = etree.fromstring(written.encode())
    assert [outline.get("type") for outline in root.iter("outline")] == ["rss", "link"]
    [back] = load_opml(written)
    assert (back.title, back.start, back.home) == ('A "quoted" & <odd> title', sources[0].start, sources[0].home)


def test_an_import_never_takes_a_name_that_is_used() -> None:
    """Records of an import get new names where theirs are taken."""
    sources = [Source(id=name, title="T", family="feed", start="https://x.example/") for name in ("a", "a-2", "b")]
    assert [source.id for source in renamed(sources, ["a"])] == ["a-2", "a-2-2", "b"]


@pytest.mark.slow
def test_ten_thousand_feeds_are_no_problem() -> None:
    """Import and export of a large outline take seconds, even where all feeds have one title."""
    lines = "".join(f'<outline text="News" xmlUrl="https://h{n}.example/rss"/>' for n in range(10_000))
    began = time.process_time()
    sources = load_opml(f"<opml><body>{lines}</body></opml>")
    assert len({source.id for source in sources}) == 10_000
    assert len(load_opml(to_opml(sources))) == 10_000
    assert parse(to_yaml(sources[:2_000])) == sources[:2_000]
    assert time.process_time() - began < 30
