"""Looks at a few addresses of a site, each once, and keeps account of what was asked and what came of it."""

from __future__ import annotations

import msgspec

from scrapers.errors import ScrapeError
from scrapers.model import NotModified, Page, Validators
from service.app import Khronika

NO_VALIDATORS = Validators()


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One address that was looked at."""

    url: str
    found: str


class Visits:
    """A polite fetcher without archive that never asks twice, and not more often than it may."""

    def __init__(self, k: Khronika, most: int) -> None:
        self._k = k
        self._most = most
        self._answers: dict[str, Page | ScrapeError] = {}
        self._words: dict[str, str] = {}
        self._arrived: dict[str, Page] = {}

    @property
    def left(self) -> int:
        """How many further addresses may be asked for."""
        return self._most - len(self._answers)

    @property
    def looks(self) -> list[Look]:
        """What was looked at, in order."""
        return [Look(url=url, found=self._words[url]) for url in self._answers]

    def allow(self, more: int) -> None:
        """Allow so many further requests, whatever was left."""
        self._most = len(self._answers) + more

    def note(self, url: str, words: str) -> None:
        """Say what was found at an address."""
        if url in self._words:
            self._words[url] = words

    def get(
        self,
        url: str,
        *,
        validators: Validators = NO_VALIDATORS,
        deadline: float | None = None,
        ask_robots: bool = True,
    ) -> Page:
        """Return the answer of an address, the one had before if it was asked already. Raises ScrapeError."""
        if url in self._arrived:  # where a redirect led
            return self._arrived[url]
        if url not in self._answers:
            if self.left <= 0:
                raise ScrapeError(url, "not looked at: enough was asked of this site")
            self._answers[url] = self._ask(url, validators, deadline, ask_robots)
        answer = self._answers[url]
        if isinstance(answer, ScrapeError):
            raise answer
        return answer

    def _ask(self, url: str, validators: Validators, deadline: float | None, ask_robots: bool) -> Page | ScrapeError:
        try:
            answer = self._k.rehearsal.get(url, validators=validators, deadline=deadline, ask_robots=ask_robots)
        except ScrapeError as error:
            self._words[url] = error.sentence
            return error
        if isinstance(answer, NotModified):
            self._words[url] = "304 without being asked"
            return ScrapeError(url, "304 without being asked")
        self._arrived[answer.url] = answer
        self._words[url] = f"an answer of {len(answer.body)} bytes"
        return answer
