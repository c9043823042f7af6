"""What each site shows at a moment: a pure function of the texts, the start and the time since."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib.resources import files

import msgspec
import yaml
from markupsafe import Markup

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "be": "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня",
}
_DAY = re.compile(r"\{day([+-]\d+)?\}")
_WHOLE_TEXT = re.compile(r"\{(\w+)/([\w-]+)\}")


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to a published text later on. A silent one leaves no trace in the dates the page shows."""

    at: timedelta
    title: str | None = None
    replace: dict[str, str] = {}
    silent: bool = False
    gone: bool = False


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text as written down in `texts/`. Texts of one site that share a key are translations of each other."""

    key: str
    at: timedelta
    slug: str
    title: str
    text: str
    lang: str = "en"
    section: str = ""
    then: list[Change] = []


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A text as its site shows it at one moment."""

    key: str
    number: int
    slug: str
    lang: str
    section: str
    title: str
    blocks: list[str]
    """Paragraphs, and lists and quotations as whole blocks."""
    published: datetime
    modified: datetime
    """As the page tells it."""
    changed: datetime
    """As it was."""
    gone: bool = False

    @property
    def html(self) -> list[Markup]:
        """The blocks as markup."""
        return [_markup(block) for block in self.blocks]

    @property
    def day(self) -> str:
        """The day of publication in words."""
        return spell(self.published, self.lang)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One site at one moment."""

    base: str
    now: datetime
    items: list[Item]
    """Whatever was published until now, newest first, with what is gone again."""

    @property
    def standing(self) -> list[Item]:
        """What a reader can still open."""
        return [item for item in self.items if not item.gone]

    @property
    def changed(self) -> datetime:
        """When anything on the site last moved."""
        return max(item.changed for item in self.items)

    def twins(self, item: Item) -> list[Item]:
        """The same text in every language it stands in, the item itself among them."""
        return sorted((other for other in self.standing if other.key == item.key), key=lambda other: other.lang)


class Story:
    """The texts on their way: what was there before `start`, and what happens after it, `speed` times as fast."""

    def __init__(self, texts: dict[str, list[Text]], start: datetime, speed: float = 1.0) -> None:
        self._texts = texts
        self._start = start
        self._speed = speed

    def view(self, site: str, base: str, now: datetime) -> View:
        """Show one site as it stands at `now`."""
        items = [
            self._item(text, number, now)
            for number, text in enumerate(self._texts[site], 1001)
            if self._when(text.at) <= now
        ]
        return View(
            base=base, now=now, items=sorted(items, key=lambda item: (item.published, item.number), reverse=True)
        )

    def _when(self, at: timedelta) -> datetime:
        after = at / self._speed if at > timedelta(0) else at
        return self._start + after

    def _item(self, text: Text, number: int, now: datetime) -> Item:
        published = modified = changed = self._when(text.at).replace(microsecond=0)
        title, blocks, gone = text.title, self._blocks(text), False

        for change in text.then:
            when = self._when(change.at)
            if when > now:
                break
            changed = when.replace(microsecond=0)
            modified = modified if change.silent else changed
            title = change.title or title
            blocks = [_replaced(block, change.replace) for block in blocks]
            gone = change.gone

        return Item(
            key=text.key,
            number=number,
            slug=text.slug,
            lang=text.lang,
            section=text.section,
            title=title,
            blocks=blocks,
            published=published,
            modified=modified,
            changed=changed,
            gone=gone,
        )

    def _blocks(self, text: Text) -> list[str]:
        published = self._when(text.at)
        blocks: list[str] = []
        for block in re.split(r"\n\s*\n", text.text.strip()):
            if quoted := _WHOLE_TEXT.fullmatch(block):
                site, key = quoted.groups()
                blocks += self._blocks(next(other for other in self._texts[site] if other.key == key))
                continue
            unfolded = block if block.startswith("- ") else " ".join(block.split())
            blocks.append(_DAY.sub(lambda m: spell(published + timedelta(days=int(m[1] or 0)), text.lang), unfolded))
        return blocks


def read_texts(sites: Iterable[str]) -> dict[str, list[Text]]:
    """Read the bundled texts of each site, in the order they are written down."""
    folder = files("service.demo") / "texts"
    return {
        site: msgspec.convert(yaml.safe_load((folder / f"{site}.yml").read_text("utf-8")), list[Text]) for site in sites
    }


def spell(when: datetime, lang: str) -> str:
    """Write a day out in a language, whatever the locale of the machine."""
    month = _MONTHS[lang].split()[when.month - 1]
    return f"{when.day} {month} {when.year}" + (" года" if lang == "be" else "")


def _replaced(block: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        block = block.replace(old, new)
    return block


def _markup(block: str) -> Markup:
    if block.startswith("- "):
        lines = (line.strip().removeprefix("- ") for line in block.splitlines())
        return Markup("<ul>{}</ul>").format(Markup().join(Markup("<li>{}</li>").format(line) for line in lines))
    if block.startswith("> "):
        return Markup("<blockquote><p>{}</p></blockquote>").format(block.removeprefix("> "))
    return Markup("<p>{}</p>").format(block)
