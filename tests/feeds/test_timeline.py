"""What the reading side gives to feeds and pages."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import event

from storage import timeline
from storage.database import Database
from storage.models import Document, Source, Statement
from tests.feeds.rows import START, add_document, add_poll, add_statement, add_version, fill


def test_newest_first_with_documents_and_text(database: Database) -> None:
    """A statement comes with its latest text, its primary document first and every other one after it."""
    fill(database, 3)
    with database.writing() as session:
        newest = timeline.newest(session, limit=1)[0]
        statement = session.get_one(Statement, newest.id)
        add_document(
            session, statement, "ohchr", "https://ohchr.example/copy", role="copy", at=START - timedelta(days=1)
        )
        primary = session.get_one(Document, statement.document_id)
        primary.version = 2
        session.add(primary)
        add_version(session, primary, 2, at=START, text="Edited.", details={"missing": ["published"], "scanned": True})

    with database.reading() as session:
        views = timeline.newest(session, limit=10)
    assert [view.title for view in views] == ["Statement 2", "Statement 1", "Statement 0"]
    assert views[0].text == "Edited."
    assert views[0].missing == ("published", "scan")
    assert [document.role for document in views[0].documents] == ["original", "copy"]
    assert views[0].documents[1].source_title == "Ohchr"


def test_a_source_lists_statements_that_have_a_document_of_it(database: Database) -> None:
    """A copy brings the statement into the feed of the source that copied it, once."""
    fill(database, 4)
    with database.writing() as session:
        other = timeline.newest(session, source_id="viasna", limit=1)[0]
        statement = session.get_one(Statement, other.id)
        for path in "ab":
            add_document(session, statement, "ohchr", f"https://ohchr.example/{path}", role="copy")
    with database.reading() as session:
        titles = [view.title for view in timeline.newest(session, source_id="ohchr", limit=10)]
    assert titles == ["Statement 3", "Statement 2", "Statement 1"]


def test_pages_by_key_lose_and_repeat_nothing(database: Database) -> None:
    """Walking back page by page meets every statement once, also where many share one moment."""
    with database.writing() as session:
        session.add(
            Source(id="viasna", title="V", kind="ngo", country="BY", family="feed", origin="x", record={}, due_at=START)
        )
        session.flush()
        expected = {add_statement(session, 0, url=f"https://viasna.example/x{n}").id for n in range(7)}
    met = []
    before = None
    with database.reading() as session:
        while page := timeline.newest(session, limit=2, before=before):
            met += [view.id for view in page]
            before = (page[-1].sort_at, page[-1].id)
    assert len(met) == 7
    assert set(met) == expected


def test_the_number_of_queries_does_not_grow(database: Database) -> None:
    """Twenty statements cost as many queries as one."""
    fill(database, 20)
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with database.reading() as session:
        assert len(timeline.newest(session, limit=20)) == 20
    assert len([query for query in seen if query.startswith("SELECT")]) == 3


def test_the_stamp_moves_with_whatever_a_feed_shows(database: Database) -> None:
    """A new statement, an edit, another document, a state, a role, a source's name: each gives another stamp."""
    fill(database, 3)
    stamps = []

    def note() -> None:
        with database.reading() as session:
            stamps.append(timeline.stamp(session))

    note()
    note()
    assert stamps[0] == stamps[1]
    with database.writing() as session:
        statement = add_statement(session, 9)
        ids = (statement.id, statement.document_id)
    note()
    with database.writing() as session:
        session.add(_with(session.get_one(Statement, ids[0]), updated=START + timedelta(days=3)))
    note()
    with database.writing() as session:
        session.add(_with(session.get_one(Document, ids[1]), role="copy"))
    note()
    with database.writing() as session:
        add_document(session, session.get_one(Statement, ids[0]), "ohchr", "https://ohchr.example/c", role="copy")
    note()
    with database.writing() as session:
        session.add(_with(session.get_one(Source, "ohchr"), title="Another name"))
    note()
    assert len(set(stamps)) == len(stamps) - 1  # only the first two are alike


def test_one_statement_or_none(database: Database) -> None:
    """An unknown id is None; a known one comes with the captures of its versions."""
    (known,) = fill(database, 1)
    with database.reading() as session:
        assert timeline.one(session, uuid4()) is None
        view = timeline.one(session, known)
        assert view is not None
        assert view.title == "Statement 0"
        assert [(version.number, version.payload_sha256) for version in timeline.history(session, known)] == [
            (1, "ab" * 32)
        ]


def test_the_last_visit_to_each_source(database: Database) -> None:
    """Every source that was visited shows its latest visit, and no other."""
    fill(database, 0)
    with database.writing() as session:
        add_poll(session, "viasna", START)
        add_poll(session, "viasna", START + timedelta(hours=1), status="error", code="timeout")
    with database.reading() as session:
        assert {id_: poll.status for id_, poll in timeline.last_polls(session).items()} == {"viasna": "error"}
        assert [poll.status for poll in timeline.polls(session, "viasna", limit=9)] == ["error", "ok"]


def _with(row: Document | Statement | Source, **fields: object) -> Document | Statement | Source:
    for name, value in fields.items():
        setattr(row, name, value)
    return row
