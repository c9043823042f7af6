"""Commands of Khronika in processes of their own, as a user starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from service.cli import main; main()"]


@dataclass
class House:
    """A data directory with its settings and a folder of sources."""

    folder: Path
    database_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def add(self, source_id: str, start: str, **record: Any) -> None:
        """Watch one more source; a feed unless the record says otherwise."""
        books = self.folder / "sources"
        books.mkdir(parents=True, exist_ok=True)
        value = {"title": source_id.title(), "family": "feed", "start": start} | record
        (books / f"{source_id}.yml").write_text(yaml.safe_dump(value))

    def environment(self, **settings: str) -> dict[str, str]:
        """The environment of a command."""
        (self.folder / "sources").mkdir(parents=True, exist_ok=True)
        names = {
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
            "CATALOGUE": "false",
            "SOURCES": str(self.folder / "sources"),
            "CONTACT": "tests",
            "ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
            "HOST_DELAY": "0",
            "PARSERS": "1",
        }
        given = {f"KHRONIKA_{name}": value for name, value in (names | self.settings | settings).items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KHRONIKA_")}
        return kept | given | {"PYTHONPATH": str(ROOT)}

    def start(self, *arguments: str, program: list[str] = PROGRAM, **settings: str) -> subprocess.Popen[str]:
        """Start a command with its output in pipes."""
        return subprocess.Popen(
            [*program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**settings),
            cwd=self.folder,
        )

    def run(
        self, *arguments: str, program: list[str] = PROGRAM, stdin: str = "", timeout: float = 60, **settings: str
    ) -> Done:
        """Run a command to its end, at most so many seconds."""
        ended = subprocess.run(
            [*program, *arguments],
            capture_output=True,
            text=True,
            input=stdin,
            env=self.environment(**settings),
            cwd=self.folder,
            timeout=timeout,
            check=False,
        )
        return Done(ended.returncode, ended.stdout, ended.stderr)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]
