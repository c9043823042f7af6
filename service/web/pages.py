"""The pages people read: timeline, statement, sources. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from feeds.entry import notes, paragraphs
from service.web.present import FILTERS, away, day
from service.web.site import Site
from storage import sources, timeline
from storage.timeline import Place, StatementView

HERE = Path(__file__).parent
STATIC = {"khronika.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
PAGE = 40
POLLS = 60
MAX_QUERY = 500

Endpoint = Callable[[Request], Response]


class Pages:
    """Every page of a site; each endpoint is sync, so the framework runs it in a thread."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._static = {name: (HERE / "static" / name).read_bytes() for name in STATIC}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(FILTERS)
        self._templates.filters["away"] = lambda at: away(at, site.clock())
        self._templates.filters["static"] = self._address

    def routes(self) -> list[tuple[str, Endpoint]]:
        """List the addresses and what answers them."""
        return [
            ("/", self.timeline),
            ("/statements/{id:uuid}", self.statement),
            ("/sources", self.sources),
            ("/sources/{id}", self.source),
            ("/static/{name}", self.static),
        ]

    def timeline(self, request: Request) -> Response:
        """The newest statements, or those that match `q`."""
        query = request.query_params.get("q", "").strip()[:MAX_QUERY]
        before = _place(request.query_params.get("before"))
        fault = None
        with self._site.database.reading() as session:
            if query:
                views, fault = self._found(session, query)
                more = None
            else:
                views = timeline.newest(session, limit=PAGE + 1, before=before)
                more = _cursor(views[PAGE - 1]) if len(views) > PAGE else None
                views = views[:PAGE]
        days = [(name, list(group)) for name, group in groupby(views, key=lambda view: day(view.sort_at))]
        return self.render(
            "timeline.html",
            400 if fault else 200,
            days=days,
            query=query,
            fault=fault,
            first=before is None,
            older=f"/?{urlencode({'before': more})}" if more else None,
        )

    def statement(self, request: Request) -> Response:
        """One statement with its documents, versions and captures."""
        with self._site.database.reading() as session:
            view = timeline.one(session, request.path_params["id"])
            if view is None:
                raise HTTPException(404, "There is no statement by that id.")
            versions = timeline.history(session, view.id)
        counts = {
            document.id: sum(version.document_id == document.id for version in versions) for document in view.documents
        }
        return self.render(
            "statement.html",
            view=view,
            notes=notes(view),
            body=view.html or paragraphs(view.text),
            versions=versions,
            counts=counts,
            documents={document.id: document for document in view.documents},
        )

    def sources(self, _request: Request) -> Response:
        """Every source and how its last visit went."""
        with self._site.database.reading() as session:
            rows = sources.everything(session)
            polls = timeline.last_polls(session)
        return self.render("sources.html", sources=sorted(rows, key=lambda row: row.title.casefold()), polls=polls)

    def source(self, request: Request) -> Response:
        """One source: its visits and what it published last."""
        with self._site.database.reading() as session:
            row = sources.find(session, request.path_params["id"])
            if row is None:
                raise HTTPException(404, "There is no source by that id.")
            polls = timeline.polls(session, row.id, limit=POLLS)
            views = timeline.newest(session, source_id=row.id, limit=10)
        return self.render("source.html", source=row, polls=polls, views=views)

    def static(self, request: Request) -> Response:
        """The stylesheet and the icon; their addresses change with their bytes."""
        name = request.path_params["name"]
        if name not in STATIC:
            raise HTTPException(404, "There is no such file.")
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(self._static[name], media_type=STATIC[name], headers=headers)

    def render(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """Fill a template."""
        page = self._templates.get_template(template).render(**values)
        # A lone surrogate must not take the page away; everything else encodes.
        content = page.encode("utf-8", "replace")
        return HTMLResponse(content, status, headers={"cache-control": "no-cache"})

    def _found(self, session: Session, query: str) -> tuple[list[StatementView], str | None]:
        try:
            ids: Sequence[UUID] = self._site.search(session, query, PAGE)
        except ValueError as error:
            return [], str(error)
        return timeline.read(session, ids), None

    def _address(self, name: str) -> str:
        return f"/static/{name}?v={sha256(self._static[name]).hexdigest()[:10]}"


def _cursor(view: StatementView) -> str:
    return f"{view.sort_at.isoformat()}_{view.id.hex}"


def _place(cursor: str | None) -> Place | None:
    """Read where a page begins; HTTPException 400 if that cannot be read."""
    if cursor is None:
        return None
    at, _, id_ = cursor.partition("_")
    try:
        moment = datetime.fromisoformat(at)
        place = (moment, UUID(hex=id_))
    except ValueError as error:
        raise HTTPException(400, "This page of the timeline does not exist.") from error
    if moment.tzinfo is None:
        raise HTTPException(400, "This page of the timeline does not exist.")
    return place
