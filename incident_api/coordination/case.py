"""What the coordination rules look at when they judge an incident: its assets, the answers people gave, its flags and clocks.

Nothing here is stored or asks the time. The rules are data (`severity.py`, `obligations.py`); a `Case` is what they are applied to.
Design: coordination, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from incident_api.coordination.organisation import Part

#: The answer to a question of the policy; a question that is not answered is not in the mapping.
FactValue = bool | int | str


class Severity(StrEnum):
    """Class of an incident; M1 is the gravest."""

    M1 = "M1"
    M2 = "M2"
    M3 = "M3"
    M4 = "M4"

    @property
    def rank(self) -> int:
        """4 for M1 … 1 for M4."""
        return 5 - int(self.value[1])


class Clock(StrEnum):
    """From when a deadline runs (coordination design, section 3)."""

    DETECTED = "det"
    CLASSIFIED = "class"
    PERSONAL_DATA = "pd"
    RECOVERED = "rec"
    RECEIVED = "rcv"


@dataclass(frozen=True, slots=True)
class AffectedAsset:
    """A system that the incident touches. `level` and `owner` None: nobody registered it."""

    id: str
    level: int | None = None
    owner: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """An incident as the rules see it. `flags` holds what people set and what these imply (`SeverityRules.complete`)."""

    assets: tuple[AffectedAsset, ...]
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()

    def level(self, *, unknown: int) -> int:
        """The highest level of its assets; an asset without one counts as `unknown`."""
        return max((unknown if asset.level is None else asset.level for asset in self.assets), default=unknown)

    @property
    def asset_flags(self) -> frozenset[str]:
        """The flags of all assets."""
        return frozenset(flag for asset in self.assets for flag in asset.flags)

    def owners(self, *, unknown: str) -> tuple[str, ...]:
        """The owners, each once, in the order of the assets; who owns what nobody registered is said by the policy."""
        return tuple(dict.fromkeys(asset.owner or unknown for asset in self.assets)) or (unknown,)


@dataclass(frozen=True, slots=True)
class Clocks:
    """When things became known, in microseconds since 1970 (UTC).

    `classes` and `flags` say when the incident first was in a class, or carried a flag: the clock `class` of a duty is the
    time at which what triggers it was first set.
    """

    detected_us: int
    classes: Mapping[Severity, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    personal_data_us: int | None = None
    recovered_us: int | None = None


class Bound(Part):
    """Limits of a number; all given ones must hold."""

    at_least: int | None = None
    more_than: int | None = None
    at_most: int | None = None

    def holds(self, number: int) -> bool:
        """Whether a number lies inside."""
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.more_than is None or number > self.more_than)
            and (self.at_most is None or number <= self.at_most)
        )


class CaseCondition(Part):
    """When a rule speaks of an incident: every named member must hold; of a list, any."""

    classes: tuple[Severity, ...] = ()
    flags: tuple[str, ...] = ()
    without_flags: tuple[str, ...] = ()
    any_flag: bool = False
    asset_flags: tuple[str, ...] = ()
    asset_level_at_least: Annotated[int | None, Field(ge=1, le=5)] = None
    asset_level_at_most: Annotated[int | None, Field(ge=1, le=5)] = None
    facts: dict[str, bool | str | tuple[str, ...] | Bound] = Field(default_factory=dict)

    def holds(self, case: Case, *, severity: Severity | None, unknown_level: int) -> bool:
        """Whether it holds with the answers given; an unanswered question makes its condition false."""
        return self._frame(case, severity=severity, unknown_level=unknown_level) and all(
            name in case.facts and _fits(wanted, case.facts[name]) for name, wanted in self.facts.items()
        )

    def unanswered(self, case: Case, *, severity: Severity | None, unknown_level: int) -> tuple[str, ...]:
        """The questions whose answers could still make it hold; empty when it holds already or cannot hold."""
        if not self._frame(case, severity=severity, unknown_level=unknown_level):
            return ()
        if any(name in case.facts and not _fits(wanted, case.facts[name]) for name, wanted in self.facts.items()):
            return ()
        return tuple(name for name in self.facts if name not in case.facts)

    def _frame(self, case: Case, *, severity: Severity | None, unknown_level: int) -> bool:
        level = case.level(unknown=unknown_level)
        return (
            (not self.classes or severity in self.classes)
            and (not self.flags or any(flag in case.flags for flag in self.flags))
            and not any(flag in case.flags for flag in self.without_flags)
            and (not self.any_flag or bool(case.flags))
            and (not self.asset_flags or bool(case.asset_flags & set(self.asset_flags)))
            and (self.asset_level_at_least is None or level >= self.asset_level_at_least)
            and (self.asset_level_at_most is None or level <= self.asset_level_at_most)
        )


def _fits(wanted: bool | str | tuple[str, ...] | Bound, given: FactValue) -> bool:  # noqa: FBT001 - a value, not a switch
    if isinstance(wanted, Bound):
        return isinstance(given, int) and not isinstance(given, bool) and wanted.holds(given)
    if isinstance(wanted, tuple):
        return given in wanted
    return given == wanted and type(given) is type(wanted)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


#: One condition or several, any of which is enough.
Alternatives = Annotated[tuple[CaseCondition, ...], Field(min_length=1), BeforeValidator(_as_list)]


def any_holds(alternatives: tuple[CaseCondition, ...], case: Case, *, severity: Severity | None, unknown_level: int) -> bool:
    """Whether one of the alternatives holds."""
    return any(each.holds(case, severity=severity, unknown_level=unknown_level) for each in alternatives)
