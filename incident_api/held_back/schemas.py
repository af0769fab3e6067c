"""Bodies of what detection holds back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import MOST, Answer, LocalText, Microseconds, Request

_Text = Annotated[str, Field(max_length=4_000)]
_Name = Annotated[str, Field(max_length=300)]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, le=MOST)]


class Condition(Answer):
    """One comparison of an exception: a Sigma field item and its values; all of an entry's must hold."""

    item: _Name
    values: Annotated[list[_Text], Field(max_length=1_000)]


class TuningEntry(Answer):
    """An exception (no alert) or a suppression (one alert of many): who answers for it, why, until when, what it took away."""

    id: _Name
    kind: Literal["exception", "suppression"]
    rule_id: _Name
    rule_name: _Name
    owner: _Name
    reason: _Text
    approved_by: _Name | None
    created_us: Microseconds
    expires_us: Microseconds
    version: _Count
    when: Annotated[list[Condition], Field(max_length=100)]
    by: Annotated[list[_Name], Field(max_length=100)]
    window_us: _Count
    hidden: Annotated[_Count, Field(description="Events that an exception, alerts that a suppression took away")]
    in_force: bool
    has_rule: Annotated[bool, Field(description="False: the rule is gone, and the entry hides nothing")]


class RefusedAlert(Answer):
    """An alert that a store or this API would not take; the correlator has it whole."""

    id: _Name
    refused_by: Annotated[list[_Name], Field(max_length=10)]
    rule_name: _Name
    title: LocalText
    severity: Annotated[int, Field(ge=1, le=4)]
    dataset: _Name
    first_us: Microseconds
    last_us: Microseconds
    hits: _Count


class JournalHead(Answer):
    """Where the tuning journal ends; `fault` says why nothing of it is in force."""

    seq: _Count
    head: _Hash
    fault: _Text | None


class HeldBack(Answer):
    """What a correlator holds back now."""

    journal: JournalHead
    entries: Annotated[list[TuningEntry], Field(max_length=2_000)]
    entries_omitted: _Count
    refused: Annotated[list[RefusedAlert], Field(max_length=200)]
    refused_total: _Count


class PublishHeldBack(Request):
    """`chain`: the hashes of the journal's last lines, the newest last, so that a journal cut short or written anew is seen."""

    held_back: HeldBack
    chain: Annotated[list[_Hash], Field(max_length=1_000)]


class ComponentHeldBack(Answer):
    """The last report of a component. `rolled_back_us`: since when lines that the audit log knows are missing in its journal."""

    component: str
    received_us: Microseconds
    rolled_back_us: Microseconds | None
    report: HeldBack


class HeldBackAnswer(Answer):
    """What detection does not show, and who answers for it."""

    components: list[ComponentHeldBack]
    now_us: Microseconds
