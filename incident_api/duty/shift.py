"""What the rota speaks about: a shift, who takes another's place, who is away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Presence = Literal["desk", "on_call"]
#: How a shift came about.
Source = Literal["layer", "swap", "override", "added"]


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's turn at a seat; `end_us` is not part of it. `layer`: whose turn it is, or would have been.

    `reference` names the swap or override that put the person there.
    """

    person: str
    role: str
    layer: str
    priority: int
    start_us: int
    end_us: int
    seat: str = ""
    presence: Presence = "desk"
    source: Source = "layer"
    reference: str = ""

    def is_at(self, at_us: int) -> bool:
        """Whether the time lies in it."""
        return self.start_us <= at_us < self.end_us

    def goes_on_as(self, other: Shift) -> bool:
        """Whether the other is the same turn, whenever each is said to have begun."""
        return _turn(self) == _turn(other)


def _turn(shift: Shift) -> tuple[str | int, ...]:
    return (shift.seat, shift.person, shift.role, shift.layer, shift.priority, shift.source, shift.reference, shift.end_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Somebody takes a seat for a while: in the place of `of` (a swap), of whoever has it (an override), or besides (added)."""

    reference: str
    kind: Literal["swap", "override", "added"]
    seat: str
    person: str
    start_us: int
    end_us: int
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Leave, training or sickness: not on duty meanwhile, whatever the rota says."""

    person: str
    start_us: int
    end_us: int
    kind: str = "leave"
    reference: str = ""
