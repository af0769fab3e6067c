"""A `test.yaml`: its capture, its arguments, its filters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.CSafeLoader):
    """YAML without dates: EVE has times as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Filter:
    """`count` records must have all of `match`."""

    name: str
    count: int
    match: dict[str, Any]
    requires: dict[str, Any]
    filename: str | None

    @property
    def kind(self) -> str | None:
        """The event type it speaks of; where it names none, that of the first object it looks into."""
        stated = self.match.get("event_type")
        if stated is not None:
            return str(stated)
        return next((re.split(r"[.\[]", key)[0] for key in self.match if "." in key), None)


@dataclass(frozen=True, slots=True)
class Case:
    """One test."""

    name: str
    folder: Path
    capture: Path | None
    args: str
    requires: dict[str, Any]
    filters: tuple[Filter, ...]
    #: Checks that are no filters: (name, kind).
    others: tuple[tuple[str, str], ...]

    def rule_actions(self) -> frozenset[str]:
        """The first words of the rules beside the test."""
        words = set()
        for rules in self.folder.glob("*.rules"):
            for line in rules.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.strip() and not line.lstrip().startswith("#"):
                    words.add(line.split()[0])
        return frozenset(words)


def cases(root: Path) -> Iterator[Case]:
    """All tests below a folder, by name."""
    for path in sorted(root.rglob("test.yaml")):
        yield _case(root, path)


def _case(root: Path, path: Path) -> Case:
    name = path.parent.relative_to(root).as_posix()
    with path.open(encoding="utf-8") as stream:
        document = yaml.load(stream, Loader=_Loader) or {}
    filters, others = [], []
    for number, check in enumerate(document.get("checks") or []):
        [(kind, body)] = [(key, value) for key, value in check.items() if key != "requires"] or [("empty", None)]
        label = f"{name}#{number}"
        if kind == "filter":
            requires = {**(check.get("requires") or {}), **(body.get("requires") or {})}
            filters.append(
                Filter(name=label, count=body["count"], match=body["match"], requires=requires, filename=body.get("filename"))
            )
        else:
            others.append((label, kind))
    return Case(
        name=name,
        folder=path.parent,
        capture=_capture(path.parent, document.get("pcap")),
        args=" ".join(document.get("args") or []),
        requires=document.get("requires") or {},
        filters=tuple(filters),
        others=tuple(others),
    )


def _capture(folder: Path, stated: object) -> Path | None:
    if isinstance(stated, str):
        return (folder / stated).resolve()
    found = sorted(folder.glob("*.pcap")) + sorted(folder.glob("*.pcapng"))
    return found[0] if len(found) == 1 else None
