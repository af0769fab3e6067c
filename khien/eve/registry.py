"""Which function writes the protocol's part of an EVE record, by `event.dataset`.

A module in `khien.eve.protocol` registers itself:

    @record("network.dns", event_type="dns", sender=by_type)
    def dns(event: Event, options: Options) -> Members:
        return {"dns": {…}}

`event_type` is a name or a function of the event; `sender` says which end sent what the record is about (EVE's `src_ip`),
the originator where it is left out. The function returns the members that follow the head; `None` means no record, a list
one record each (QUIC: one a hello).
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

Event: TypeAlias = dict[str, Any]
Members: TypeAlias = dict[str, Any]
End: TypeAlias = Literal["source", "destination"]


@dataclass(frozen=True, slots=True)
class Options:
    """What Suricata leaves to its configuration; the defaults are Suricata's."""

    #: `ether.src_mac`, `ether.dest_mac` (`ethernet: yes`).
    ethernet: bool = False
    #: All headers of an HTTP message as lists of name and value (`dump-all-headers: both`).
    http_headers: bool = False


DEFAULT = Options()
Body: TypeAlias = Callable[[Event, Options], Members | list[Members] | None]


def originator(_: Event) -> End:
    """The sender of a record that tells of both directions."""
    return "source"


@dataclass(frozen=True, slots=True)
class Record:
    """How one dataset becomes an EVE record."""

    event_type: str | Callable[[Event], str]
    sender: Callable[[Event], End]
    body: Body


_RECORDS: dict[str, Record] = {}


def record(
    *datasets: str, event_type: str | Callable[[Event], str], sender: Callable[[Event], End] = originator
) -> Callable[[Body], Body]:
    """Register the function below for these datasets; a dataset has one."""

    def register(body: Body) -> Body:
        for dataset in datasets:
            if dataset in _RECORDS:
                message = f"two EVE mappings for {dataset}"
                raise ValueError(message)
            _RECORDS[dataset] = Record(event_type=event_type, sender=sender, body=body)
        return body

    return register


@cache
def records() -> dict[str, Record]:
    """All mappings: every module of `khien.eve.protocol` is imported once."""
    package = importlib.import_module("khien.eve.protocol")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"khien.eve.protocol.{module.name}")
    return _RECORDS
