"""Names and ids that are parsed once and are then a type.

`SensorName` is what a certificate may carry, `EventId` is `<sensor>-<epoch>-<seq>`, `Dataset` is `live`, `import:<id>` or
`exercise:<id>`, `AlertId` is 32 hex digits.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import rfc8785

_SENSOR_NAME = re.compile(r"[a-z0-9][a-z0-9.]{0,62}")
_DATASET = re.compile(r"live|(?:import|exercise):[a-z0-9][a-z0-9.-]{0,62}")
_EVENT_ID = re.compile(r"([a-z0-9][a-z0-9.]{0,62})-(\d{1,10})-(\d{1,19})")
_ALERT_ID = re.compile(r"[0-9a-f]{32}")


class SensorName(str):
    """A sensor's name: 1–63 of a–z, 0–9 and dot (no hyphen: that separates the parts of an event id)."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The name, or ValueError."""
        return cls(_checked(_SENSOR_NAME, text, "sensor name"))


class Dataset(str):
    """Which world an event belongs to: `live`, `import:<id>` or `exercise:<id>`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The dataset, or ValueError."""
        return cls(_checked(_DATASET, text, "dataset"))

    @property
    def kind(self) -> str:
        """`live`, `import` or `exercise`."""
        return self.partition(":")[0]


class AlertId(str):
    """The first 128 bits of SHA-256 over what makes an alert the same alert, in hex."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id, or ValueError."""
        return cls(_checked(_ALERT_ID, text, "alert id"))

    @classmethod
    def of(
        cls,
        *,
        rule_id: str,
        rule_version: str,
        dataset: str,
        group: Sequence[tuple[str, str]],
        window_start_us: int,
        first_event_id: str,
    ) -> Self:
        """The id of an alert.

        SHA-256 over the RFC 8785 array [rule id, rule version, dataset, group fields and values, window start in µs, first
        firing event id]. The window start is written as text: RFC 8785 numbers are doubles, and microseconds must stay exact.
        """
        canonical = rfc8785.dumps(
            [rule_id, rule_version, dataset, [[field, value] for field, value in group], str(window_start_us), first_event_id]
        )
        return cls(hashlib.sha256(canonical).hexdigest()[:32])


@dataclass(frozen=True, slots=True, order=True)
class EventId:
    """Where an event stands in its stream; the same input gives the same ids."""

    sensor: str
    epoch: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id, or ValueError."""
        found = _EVENT_ID.fullmatch(text)
        if found is None:
            message = f"`{text}` is not an event id"
            raise ValueError(message)
        return cls(found[1], int(found[2]), int(found[3]))

    def __str__(self) -> str:
        return f"{self.sensor}-{self.epoch}-{self.seq}"


def import_id(file_hashes: Iterable[str]) -> str:
    """The id of one import: 16 hex digits of the hash of its files' SHA-256 (hex), sorted; the order given does not matter."""
    return hashlib.sha256("\n".join(sorted(file_hashes)).encode("ascii")).hexdigest()[:16]


def _checked(pattern: re.Pattern[str], text: str, noun: str) -> str:
    if pattern.fullmatch(text) is None:
        message = f"`{text}` is not a {noun}"
        raise ValueError(message)
    return text
