"""What commands and a person at a terminal have in common: lines out, failures said, Ctrl-C heard."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

    from service.stop import Stop


def emit(value: dict[str, Any]) -> None:
    """Print one object of JSON Lines."""
    import msgspec

    print(msgspec.json.encode(value).decode(), flush=True)  # noqa: T201


def terminal() -> Console:
    """Where tables go: as wide as the terminal, and wide enough for whole lines where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 200)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong on standard error and end with an exit code."""
    print(f"khronika: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into a wish; a second Ctrl-C ends the process at once."""

    def wish(_number: int, _frame: Any) -> None:
        stop.ask()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
