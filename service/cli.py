"""The command line: `khronika`. Exit 0: done; 1: could not do what was asked; 2: bad usage; 3: the store cannot be written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import __version__
from service.terminal import fail, stoppable

if TYPE_CHECKING:
    from service.app import Khronika
    from service.settings import Settings
    from storage.database import Database

app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None)
sources_app = typer.Typer(no_args_is_help=True, help="The places that are watched.")
db_app = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(sources_app, name="sources")
app.add_typer(db_app, name="db")

Json = Annotated[bool, typer.Option("--json", help="JSON Lines on standard output.")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="ID", help="Only this source.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]


def main() -> None:
    """Run the command line and exit with its code. No traceback ever reaches a user."""
    from service.errors import CannotDo
    from storage.errors import StorageError

    try:
        app()
    except StorageError as error:
        fail(" ".join(error.sentence.split()), code=3)  # a driver may say it in several lines
    except CannotDo as error:
        fail(str(error), code=1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        fail("stopped", code=1)


def settings_now(*, serving: bool = False) -> Settings:
    """The settings in force, with logs set up by them: a command says what it did itself, so only warnings are logged."""
    from service.logs import configure
    from service.settings import read_settings

    settings = read_settings()
    configure("WARNING" if settings.log_level == "INFO" and not serving else settings.log_level)
    return settings


@contextmanager
def store() -> Iterator[Database]:
    """The database alone, for commands that only ask."""
    from service.app import open_store

    database = open_store(settings_now())
    try:
        yield database
    finally:
        database.close()


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"khronika {__version__}")
        raise typer.Exit


@app.callback()
def khronika(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keeps every public statement once, with proof of what stood where and when."""
    del version


@app.command()
def run(host: Host = "127.0.0.1", port: Port = 8400) -> None:
    """Run everything in one process: scheduler, fetching and web."""
    from service.roles import run_embedded

    run_embedded(settings_now(serving=True), host, port)


@app.command()
def demo(host: Host = "127.0.0.1", port: Port = 8400) -> None:
    """The same beside bundled sample sites, with no network: statements appear, change and vanish while you watch."""
    from service.roles import run_demo

    run_demo(settings_now(serving=True), host, port)


@app.command()
def web(host: Host = "127.0.0.1", port: Port = 8400) -> None:
    """Serve pages and feeds only."""
    from service.roles import run_web

    run_web(settings_now(serving=True), host, port)


@app.command()
def scheduler() -> None:
    """Hand out due sources to workers over the queue in PostgreSQL."""
    from service.roles import run_scheduler

    run_scheduler(settings_now(serving=True))


@app.command()
def worker() -> None:
    """Poll the sources that the scheduler hands out."""
    from service.roles import run_worker

    run_worker(settings_now(serving=True))


@app.command(hidden=True)
def alive(role: Annotated[str, typer.Argument(metavar="ROLE", help="scheduler or worker.")]) -> None:
    """Exit 0 if a process of that role on this machine is at work: for container health checks."""
    from service.alive import require_beat

    require_beat(settings_now(), role)


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Sources to fetch now.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every enabled source, due or not.")] = False,
    due: Annotated[bool, typer.Option("--due", help="What is due now (the default without sources).")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Walk listings back to this day.")
    ] = None,
    limit: Limit = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only: nothing is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch now and exit, with a table of outcomes."""
    from service.fetching import fetch_now

    if bool(names) + everything + due > 1:
        fail("name sources, or --all, or --due: not several of them", code=2)
    day = since.date() if since else None
    fetch_now(
        settings_now(), names or [], everything=everything, since=day, limit=limit, rehearse=dry_run, as_json=as_json
    )


@app.command()
def documents(source: SourceOption = None, limit: Limit = None, as_json: Json = False) -> None:
    """List what is stored, in order of arrival."""
    from service.listing import print_documents

    with store() as database:
        print_documents(database, source, limit, as_json)


@app.command()
def events(source: SourceOption = None, limit: Limit = None, as_json: Json = False) -> None:
    """List what happened to documents, in order."""
    from service.listing import print_events

    with store() as database:
        print_events(database, source, limit, as_json)


@app.command()
def search(
    query: Annotated[list[str], typer.Argument(help="Words to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Find statements that hold every word, the newest first."""
    from service.listing import print_found

    with store() as database:
        print_found(database, " ".join(query), limit, as_json)


@app.command()
def show(
    statement: Annotated[str, typer.Argument(metavar="ID", help="Id of a statement or document, or its beginning.")],
    as_json: Json = False,
) -> None:
    """Show one statement with every document that carries it."""
    from service.listing import print_statement

    with store() as database:
        print_statement(database, statement, as_json)


@app.command()
def read(
    names: Annotated[
        list[str], typer.Argument(metavar="FILE_OR_URL...", help="Files or addresses; - answers JSON Lines.")
    ],
    as_json: Json = False,
) -> None:
    """Show what Khronika sees in a page, PDF or feed; nothing is stored."""
    from service.reading import read_lines, read_named

    if names == ["-"]:
        read_lines(settings_now())
    else:
        read_named(settings_now(), names, as_json)


@sources_app.command("list")
def sources_list(as_json: Json = False) -> None:
    """List the sources and how they are doing."""
    from service.sourcebook import print_sources

    with opened() as k:
        print_sources(k, as_json)


@sources_app.command("show")
def sources_show(source: Annotated[str, typer.Argument(metavar="SOURCE")], as_json: Json = False) -> None:
    """Show one source: its record, its health and its last visits."""
    from service.sourcebook import print_source

    with opened() as k:
        print_source(k, source, as_json)


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A site, its news page, a statement, a feed or a sitemap.")],
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="The id it gets; else one made of its name.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Watch it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Look at a site, propose how to watch it, and watch it if you agree."""
    from service.adding import add_source

    ask = typer.confirm if sys.stdin.isatty() and sys.stdout.isatty() else None
    with opened() as k:
        add_source(k, url, name=name, yes=yes, as_json=as_json, ask=ask)


@sources_app.command("check")
def sources_check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every enabled source.")] = False,
    as_json: Json = False,
) -> None:
    """Test sources live, storing nothing, and say what is wrong."""
    from service.checking import check_sources

    if not names and not everything:
        fail("name sources, or --all", code=2)
    with opened() as k:
        check_sources(k, names or [], as_json)


@sources_app.command("import")
def sources_import(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="OPML or YAML; - for standard input.")],
) -> None:
    """Add the sources of an OPML or YAML file."""
    from service.sourcebook import import_sources

    with opened() as k:
        import_sources(k, path)


@sources_app.command("export")
def sources_export(
    form: Annotated[str, typer.Option("--format", help="yaml or opml.", metavar="FORMAT")] = "yaml",
) -> None:
    """Print all sources as YAML or OPML."""
    from service.sourcebook import export_sources

    if form not in ("yaml", "opml"):
        fail(f"{form!r} is no format: use yaml or opml", code=2)
    with opened() as k:
        export_sources(k, form)


@sources_app.command("enable")
def sources_enable(names: Annotated[list[str], typer.Argument(metavar="SOURCE...")]) -> None:
    """Watch sources again; they are due at once."""
    switch(names, enabled=True)


@sources_app.command("disable")
def sources_disable(names: Annotated[list[str], typer.Argument(metavar="SOURCE...")]) -> None:
    """Stop watching sources; what is stored stays."""
    switch(names, enabled=False)


def switch(names: list[str], *, enabled: bool) -> None:
    """Enable or disable sources, all of them or none."""
    from service.sourcebook import switch_sources

    with opened() as k:
        switch_sources(k, names, enabled)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's schema up to date."""
    from service.upgrading import upgrade_store

    settings = settings_now()
    typer.echo("upgraded" if upgrade_store(settings) else "already up to date")


@contextmanager
def opened() -> Iterator[Khronika]:
    """Everything wired, with Ctrl-C heard as the wish to come to an end."""
    from service.app import open_khronika

    with open_khronika(settings_now()) as k, stoppable(k.stop):
        yield k
