"""The web application: feeds first, past the framework; everything else through it."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.web.feeds import PREFIX, FeedApp, Message, Receive, Scope, Send
from service.web.pages import Pages
from service.web.site import Site
from storage.database import require_schema
from storage.errors import StorageError

_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"interest-cohort=(), camera=(), microphone=(), geolocation=()"),
]


class WebApp:
    """An ASGI application: the raw path of the feeds in front of the framework."""

    def __init__(self, feeds: FeedApp, framework: FastAPI) -> None:
        self._feeds = feeds
        self.framework = framework
        """Where further routes are added."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or lifespan."""
        if scope["type"] != "http":
            await self.framework(scope, receive, send)
            return
        if scope["path"].startswith(PREFIX):
            await self._feeds(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self.framework(scope, receive, guarded)


def create_app(site: Site) -> WebApp:
    """Wire the web side of an installation."""
    pages = Pages(site)
    # The interactive documentation would load scripts from elsewhere.
    framework = FastAPI(title="Khronika", docs_url=None, redoc_url=None, openapi_url=None)
    for path, endpoint in pages.routes():
        framework.add_route(path, endpoint, methods=["GET"])
    framework.add_route("/healthz", _health(site), methods=["GET"])
    framework.add_route("/readyz", _ready(site), methods=["GET"])

    async def refused(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 503
        detail = (
            str(error.detail) if isinstance(error, HTTPException) else "The store cannot be read now. Try again soon."
        )
        headers = error.headers if isinstance(error, HTTPException) else {"retry-after": "30"}
        page = await run_in_threadpool(pages.render, "error.html", status, status=status, detail=detail)
        page.headers.update(headers or {})
        return page

    framework.add_exception_handler(HTTPException, refused)
    framework.add_exception_handler(StorageError, refused)
    return WebApp(FeedApp(site), framework)


def _health(site: Site):  # type: ignore[no-untyped-def]
    def healthz(_request: Request) -> Response:
        """Answer 200 while the database answers and the scheduler of this process ticks."""
        found = {"database": _database(site), "scheduler": _scheduler(site)}
        well = found["database"] == "ok" and found["scheduler"] in ("ok", "elsewhere")
        return _told(well, found)

    return healthz


def _ready(site: Site):  # type: ignore[no-untyped-def]
    def readyz(_request: Request) -> Response:
        """Answer 200 once the database has the schema that this program was written for."""
        try:
            require_schema(site.database)
        except StorageError as error:
            return _told(False, {"schema": error.sentence})
        return _told(True, {"schema": "ok"})

    return readyz


def _database(site: Site) -> str:
    try:
        with site.database.reading() as session:
            session.connection().exec_driver_sql("SELECT 1")
    except StorageError as error:
        return error.code
    return "ok"


def _scheduler(site: Site) -> str:
    if site.beat is None:
        return "elsewhere"
    last = site.beat()
    if last is None:
        return "not started"
    return "ok" if (site.clock() - last).total_seconds() <= site.beat_limit else "stuck"


def _told(well: bool, found: dict[str, str]) -> Response:
    body = {"status": "ok" if well else "failing", **found}
    return JSONResponse(body, 200 if well else 503, headers={"cache-control": "no-store"})
