"""The operator's wish to come to an end, heard even while waiting."""

from __future__ import annotations

import threading


class Stopped(Exception):
    """The operator asked to stop; what is done is kept."""


class Stop:
    """The wish to stop, heard even while waiting for a host's turn."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ask(self) -> None:
        """Ask everyone to come to an end."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """True once somebody asked."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait, unless asked to stop: then raise Stopped."""
        if self._event.wait(seconds):
            raise Stopped
