"""The bundled sample origin: what each site serves, when, and how it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import httpx
import msgspec
import pytest
from bs4 import BeautifulSoup
from lxml import etree

from scrapers.model import Selectors, Source
from service.demo.origin import Origin
from service.demo.story import read_texts, spell

START = datetime(2031, 3, 5, 14, 30, 20, tzinfo=UTC)
END = 200
SITES = ("ngo", "ministry", "igo", "wire")
JOINT = "joint-statement-persecution-lawyers-belarus"


class Demo:
    """A started origin, a clock that only moves when told, and a reader."""

    def __init__(self, origin: Origin, client: httpx.Client) -> None:
        self.origin = origin
        self.client = client
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def get(self, site: str, path: str, **headers: str) -> httpx.Response:
        return self.client.get(urljoin(self.origin.base(site), path), headers=headers)

    def soup(self, site: str, path: str) -> BeautifulSoup:
        answer = self.get(site, path)
        assert answer.status_code == 200, f"{site} {path}: {answer.status_code}"
        return BeautifulSoup(answer.content, "lxml")

    def select(self, site: str) -> Selectors:
        record = next(row for row in self.origin.sources() if row["id"] == f"demo-{site}")
        return msgspec.convert(record["select"], Selectors)

    def text(self, site: str, path: str) -> list[str]:
        """The paragraphs of a page's body, without what the source record says to remove."""
        select = self.select(site)
        assert select.body is not None
        body = self.soup(site, path).select_one(select.body)
        assert body is not None
        for unwanted in select.remove:
            for element in body.select(unwanted):
                element.decompose()
        return [block.get_text() for block in body.find_all(["p", "li"])]

    def addresses(self, site: str) -> list[str]:
        """Every address the site's own listing leads to, newest first."""
        if site == "ngo":
            return [str(post["link"]) for post in self.get("ngo", "/wp-json/wp/v2/posts?per_page=100").json()]
        if site == "igo":
            return [str(a["href"]) for a in self.soup("igo", "/statements").select("ul.statements a")]
        if site == "wire":
            return [str(a["href"]) for a in self.soup("wire", "/latest").select("li.news-item h2 a")]

        found: list[str] = []
        path: str | None = "/press/statements"
        while path:
            page = self.soup("ministry", path)
            found += [str(a["href"]) for a in page.select("div.views-row h3 a")]
            further = page.select_one("li.pager__item--next a")
            path = urljoin("/press/statements", str(further["href"])) if further else None
        return found


@pytest.fixture
def demo() -> Iterator[Demo]:
    with httpx.Client(trust_env=False) as client:
        demo: Demo | None = None
        origin = Origin(clock=lambda: demo.now() if demo else START)
        demo = Demo(origin, client)
        with origin:
            yield demo


def test_the_source_records_are_sources(demo: Demo) -> None:
    """Each record is a valid source whose start answers at once."""
    sources = [msgspec.convert(record, Source) for record in demo.origin.sources()]

    assert [source.id for source in sources] == [f"demo-{site}" for site in SITES]
    assert [source.family for source in sources] == ["wordpress", "listing", "feed", "listing"]
    assert [demo.client.get(source.start).status_code for source in sources] == [200] * 4
    assert len({httpx.URL(source.start).port for source in sources}) == 4


@pytest.mark.parametrize(("seconds", "counts"), [(0, [8, 6, 9, 5]), (19, [8, 6, 10, 5]), (END, [12, 7, 12, 8])])
def test_statements_appear_by_the_clock_alone(demo: Demo, seconds: int, counts: list[int]) -> None:
    """What is listed depends on the time since the start and on nothing else."""
    demo.seconds = seconds

    assert [len(demo.addresses(site)) for site in SITES] == counts


@pytest.mark.parametrize("seconds", [0, END])
@pytest.mark.parametrize("site", SITES)
def test_every_listed_page_can_be_opened_and_read(demo: Demo, site: str, seconds: int) -> None:
    """Each listed address answers 200 with sound markup, one title, a body and no placeholder left."""
    demo.seconds = seconds
    select = demo.select(site)

    for path in demo.addresses(site):
        answer = demo.get(site, path)
        parser = etree.HTMLParser(encoding="utf-8")
        etree.fromstring(answer.content, parser)
        page = BeautifulSoup(answer.content, "lxml")

        assert answer.status_code == 200
        # The parser's list of elements is older than <main> and <article>.
        assert [str(e) for e in parser.error_log if e.type_name != "HTML_UNKNOWN_TAG"] == []
        assert len(page.select("h1")) == len(page.select(str(select.title))) == 1
        assert len(" ".join(demo.text(site, path))) > 300
        assert "{day" not in answer.text
        assert "invented" in page.select("footer")[0].get_text()


def test_feeds_are_well_formed(demo: Demo) -> None:
    """Both feeds are XML that a strict parser takes, with an address, a guid and a date for each item."""
    demo.seconds = END

    for site, path in (("ngo", "/feed/"), ("igo", "/rss/statements.xml")):
        items = etree.fromstring(demo.get(site, path).content).findall("channel/item")
        assert len(items) == 10
        for item in items:
            assert demo.get(site, item.findtext("link") or "").status_code == 200
            assert item.findtext("guid")
            assert (item.findtext("pubDate") or "").endswith(" GMT")


def test_the_window_of_ten_rolls_on(demo: Demo) -> None:
    """The oldest statement leaves the feed when the eleventh comes, and stays where it was."""

    def guids() -> list[str | None]:
        feed = etree.fromstring(demo.get("igo", "/rss/statements.xml").content)
        return [item.findtext("guid") for item in feed.iter("item")]

    demo.seconds = 54
    before = guids()
    oldest = demo.addresses("igo")[-1]
    demo.seconds = 55

    assert len(before) == 10
    assert guids()[1:] == before[:-1]
    assert demo.get("igo", oldest).status_code == 200


@pytest.mark.parametrize(
    ("site", "path", "before", "after"),
    [
        ("ngo", "/wp-json/wp/v2/posts", 34, 35),
        ("ministry", "/press/statements", 19, 20),
        ("igo", "/rss/statements.xml", 4, 5),
        ("wire", "/latest", 27, 28),
    ],
)
def test_an_unchanged_list_is_not_sent_again(demo: Demo, site: str, path: str, before: int, after: int) -> None:
    """With the ETag of the first answer the second is an empty 304, until something appears."""
    first = demo.get(site, path)
    etag = first.headers["etag"]
    demo.seconds = before
    again = demo.get(site, path, **{"If-None-Match": f'"other", W/{etag}'})
    demo.seconds = after
    later = demo.get(site, path, **{"If-None-Match": etag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert later.status_code == 200
    assert later.headers["etag"] != etag


def test_last_modified_works_without_an_etag(demo: Demo) -> None:
    """A client that only knows the date gets 304 until the date moves; the wire gives no date at all."""
    stamp = demo.get("ministry", "/press/statements").headers["last-modified"]

    assert demo.get("ministry", "/press/statements", **{"If-Modified-Since": stamp}).status_code == 304
    demo.seconds = 20
    assert demo.get("ministry", "/press/statements", **{"If-Modified-Since": stamp}).status_code == 200
    assert demo.get("ministry", "/press/statements", **{"If-Modified-Since": "soon"}).status_code == 200
    assert "last-modified" not in demo.get("wire", "/latest").headers


def test_an_etag_outweighs_a_date(demo: Demo) -> None:
    """A stale ETag gets the page even if the date alone would have said 304 (RFC 9110, section 13.2.2)."""
    stamp = demo.get("igo", "/statements").headers["last-modified"]

    answer = demo.get("igo", "/statements", **{"If-None-Match": '"stale"', "If-Modified-Since": stamp})

    assert answer.status_code == 200


def test_gzip_is_sent_when_asked_for(demo: Demo) -> None:
    """The packed answer unpacks to the plain one and has a validator of its own."""
    packed = demo.get("wire", "/latest", **{"Accept-Encoding": "br, gzip;q=0.8"})
    plain = demo.get("wire", "/latest", **{"Accept-Encoding": "gzip;q=0"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"


def test_head_tells_what_get_would(demo: Demo) -> None:
    """HEAD has the headers of GET and no body."""
    address = demo.origin.base("ministry") + "/press/statements"
    head, get = demo.client.head(address), demo.client.get(address)

    assert head.content == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_the_joint_text_is_the_same_to_the_letter(demo: Demo) -> None:
    """The NGO republishes exactly what the ministry said; the wire puts it into a frame of its own."""
    demo.seconds = 40
    original = demo.text("ministry", f"/press/statements/{JOINT}")
    copy = demo.text("ngo", "/en/joint-statement-lawyers-belarus/")
    repost = demo.text("wire", demo.addresses("wire")[0])

    assert len(original) > 5
    assert copy == original
    assert repost[0].startswith(f"LINDHAVEN (Baltline - {spell(START, 'en')})")
    assert repost[1:-2] == original
    assert {"Germany", "Japan", "the Netherlands"} <= set(original[-1].split("signed by ")[1].rstrip(".").split(", "))


def test_twins_point_at_each_other(demo: Demo) -> None:
    """A translation and its original name each other by hreflang, once both are there."""

    def alternates(path: str) -> dict[str, str]:
        links = demo.soup("ngo", path).select("link[rel=alternate][hreflang]")
        return {str(link["hreflang"]): str(link["href"]) for link in links}

    english, belarusian = "/en/joint-statement-lawyers-belarus/", "/be/sumesnaja-zajava-advakaty/"
    base = demo.origin.base("ngo")
    demo.seconds = 49
    assert alternates(english) == {"en": base + english}
    assert demo.get("ngo", belarusian).status_code == 404

    demo.seconds = 50
    assert alternates(english) == alternates(belarusian) == {"en": base + english, "be": base + belarusian}
    assert demo.soup("ngo", belarusian).select("html[lang=be]")


def test_a_silent_edit_moves_a_number_and_no_date(demo: Demo) -> None:
    """The number changes on the page and in the feed while the page still gives its first date."""
    path = demo.addresses("igo")[0]

    def card() -> dict[str, str]:
        found: dict[str, str] = json.loads(demo.soup("igo", path).select("script[type='application/ld+json']")[0].text)
        return found

    before, card_before = demo.text("igo", path), card()
    demo.seconds = 70
    after = demo.text("igo", path)

    assert "214" in before[0]
    assert after == [before[0].replace("214", "187"), *before[1:]]
    assert card() == card_before
    assert "At least 187 people" in demo.get("igo", "/rss/statements.xml").text


def test_a_corrected_title_moves_the_modification_date(demo: Demo) -> None:
    """The API shows the new title under the same id, with the old publication date and a new modification date."""
    query = "/wp-json/wp/v2/posts?slug=statement-detention-journalist-brest"
    (before,) = demo.get("ngo", query).json()
    demo.seconds = 90
    (after,) = demo.get("ngo", query).json()

    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"title", "modified", "modified_gmt"}
    assert after["title"]["rendered"] == before["title"]["rendered"].replace("Zabalotnya", "Zabalotnaja")
    assert after["modified_gmt"] == "2031-03-05T14:31:50"


def test_a_removed_statement_is_gone_from_page_and_list(demo: Demo) -> None:
    """Its page answers 410 and its line leaves the list, while its neighbours stay."""
    demo.seconds = 109
    before = demo.addresses("ministry")
    removed = "/press/statements/statement-expulsion-election-observers"
    assert demo.get("ministry", removed).status_code == 200

    demo.seconds = 110
    assert demo.get("ministry", removed).status_code == 410
    assert demo.addresses("ministry") == [path for path in before if path != removed]


def test_the_api_lists_by_the_page(demo: Demo) -> None:
    """Pages, totals, filters and errors are those of WordPress."""
    posts = "/wp-json/wp/v2/posts"
    pages = [demo.get("ngo", f"{posts}?per_page=3&page={number}") for number in (1, 2, 3)]
    beyond = demo.get("ngo", f"{posts}?per_page=3&page=4")
    since = demo.get("ngo", f"{posts}?after=2031-03-04T00:00:00Z&lang=be&_fields=id,lang").json()

    assert [len(page.json()) for page in pages] == [3, 3, 2]
    assert (pages[0].headers["x-wp-total"], pages[0].headers["x-wp-totalpages"]) == ("8", "3")
    assert (beyond.status_code, beyond.json()["code"]) == (400, "rest_post_invalid_page_number")
    assert demo.get("ngo", f"{posts}?per_page=101").json()["code"] == "rest_invalid_param"
    assert since == [{"id": 1007, "lang": "be"}]
    assert demo.get("ngo", f"{posts}/1007").json()["translations"] == {"be": 1007, "en": 1008}
    assert demo.get("ngo", f"{posts}/9").status_code == 404


def test_the_api_and_the_page_carry_one_text(demo: Demo) -> None:
    """A post's rendered content is the body of its page; its guid leads there."""
    for post in demo.get("ngo", "/wp-json/wp/v2/posts").json():
        rendered = BeautifulSoup(post["content"]["rendered"], "lxml")
        assert [block.get_text() for block in rendered.find_all(["p", "li"])] == demo.text("ngo", post["link"])
        assert demo.get("ngo", post["guid"]["rendered"]).headers["location"] == post["link"]


@pytest.mark.parametrize("site", SITES)
def test_robots_are_welcome_and_strangers_lost(demo: Demo, site: str) -> None:
    """Each site has a robots.txt that closes none of its statements, and 404 for what it never had."""
    rules = demo.get(site, "/robots.txt")
    closed = [line.split(": ")[1] for line in rules.text.splitlines() if line.startswith("Disallow")]

    assert rules.headers["content-type"] == "text/plain; charset=utf-8"
    assert closed
    for path in demo.addresses(site):
        assert not urljoin(demo.origin.base(site), path).removeprefix(demo.origin.base(site)).startswith(tuple(closed))
    assert demo.get(site, "/never/was/here").status_code == 404


def test_an_empty_page_of_the_ministry_is_no_error(demo: Demo) -> None:
    """Past the last page the view is empty with status 200, as on real sites."""
    page = demo.soup("ministry", "/press/statements?page=40")

    assert page.select("div.view-empty")
    assert not page.select("div.views-row")


def test_the_timetable_tells_all_that_happens(demo: Demo) -> None:
    """It is in order, lasts from five seconds to two minutes, and names edits and removals."""
    rows = demo.origin.timetable()

    assert rows == sorted(rows)
    assert (rows[0][0], rows[-1][0]) == (5.0, 120.0)
    assert len([what for _, what in rows if what.endswith("appears")]) == 12
    assert [seconds for seconds, what in rows if "silence" in what or "retitled" in what or "taken down" in what] == [
        70,
        90,
        110,
    ]


def test_speed_makes_time_run(demo: Demo) -> None:
    """At speed ten the joint statement is there after two seconds, dated so."""
    with Origin(clock=demo.now, speed=10) as fast:
        demo.seconds = 2
        address = f"{fast.base('ministry')}/press/statements/{JOINT}"

        stamp = BeautifulSoup(demo.client.get(address).content, "lxml").select("time")[0]["datetime"]
        assert stamp == (START + timedelta(seconds=2)).isoformat()
        assert demo.get("ministry", f"/press/statements/{JOINT}").status_code == 404
        assert fast.timetable()[-1][0] == 12


def test_a_taken_port_leaves_nothing_open(demo: Demo) -> None:
    """If one of the four ports is taken, the start fails and the origin counts as not started."""
    port = httpx.URL(demo.origin.base("ministry")).port
    assert port is not None
    other = Origin(port=port - 1, clock=demo.now)

    with pytest.raises(OSError, match="in use"):
        other.start()
    with pytest.raises(KeyError):
        other.base("ngo")
    assert demo.get("ministry", "/press/statements").status_code == 200


def test_a_stopped_origin_listens_no_more(demo: Demo) -> None:
    """After stop the ports refuse connections."""
    address = demo.origin.base("igo")
    demo.origin.stop()

    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.get(address)


def test_the_written_texts_hold_together() -> None:
    """There are enough texts, keys are unique per language, and every edit finds the words it replaces."""
    texts = [text for of_site in read_texts(SITES).values() for text in of_site]
    edits = [(text.text, old) for text in texts for change in text.then for old in change.replace]

    assert len(texts) >= 24
    for of_site in read_texts(SITES).values():
        assert len({(text.key, text.lang) for text in of_site}) == len({text.slug for text in of_site}) == len(of_site)
    assert edits
    assert all(old in " ".join(text.split()) for text, old in edits)


@pytest.mark.parametrize(("lang", "words"), [("en", "5 March 2031"), ("be", "5 сакавіка 2031 года")])
def test_days_are_spelled_without_the_locale(lang: str, words: str) -> None:
    """A day is written in the language of the text."""
    assert spell(START, lang) == words
