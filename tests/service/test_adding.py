"""`sources add`: what is proposed for sites of many builds, what is said, and what is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from scrapers import catalogue
from scrapers.model import Page, Selectors, Source
from scrapers.sandbox import Sandbox
from service.adding import PREVIEWED, Proposal, add_source, propose, record_yaml
from service.checking import check_doors
from service.errors import CannotDo
from service.proposing import MOST_LOOKS
from tests.crash.commands import House
from tests.origin import Origin, redirect, reply
from tests.service import anatomies, sites
from tests.service.anatomies import ANATOMIES, Anatomy
from tests.service.sites import Item
from tests.service.world import World, open_world


@pytest.fixture
def small(tmp_path: Path, sandbox: Sandbox) -> Iterator[World]:
    """A service on SQLite alone: what is proposed does not depend on the database."""
    with open_world(tmp_path, f"sqlite:///{tmp_path / 'khronika.sqlite3'}", sandbox) as opened:
        yield opened


def proposed(world: World, anatomy: Anatomy) -> tuple[Proposal, list[Item]]:
    """Build a site and ask about it."""
    made = anatomy.build(world.origin)
    return propose(world.k, world.origin.url + anatomy.asked), made


@pytest.mark.slow
@pytest.mark.parametrize("name", ANATOMIES)
def test_sites_of_many_builds_are_understood(small: World, name: str) -> None:
    """Family, address, selectors and further doors are right, and five statements are read whole as a poll would."""
    anatomy = ANATOMIES[name]
    found, made = proposed(small, anatomy)
    source = found.source

    assert (source.family, source.start) == (anatomy.family, small.origin.url + anatomy.start)
    assert isinstance(source.select, Selectors)
    for rule in anatomy.select:
        assert getattr(source.select, rule), f"no selector for {rule}"
    assert [door.family for door in source.doors] == list(anatomy.doors)
    for words in anatomy.doubts:
        assert any(words in doubt for doubt in found.doubts), found.doubts

    assert len(found.preview) == PREVIEWED
    for row, item in zip(found.preview, made, strict=False):
        assert row.url == small.origin.url + item.path
        assert (row.title, row.date, row.error) == (item.title, str(item.day), None)
        assert row.language == ("ru" if name == "bilingual" else "en")
    assert not [doubt for doubt in found.doubts if "No " in doubt]
    assert len(small.origin.paths()) <= MOST_LOOKS + PREVIEWED
    assert catalogue.parse(record_yaml(source)) == [source]


@pytest.mark.slow
@pytest.mark.parametrize("name", ANATOMIES)
def test_what_is_proposed_is_what_a_poll_then_reads(small: World, name: str) -> None:
    """The record, once written, yields the site's statements through the real families, by every one of its doors."""
    anatomy = ANATOMIES[name]
    made = anatomy.build(small.origin)
    add_source(small.k, small.origin.url + anatomy.asked, name="x", yes=True, as_json=False, ask=None)
    source = msgspec.convert(small.source("x").record, Source)

    for number in range(1, len(source.doors) + 1):
        entered = source.through(number)
        page = small.k.rehearsal.get(entered.start)
        assert isinstance(page, Page)
        links = small.k.sandbox.links(entered, page).links
        assert {link.url for link in links} == {small.origin.url + item.path for item in made}
    report = small.poll("x", limit=20)
    assert (report.status, report.items_new) == ("ok", len(made))
    assert all(checked.status == "ok" for checked in check_doors(small.k, source))


def refused(world: World, path: str = "/") -> str:
    """What is said where nothing can be proposed."""
    with pytest.raises(CannotDo) as failure:
        propose(world.k, world.origin.url + path)
    return str(failure.value)


@pytest.mark.slow
def test_a_page_without_anything_says_what_was_tried(small: World) -> None:
    """An empty shell is called one; a missing page, an empty one and a PDF have their own sentences; addresses are named."""
    anatomies.shell(small.origin)
    said = refused(small)
    assert "empty without JavaScript" in said
    assert "/sitemap.xml" in said
    assert len(small.origin.paths()) <= MOST_LOOKS

    assert "HTTP 404" in refused(small, "/nowhere")
    small.origin.on("/blank", reply(b""))
    assert "empty" in refused(small, "/blank")
    small.origin.on("/report", reply(b"%PDF-1.7", Content_Type="application/pdf"))
    assert "PDF" in refused(small, "/report")
    with pytest.raises(CannotDo, match="http"):
        propose(small.k, "ftp://127.0.0.1/feed")
    with pytest.raises(CannotDo, match="private"):
        propose(small.k, "http://10.0.0.1/")


@pytest.mark.slow
def test_a_wish_to_stop_ends_the_looking(small: World) -> None:
    """Ctrl-C while waiting for a host's turn is a sentence, not a traceback."""
    anatomies.cards(small.origin)
    small.origin.on("/news", reply(b"", 503), reply(b"", 503))
    small.k.stop.ask()
    with pytest.raises(CannotDo, match="stopped"):
        add_source(small.k, f"{small.origin.url}/news", name=None, yes=True, as_json=True, ask=None)


@pytest.mark.slow
def test_entries_without_a_web_address_do_no_harm(small: World) -> None:
    """A feed may name its entries by ids and lead nowhere: what it says is all there is, and is shown."""
    made = sites.items("/story/{n}")
    feed = sites.rss(small.origin, made, "Wire", text=sites.PROSE[0])
    bare = re.sub(rb"<link>[^<]*/story/(\d+)</link>", rb'<guid isPermaLink="false">story-\1</guid>', feed)
    small.origin.on("/feed", reply(bare.partition(b"\r\n\r\n")[2], Content_Type="application/rss+xml"))
    found = propose(small.k, f"{small.origin.url}/feed")
    assert [(row.title, row.date) for row in found.preview] == [(item.title, str(item.day)) for item in made[:5]]


@pytest.mark.slow
def test_a_closed_page_is_said_and_its_feed_used(small: World) -> None:
    """robots.txt that closes a section, a refusal and a bot check are doubts where a feed still answers."""
    made = sites.items("/press/{slug}")
    small.origin.on("/feed/", sites.rss(small.origin, made, "Committee", text=sites.PROSE[0]))
    small.origin.on("/refused", reply(b"no", 403))
    small.origin.on(
        "/guarded", reply(b"<html><head><title>Just a moment...</title></head><body>Checking</body></html>")
    )
    sites.pages(small.origin, made, "Committee")
    assert "may not read it" in propose(small.k, f"{small.origin.url}/refused").doubts[0]
    assert "bot check" in propose(small.k, f"{small.origin.url}/guarded").doubts[0]

    small.clock.go(days=2)
    small.origin.on("/robots.txt", reply(b"User-agent: *\nDisallow: /press/\n", Content_Type="text/plain"))
    found = propose(small.k, f"{small.origin.url}/press/")
    assert (found.source.family, found.source.start) == ("feed", f"{small.origin.url}/feed/")
    assert found.doubts[0] == "robots.txt forbids /press/."
    assert any("5 of 5 pages could not be read" in doubt for doubt in found.doubts)
    assert [(row.title, row.date) for row in found.preview] == [(item.title, str(item.day)) for item in made[:5]]
    assert not [asked for asked in small.origin.paths() if asked.startswith("/press/") and "robots" in asked]


@pytest.mark.slow
def test_feeds_that_are_no_statements_are_passed_over(small: World) -> None:
    """Podcasts, dead feeds and those of other sites leave the page itself as the way in, and each is named."""
    made = anatomies.cards(small.origin)
    old = [item._replace(day=item.day.replace(year=2021)) for item in made]
    small.origin.on("/old", sites.rss(small.origin, old, "Old"))
    foreign = sites.rss(small.origin, made, "Elsewhere").replace(b"<link>http://127.0.0.1", b"<link>http://127.0.0.2")
    small.origin.on("/foreign", foreign)
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{path}">'
        for title, path in (("Our podcast", "/sound"), ("Old", "/old"), ("Elsewhere", "/foreign"))
    )
    body = small.k.rehearsal.get(f"{small.origin.url}/news").body  # type: ignore[union-attr]
    small.origin.on("/news", reply(body.replace(b"</head>", links.encode() + b"</head>")))

    found = propose(small.k, f"{small.origin.url}/news")
    assert found.source.family == "listing"
    for words in ("podcast", "ended on 2021-", "lead to other sites"):
        assert any(words in doubt for doubt in found.doubts), found.doubts


@pytest.mark.slow
def test_a_selector_that_misleads_on_the_pages_is_left_out(small: World) -> None:
    """What marks the day on the listing marks another day on the pages: the record goes without it and dates stay right."""
    made = sites.items("/news/{slug}")
    rows = "".join(
        f'<div class="row-x"><h3><a href="{item.path}">{item.title}</a></h3><span class="stamp-date">{item.day}</span></div>'
        for item in made
    )
    small.origin.on("/news", reply(sites.html(f'<div class="rows">{rows}</div>', title="News").encode()))
    today = '<div class="top"><span class="stamp-date">2026-03-02</span></div>'
    sites.pages(small.origin, made, "Watch", before=today, dated=False)

    found = propose(small.k, f"{small.origin.url}/news")
    assert isinstance(found.source.select, Selectors)
    assert (found.source.select.item, found.source.select.date) == ("div.row-x", None)
    assert [row.date for row in found.preview] == [str(item.day) for item in made[:5]]


@pytest.mark.slow
def test_nothing_is_written_unless_somebody_agrees(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """No terminal: the proposal alone. A no: nothing. A yes: the source is there, due at once, and known the next time."""
    anatomies.fed(world.origin)
    url = f"{world.origin.url}/export/rss2"
    asked: list[str] = []

    def answer(word: bool) -> Callable[[str], bool]:
        def ask(question: str) -> bool:
            asked.append(question)
            return word

        return ask

    add_source(world.k, url, name=None, yes=False, as_json=False, ask=None)
    said = capsys.readouterr().out
    assert "family: feed" in said
    assert "Statement on the sentencing of nine election observers" in said
    assert "? The feed holds only summaries" in said
    assert "Nothing was written" in said
    add_source(world.k, url, name=None, yes=False, as_json=False, ask=answer(False))
    assert world.source("wire-of-the-south") is None
    add_source(world.k, url, name=None, yes=False, as_json=False, ask=answer(True))
    assert asked == ["Watch this source?"] * 2
    row = world.source("wire-of-the-south")
    assert (row.origin, row.enabled, row.due_at) == ("imported", True, world.clock())

    with pytest.raises(CannotDo, match="watched already, as 'wire-of-the-south'"):
        propose(world.k, url)
    with pytest.raises(CannotDo, match="'wire-of-the-south' already"):
        add_source(world.k, url, name="wire-of-the-south", yes=True, as_json=False, ask=None)
    with pytest.raises(CannotDo, match="no id"):
        add_source(world.k, url, name="Wire!", yes=True, as_json=False, ask=None)


@pytest.mark.slow
def test_an_import_keeps_what_was_imported_before(world: World) -> None:
    """Adding one source neither disables nor changes the others; a second of the same name gets a number."""
    world.add("office")
    anatomies.fed(world.origin)
    world.origin.on("/export/second", sites.rss(world.origin, sites.items("/story/{n}"), "Wire of the South"))
    for path in ("/export/rss2", "/export/second"):
        add_source(world.k, world.origin.url + path, name=None, yes=True, as_json=True, ask=None)
    assert {name: world.source(name).enabled for name in ("office", "wire-of-the-south", "wire-of-the-south-2")} == {
        "office": True,
        "wire-of-the-south": True,
        "wire-of-the-south-2": True,
    }


@pytest.mark.slow
def test_the_record_goes_into_the_operators_folder(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of one record named by its id, never over another, watched at once; --json prints one object."""
    folder = tmp_path / "own"
    folder.mkdir()
    with open_world(tmp_path, f"sqlite:///{tmp_path / 'k.sqlite3'}", sandbox, sources=folder) as world:
        made = anatomies.cards(world.origin)
        add_source(world.k, f"{world.origin.url}/news", name="north", yes=True, as_json=True, ask=None)
        value = json.loads(capsys.readouterr().out)
        assert list(value) == ["record", "preview", "doubts", "looked_at"]
        assert value["preview"][0] == {
            "date": str(made[0].day), "language": "en", "title": made[0].title,
            "url": world.origin.url + made[0].path, "error": None,
        }  # fmt: skip
        assert value["looked_at"][0] == {"url": f"{world.origin.url}/news", "found": "a page, 12 items"}

        written = catalogue.load_folder(folder)
        assert written.problems == []
        assert [source.id for source in written.sources] == ["north"]
        assert value["record"] == yaml.safe_load((folder / "north.yml").read_text())
        assert (world.source("north").origin, world.source("north").enabled) == ("user", True)
        assert written.sources[0].kind == "ministry"

        (folder / "south.yml").write_text("broken: [")
        anatomies.fed(world.origin)
        with pytest.raises(CannotDo, match=r"south\.yml is there already"):
            add_source(world.k, f"{world.origin.url}/export/rss2", name="south", yes=True, as_json=True, ask=None)
        assert (folder / "south.yml").read_text() == "broken: ["


@pytest.mark.slow
def test_redirects_cost_one_look_and_lead_to_where_the_site_is(small: World) -> None:
    """The record names the address that answered, and no address is asked for twice."""
    anatomies.cards(small.origin)
    small.origin.on("/", redirect("/news"))
    found = propose(small.k, small.origin.url)
    assert found.source.start == f"{small.origin.url}/news"
    asked = small.origin.paths()
    assert len(asked) == len(set(asked))


@pytest.mark.slow
def test_the_command_proposes_and_writes(tmp_path: Path) -> None:
    """As a process: without terminal it proposes and exits 0, with --yes it watches, with nothing found it exits 1."""
    with Origin() as origin:
        anatomies.fed(origin)
        house = House(tmp_path)
        url = f"{origin.url}/export/rss2"
        done = house.run("sources", "add", url)
        assert (done.code, "family: feed" in done.out) == (0, True)
        assert house.run("sources", "list", "--json").rows == []
        assert house.run("sources", "add", url, "--yes", "--id", "south").code == 0
        assert [row["id"] for row in house.run("sources", "list", "--json").rows] == ["south"]
        lost = house.run("sources", "add", f"{origin.url}/nowhere")
        assert (lost.code, lost.out, lost.err.count("\n")) == (1, "", 1)
