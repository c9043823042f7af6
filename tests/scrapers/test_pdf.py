"""A PDF becomes a draft page by page, or a mark that it is a picture, or a named error."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from scrapers import pdf as reader
from scrapers.errors import ParseFailed
from scrapers.model import Dated, Draft, Link
from tests.scrapers.reading import NOW, page, pdf, source

URL = "https://ngo.example/files/joint-statement.pdf"
LINES = [
    "Joint statement on the sentences of this week",
    "",
    "Geneva, 18 September 2020 -",
    "We, the undersigned organisations, express our deep con-",
    "cern about the sentences that were handed down this week, and we",
    "call for the release of everybody who was convicted in these trials.",
]


def read(body: bytes, *, link: Link | None = None, url: str = URL) -> Draft:
    return reader.read(source(), page(body, url=url, kind="application/pdf"), link, NOW)


def test_text_title_and_dateline_are_read() -> None:
    """Words broken at the end of a line are whole again, and the file's own dates count for nothing."""
    draft = read(pdf([LINES]))

    assert draft.title == "Joint statement on the sentences of this week"
    assert "our deep concern about the sentences" in draft.text
    assert (str(draft.statement_date), draft.place) == ("2020-09-18", "Geneva")
    assert str(draft.published) == "2020-09-18"
    assert (draft.media, draft.language, draft.scanned) == ("pdf", "en", False)
    assert draft.missing == []


def test_pages_stay_apart_and_lose_what_all_of_them_repeat() -> None:
    """Running heads and page numbers are not part of the statement."""
    pages = [
        [
            "An NGO, 5 Main Street",
            *(f"Sentence {n} of this page speaks about case {n * 100 + number * 7}." for n in range(1, 6)),
            str(number),
        ]
        for number in range(1, 5)
    ]
    draft = read(pdf(pages))

    assert len(draft.pages) == 4
    assert "Main Street" not in draft.text
    assert draft.pages[1].startswith("Sentence 1 of this page speaks about case 114.")
    assert draft.pages[1].endswith("case 514.")


def test_a_scan_is_kept_and_marked() -> None:
    """Pages without text are pictures; the listing still knows their title and day."""
    when = Dated(at=NOW, precision="day", method="listing")
    draft = read(pdf([[], []]), link=Link(url=URL, title="Joint letter", published=when))

    assert (draft.scanned, draft.text, draft.missing) == (True, "", ["text"])
    assert (draft.title, draft.published) == ("Joint letter", when)


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ("Microsoft Word - final_v3.docx", "Joint statement on the sentences of this week"),
        ("Sentences of this week", "Sentences of this week"),
        ("Template for letters", "Joint statement on the sentences of this week"),
    ],
)
def test_the_files_own_title_counts_only_if_it_is_sane(meta: str, expected: str) -> None:
    """It must not be a file name, and its words must stand on the first page."""
    assert read(pdf([LINES], title=meta)).title == expected


def test_a_locked_file_is_a_named_error() -> None:
    """Without the password there is nothing to read; an empty password is tried."""
    for password in ("secret", ""):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([LINES]))))
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
        out = BytesIO()
        writer.write(out)
        if password:
            with pytest.raises(ParseFailed, match="locked"):
                read(out.getvalue())
        else:
            assert "undersigned" in read(out.getvalue()).text


@pytest.mark.parametrize("body", [b"", b"<html>not a pdf</html>", b"%PDF-1.4\n%%EOF", pdf([LINES])[:300]])
def test_a_broken_file_is_a_named_error(body: bytes) -> None:
    """Half a file and no file at all are parse failures."""
    with pytest.raises(ParseFailed):
        read(body)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=40))
def test_damage_gives_a_draft_or_a_named_error(at: int, junk: bytes) -> None:
    """Bytes changed anywhere end in a reading or in ParseFailed."""
    whole = pdf([LINES])
    try:
        draft = read(whole[:at] + junk + whole[at + len(junk) :])
    except ParseFailed:
        return
    assert draft.media == "pdf"


@pytest.mark.slow
def test_only_the_first_five_hundred_pages_are_read() -> None:
    """A bound, and a note that says so."""
    draft = read(pdf([[f"Page number {n} says something about the case."] for n in range(reader.MAX_PAGES + 3)]))
    assert len(draft.pages) == reader.MAX_PAGES
    assert draft.origins["pages"] == f"read {reader.MAX_PAGES} of {reader.MAX_PAGES + 3}"
