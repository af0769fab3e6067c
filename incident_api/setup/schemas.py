"""Bodies of the first run."""

from __future__ import annotations

from typing import Literal

from incident_api.http.schemas import Answer, LocalText

StepName = Literal["administrator", "organisation", "policy", "duty", "sensor", "alert"]
StepState = Literal["done", "open"]


class StepRole(Answer):
    """A role that can take a step."""

    id: str
    name: LocalText


class SetupStep(Answer):
    """One step. `count`: how many there are; null where the reader may not see that number of the whole city, or none is kept."""

    name: StepName
    state: StepState
    count: int | None
    may_act: bool
    by: list[StepRole]


class SetupAnswer(Answer):
    """Every step in its order."""

    steps: list[SetupStep]
    is_complete: bool


class SetupHint(Answer):
    """What whoever is not logged in may know of the set-up, and nothing else."""

    has_administrator: bool
