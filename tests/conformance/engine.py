"""The engine as the suites use it: a capture in, decoded events out, with those settings that this engine has."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from khien_engine.packet import CaptureReader, PacketSettings

if TYPE_CHECKING:
    from khien_engine.packet import PacketStats

Event: TypeAlias = dict[str, Any]
Value: TypeAlias = bool | int | str


@cache
def setting_names() -> frozenset[str]:
    """What `PacketSettings` of the engine at hand can be told."""
    return frozenset(inspect.signature(PacketSettings).parameters)


def split(wanted: Mapping[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """Those settings that exist, and the names of those that do not."""
    known = setting_names()
    return {name: value for name, value in wanted.items() if name in known}, [name for name in wanted if name not in known]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a capture gave."""

    events: tuple[Event, ...]
    stats: "PacketStats"


def settings(wanted: Mapping[str, Value]) -> PacketSettings:
    """The settings; names must exist (see `split`)."""
    return PacketSettings(**wanted)  # type: ignore[arg-type] # checked against the signature by `split`


def lines(path: Path, chosen: PacketSettings) -> Iterator[bytes]:
    """All event lines of a capture."""
    for batch in CaptureReader(str(path), chosen):
        yield from batch.lines.splitlines()


def read(path: Path, wanted: Mapping[str, Value]) -> Reading:
    """Read a capture to its end."""
    reader = CaptureReader(str(path), settings(wanted))
    events = tuple(orjson.loads(line) for batch in reader for line in batch.lines.splitlines())
    return Reading(events=events, stats=reader.stats())
