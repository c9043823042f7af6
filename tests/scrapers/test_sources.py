"""Every record of the catalogue reads its own recorded listing and page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scrapers.catalogue import BUILT_IN, load_builtin
from scrapers.families import family, names
from scrapers.model import Link, Source
from tests.scrapers.pages import page

SOURCES = {source.id: source for source in load_builtin()}
FIXTURES = Path(__file__).parent.parent / "sources"
TYPES = {".html": "text/html; charset=utf-8", ".xml": "application/rss+xml", ".json": "application/json"}


def recorded(source: Source, stem: str) -> tuple[bytes, str]:
    """Return the bytes and media type of a fixture."""
    [file] = (FIXTURES / source.id).glob(f"{stem}.*")
    return file.read_bytes(), TYPES[file.suffix]


def expected(source: Source) -> dict[str, Any]:
    """Return what a person has read in the fixture."""
    found: dict[str, Any] = json.loads((FIXTURES / source.id / "expected.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_a_listing_gives_the_addresses_a_person_sees_there(slug: str) -> None:
    """The record and its family find every statement of the recorded listing, and nothing else."""
    source, wanted = SOURCES[slug], expected(SOURCES[slug])
    body, kind = recorded(source, "listing")

    listing = family(source.family).links(source, page(wanted.get("listing_url", source.start), body, kind))

    assert [link.url for link in listing.links] == wanted["links"]
    assert listing.next == wanted.get("next", [])
    assert listing.ttl == wanted.get("ttl")
    assert listing.partial is None
    if "dates" in wanted:
        assert [link.published and str(link.published)[:10] for link in listing.links] == wanted["dates"]
    assert set(wanted.get("rejected", [])) <= {rejected.what for rejected in listing.rejected}
    if source.family != "sitemap":
        assert all(link.title for link in listing.links)


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_a_page_gives_the_reading_a_person_gives_it(slug: str) -> None:
    """Title, text and day come out whole, without the furniture around them."""
    source, wanted = SOURCES[slug], expected(SOURCES[slug])
    body, kind = recorded(source, "page")
    address = wanted["draft_of"]

    draft = family(source.family).draft(source, page(address, body, kind), Link(url=address))

    assert draft.title == wanted["draft"]["title"]
    assert wanted["draft"]["first"] in draft.text
    assert wanted["draft"]["last"] in draft.text
    assert draft.published is not None
    assert str(draft.published)[:10] == wanted["draft"]["published"]
    assert draft.language == wanted["draft"].get("language", "en")
    assert not [
        words
        for words in (*wanted["draft"]["absent"], "permission to reprint", "Contacts and addresses")
        if words in draft.text
    ]
    assert draft.html


def test_every_family_and_kind_has_records() -> None:
    """The catalogue shows each kind and each family at work, two records a family save one-site and last-resort ones."""
    by_family = [source.family for source in SOURCES.values()]
    assert {name for name in names() if by_family.count(name) < 2} <= {"govuk", "json_api", "reliefweb", "telegram"}
    assert {source.kind for source in SOURCES.values()} == {"ngo", "igo", "ministry", "coalition", "media"}
    assert len(SOURCES) >= 16


def test_a_record_lies_in_the_folder_of_its_kind() -> None:
    """A record is found where its kind says."""
    misplaced = [file for file in BUILT_IN.rglob("*.yml") if SOURCES[file.stem].kind != file.parent.name]
    assert not misplaced


def test_a_disabled_record_says_why() -> None:
    """What must not be fetched names the reason a person can act on."""
    disabled = [source for source in SOURCES.values() if not source.enabled]
    assert disabled
    assert all(source.standing for source in disabled)
