"""Which events `khien read --events` writes: of some datasets, of some addresses, of some flows."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

import orjson

from khien.capture import EventBatch
from khien.errors import KhienError

#: The event object stands at the head of a line and holds nothing from the wire before the dataset (contracts, section 1).
_HEAD = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """An event is taken that fits each of those that are given."""

    datasets: tuple[bytes, ...]
    hosts: frozenset[str]
    flows: frozenset[str]

    @classmethod
    def of(cls, given: Namespace) -> Self:
        """From the arguments. Raises `usage.not_an_address`."""
        return cls(
            datasets=tuple(b'"dataset":"' + name.encode() + b'"' for name in given.dataset or ()),
            hosts=frozenset(_address(text) for text in given.host or ()),
            flows=frozenset(given.flow or ()),
        )

    def lines(self, batch: EventBatch) -> bytes:
        """The lines of a batch that fit, as they are."""
        if not (self.datasets or self.hosts or self.flows):
            return batch.lines
        return b"".join(line for line in batch.lines.splitlines(keepends=True) if self._fits(line))

    def _fits(self, line: bytes) -> bool:
        if self.datasets and not any(needle in line[:_HEAD] for needle in self.datasets):
            return False
        if not (self.hosts or self.flows):
            return True
        event = orjson.loads(line)
        ends = {event.get(side, {}).get("ip") for side in ("source", "destination")}
        if self.hosts and not self.hosts & ends:
            return False
        return not self.flows or event.get("network", {}).get("community_id") in self.flows


def _address(text: str) -> str:
    """As events write it: small letters, the longest run of zeros left out."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise KhienError("usage.not_an_address", text=text) from error
