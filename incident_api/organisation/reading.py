"""The city's files, read with suspicion: `organisation.yaml`, or CSV tables. What is wrong is told with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from incident_api.coordination.documents import parse_document
from incident_api.coordination.organisation import Misplaced, Organisation
from khien.errors import KhienError

YAML_FILE = "organisation.yaml"
#: Ten thousand systems with their networks as CSV have 2 MB.
FILE_BYTES = 8 << 20
_Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """The city as a document, and where each part of it stands in its files."""

    document: dict[str, Any]
    locate: Callable[[_Place], Spot]


def from_yaml(text: str) -> Source:
    """`organisation.yaml`. Raises `organisation.invalid`."""
    try:
        document, tree = parse_document(text.removeprefix("\ufeff"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        reason = getattr(error, "problem", None) or " ".join(str(error).split()) or type(error).__name__
        raise invalid(Spot(YAML_FILE, line, column), reason) from error
    return Source(document, lambda place: _spot(tree, place))


def organisation_of(source: Source, *, rota: Mapping[str, Any], keys: Mapping[str, Any]) -> Organisation:
    """The organisation with the rota and the keys that it keeps. Raises `organisation.invalid`."""
    try:
        return Organisation.model_validate({**source.document, "rota": rota, "keys": keys})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        cause = first.get("ctx", {}).get("error")
        place = cause.place if isinstance(cause, Misplaced) else first["loc"]
        reason = str(first["msg"]).removeprefix("Value error, ")
        name = "/".join(str(each) for each in place)
        raise invalid(source.locate(place), f"{name}: {reason}" if name else reason, count=error.error_count()) from error


def read_files(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """The texts of those files that are there. Raises `organisation.invalid` for what is too large or no text."""
    found = {}
    for name in names:
        path = folder / name
        if not path.is_file():
            continue
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES + 1)
        if len(raw) > FILE_BYTES:
            raise invalid(Spot(name, 1, 1), f"larger than {FILE_BYTES} bytes")
        try:
            found[name] = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise invalid(Spot(name, line, error.start - raw.rfind(b"\n", 0, error.start)), "not UTF-8") from error
    return found


def invalid(spot: Spot, reason: str, *, count: int = 1) -> KhienError:
    """The sentence that says what to mend."""
    return KhienError("organisation.invalid", file=spot.file, line=spot.line, column=spot.column, reason=reason[:300], count=count)


def _spot(tree: yaml.Node, place: _Place) -> Spot:
    """The deepest node on the way that exists."""
    node = tree
    for step in place:
        following: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            pairs = ((key, value) for key, value in node.value if key.value == str(step))
            found = next(pairs, None)
            if found is not None:
                following = found[1] if isinstance(found[1], yaml.ScalarNode) or step != place[-1] else found[0]
                if step != place[-1]:
                    following = found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = node.value[step]
        if following is None:
            break
        node = following
    return Spot(YAML_FILE, node.start_mark.line + 1, node.start_mark.column + 1)
