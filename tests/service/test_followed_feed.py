"""A ministry's feed followed from the first to the last revision: a window of ten, edits in place, items that come and go."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pytest

from scrapers.sandbox import Sandbox
from tests.origin import reply
from tests.service.world import World, open_world

REVISIONS = 60
WINDOW = 10
SUBJECTS = (
    "observers",
    "lawyers",
    "printers",
    "teachers",
    "monitors",
    "drivers",
    "nurses",
    "editors",
    "students",
    "singers",
)
PLACES = ("Brest", "Homiel", "Vitebsk", "Minsk", "Hrodna", "Pinsk", "Orsha", "Lida")


@dataclass
class Item:
    """One statement as the ministry has it now, and every state that was ever served."""

    guid: str
    slug: str
    title: str
    text: str
    states: list[tuple[str, str]] = field(default_factory=list)


class Ministry:
    """A press room that behaves as real ones do, by a script of chance that is the same each time."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.items: list[Item] = []
        self.window: list[Item] = []
        self.moved = 0
        for _ in range(WINDOW):
            self.publish()

    def publish(self) -> None:
        """Say something new."""
        number = len(self.items)
        subject, place = self.chance.choice(SUBJECTS), self.chance.choice(PLACES)
        text = f"The Ministry deplores the sentencing of {number + 3} {subject} in {place} and asks to hear case {number} anew."
        item = Item(f"https://ministry.example/?p={1000 + number}", f"s-{number}", f"On the {subject} of {place}", text)
        self.items.append(item)
        self.window = [item, *self.window][:WINDOW]

    def step(self) -> None:
        """Do one of the things that ministries do."""
        act = self.chance.choices(["publish", "title", "text", "leave", "nothing", "move"], [5, 2, 2, 2, 2, 1])[0]
        item = self.chance.choice(self.window)
        if act == "publish":
            self.publish()
        elif act == "title":
            item.title += ", once more"
        elif act == "text":
            item.text += f" This was said again on day {len(item.states)}."
        elif act == "leave":  # a cache that flaps: it comes back with the next revision
            self.window = [other for other in self.items[-WINDOW - 1 :][::-1] if other is not item][:WINDOW]
        elif act == "move":
            item.slug = f"moved-{self.moved}"
            self.moved += 1

    def serve(self) -> None:
        """Put the current revision on the origin."""
        entries = []
        for item in self.window:
            url = f"{self.world.origin.url}/{item.slug}"
            said = (item.title, item.text)
            if not item.states or item.states[-1] != said:
                item.states.append(said)
            entries.append(
                f"<item><title>{escape(item.title)}</title><link>{url}</link><guid isPermaLink='false'>{item.guid}</guid>"
                f"<pubDate>Mon, 02 Mar 2026 09:00:00 GMT</pubDate><description>{escape(item.text)}</description></item>"
            )
            body = f"<main><h1>{item.title}</h1><div class=entry-content><p>{item.text}</p></div></main>"
            self.world.origin.on(f"/{item.slug}", reply(f"<html lang=en><body>{body}</body></html>".encode()))
        feed = f"<rss version='2.0'><channel><title>Ministry</title>{''.join(entries)}</channel></rss>"
        self.world.origin.on("/feed", reply(feed.encode(), Content_Type="application/rss+xml"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_item_is_kept_once_with_every_text_it_ever_had(tmp_path: Path, sandbox: Sandbox, seed: int) -> None:
    """None lost, none doubled; an edit is a version, a changed address a move, leaving the window nothing at all."""
    with open_world(tmp_path, "", sandbox) as world:
        world.add(languages=["en"], every="1m")
        ministry = Ministry(world, seed)
        for _ in range(REVISIONS):
            ministry.serve()
            report = world.poll()
            assert report.items_seen == report.items_new + report.items_known + report.items_rejected
            assert report.error is None
            world.clock.go(minutes=30)
            ministry.step()

        truth = {item.guid: item.states for item in ministry.items if item.states}
        assert Counter(document.guid for document in world.documents) == Counter(truth.keys())
        for document in world.documents:
            versions = [(row.title, row.text) for row in world.versions if row.document_id == document.id]
            assert versions == truth[document.guid or ""]
        kinds = Counter(kind for kind, _ in world.events)
        assert kinds["new"] == len(truth)
        assert kinds["edited"] == sum(len(states) - 1 for states in truth.values())
        assert set(kinds) <= {"new", "edited", "moved"}
