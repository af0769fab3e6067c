"""The queue: its rows, its counts and its worlds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.alerts.schemas.words import DatasetKind, State, Verdict
from incident_api.http.schemas import Answer, LocalText, Microseconds
from incident_api.people.schemas import PersonBrief


class EntityBrief(Answer):
    """The first entities of a side, cut to fit a row."""

    values: list[str]
    more: int


class GroupRow(Answer):
    """One row of the queue: a triage group of alerts of one rule on one asset. At most 1 kB."""

    id: str
    version: int
    event_seq: int
    dataset: str
    dataset_kind: DatasetKind
    title: LocalText
    rule_name: str
    severity: Annotated[int, Field(ge=1, le=4)]
    state: State
    verdict: Verdict | None
    assignee: PersonBrief | None
    is_unattended: bool
    is_returned: bool
    came_back: Annotated[
        Literal["new", "attach", "reopen"] | None,
        Field(description="Hits on what people had closed: this new group, attached to the closed one, or it was reopened"),
    ]
    alerts: int
    hits: int
    withdrawn: int
    superseded: int
    folded: int
    stands: Annotated[bool, Field(description="False: every alert of the group was withdrawn or replaced; nobody is called for it")]
    first_us: Microseconds
    last_us: Microseconds
    received_us: Microseconds
    source: EntityBrief
    destination: EntityBrief
    asset: str | None
    unit: str | None
    acknowledge_due_us: Microseconds | None
    acknowledge_overdue: bool


class TabCount(Answer):
    """Exact numbers of groups behind the tabs, under the same filter."""

    mine: int
    team: int
    unattended: int
    critical: int
    linked: int
    suppressed: int
    closed: int


class Bucket(Answer):
    """One value of `group_by` with its exact counts."""

    key: str
    label: LocalText
    groups: int
    alerts: int
    severity: int
    first_us: Microseconds
    last_us: Microseconds
    states: Annotated[dict[State, int], Field(description="How many groups stand where; states of none are left out")]


class QueueAnswer(Answer):
    """A page of the queue. `after` of the next page is `next`; null at the end."""

    rows: list[GroupRow]
    total: int
    tabs: TabCount
    buckets: list[Bucket]
    buckets_omitted: int
    next: str | None
    outside_window: int
    stream_seq: int
    now_us: Microseconds


class StripBin(Answer):
    """Groups last seen in one piece of time, by severity: low, medium, high, critical."""

    from_us: Microseconds
    counts: Annotated[list[int], Field(min_length=4, max_length=4)]


class StripAnswer(Answer):
    """Exact counts over time under a filter; pieces without groups are left out. The time window of the filter is not applied."""

    from_us: Microseconds | None
    to_us: Microseconds | None
    width_us: Microseconds
    total: int
    bins: list[StripBin]
    now_us: Microseconds


class DatasetRow(Answer):
    """A world that holds alerts: live, one import or one exercise."""

    dataset: str
    kind: DatasetKind
    groups: int
    open_groups: int
    first_us: Microseconds
    last_us: Microseconds


class DatasetsAnswer(Answer):
    """Every dataset with alerts that this person may see."""

    datasets: list[DatasetRow]
