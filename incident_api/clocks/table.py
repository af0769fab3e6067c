"""The internal clocks: one declared table (response design, section 9). None of it is law; legal deadlines are obligations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from incident_api.coordination.organisation import Text

_HOUR, _BUSINESS_DAY = 60, 480


class Clock(StrEnum):
    """What is measured."""

    ACKNOWLEDGE = "acknowledge"
    TRIAGE = "triage"
    CONFIRM = "confirm"
    CONTAIN = "contain"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long it may take; `business`: only working time of the signed calendar counts."""

    minutes: int
    time: Literal["wall", "business"] = "wall"


@dataclass(frozen=True, slots=True)
class ClockRow:
    """From one state to the first of others. `limits`: of critical (M1) down to low (M4); None: no limit."""

    clock: Clock
    text: Text
    start: str
    stops: frozenset[str]
    limits: tuple[Limit | None, Limit | None, Limit | None, Limit | None]


#: The limit of `acknowledge` is the policy's own (`acknowledge.yaml`); the row says only what is measured.
GROUP: tuple[ClockRow, ...] = (
    ClockRow(
        Clock.ACKNOWLEDGE,
        Text(vi="Tiếp nhận cảnh báo", en="Take the alert"),
        "new",
        frozenset({"taken", "linked", "closed", "suppressed"}),
        (None, None, None, None),
    ),
    ClockRow(
        Clock.TRIAGE,
        Text(vi="Phân loại ban đầu", en="Triage the alert"),
        "taken",
        frozenset({"linked", "closed", "suppressed"}),
        (Limit(30), Limit(_HOUR), Limit(4 * _HOUR), Limit(2 * _BUSINESS_DAY, "business")),
    ),
)

INCIDENT: tuple[ClockRow, ...] = (
    ClockRow(
        Clock.CONFIRM,
        Text(vi="Xác nhận sự cố", en="Confirm the incident"),
        "open",
        frozenset({"confirmed", "rejected", "handed_over", "merged"}),
        (Limit(30), Limit(_HOUR), Limit(4 * _HOUR), None),
    ),
    ClockRow(
        Clock.CONTAIN,
        Text(vi="Khoanh vùng sự cố", en="Contain the incident"),
        "confirmed",
        frozenset({"contained", "handed_over", "merged"}),
        (Limit(4 * _HOUR), Limit(8 * _HOUR), Limit(3 * _BUSINESS_DAY, "business"), None),
    ),
)
