"""Reads source records from YAML, says what is wrong with each and where, and keeps the good ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from scrapers.families import names
from scrapers.model import Expect, Selectors, Source

BUILT_IN = Path(__file__).parent / "sources"
_KNOWN: dict[str, tuple[str, ...]] = {
    "": Source.__struct_fields__,
    "select": Selectors.__struct_fields__,
    "expect": Expect.__struct_fields__,
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Problem(NamedTuple):
    """One thing wrong with a source file, in words that name the place."""

    where: str
    record: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.record + ': ' if self.record else ''}{self.message}"


class Catalogue(NamedTuple):
    """The records that could be read, and what kept the others out."""

    sources: list[Source]
    problems: list[Problem]


class CatalogueError(ValueError):
    """A catalogue that must be whole is not; `problems` says where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def load_builtin() -> list[Source]:
    """Return the built-in records; raises CatalogueError, since a fault in them is ours."""
    found = load_folder(BUILT_IN)
    if found.problems:
        raise CatalogueError(found.problems)
    return found.sources


def load_folder(path: Path) -> Catalogue:
    """Read every `.yml` and `.yaml` file below a folder; a folder that is not there holds no records."""
    files = sorted(file for file in path.rglob("*") if file.suffix in {".yml", ".yaml"} and file.is_file())
    return _together(load_file(file) for file in files)


def load_file(path: Path) -> Catalogue:
    """Read one file: a record whose id is the file's name, or `sources:` with a list of records."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Catalogue([], [Problem(str(path), "", f"cannot be read: {error}")])
    return _read(text, str(path), path.stem)


def parse(text: str, where: str = "input") -> list[Source]:
    """Read records from text; raises CatalogueError if anything is wrong with any of them."""
    found = _read(text, where, None)
    if found.problems:
        raise CatalogueError(found.problems)
    return found.sources


def to_yaml(sources: Iterable[Source]) -> str:
    """Write records so that `parse` reads them back; what equals the default is left out."""
    records = [_plain(source) for source in sources]
    return yaml.dump({"sources": records}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def _read(text: str, where: str, stem: str | None) -> Catalogue:
    try:
        tree = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        return Catalogue([], [Problem(place, "", f"no YAML: {getattr(error, 'problem', None) or 'nested too deeply'}")])

    records = _list(tree)
    if records is None:
        return _record(tree, where, stem, set())
    if not isinstance(records, yaml.SequenceNode):
        return Catalogue([], [Problem(where, "", "`sources` must be a list of records")])
    seen: set[int] = set()
    return _together((_record(node, where, None, seen) for node in records.value), where)


def _list(tree: Any) -> Any:
    """Return the node under `sources:` where that is all there is."""
    if not isinstance(tree, yaml.MappingNode) or len(tree.value) != 1:
        return None
    key, inner = tree.value[0]
    return inner if key.value == "sources" else None


def _record(node: Any, where: str, stem: str | None, seen: set[int]) -> Catalogue:
    if not isinstance(node, yaml.MappingNode):
        place = f"{where}:{node.start_mark.line + 1}" if node else where
        return Catalogue(
            [], [Problem(place, "", "a record must be a mapping of fields, or `sources:` with a list of them")]
        )
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
    try:
        value = _value(node, seen)
    except _Bad as error:
        return Catalogue([], [Problem(f"{where}:{error.line}", "", error.message)])
    if stem is not None:
        value = {"id": stem, **value}
    name = str(value.get("id", "?"))[:80]

    def wrong(field: str, message: str) -> Catalogue:
        return Catalogue([], [Problem(f"{where}:{lines.get(field, node.start_mark.line + 1)}", name, message)])

    if stem is not None and value["id"] != stem:
        return wrong("id", f"the id must be the file's name, {stem!r}")
    try:
        source = msgspec.convert(value, Source, strict=True)
    except msgspec.ValidationError as error:
        field = _field(str(error))
        return wrong(field, _explained(str(error), field, value))
    if source.family not in (known := names()):
        return wrong("family", f"unknown family {source.family!r}, known are {', '.join(known)}")
    return Catalogue([source], [])


def _field(message: str) -> str:
    """Return the top-level field that a message of msgspec is about."""
    found = re.search(r"at `\$\.([A-Za-z_]+)", message) or re.search(r"field `([^`]+)`", message)
    return found[1] if found else ""


def _explained(message: str, field: str, value: dict[str, Any]) -> str:
    text = (
        message.replace("Object contains an unknown", "unknown")
        .replace("Object contains", "has an")
        .replace("Object ", "")
    )
    text = text.replace("- at `$.", "at `")
    if field == "country":
        text += f'; a country is two capital letters such as "NO", not {value.get("country")!r}'
    if field == "every":
        text += "; an interval is a number and s, m, h or d, such as 30m"
    if "unknown field" in message:
        text += f"; known are {', '.join(_KNOWN.get(field, _KNOWN['']))}"
    return text


def _together(parts: Iterable[Catalogue], where: str = "catalogue") -> Catalogue:
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for part in parts:
        problems += part.problems
        for source in part.sources:
            if source.id in sources:
                problems.append(Problem(where, source.id, "this id is used twice"))
            sources.setdefault(source.id, source)
    return Catalogue(list(sources.values()), problems)


def _plain(source: Source) -> dict[str, Any]:
    """Reduce a record to plain values, without defaults, id and title first."""
    whole: dict[str, Any] = msgspec.to_builtins(source, str_keys=True)
    kept = {}
    for each in msgspec.structs.fields(source):
        default = each.default_factory() if each.default_factory is not msgspec.NODEFAULT else each.default
        if getattr(source, each.name) != default:
            kept[each.name] = _sparse(whole[each.name])
    return kept


def _sparse(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sparse(inner) for name, inner in value.items() if inner not in (None, [])}
    return [_sparse(inner) for inner in value] if isinstance(value, list) else value


class _Bad(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes two-letter words, so that nobody's YAML takes NO for false."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if re.fullmatch(r"[A-Z]{2}", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def _value(node: yaml.Node, seen: set[int]) -> Any:
    """Build plain values by the core schema: true and false are booleans, yes, NO and on are words."""
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if id(node) in seen:  # an alias leads to the very node its anchor stands at: the stuff of YAML bombs
        raise _Bad(node.start_mark.line + 1, "anchors and aliases are not used here")
    seen.add(id(node))
    if node.tag not in {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}:
        raise _Bad(node.start_mark.line + 1, f"the tag {node.tag!r} is not used here")
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, seen) for inner in node.value]
    found: dict[str, Any] = {}
    for key, inner in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _Bad(key.start_mark.line + 1, "a field name must be a word")
        if key.value in found:
            raise _Bad(key.start_mark.line + 1, f"the field {key.value!r} is given twice")
        found[key.value] = _value(inner, seen)
    return found


def _scalar(node: Any) -> Any:
    text, kind = node.value, node.tag.rpartition(":")[2]
    if kind == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int":
        return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else text
    if kind in {"str", "timestamp", "float", "bool"}:
        return text
    raise _Bad(node.start_mark.line + 1, f"the tag {node.tag!r} is not used here")
