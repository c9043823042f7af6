"""The full-text index: the same answers on both engines."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import search
from storage.database import Database
from storage.ids import new_id
from storage.models import Statement

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def add(database: Database, title: str, body: str, hours_ago: int = 0) -> UUID:
    row = Statement(
        document_id=new_id(),
        title=title,
        language="und",
        first_seen=NOW,
        updated=NOW,
        sort_at=NOW - timedelta(hours=hours_ago),
    )
    with database.writing() as session:
        session.add(row)
        session.flush()
        search.index(session, row.position, title, body)
    return row.id


def find(database: Database, query: str) -> list[UUID]:
    with database.reading() as session:
        return list(search.find(session, query, 10))


def test_every_word_must_be_there_and_the_newest_comes_first(database: Database) -> None:
    """Words are and-ed over title and text."""
    old = add(database, "On the arrests", "Nine observers were held in Minsk.", 5)
    new = add(database, "Observers freed", "The nine left Minsk this morning.")
    add(database, "On the budget", "Nothing of note.")
    assert find(database, "MINSK observers") == [new, old]
    assert find(database, "minsk budget") == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Её освободили в мае", "ее"),
        ("Déclaration conjointe", "declaration"),
        ("ＭＩＮＳＫ", "minsk"),
        ("Затрыманні ў Мінску", "мінску"),
        ("don't", "don t"),
        ("A/HRC/RES/49/26", "hrc 49"),
    ],
)
def test_spelling_does_not_hide_a_statement(database: Database, text: str, query: str) -> None:
    """Case, accents, ё, width and punctuation are folded on both sides."""
    found = add(database, text, "")
    assert find(database, query) == [found]


def test_letters_of_their_own_are_not_accents(database: Database) -> None:
    """й is not и, nor ї і: folding them would join other words."""
    add(database, "мой край", "")
    assert find(database, "мои краи") == []


def test_a_changed_text_is_found_by_its_new_words_only(database: Database) -> None:
    """What was taken out of a statement no longer finds it."""
    found = add(database, "On the arrests", "Nine were held.")
    with database.writing() as session:
        row = session.get_one(Statement, found)
        search.index(session, row.position, "On the arrests", "Eleven were held.")
    assert find(database, "nine") == []
    assert find(database, "eleven") == [found]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_query_is_an_injection_or_an_error(database: Database, query: str) -> None:
    """Quotes, stars, parentheses and operators are only signs between words."""
    assert isinstance(find(database, query), list)


def test_a_megabyte_of_text_is_indexed(database: Database) -> None:
    """PostgreSQL refuses larger vectors; a long report must not stop its document."""
    found = add(database, "A long report", " ".join(f"word{number}" for number in range(200_000)))
    assert find(database, "word7 report") == [found]
