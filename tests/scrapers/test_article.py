"""A page becomes a draft, and every field says where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import article as reader
from scrapers.errors import ChallengePage, HostileMarkup, LayoutChanged, ParseFailed, ScrapeError, SoftNotFound
from scrapers.model import Dated, Draft, Link, Selectors
from tests.scrapers.reading import NOW, PROSE, article, page, paragraphs, source

URL = "https://ngo.example/en/news/101"


def read(
    html: str | bytes, *, link: Link | None = None, url: str = URL, kind: str = "text/html", **fields: object
) -> Draft:
    return reader.read(source(**fields), page(html, url=url, kind=kind), link, NOW)


CAMPAIGN = article(
    "<p>Observers for Free Elections</p><p>Праваабарончая арганізацыя</p><h1>Observers protest"
    " repression after the vote</h1>"
    f"<p>Minsk - December 2, 2019</p>{paragraphs()}<p>Read in <a href='/ru/news/102'>Russian</a></p>"
    "<p><a href='/files/statement.pdf'>Full text (PDF)</a></p>",
    title="Observers protest repression after the vote | An NGO",
    head='<link rel="alternate" hreflang="be" href="/be/news/103"><link rel="canonical" href="https://www.ngo.example/en/news/101">',
)


def test_a_campaign_statement_is_read_whole() -> None:
    """Title, text, place and day of the statement, its twin and its attachment."""
    draft = read(CAMPAIGN, issuer="An NGO")

    assert draft.title == "Observers protest repression after the vote"
    assert all(paragraph in draft.text for paragraph in PROSE)
    assert "About us" not in draft.text
    assert (str(draft.statement_date), draft.place) == ("2019-12-02", "Minsk")
    assert str(draft.published) == "2019-12-02"
    assert draft.origins["published"] == "dateline"
    assert draft.language == "en"
    assert draft.issuer == "An NGO"
    assert draft.url == "https://www.ngo.example/en/news/101"
    assert draft.twins == {"be": "https://ngo.example/be/news/103", "ru": "https://ngo.example/ru/news/102"}
    assert draft.attachments == ["https://ngo.example/files/statement.pdf"]
    assert draft.missing == []


WIRE = article(
    "<h1>Eleven Governments Ask for Calm After the Vote</h1>"
    '<p class="art_info_bar"><span>A Writer</span> <span>12 minutes ago</span> <span>Fri 18th September 2020</span></p>'
    "<p>UNITED NATIONS (Some News / Wire - 18th September, 2020) A foreign office published words of eleven"
    " governments that ask both sides to keep calm after the count.</p>"
    '<p>"Nobody should be hurt for having voted," the statement said on Thursday. "Let the ballots be counted once more'
    ' in the open, with every observer in the room."</p>',
    title="Eleven Governments Ask for Calm After the Vote - Some News",
    head='<script type="application/ld+json">[{"@type":"WebSite","name":"Some News"},{"@type":"NewsArticle",'
    '"headline":"Eleven Governments Ask for Calm After the Vote","datePublished":"2020-09-18T02:10:00+0500",'
    '"author":{"@type":"Person","name":"A Writer"},"publisher":{"@type":"Organization","name":"Some News"}}]</script>',
)


def test_a_wire_report_keeps_both_dates_apart() -> None:
    """The page appeared at a moment in Karachi time, after its text says that the statement was made."""
    draft = read(WIRE, kind="text/html; charset=utf-8", title="Some News")

    assert str(draft.published) == "2020-09-17T21:10:00Z"
    assert draft.origins["published"] == "jsonld"
    assert (str(draft.statement_date), draft.place) == ("2020-09-17", "UNITED NATIONS")
    assert draft.author == "A Writer"


def test_a_cyrillic_page_under_a_wrong_header_is_read() -> None:
    """The server says utf-8, the bytes are windows-1251, the page says nothing."""
    text = "Мы, прадстаўнікі кампаніі назірання, сачылі за кожным этапам выбараў ва ўсіх шасці абласцях краіны."
    demand = "Мы патрабуем вызваліць усіх затрыманых і даць незалежным назіральнікам магчымасць рабіць сваю справу."
    html = article(
        f"<h1>Заява праваабаронцаў</h1><p>Мінск, 2 снежня 2019 г.</p>{paragraphs(text, demand)}",
        title="Заява праваабаронцаў",
        lang="be",
    )
    draft = read(html.encode("cp1251"), kind="text/html; charset=utf-8")

    assert (draft.title, draft.language, draft.encoding) == ("Заява праваабаронцаў", "be", "windows-1251")
    assert (str(draft.statement_date), draft.place) == ("2019-12-02", "Мінск")
    assert "labelled utf-8" in draft.origins["encoding"]


def test_selectors_of_the_source_decide() -> None:
    """Beautiful Soup applies them; what the source removes is gone."""
    html = article(
        '<div class="t">The right title</div><span class="d" data-time="1600432496"></span><b'
        ' class="a">Press office</b>'
        f'<div class="x">{paragraphs(*PROSE * 2)}<p class="ad">Buy now and save, says this long enough'
        f" paragraph.</p></div>"
    )
    select = Selectors(title=".t", date=".d", author=".a", body=".x", remove=[".ad"])
    draft = read(html, select=select)

    assert (draft.title, draft.author) == ("The right title", "Press office")
    assert draft.text == "\n\n".join(PROSE * 2)
    assert str(draft.published) == "2020-09-18T12:34:56Z"
    assert (draft.origins["title"], draft.origins["body"], draft.origins["published"]) == (
        "selector",
        "selector",
        "selector",
    )


def test_a_selector_that_yields_a_crumb_counts_as_failed() -> None:
    """A redesign is survived, and noted."""
    draft = read(
        article(f'<div class="label">News</div><div>{paragraphs(*PROSE * 2)}</div>'),
        select=Selectors(body=".label", title=".gone"),
    )

    assert PROSE[0] in draft.text
    assert "selector gave 4 characters" in draft.origins["body"]
    assert draft.origins["select.title"] == "selector found nothing"


def test_a_selector_that_is_not_css_is_noted() -> None:
    """One wrong rule does not lose the page."""
    draft = read(article(paragraphs(*PROSE * 2)), select=Selectors(body="div[[[", title="h1"))
    assert PROSE[0] in draft.text
    assert "not valid" in draft.origins["select.body"]


def test_the_listing_fills_what_the_page_lacks() -> None:
    """The feed's date and full text are used where the page has neither."""
    when = Dated(at=NOW.replace(day=1), precision="second", method="feed")
    link = Link(url=URL, title="From the feed", published=when, text=paragraphs(*PROSE * 2), author="Desk")
    draft = read("<html><body><div id=app></div></body></html>", link=link)

    assert draft.title == "From the feed"
    assert PROSE[2] in draft.text
    assert draft.published == when
    assert (draft.origins["body"], draft.origins["title"]) == ("listing", "listing")


@pytest.mark.parametrize(
    ("head", "inner", "expected", "method"),
    [
        (
            '<meta property="article:published_time" content="2020-07-16T09:00:00+03:00">',
            "",
            "2020-07-16T06:00:00Z",
            "meta",
        ),
        ("", '<time class="published" datetime="2020-07-16T09:00:00+03:00">x</time>', "2020-07-16T06:00:00Z", "time"),
        ("", '<p class="date">16 ліпеня 2020</p>', "2020-07-16", "text"),
        ("", "<p>16 July 2020</p>", "2020-07-16", "text"),
        ("", '<span itemprop="datePublished">16-07-2020 - 09:00</span>', "2020-07-16T09:00:00Z", "microdata"),
        (
            '<meta property="article:published_time" content="1970-01-01T03:00:00+0300">',
            '<p class="date">16.07.2020</p>',
            "2020-07-16",
            "text",
        ),
    ],
)
def test_the_date_comes_from_the_best_claim(head: str, inner: str, expected: str, method: str) -> None:
    """Structured data, then the page's time element, then what stands by the headline; an epoch is no date."""
    draft = read(article(f"<h1>Observers protest</h1>{inner}{paragraphs()}", head=head))
    assert (str(draft.published), draft.published.method if draft.published else "") == (expected, method)


def test_the_address_dates_a_page_that_has_nothing_else() -> None:
    """/2020/07/16/ is a date, a Unix-like id is none."""
    html = article(f"<h1>Observers protest</h1>{paragraphs()}")
    assert str(read(html, url="https://ngo.example/2020/07/16/protest").published) == "2020-07-16"
    assert read(html, url="https://ngo.example/index.php?id=1594857600").published is None


def test_a_date_in_a_sentence_is_no_statement_date() -> None:
    """What happened on a day was not said on that day."""
    draft = read(
        article(
            f"<h1>Observers protest</h1><p>On November 17, 2019, elections were held in the country.</p>{paragraphs()}"
        )
    )
    assert draft.statement_date is None


def test_the_markup_is_sanitised_and_complete() -> None:
    """Paragraphs, lists and links stay, scripts and handlers go."""
    inner = (
        f"<h1>Observers protest</h1>{paragraphs()}<ul><li>Group <b>One</b></li>"
        "<li><a href='/two'>Group Two</a>, Vilnius, and its members abroad</li></ul>"
        "<p onclick=x>End of the statement, <script>alert(1)</script>signed today.</p>"
    )
    html = read(article(inner)).html

    assert html.count("<p>") == 4
    assert "<li>Group <b>One</b></li>" in html
    assert 'href="https://ngo.example/two"' in html
    assert "alert" not in html
    assert "onclick" not in html


def test_a_title_is_text() -> None:
    """Markup in a headline stays visible as such and harmless."""
    draft = read(article(f"<h1>Observers &lt;script&gt;alert(1)&lt;/script&gt; protest</h1>{paragraphs()}", title="x"))
    assert draft.title == "Observers <script>alert(1)</script> protest"


def test_a_source_line_names_the_issuer() -> None:
    """A reposter says whose words they are."""
    draft = read(
        article(f"<h1>Observers protest</h1><p>Source: The Observation Campaign</p>{paragraphs()}"), kind="text/html"
    )
    assert draft.issuer == "The Observation Campaign"


def test_hreflang_links_that_all_lead_to_one_address_say_nothing() -> None:
    """Some sites list twenty languages for one page."""
    head = "".join(f'<link rel="alternate" hreflang="{tag}" href="/de/news/5">' for tag in ("de", "fr", "es"))
    assert read(article(f"<h1>Observers protest</h1>{paragraphs()}", head=head)).twins == {}


def test_what_stands_in_place_of_the_page_is_named() -> None:
    """A wall, a soft 404 and an empty shell are three different things."""
    with pytest.raises(ChallengePage):
        read("<html><head><title>Just a moment...</title></head><body><p>Checking your browser</p></body></html>")
    with pytest.raises(SoftNotFound):
        read(article("<h1>Page not found</h1><p>Try the search.</p>", title="Page not found - An NGO"))
    with pytest.raises(LayoutChanged):
        read("<html><body><div id=app></div></body></html>")
    with pytest.raises(ParseFailed):
        read("   ")
    with pytest.raises(HostileMarkup):
        read("<div>" * 5000 + "x")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/=\"'abcph1 &;!-\n", max_size=300), st.sampled_from(["utf-8", "utf-16", "nonsense"]))
def test_any_markup_gives_a_draft_or_a_named_error(inner: str, label: str) -> None:
    """Nothing unnamed escapes."""
    try:
        draft = read(article(inner).encode(), kind=f"text/html; charset={label}")
    except ScrapeError:
        return
    assert draft.title or draft.text
