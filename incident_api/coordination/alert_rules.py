"""What the rules say about alerts besides who gets them: what is only registered, what comes back, and who is reminded.

Response design, section 2 (A3, A9), section 5 (new hits on a closed group) and section 8 (reminders). A policy without this part
closes nothing by itself and makes a new group of what comes back.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.organisation import Identifier, Part, Text
from khien.alert import Level

Verdict = Literal["true", "expected", "false_positive", "duplicate", "registered", "exercise", "undetermined"]
#: What becomes of hits on a thing that people have closed.
CameBack = Literal["new", "attach", "reopen"]
Minutes = Annotated[int, Field(ge=1, le=10_080)]


class RegisterWhen(Part):
    """Which alerts: every named member must hold, any of a list."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    tags: tuple[str, ...] = ()

    def holds(self, *, level: Level, tags: list[str]) -> bool:
        """Whether it is one of these."""
        return level in self.levels and (not self.tags or bool(set(self.tags) & set(tags)))


class RegisterRule(Part):
    """Alerts that are registered and call nobody."""

    id: Identifier
    when: RegisterWhen
    basis: str
    text: Text

    @model_validator(mode="after")
    def _nothing_grave(self) -> Self:
        if set(self.when.levels) & {Level.HIGH, Level.CRITICAL}:
            msg = f"{self.id}: what is high or critical is looked at by people"
            raise ValueError(msg)
        return self


class Reminders(Part):
    """After how long without a sign of life the holder is reminded, and how long after that it is assigned anew."""

    minutes: dict[Level, Minutes] = Field(
        default_factory=lambda: {Level.CRITICAL: 30, Level.HIGH: 60, Level.MEDIUM: 60, Level.LOW: 60}
    )
    silence_minutes: Minutes = 15

    @model_validator(mode="after")
    def _every_level(self) -> Self:
        if set(self.minutes) != set(Level):
            raise ValueError("a level has no reminder")
        return self


class AlertRules(Part):
    """The part `alerts.yaml`."""

    basis: str | None = None
    closed_group: CameBack = "new"
    closed_group_by_verdict: dict[Verdict, CameBack] = Field(default_factory=dict)
    registered: Annotated[tuple[RegisterRule, ...], Field(max_length=50)] = ()
    #: Of what is registered, so many of a hundred groups stay with people all the same.
    sample_percent: Annotated[int, Field(ge=1, le=100)] = 5
    reminders: Reminders = Field(default_factory=Reminders)

    def came_back(self, verdict: str | None) -> CameBack:
        """What becomes of new hits on a group that was closed with this verdict."""
        return next((then for known, then in self.closed_group_by_verdict.items() if known == verdict), self.closed_group)

    def register_rule(self, *, level: Level, tags: list[str]) -> RegisterRule | None:
        """The first rule by which an alert is only registered."""
        return next((rule for rule in self.registered if rule.when.holds(level=level, tags=tags)), None)
