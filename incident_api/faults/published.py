"""The body of `PUT /internal/v1/condition`: that a component lives, and what is wrong with it as it sees it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import MOST, Answer, LocalText, Request

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class PublishedFault(Answer):
    """`name`: the same as long as it is the same fault. `rule`: id or name of the rule that it is about."""

    about: Literal["rule", "system"]
    name: _Name
    text: LocalText
    cure: LocalText
    since_us: Annotated[int, Field(ge=0, le=MOST)] | None
    rule: Annotated[str, Field(max_length=300)] | None


class PublishCondition(Request):
    """Every fault; `omitted` counts those that there was no room for."""

    faults: Annotated[list[PublishedFault], Field(max_length=500)]
    omitted: Annotated[int, Field(ge=0, le=MOST)]


class ConditionAnswer(Answer):
    """The digest of the rules that this API knows from the component; None: of none."""

    rules: str | None
