"""The documents name what there is."""

from pathlib import Path

import typer

from scrapers.errors import BY_CODE, OriginError, Refused, ScrapeError, Suspect
from scrapers.families import names
from service.cli import app

ROOT = Path(__file__).parents[2]
ABSTRACT = {ScrapeError, Refused, OriginError, Suspect}


def text(*paths: str) -> str:
    return "\n".join((ROOT / path).read_text(encoding="utf-8") for path in paths)


def test_every_command_is_documented() -> None:
    """A command nobody reads about is not there."""
    documents = text("README.md", "docs/guide.md", "docs/operating.md", "docs/sources.md")
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})
    for name, command in commands.items():
        if not command.hidden:
            assert f"khronika {name}" in documents, name
        for below in getattr(command, "commands", {}):
            assert f"khronika {name} {below}" in documents, f"{name} {below}"


def test_every_failure_has_its_line_in_the_manual() -> None:
    """A name in a table of outcomes must be found in the manual."""
    manual = text("docs/operating.md")
    assert [code for code, kind in BY_CODE.items() if kind not in ABSTRACT and f"`{code}`" not in manual] == []


def test_every_family_is_documented() -> None:
    """Somebody who writes a record finds what to write."""
    manual = text("docs/sources.md")
    assert [name for name in names() if f"| `{name}` |" not in manual] == []
