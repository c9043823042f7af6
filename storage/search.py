"""The full-text index behind two functions, on SQLite (FTS5) and PostgreSQL (tsvector) with the same answers.

Both engines get the same folded words, so neither one's own idea of a word decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from storage.models import Statement

WORD = re.compile(r"\w+")
INDEXED_CHARS = 200_000
"""As much of a text as is indexed: PostgreSQL refuses a tsvector over 1 MB."""
INDEXED_BYTES = 500_000
"""… and of its folded words, which may be longer than what they were folded from."""
TITLE_CHARS = 2_000
LETTERS = str.maketrans({"ё": "е", "Ё": "Е", "_": " "})
"""Variants that accents do not explain. The mark of й, ў and ї stays: they are letters of their own."""
KEPT_MARKS = {"й", "Й", "ў", "Ў", "ї", "Ї"}
_UNINDEX = text("DELETE FROM statement_search WHERE rowid = :position")
_INDEX = text("INSERT INTO statement_search (rowid, title, body) VALUES (:position, :title, :body)")


def fold(value: str) -> list[str]:
    """The words of a text as they are compared: no case, no accents, no full or half width."""
    if value.isascii():
        return WORD.findall(value.translate(LETTERS).casefold())
    return WORD.findall(
        "".join(_bare(letter) for letter in unicodedata.normalize("NFKC", value).translate(LETTERS)).casefold()
    )


def _bare(letter: str) -> str:
    if letter.isascii() or letter in KEPT_MARKS:
        return letter
    return "".join(part for part in unicodedata.normalize("NFD", letter) if unicodedata.category(part) != "Mn")


def index(session: Session, position: int, title: str, body: str, *, fresh: bool = False) -> None:
    """Make a statement findable by its words, in place of what was indexed for it before unless it is `fresh`."""
    folded = " ".join(fold(body[:INDEXED_CHARS])).encode()[:INDEXED_BYTES].decode(errors="ignore")
    words = {"position": position, "title": " ".join(fold(title[:TITLE_CHARS]))[:TITLE_CHARS], "body": folded}
    if session.get_bind().dialect.name == "sqlite":
        if not fresh:
            session.connection().execute(_UNINDEX, words)
        session.connection().execute(_INDEX, words)
        return
    session.execute(
        text(
            "INSERT INTO statement_search (position, words) VALUES (:position, setweight(to_tsvector('simple', :title), 'A')"
            " || to_tsvector('simple', :body)) ON CONFLICT (position) DO UPDATE SET words = excluded.words"
        ),
        words,
    )


def forget(session: Session, position: int) -> None:
    """Take a statement out of the index."""
    name = "rowid" if session.get_bind().dialect.name == "sqlite" else "position"
    session.execute(text(f"DELETE FROM statement_search WHERE {name} = :position"), {"position": position})  # noqa: S608


def find(session: Session, query: str, limit: int) -> Sequence[UUID]:
    """Statements that hold every word of the query, the newest first. A query without words finds nothing."""
    wanted = fold(query)
    if not wanted:
        return []
    if session.get_bind().dialect.name == "sqlite":
        matching = text("SELECT rowid FROM statement_search WHERE statement_search MATCH :query").bindparams(
            query=" ".join(f'"{word}"' for word in wanted)
        )
    else:
        matching = text("SELECT position FROM statement_search WHERE words @@ to_tsquery('simple', :query)").bindparams(
            query=" & ".join(f"'{word}'" for word in wanted)
        )
    found = (
        select(Statement.id)
        .where(col(Statement.position).in_(matching.columns(Statement.__table__.c.position).scalar_subquery()))  # type: ignore[attr-defined]
        .order_by(col(Statement.sort_at).desc(), col(Statement.id).desc())
        .limit(limit)
    )
    return session.exec(found).all()
