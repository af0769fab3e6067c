"""The table of what is compared (`fields.yaml`), and how values are found on our side of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from khien.second_opinion.forms import FORMS, PIECES, plain


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one protocol, as both sides have it."""

    protocol: str
    name: str
    datasets: frozenset[str]
    layers: frozenset[str]
    ours: tuple[str, ...]
    theirs: frozenset[str]
    form: str
    words: Mapping[str, str]
    pattern: re.Pattern[str] | None
    ignore: frozenset[str]
    when: Mapping[str, str]
    is_secret: bool

    def of_event(self, event: Mapping[str, Any]) -> Iterator[str]:
        """Our values in one event of a dataset of this field."""
        if all(wanted in _found(event, path) for path, wanted in self.when.items()):
            for path in self.ours:
                for value in _found(event, path):
                    yield from self._kept(value)

    def of_tshark(self, value: str) -> Iterator[str]:
        """Tshark's value in our words; nothing when it does not belong to this field."""
        if self.pattern is not None:
            caught = self.pattern.search(value)
            if caught is None:
                return
            value = caught.group(1)
        yield from self._kept(self.words.get(value, value))

    def _kept(self, value: str) -> Iterator[str]:
        # In a path, \t is the beginning of a name.
        value = value if self.form == "path" else plain(value)
        for part in value.split(PIECES[self.form]) if self.form in PIECES else (value,):
            written = FORMS[self.form](part)
            if written and written not in self.ignore:
                yield written


@cache
def load_fields() -> tuple[Field, ...]:
    """Every field of the table."""
    document = yaml.safe_load(files(__package__).joinpath("fields.yaml").read_text(encoding="utf-8"))
    return tuple(
        Field(
            protocol=protocol,
            name=name,
            datasets=frozenset(entry["datasets"]),
            layers=frozenset(entry.get("layers", ())),
            ours=tuple(field["ours"]),
            theirs=frozenset(field["theirs"]),
            form=field.get("form", "text"),
            words=field.get("words", {}),
            pattern=re.compile(field["pattern"]) if "pattern" in field else None,
            ignore=frozenset(field.get("ignore", ())),
            when=entry.get("when", {}),
            is_secret=field.get("secret", False),
        )
        for protocol, entry in document.items()
        for name, field in entry["fields"].items()
    )


@cache
def _steps(path: str) -> tuple[tuple[str, str | None], ...]:
    """`a.b[c].d` as (a, none), (b, c), (d, none)."""
    parts = (part.partition("[") for part in path.split("."))
    return tuple((name, selector[:-1] if bracket else None) for name, bracket, selector in parts)


def _found(event: Mapping[str, Any], path: str) -> list[str]:
    """The values at a path, as text."""
    values: list[Any] = [event]
    for name, selector in _steps(path):
        objects = [value for value in values if isinstance(value, dict)]
        if name == "*":
            return [member for found in objects for member in found]
        values = [found[name] for found in objects if name in found]
        if selector is not None:
            values = [member for value in values if isinstance(value, list) for member in value if _is_selected(member, selector)]
    return [str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool)]


def _is_selected(member: Any, selector: str) -> bool:
    name, _, wanted = selector.partition("=")
    return not name or (isinstance(member, dict) and str(member.get(name, "")).lower() == wanted)
