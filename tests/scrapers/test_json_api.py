"""JSON search interfaces read by dotted paths, and markup inside JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import ChallengePage, LayoutChanged
from scrapers.families import json_api
from scrapers.model import Link, Selectors, Source
from tests.scrapers.pages import page, source

START = "https://search.example/find?q=statement&offset=20&limit=2"
HITS = Selectors(item="response.hits", link="document.path", title="document.title", date="document.date")
CHALLENGE = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser.</p></body></html>"


def record(start: str = START, select: Selectors = HITS, **fields: object) -> Source:
    """Make a record of a site whose search has a host of its own."""
    return source("json_api", start, home="https://press.example/", select=select, **fields)


def hit(number: int, **fields: object) -> dict[str, object]:
    """Make an item of an answer."""
    return {
        "document": {
            "path": f"/news/{number}",
            "title": "Rooms &amp; <mark>keepers</mark>",
            "date": 1726666200,
            **fields,
        }
    }


def answer(*rows: object, **fields: object) -> str:
    """Make an answer with items."""
    return json.dumps({"response": {"hits": list(rows)}, **fields})


def test_items_are_read_by_dotted_paths() -> None:
    """A path of the site becomes its address, marks of the search leave the title, seconds become a time."""
    [link] = json_api.links(record(), page(START, answer(hit(1)), "application/json")).links
    assert (link.url, link.title) == ("https://press.example/news/1", "Rooms & keepers")
    assert str(link.published) == "2024-09-18T13:30:00Z"
    assert (link.author, link.text) == (None, None)


@pytest.mark.parametrize(
    ("date", "read"),
    [
        (1726666200, "2024-09-18T13:30:00Z"),
        (1726666200000, "2024-09-18T13:30:00Z"),
        ("1726666200", "2024-09-18T13:30:00Z"),
        (1726666200.0, "2024-09-18T13:30:00Z"),
        ("2024-09-18T15:30:00+02:00", "2024-09-18T13:30:00Z"),
        ("2024-09-18", "2024-09-18"),
        (["2024-09-18"], "2024-09-18"),
        (17266662000000000, "None"),
        (-5, "None"),
        (True, "None"),
        (None, "None"),
        ({"value": "2024-09-18"}, "None"),
        ("9" * 100_000, "None"),
    ],
)
def test_a_date_is_text_or_an_epoch(date: object, read: str) -> None:
    """Seconds and milliseconds are told apart by length; what is no date costs only the date."""
    listing = json_api.links(record(), page(START, answer(hit(1, date=date)), "application/json"))
    assert [str(link.published) for link in listing.links] == [read]


def test_text_author_and_numbered_steps() -> None:
    """A number in a path leads into a list; several authors become one line; the body keeps its markup."""
    select = Selectors(item="", link="links.0.href", title="name", body="content.html", author="by")
    row = {
        "links": [{"href": "https://press.example/a"}],
        "name": "A",
        "content": {"html": "<p>B</p>"},
        "by": ["C", 4, None, "D"],
    }
    [link] = json_api.links(record(select=select), page(START, json.dumps([row]), "application/json")).links
    assert (link.url, link.title, link.text, link.author) == ("https://press.example/a", "A", "<p>B</p>", "C, 4, D")


@pytest.mark.parametrize(
    ("start", "following"),
    [
        ("https://search.example/find?offset=20&q=a+b", ["https://search.example/find?offset=22&q=a+b"]),
        ("https://search.example/find?start=0", ["https://search.example/find?start=2"]),
        ("https://search.example/find?Page=1&n=2", ["https://search.example/find?Page=2&n=2"]),
        ("https://search.example/find?page=three", []),
        ("https://search.example/find?page=" + "9" * 5000, []),
        ("https://search.example/find", []),
    ],
)
def test_the_address_itself_says_how_to_go_on(start: str, following: list[str]) -> None:
    """An offset grows by the items there were, a page by one; an address with neither has one page."""
    assert json_api.links(record(start), page(start, answer(hit(1), hit(2)), "application/json")).next == following


def test_an_answer_without_items_ends_the_walk() -> None:
    """Past the end there is nothing to go on to."""
    listing = json_api.links(record(), page(START, answer(), "application/json"))
    assert (listing.links, listing.next) == ([], [])


@pytest.mark.parametrize(
    ("address", "following"),
    [
        ("/find?cursor=b", ["https://search.example/find?cursor=b"]),
        ("https://elsewhere.example/find?cursor=b", []),
        (START, []),
        (None, []),
        (7, ["https://search.example/7"]),
        ({"a": 1}, []),
    ],
)
def test_a_path_may_name_the_next_address(address: object, following: list[str]) -> None:
    """The interface's own word counts, and leads to no other host and not in a circle."""
    select = Selectors(item="response.hits", link="document.path", next="paging.next")
    body = answer(hit(1), paging={"next": address})
    assert json_api.links(record(select=select), page(START, body, "application/json")).next == following


def test_markup_inside_json_is_read_as_a_listing() -> None:
    """With `html:` before the path of `item` the rest of the record is CSS."""
    start = "https://press.example/more?page=0"
    select = Selectors(item="html:data.markup", link=".card > a", date="time")
    cards = (
        '<div class="card"><a href="/news/5">Five</a><time datetime="2024-09-18">18/9</time></div><a href="/x">x</a>'
    )
    listing = json_api.links(
        record(start, select), page(start, json.dumps({"data": {"markup": cards}}), "application/json")
    )
    assert [(link.url, link.title, str(link.published)) for link in listing.links] == [
        ("https://press.example/news/5", "Five", "2024-09-18")
    ]
    assert listing.next == ["https://press.example/more?page=1"]
    with pytest.raises(LayoutChanged, match=r"markup at `data\.markup`"):
        json_api.links(record(start, select), page(start, '{"data": [1]}', "application/json"))


@pytest.mark.parametrize(
    "body", ["", "null", "{}", '{"response": {"hits": {"0": 1}}}', '{"response": [', "[" * 100_000]
)
def test_no_list_is_a_changed_layout(body: str) -> None:
    """The message names the path, so that a person can mend the record."""
    with pytest.raises(LayoutChanged, match=r"a list at `response\.hits` was expected"):
        json_api.links(record(), page(START, body, "application/json"))


def test_a_bot_check_is_named() -> None:
    """A challenge page in place of the answer is no changed layout."""
    with pytest.raises(ChallengePage):
        json_api.links(record(), page(START, CHALLENGE))


def test_odd_items_cost_only_themselves() -> None:
    """Items without address, from another site, or of no shape at all are rejected with a reason."""
    odd: list[object] = [
        None,
        7,
        "x",
        [],
        {},
        hit(2, path="javascript:alert(1)"),
        hit(3, path="https://elsewhere.example/a"),
    ]
    listing = json_api.links(record(), page(START, answer(*odd, hit(1), hit(1)), "application/json"))
    assert [link.url for link in listing.links] == ["https://press.example/news/1"]
    assert len(listing.rejected) == len(odd)
    assert listing.rejected[-1].reason == "another site"


def test_the_linked_page_is_the_record() -> None:
    """A dotted path such as `title` would match an element of the page: it is not tried there."""
    select = Selectors(item="hits", link="link", title="title", body="body", remove=[".ad"])
    html = (
        "<html><head><title>Keepers freed | Example</title></head><body><h1>Keepers freed</h1><div class='ad'><p>Buy this "
        "fine thing now, it is very good for you and yours.</p></div><article><p>Both keepers of the room were freed "
        "on Friday evening after nine days without charge.</p><p>We thank all who wrote to the council, and ask that "
        "the room be opened.</p></article></body></html>"
    )
    draft = json_api.draft(record(select=select), page("https://press.example/news/1", html), Link(url="x"))
    assert draft.title == "Keepers freed"
    assert "nine days" in draft.text
    assert "fine thing" not in draft.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["hits", "document", "path", "title", "date", "response"]), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(json_values)
def test_any_json_gives_a_listing_or_a_named_error(value: object) -> None:
    """Whatever an interface answers, nothing but a named error leaves the family."""
    for select in (HITS, Selectors(item="html:response.document")):
        try:
            listing = json_api.links(record(select=select), page(START, json.dumps(value), "application/json"))
        except LayoutChanged:
            continue
        assert all(link.url.startswith("https://") for link in listing.links)
