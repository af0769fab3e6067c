"""A vector as it stands in the files: plain data, read and written as YAML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "vectors"
VERSION = 1
#: Offset 0 of every vector: 2026-02-02T02:40:00Z.
START_US = 1_770_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An alert. Times are microseconds after the start; `events` the first 100 ids; `fired_by` null when nothing came."""

    rule: str
    group: dict[str, str]
    start: int
    end: int
    fired_by: int | None
    last: int
    hits: int
    event_count: int
    events: tuple[int, ...]
    observed: str

    @property
    def key(self) -> tuple[object, ...]:
        """All of it, sortable."""
        return (self.rule, tuple(self.group.items()), self.start, self.fired_by or 0, self.end, self.last, self.hits,
                self.event_count, self.events, self.observed)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """Rules as Sigma text, events, the steps in which they come, and the alerts. `pins`: the sentence it stands for.

    `then`: documents that take the place of those of the same ids at the step `change`.
    """

    name: str
    pins: str
    rules: str
    events: tuple[dict[str, Any], ...]
    arrival: tuple[Any, ...]
    expect: tuple[Expected, ...]
    needs: tuple[str, ...] = field(default=())
    then: str = ""

    @property
    def is_live(self) -> bool:
        """Whether a clock runs beside it: then wrong clocks and silent sources are known."""
        return any(isinstance(step, dict) and "clock" in step for step in self.arrival)

    @property
    def rules_after(self) -> str:
        """The rules from the step `change` on."""
        known = {one["id"]: one for one in yaml.load_all(self.rules, Loader=_LOADER)}
        known |= {one["id"]: one for one in yaml.load_all(self.then, Loader=_LOADER)}
        return yaml.safe_dump_all(known.values(), sort_keys=False, allow_unicode=True)

    def steps(self) -> Iterable[tuple[str, Any]]:
        """`("event", event)`, `("promise", {source: microseconds})`, `("clock", microseconds)`; `("change" or "end", None)`."""
        by_id = {event["id"]: event for event in self.events}
        for step in self.arrival:
            if isinstance(step, int):
                yield "event", by_id[step]
            elif isinstance(step, str):
                yield step, None
            else:
                yield from step.items()


def write(path: Path, vectors: Sequence[Vector], *, common: str) -> None:
    """One file of vectors; `common` stands before the rules of each."""
    body = {"version": VERSION, "common": common, "vectors": [_plain(vector) for vector in vectors]}
    text = yaml.dump(body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    path.write_text(text, encoding="utf-8")


def read(folder: Path = FOLDER) -> list[Vector]:
    """All vectors of a folder, `common` put before their rules."""
    found: list[Vector] = []
    for path in sorted(folder.glob("*.yaml")):
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        assert body["version"] == VERSION, path
        for one in body["vectors"]:
            expect = tuple(Expected(**{**alert, "events": tuple(alert["events"])}) for alert in one["expect"])
            found.append(
                Vector(
                    name=one["name"],
                    pins=one["pins"],
                    rules=body["common"] + one["rules"],
                    events=tuple(one["events"]),
                    arrival=tuple(one["arrival"]),
                    expect=expect,
                    needs=tuple(one.get("needs", ())),
                    then=one.get("then", ""),
                )
            )
    return found


def _plain(vector: Vector) -> dict[str, Any]:
    plain = asdict(vector)
    plain["events"] = [_Flow(event) for event in vector.events]
    plain["arrival"] = _FlowList(vector.arrival)
    plain["expect"] = [_Flow({**asdict(alert), "events": list(alert.events)}) for alert in vector.expect]
    plain["rules"] = _Block(vector.rules)
    plain["then"] = _Block(vector.then)
    for name in ("needs", "then"):
        if not plain[name]:
            del plain[name]
    return plain


class _Flow(dict[str, Any]):
    """A map on one line."""


class _FlowList(list[Any]):
    """A list on one line."""


class _Block(str):
    """A text as a block."""

    __slots__ = ()


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _flow_map(dumper: _Dumper, data: _Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", dict(data), flow_style=True)


def _flow_list(dumper: _Dumper, data: _FlowList) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", list(data), flow_style=True)


def _block(dumper: _Dumper, data: _Block) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(data), style="|")


_Dumper.add_representer(_Flow, _flow_map)
_Dumper.add_representer(_FlowList, _flow_list)
_Dumper.add_representer(_Block, _block)
