"""`differences.yaml`: why the two differ, kind by kind, and who is right."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

#: Who has the value that the other lacks.
Side = Literal["khien", "tshark"]
_FILE = Path(__file__).with_name("differences.yaml")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of difference: this side alone has values of this field."""

    protocol: str
    field: str
    side: Side


@dataclass(frozen=True, slots=True)
class Explanation:
    """One entry. `captures` narrows it to captures whose path matches."""

    protocol: str
    fields: frozenset[str]
    sides: frozenset[str]
    captures: re.Pattern[str]
    right: str
    why: str

    def explains(self, kind: Kind, capture: str) -> bool:
        """Whether this kind in this capture is meant."""
        return (
            kind.protocol == self.protocol
            and kind.field in self.fields
            and kind.side in self.sides
            and self.captures.search(capture) is not None
        )


def load_explanations(path: Path = _FILE) -> tuple[Explanation, ...]:
    """Every entry of the file."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        Explanation(
            protocol=entry["protocol"],
            fields=frozenset(entry["fields"]),
            sides=frozenset(entry["sides"]),
            captures=re.compile(entry.get("captures", "")),
            right=entry["right"],
            why=entry["why"],
        )
        for entry in entries
    )


def first(explanations: Iterable[Explanation], kind: Kind, capture: str) -> Explanation | None:
    """The first entry that explains a kind of difference in a capture: put the narrow ones first."""
    return next((entry for entry in explanations if entry.explains(kind, capture)), None)
