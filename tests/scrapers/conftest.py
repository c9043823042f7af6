"""A server and a fetcher for the tests of everything that visits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.origin import Origin
from tests.scrapers.fetching import Desk, a_desk


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A scripted server."""
    with Origin() as server:
        yield server


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A fetcher that may visit loopback."""
    with a_desk() as ready:
        yield ready
