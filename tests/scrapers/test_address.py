"""One document has one spelling and one key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers import address
from scrapers.errors import SchemeRefused


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("HTTPS://NGO.Example.:443/en//news/../news/7?utm_source=rss&fbclid=x#top", "https://ngo.example/en/news/7"),
        ("http://ngo.example:8080/a", "http://ngo.example:8080/a"),
        ("https://bücher.example/%7euser/%d0%b7", "https://xn--bcher-kva.example/~user/%D0%B7"),
        ("https://ngo.example/новости", "https://ngo.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
        ("https://ngo.example/story/amp/", "https://ngo.example/story"),
        ("https://ngo.example/story?amp=1", "https://ngo.example/story"),
        ("https://ngo.example/story/?print=print", "https://ngo.example/story/"),
        ("https://ngo.example/index.php?do=print&id=5", "https://ngo.example/index.php?id=5"),
        ("https://ngo.example/index.php?do=print", "https://ngo.example/index.php?do=print"),
        ("https://ngo.example/a/index.html", "https://ngo.example/a/"),
        ("https://ngo.example/view?ID=3&File=x.pdf&gclid=1", "https://ngo.example/view?ID=3&File=x.pdf"),
        ("https://ngo.example/#!/news/5", "https://ngo.example/#!/news/5"),
        ("https://ngo.example?p=12", "https://ngo.example/?p=12"),
    ],
)
def test_an_address_has_one_spelling(written: str, canonical: str) -> None:
    """Tracking, fragments and dress go; what identifies a document stays."""
    assert address.canonical(written) == canonical


@pytest.mark.parametrize(
    "other",
    [
        "http://ngo.example/en/news/7",
        "https://www.ngo.example/en/news/7/",
        "https://ngo.example./en/news/7?utm_medium=x",
        "https://ngo.example/en/news/7#comments",
    ],
)
def test_every_spelling_meets_under_one_key(other: str) -> None:
    """Scheme, www, slash and tracking make no second document."""
    assert address.key(other) == address.key("https://ngo.example/en/news/7")


def test_a_key_tells_documents_apart() -> None:
    """Numbers in the query are identity, their order is not."""
    assert address.key("https://ngo.example/v?id=3") != address.key("https://ngo.example/v?id=4")
    assert address.key("https://ngo.example/v?a=1&b=2") == address.key("https://ngo.example/v?b=2&a=1")


@pytest.mark.parametrize(
    "hostile",
    [
        "", "javascript:alert(1)", "file:///etc/passwd", "//ngo.example/", "https://user:pw@ngo.example/", "https://ngo.example\\@evil.example/",
        "https://ngo.example/\r\nX: y", "https://", "https://ngo.example:99999/", "https://[::1", "https://exa mple.org/", "https://%61.example/",
        "https://a..b/", "https://" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_may_not_be_fetched_is_refused(hostile: str) -> None:
    """Other schemes, credentials, backslashes and control characters have no canonical form."""
    with pytest.raises(SchemeRefused):
        address.canonical(hostile)


@given(
    st.one_of(
        st.text(),
        st.text().map("https://ngo.example/".__add__),
        st.text(alphabet="%0aF/.?&=#!:[]@ ~ampindexhtlrv;").map("https://ngo.example/".__add__),
        st.text().map("http://".__add__),
    )
)
def test_spelling_is_stable_and_only_refusal_is_raised(text: str) -> None:
    """Canonical of canonical is itself, and the key is that of either."""
    try:
        once = address.canonical(text)
    except SchemeRefused:
        return
    assert address.canonical(once) == once
    assert address.key(once) == address.key(text)


@pytest.mark.parametrize(
    ("here", "stated"),
    [
        ("https://ngo.example/?p=12", "https://ngo.example/joint-statement/"),
        ("http://www.ngo.example/a/?fbclid=1", "https://ngo.example/a/"),
        ("https://m.ngo.example/news/1234", "https://ngo.example/news/1234-title"),
    ],
)
def test_another_spelling_of_this_page_is_trusted(here: str, stated: str) -> None:
    """A site knows its own short forms."""
    assert address.trusted_canonical(here, stated) == address.canonical(stated)


@pytest.mark.parametrize(
    ("here", "stated"),
    [
        ("https://ngo.example/news/5", "https://ngo.example/"),
        ("https://ngo.example/news/5", "https://ngo.example/news/"),
        ("https://ngo.example/en/a/b", "https://ngo.example/en/a"),
        ("https://ngo.example/v?id=3", "https://ngo.example/v?id=4"),
        ("https://ngo.example/v?id=3", "https://ngo.example/v"),
        ("https://ngo.example/news/5001", "https://ngo.example/news/5002"),
        ("https://ngo.example/a", "https://other.example/a"),
        ("https://ngo.example/a", "javascript:x"),
        ("https://one.gov.example.co.uk/a", "https://two.org.uk/a"),
    ],
)
def test_a_wrong_canonical_link_is_not_believed(here: str, stated: str) -> None:
    """Front pages, listings, other numbers and other sites would merge what is not the same."""
    assert address.trusted_canonical(here, stated) is None
