"""The text is found among the furniture."""

from __future__ import annotations

import pytest

from scrapers import body, markup
from scrapers.blocks import cut, prose
from tests.scrapers.reading import PROSE, article, paragraphs

TEXT = "\n\n".join(PROSE)


def found(html: str, **options: object) -> body.Body:
    return body.find(markup.parse(html), **options)  # type: ignore[arg-type]


def test_the_text_comes_without_menus_sidebars_and_footers() -> None:
    """What every page of the site repeats is not the statement."""
    assert found(article(f"<h1>Observers protest</h1>{paragraphs()}"), title="Observers protest").text == TEXT


@pytest.mark.parametrize(
    "furniture",
    [
        '<div class="imageEmbedCaption">The courtroom on Tuesday.</div>',
        '<div class="NewsletterModule"><p>Get our daily newsletter</p></div>',
        "<p>Advertisement</p>",
        "<p>Чытайце таксама: Іншая навіна</p>",
        (
            '<div class="related"><h3>Related</h3><p>Another text of another day, long enough to look like prose'
            " to a careless reader.</p></div>"
        ),
        (
            '<div id="comments"><p>I think that this is a very good statement, and I have more to say about it'
            " than anyone wants.</p></div>"
        ),
        "<p>Sign up for our newsletter to get the news delivered to your inbox.</p>",
        '<p style="display:none">Hidden words that nobody sees on this page but which a parser finds all the same.</p>',
    ],
)
def test_furniture_between_paragraphs_is_left_out(furniture: str) -> None:
    """Captions, calls to subscribe, related links, comments and hidden text stand between and after paragraphs."""
    first, *rest = PROSE
    html = article(
        f"<article><h1>Observers protest</h1><p>{first}</p>{furniture}{paragraphs(*rest)}{furniture}</article>"
    )
    assert found(html, title="Observers protest").text == TEXT


def test_a_text_in_a_badly_named_container_is_found() -> None:
    """A class that says sidebar or modal does not hide the only text of the page."""
    html = article(f'<div class="has-modal with-related container_sidebar">{paragraphs()}</div>')
    assert found(html).text == TEXT


def test_the_source_selector_wins() -> None:
    """What the source's selector gives is taken as it is."""
    chosen = markup.parse("<div><p>Short but right: we condemn the sentence of today.</p></div>")
    picked = found(
        article(paragraphs("Something else entirely, which is quite long but still not four times as long.")),
        selected=[chosen],
    )
    assert (picked.text, picked.method) == ("Short but right: we condemn the sentence of today.", "selector")


def test_a_thin_answer_of_the_selector_counts_as_failed() -> None:
    """A redesign leaves a selector pointing at a label; the text is found nevertheless, and it is said."""
    picked = found(article(paragraphs()), selected=[markup.parse("<p>News</p>")])
    assert picked.text == TEXT
    assert "selector gave 4 characters" in picked.method


def test_lists_and_tables_are_part_of_the_text() -> None:
    """Signatories stand in lists, and the cells of a row belong together."""
    signed = "<ul><li>Group One, Minsk</li><li>Group Two, Vilnius</li></ul>"
    html = f"{paragraphs()}{signed}<table><tr><td>Name</td><td>Term</td></tr></table>"
    assert prose(cut(markup.parse(html))).endswith("Group One, Minsk\n\nGroup Two, Vilnius\n\nName Term")


def test_line_breaks_part_lines_and_double_breaks_part_paragraphs() -> None:
    """Old pages know no other paragraph than two breaks."""
    assert (
        prose(cut(markup.parse("<div>One<br>two<br><br>three <b>bold</b> words</div>")))
        == "One\ntwo\n\nthree bold words"
    )


def test_structured_data_helps_where_the_page_is_a_script() -> None:
    """The articleBody of JSON-LD is a candidate like the others."""
    assert found("<html><body><div id=app></div></body></html>", stated=TEXT).text == TEXT


def test_the_candidate_most_agree_with_wins() -> None:
    """Two that agree outvote a third."""
    candidates = [
        body.Body(text=TEXT, method="a"),
        body.Body(text="Menu Home About", method="b"),
        body.Body(text=TEXT + " more", method="c"),
    ]
    assert body.medoid(candidates).method in ("a", "c")


def test_a_page_without_text_has_none() -> None:
    """Nothing is made up."""
    assert found("<html><body><nav><a href=/>Home</a></nav></body></html>").text == ""
