"""Bodies of the rules pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.held_back.schemas import TuningEntry
from incident_api.http.schemas import Answer, LocalText, Microseconds
from incident_api.rules.published import (
    LocalSteps,
    LogSource,
    RuleFault,
    RuleKind,
    RuleLevel,
    RuleMember,
    RuleState,
)

DatasetKind = Literal["live", "import", "exercise"]
RuleSort = Literal["noise", "title", "level", "fired", "false"]


class RuleFigures(Answer):
    """What became of a rule's alerts, of those that the reader may see. `noise`: 1 is the rule that costs people most."""

    alerts_7: int
    alerts_30: int
    closed_30: Annotated[int, Field(description="Alert groups closed in the last 30 days")]
    false_30: Annotated[int, Field(description="Of them, closed as false alarm")]
    last_us: Microseconds | None
    noise: int | None


class RuleListRow(Answer):
    """One document in the list; without figures the reader may not see alerts."""

    id: str
    rule_id: str
    name: str
    kind: RuleKind
    state: RuleState
    since_us: Microseconds
    level: RuleLevel | None
    title: LocalText
    techniques: list[str]
    log_source: str
    pack: str
    location: str
    figures: RuleFigures | None


class StateCount(Answer):
    """How many documents are in a state."""

    state: RuleState
    rules: int


class PackView(Answer):
    """A folder of rules that is in force."""

    name: str
    is_imported: bool
    digest: str
    licence: str
    rules: int


class RulesAnswer(Answer):
    """A page of the list. `as_of_us`: when the correlator told of them; None: never."""

    rows: list[RuleListRow]
    total: int
    states: list[StateCount]
    packs: list[PackView]
    as_of_us: Microseconds | None
    counts_alerts: Annotated[bool, Field(description="False: the reader may not see alerts, nor numbers of them")]
    now_us: Microseconds


class RuleGroup(Answer):
    """An alert group that the rule made."""

    id: str
    dataset: str
    state: str
    verdict: str | None
    severity: int
    alerts: int
    last_us: Microseconds
    latest_alert_id: str
    thing: str


class RuleText(Answer):
    """The file that the rule stands in; without text it was too long to be sent."""

    path: str
    line: int | None
    text: str | None
    cases: str | None


class SourceSeen(Answer):
    """Evidence that a log source arrives: when a rule upon it alone fired last. None: none did, which proves nothing."""

    dataset: str
    last_us: Microseconds | None


class RuleView(Answer):
    """One rule, whole."""

    row: RuleListRow
    version: str
    description: LocalText
    tags: list[str]
    references: list[str]
    author: str
    false_positives: LocalSteps
    triage: LocalSteps
    condition: str
    logsource: LogSource | None
    datasets: list[SourceSeen]
    fields: list[str]
    unmapped: list[str]
    filters: list[str]
    members: list[RuleMember]
    counted_by: list[RuleMember]
    fault: RuleFault | None
    file: RuleText | None
    tuning: list[TuningEntry]
    groups: list[RuleGroup]
    as_of_us: Microseconds
    now_us: Microseconds
