"""What a client gets over HTTP: feeds, pages, health."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session

from service.web.negotiate import names_tag, takes_gzip
from service.web.present import away, direction
from storage.database import open_database, upgrade
from storage.models import Document
from storage.timeline import newest
from tests.feeds.rows import START, add_document, add_poll, add_source, add_statement, database_in, fill
from tests.service.webserver import Served, serving

FEED = "/feeds/all.atom"
FEEDS = [f"/feeds/{name}.{extension}" for name in ("all", "source/viasna") for extension in ("atom", "rss", "json")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site that is only read."""
    yield from _served(tmp_path_factory.mktemp("site"))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A site of the test's own, to change."""
    yield from _served(tmp_path)


def _served(folder: Path) -> Iterator[Served]:
    database = database_in(folder)
    fill(database, 5)
    with serving(database) as served:
        yield served
    database.close()


def ask(site: Served, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Send one request with just these headers, `accept_encoding` standing for Accept-Encoding."""
    sent = {"Accept-Encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, site.base + path, headers=sent, trust_env=False)


# Feeds


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_served_as_what_it_is(site: Served, path: str) -> None:
    """Type with charset, strong tag, date, cache rules, readable from any page, no cookie, no sniffing."""
    answer = ask(site, path)
    assert answer.status_code == 200
    kind = path.rpartition(".")[2].replace("json", "feed+json").replace("atom", "atom+xml").replace("rss", "rss+xml")
    assert answer.headers["content-type"] == f"application/{kind}; charset=utf-8"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"] == "Sun, 01 Mar 2026 13:00:00 GMT"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["link"] == f'<{site.base}{path}>; rel="self"'
    assert "set-cookie" not in answer.headers
    assert len(answer.content) == int(answer.headers["content-length"])


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({}, 200),
        ({"if_none_match": "{tag}"}, 304),
        ({"if_none_match": "W/{tag}"}, 304),
        ({"if_none_match": '"other", {tag}'}, 304),
        ({"if_none_match": '"a,b" , W/{tag}'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_none_match": ""}, 200),
        ({"if_none_match": "{bare}"}, 200),
        ({"if_none_match": '"other"', "if_modified_since": "{date}"}, 200),
        ({"if_none_match": "{tag}", "if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 304),
        ({"if_modified_since": "{date}"}, 304),
        ({"if_modified_since": "Sun, 01 Mar 2099 13:00:00 GMT"}, 304),
        ({"if_modified_since": "Sun, 01 Mar 2026 12:59:59 GMT"}, 200),
        ({"if_modified_since": "Sunday, 01-Mar-26 13:00:00 GMT"}, 304),
        ({"if_modified_since": "yesterday"}, 200),
        ({"range": "bytes=0-9"}, 200),
        ({"host": "elsewhere.example"}, 200),
    ],
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_conditions(site: Served, coding: str, conditions: dict[str, str], status: int) -> None:
    """If-None-Match (weak, list, any) wins over If-Modified-Since; a 304 repeats what caches need and has no body."""
    whole = ask(site, FEED, accept_encoding=coding)
    told = {
        "tag": whole.headers["etag"],
        "bare": whole.headers["etag"].strip('"'),
        "date": whole.headers["last-modified"],
    }
    for method in ("GET", "HEAD"):
        sent = {name: value.format(**told) for name, value in conditions.items()}
        answer = ask(site, FEED, method, accept_encoding=coding, **sent)
        assert answer.status_code == status
        for name in ("etag", "cache-control", "vary", "last-modified"):
            assert answer.headers[name] == whole.headers[name]
        if status == 304 or method == "HEAD":
            assert answer.content == b""
        else:
            assert answer.content == whole.content
        if status == 304:
            assert "content-type" not in answer.headers


def test_each_coding_has_its_tag(site: Served) -> None:
    """gzip is other bytes, so another tag; the tag of one coding does not confirm the other."""
    plain, zipped = ask(site, FEED), ask(site, FEED, accept_encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert ask(site, FEED, accept_encoding="gzip", if_none_match=plain.headers["etag"]).status_code == 200
    assert ask(site, FEED, if_none_match=zipped.headers["etag"]).status_code == 200


def test_the_zipped_body_is_gzip(site: Served) -> None:
    """The bytes on the wire are as long as announced and unzip to the feed."""
    with httpx.stream("GET", site.base + FEED, headers={"Accept-Encoding": "gzip"}, trust_env=False) as answer:
        raw = b"".join(answer.iter_raw())
        assert len(raw) == int(answer.headers["content-length"])
    assert gzip.decompress(raw) == ask(site, FEED).content


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"gzip", True),
        (b"deflate, gzip;q=1.0, *;q=0.5", True),
        (b"GZIP ; Q=0.5", True),
        (b"*", True),
        (b"x-gzip", True),
        (b"identity;q=0, gzip;q=0.1", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000", False),
        (b"gzip;q=0, *", False),
        (b"identity, gzip;q=0.5", False),
        (b"br", False),
        (b"", False),
        (b"gzip;q=nonsense", False),
    ],
)
def test_gzip_only_for_those_who_take_it(accept: bytes, expected: bool) -> None:
    """q-values are heeded, also zero."""
    assert takes_gzip(accept) is expected


def test_a_tag_inside_another_is_no_match() -> None:
    """Tags are compared whole, never as a part of a longer text."""
    assert names_tag(b'W/"abc"', b'"abc"')
    assert not names_tag(b'"xabc"', b'"abc"')
    assert not names_tag(b'"abc', b'"abc"')


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_feed_is_only_read(site: Served, method: str) -> None:
    """Any other method is 405 and says which are allowed."""
    answer = ask(site, FEED, method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_other_sites_may_read_feeds(site: Served) -> None:
    """A preflight is answered with what a conditional reader in a browser needs."""
    answer = ask(site, FEED, "OPTIONS", origin="https://reader.example", access_control_request_method="GET")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert "GET" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    "path",
    ["/feeds/source/nobody.atom", "/feeds/all.xml", "/feeds/", "/feeds/source/%2e%2e.atom", "/feeds/source/A%20b.rss"],
)
def test_no_such_feed_is_a_short_problem(site: Served, path: str) -> None:
    """An unknown source or address is 404 as problem+json."""
    answer = ask(site, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_the_host_header_changes_nothing(site: Served) -> None:
    """Addresses and ids in a feed come from the settings, so nobody can poison them."""
    assert ask(site, FEED, host="evil.example").content == ask(site, FEED).content


def test_a_warm_feed_asks_the_database_nothing(own: Served) -> None:
    """Within a second the kept bytes are the answer; after it one question decides whether they still are."""
    first = ask(own, FEED)
    asked = len(own.queries)
    for _ in range(5):
        assert ask(own, FEED).content == first.content
    assert len(own.queries) == asked
    own.clock.seconds += 1
    assert ask(own, FEED).content == first.content
    assert [query for query in own.queries[asked:] if "version.text" in query] == []
    assert len([query for query in own.queries[asked:] if query.startswith("SELECT")]) == 1


def test_a_new_statement_is_seen_after_a_second(own: Served) -> None:
    """The feed changes, its tag and date too, and only the new statement is read in full."""
    old = ask(own, FEED)
    with own.database.writing() as session:
        add_statement(session, 50, title="The newest")
    assert ask(own, FEED).content == old.content
    own.clock.seconds += 1
    asked = len(own.queries)
    new = ask(own, FEED)
    assert b"The newest" in new.content
    assert new.headers["etag"] != old.headers["etag"]
    assert new.headers["last-modified"] > old.headers["last-modified"] or "03 Mar" in new.headers["last-modified"]
    texts = [query for query in own.queries[asked:] if "version.text" in query]
    assert len(texts) == 1
    assert ask(own, FEED, if_none_match=old.headers["etag"]).status_code == 200


def test_a_burst_of_readers_costs_one_render(own: Served) -> None:
    """Thirty readers at once of a cold feed all get it, and it is read once."""
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: ask(own, FEED).content, range(30)))
    assert len(set(answers)) == 1
    assert len([query for query in own.queries if "version.text" in query]) == 1


def test_a_source_without_statements_has_a_feed(own: Served) -> None:
    """A feed can be subscribed to before there is anything in it."""
    with own.database.writing() as session:
        add_source(session, "silent", "Silent & Sons")
    answer = ask(own, "/feeds/source/silent.json")
    assert answer.status_code == 200
    assert answer.json()["title"] == "Khronika: Silent & Sons"
    assert answer.json()["items"] == []


def test_a_store_that_cannot_be_read_is_said(own: Served) -> None:
    """A feed that may be stale is not passed off as true: 503, and when to come again; then it heals by itself."""
    ask(own, FEED)
    with own.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE statement RENAME TO away")
    own.clock.seconds += 1
    answer = ask(own, FEED)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    page = ask(own, "/")
    assert page.status_code == 503
    assert "cannot be read" in page.text
    with own.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO statement")
    assert ask(own, FEED).status_code == 200


# Pages


def soup(answer: httpx.Response) -> BeautifulSoup:
    """Parse a page."""
    return BeautifulSoup(answer.text, "lxml")


def test_every_link_of_the_first_page_leads_somewhere(site: Served) -> None:
    """Every internal address on the timeline answers 200."""
    page = soup(ask(site, "/"))
    paths = {str(found.get("href")) for found in page.select("a[href^='/'], link[href^='/']")}
    assert {"/sources", "/feeds/all.atom", "/feeds/all.rss", "/feeds/all.json", "/sources/viasna"} <= paths
    assert {path: ask(site, path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_pages_carry_no_script_and_nothing_from_elsewhere(site: Served) -> None:
    """No page has a script, an inline style or a foreign resource, and the policy would stop them all."""
    statement = next(iter(_ids(site)))
    for path in ("/", "/sources", "/sources/viasna", f"/statements/{statement}", "/nowhere"):
        answer = ask(site, path)
        page = soup(answer)
        assert page.select("script, style, iframe, [style], [onclick], [onload], [src]") == []
        assert all(str(found["href"]).startswith("/") for found in page.select("link[href]"))
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers


def test_head_is_answered_like_get(site: Served) -> None:
    """HEAD gives the headers of GET without the page."""
    for path in ("/", "/sources", "/healthz"):
        whole, head = ask(site, path), ask(site, path, "HEAD")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_hostile_text_is_shown_as_text(own: Served) -> None:
    """Markup in titles, names, reasons and queries is shown, never obeyed; a javascript address is no link."""
    evil = "<img src=x onerror=alert(1)>\"'\x00\ud800\u202e"
    with own.database.writing() as session:
        statement = add_statement(session, 60, title="Plain", url="javascript:alert(1)")
        ids = statement.id, statement.document_id
        session.get_one(Document, ids[1]).why = evil.replace("\ud800", "")
        statement.title = statement.issuer = evil.replace("\ud800", "")
        session.add(statement)
    for path in ("/", f"/statements/{ids[0]}", "/?q=%3Cimg%20src%3Dx%3E"):
        answer = ask(own, path)
        assert answer.status_code == 200
        assert soup(answer).select("img, [onerror]") == []
        assert "javascript:" not in "".join(str(found["href"]) for found in soup(answer).select("[href]"))
    assert "&lt;img" in ask(own, "/").text
    assert "[U+202E]" in ask(own, "/").text


def test_a_statement_in_its_own_direction(own: Served) -> None:
    """Text and title carry their language and run from right to left where it does."""
    with own.database.writing() as session:
        id_ = add_statement(session, 61, title="بيان", text="نص", language="ar").id
    page = soup(ask(own, f"/statements/{id_}"))
    for found in page.select("h1, .text"):
        assert (found["lang"], found["dir"]) == ("ar", "rtl")
    assert direction("az-Arab") == "rtl"
    assert direction("en") == "ltr"
    assert direction("und") == "auto"


def test_a_statement_shows_every_document_and_its_proof(own: Served) -> None:
    """Role, reason, address, versions and the hash of each capture are on the page."""
    with own.database.writing() as session:
        statement = add_statement(session, 62)
        add_document(session, statement, "ohchr", "https://ohchr.example/c", role="copy", why="the same words")
        id_ = statement.id
    page = soup(ask(own, f"/statements/{id_}"))
    text = page.get_text(" ")
    assert "the same words" in text
    assert "ab" * 32 in text
    links = {str(found["href"]): found.get("rel") for found in page.select(".documents a[href^=http]")}
    assert links == {
        "https://viasna.example/62": ["noopener", "noreferrer"],
        "https://ohchr.example/c": ["noopener", "noreferrer"],
    }


def test_the_whole_timeline_can_be_walked(tmp_path: Path) -> None:
    """Older pages lead from the newest statement to the first, each once."""
    database = database_in(tmp_path)
    fill(database, 95)
    met: list[str] = []
    with serving(database) as site:
        path: str | None = "/"
        while path:
            page = soup(ask(site, path))
            met += [found.get_text() for found in page.select(".entry h3")]
            older = page.select_one("a[rel=next]")
            path = str(older["href"]) if older else None
        assert ask(site, "/?before=nonsense").status_code == 400
        assert ask(site, "/?before=2026-01-01_00").status_code == 400
    assert met == [f"Statement {n}" for n in range(94, -1, -1)]


def test_search_uses_what_was_passed_in(tmp_path: Path) -> None:
    """The box asks the search it was given, shows what that found, and says what it could not read."""
    database = database_in(tmp_path)
    ids = fill(database, 3)

    def search(_session: Session, query: str, limit: int) -> Sequence[UUID]:
        if query == "(":
            raise ValueError("a bracket at 1 is never closed")
        return [ids[1]][:limit] if query == "prison" else []

    with serving(database, search=search) as site:
        assert [found.get_text() for found in soup(ask(site, "/?q=prison")).select(".entry h3")] == ["Statement 1"]
        assert "Nothing found" in ask(site, "/?q=peace").text
        answer = ask(site, "/?q=(")
        assert answer.status_code == 400
        assert "a bracket at 1 is never closed" in answer.text


def test_sources_say_how_they_are(own: Served) -> None:
    """The last outcome, its sentence and the next visit are shown for each source."""
    with own.database.writing() as session:
        at = START - timedelta(minutes=5)
        add_poll(session, "ohchr", at, status="error", code="timeout", message="It did not answer in time.")
    for path in ("/sources", "/sources/ohchr"):
        text = " ".join(soup(ask(own, path)).get_text(" ").split())
        assert "It did not answer in time." in text
        assert "error" in text
    assert "5 minutes ago" in ask(own, "/sources").text


@pytest.mark.parametrize(
    "path", ["/nowhere", f"/statements/{UUID(int=1)}", "/sources/nobody", "/statements/1", "/docs", "/static/x.css"]
)
def test_an_unknown_address_is_a_page(site: Served, path: str) -> None:
    """404 is a page of ours with a way back."""
    answer = ask(site, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert soup(answer).select("a[href='/']")


def test_distances_in_time_are_readable() -> None:
    """The largest unit that fits, in the past and in the future."""
    assert away(START + timedelta(minutes=1), START) == "in 1 minute"
    assert away(START - timedelta(hours=47), START) == "1 day ago"
    assert away(START, START) == "now"


# Health


@pytest.mark.parametrize(
    ("last", "status", "word"),
    [(START, 200, "ok"), (START - timedelta(minutes=10), 503, "stuck"), (None, 503, "not started")],
)
def test_a_stuck_scheduler_is_unhealthy(tmp_path: Path, last: datetime | None, status: int, word: str) -> None:
    """The process that runs a scheduler is healthy only while it ticks."""
    with serving(database_in(tmp_path), beat=lambda: last) as site:
        answer = ask(site, "/healthz")
        assert answer.status_code == status
        assert answer.json()["scheduler"] == word


def test_a_process_without_a_scheduler_is_healthy(site: Served) -> None:
    """Web alone answers for itself and the database only."""
    assert ask(site, "/healthz").json() == {"status": "ok", "database": "ok", "scheduler": "elsewhere"}


def test_ready_means_the_schema_is_right(tmp_path: Path) -> None:
    """An installation without its tables is not ready, and says what to run; after the upgrade it is."""
    database = open_database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with serving(database) as site:
        answer = ask(site, "/readyz")
        assert answer.status_code == 503
        assert "khronika db upgrade" in answer.json()["schema"]
        upgrade(database)
        assert ask(site, "/readyz").status_code == 200


def _ids(site: Served) -> Iterator[UUID]:
    with site.database.reading() as session:
        for view in newest(session, limit=5):
            yield view.id
