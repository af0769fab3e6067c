"""Which function makes the rows of a log.

A module in `tests.conformance.zeek.logs` registers itself:

    @log("ntp")
    def ntp(events: Sequence[Event]) -> Iterator[Row]:
        for event in of(events, "network.ntp"):
            yield {**ends(event), "version": event["ntp"]["version"], "mode": …}

It is given all events of a capture and yields rows: column to value, every column that it maps in every row, `None` for
what is absent. Texts are Zeek's own (`C_INTERNET`, `TLSv12`), numbers, truths and times (seconds) are Python's, lists and
sets are sequences. A column that a row does not hold is not compared, and the suite says which those are.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from tests.conformance.engine import Event


@dataclass(frozen=True, slots=True)
class Among:
    """Equal to a list of names that holds this one: `service`, where Zeek also names what is nested in it.

    Without a name it is equal to none, and to a list of nothing but `later`: what we do not read yet.
    """

    name: str | None
    later: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IfTold:
    """Equal, or Zeek was not asked to say it: digests, which its scripts switch on."""

    text: str | None


Value: TypeAlias = bool | int | float | str | Among | IfTold | Sequence[str] | Sequence[float] | None
Row: TypeAlias = dict[str, Value]
Maker: TypeAlias = Callable[[Sequence[Event]], Iterator[Row]]

_MAKERS: dict[str, Maker] = {}


def log(name: str) -> Callable[[Maker], Maker]:
    """Register the function below as the maker of a log; a log has one."""

    def register(maker: Maker) -> Maker:
        if name in _MAKERS:
            message = f"two makers of {name}"
            raise ValueError(message)
        _MAKERS[name] = maker
        return maker

    return register


@cache
def makers() -> dict[str, Maker]:
    """All makers: every module of `tests.conformance.zeek.logs` is imported once."""
    package = importlib.import_module("tests.conformance.zeek.logs")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"tests.conformance.zeek.logs.{module.name}")
    return _MAKERS


def of(events: Sequence[Event], *datasets: str) -> Iterator[Event]:
    """The events of these datasets."""
    return (event for event in events if event["event"]["dataset"] in datasets)


def ends(event: Event) -> Row:
    """The four columns that say between whom."""
    row: Row = {}
    for end, letter in (("source", "orig"), ("destination", "resp")):
        members = event.get(end, {})
        row[f"id.{letter}_h"] = members.get("ip")
        row[f"id.{letter}_p"] = members.get("port", 0)
    return row


def seconds(event: Event) -> float | None:
    """`event.duration` in seconds."""
    duration: int | None = event["event"].get("duration")
    return None if duration is None else duration / 1e9
