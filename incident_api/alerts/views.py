"""From tables to bodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from incident_api.alerts.models import AssignmentRecord, TransitionRecord, TriageGroup
from incident_api.alerts.schemas import (
    AssignmentView,
    Candidate,
    EntityBrief,
    GroupRow,
    LegalBasis,
    MatchedRule,
    Rung,
    TransitionView,
)
from incident_api.alerts.states import State
from incident_api.coordination.explanation import DECIDED_BY, EXCLUSIONS
from incident_api.http.schemas import LocalText
from incident_api.people import service as people
from incident_api.people.schemas import PersonBrief
from khien.errors import KhienError

#: Kept so small that a row stays under 1 kB whatever attackers write.
_ROW_VALUES = 2
_ROW_CHARACTERS = 40
_TITLE_CHARACTERS = 90


def rows(session: Session, groups: Iterable[TriageGroup], *, now_us: int) -> list[GroupRow]:
    """Rows of the queue with the names of their people."""
    found = list(groups)
    names = people.briefs(session, {group.assignee for group in found})
    return [row(group, names=names, now_us=now_us) for group in found]


def row(group: TriageGroup, *, names: dict[str, PersonBrief], now_us: int) -> GroupRow:
    """One row."""
    due = group.acknowledge_due_us
    return GroupRow.model_validate(
        {
            "id": group.id,
            "version": group.version,
            "event_seq": group.stream_seq,
            "dataset": group.dataset,
            "dataset_kind": group.dataset_kind,
            "title": LocalText(vi=_cut(group.title_vi, _TITLE_CHARACTERS), en=_cut(group.title_en, _TITLE_CHARACTERS)),
            "rule_name": _cut(group.rule_name, 60),
            "severity": group.severity,
            "state": group.state,
            "verdict": group.verdict,
            "assignee": names.get(group.assignee),
            "is_unattended": group.is_unattended,
            "is_returned": group.is_returned,
            "came_back": group.came_back,
            "alerts": group.alerts,
            "hits": group.hits,
            "withdrawn": group.withdrawn,
            "superseded": group.superseded,
            "folded": group.folded,
            "stands": group.stands,
            "first_us": group.first_us,
            "last_us": group.last_us,
            "received_us": group.received_us,
            "source": entities(group.sources),
            "destination": entities(group.destinations),
            "asset": group.asset,
            "unit": group.unit,
            "acknowledge_due_us": due,
            "acknowledge_overdue": due is not None and group.state == State.NEW and now_us >= due,
        }
    )


def entities(values: list[str]) -> EntityBrief:
    """The first values of a side, and how many more there are."""
    return EntityBrief(
        values=[_cut(value, _ROW_CHARACTERS) for value in values[:_ROW_VALUES]], more=max(0, len(values) - _ROW_VALUES)
    )


def assignment(record: AssignmentRecord, names: dict[str, PersonBrief]) -> AssignmentView:
    """The stored reason in words; nothing is computed again."""
    stored = record.explanation
    rungs = [
        Rung(
            id=each["id"],
            text=LocalText.model_validate(stored["rung_texts"][each["id"]]),
            eligible=each["eligible"],
            chosen=number == len(stored["rungs"]) - 1,
        )
        for number, each in enumerate(stored["rungs"])
    ]
    rules = [matched_rule(each, stored) for each in stored["rules"]]
    return AssignmentView.model_validate(
        {
            "id": record.id,
            "at_us": record.at_us,
            "person": names[record.person],
            "cause": record.cause,
            "lead": stored["lead_text"],
            "is_unattended": stored["is_unattended"],
            "policy_id": stored["policy_id"],
            "policy_version": stored["policy_version"],
            "policy_sha256": stored["policy_sha256"],
            "rota_version": stored["rota_version"],
            "rules": rules,
            "rungs": rungs,
            "candidates": [
                _candidate(each, names, chosen=each["person"] == record.person)
                for each in stored["weighed"]
                if each["person"] in names
            ],
            "decided_by": text_of(DECIDED_BY, stored["decided_by"]),
            "inputs_sha256": stored["inputs_sha256"],
        }
    )


def matched_rule(rule: dict[str, Any], explanation: dict[str, Any]) -> MatchedRule:
    """A rule of an explanation, with its text as it was then."""
    return MatchedRule(
        id=rule["id"],
        decides=rule["id"] == explanation["deciding_rule"],
        text=LocalText.model_validate(rule["text"]),
        basis=LegalBasis.model_validate(rule["basis"]),
    )


def transition(record: TransitionRecord, names: dict[str, PersonBrief]) -> TransitionView:
    """One change in the history."""
    is_person = record.actor in names
    return TransitionView.model_validate(
        {
            "number": record.number,
            "action": record.action,
            "from_state": record.from_state,
            "to_state": record.to_state,
            "at_us": record.at_us,
            "actor": names.get(record.actor),
            "actor_job": None if is_person else record.actor,
            "capacity": record.capacity,
            "reason": record.reason,
            "verdict": record.verdict,
            "assignee": names.get(record.assignee),
            "version": record.version,
            "audit_seq": record.audit_seq,
        }
    )


def text_of(table: dict[str, tuple[str, str]], code: str) -> LocalText:
    """The words of a code."""
    vi, en = table[code]
    return LocalText(vi=vi, en=en)


def error_text(error: KhienError) -> LocalText:
    """A refusal in both languages."""
    return LocalText(vi=error.whole("vi"), en=error.whole("en"))


def _candidate(stored: dict[str, Any], names: dict[str, PersonBrief], *, chosen: bool) -> Candidate:
    scores = dict(stored["scores"])
    exclusion = stored["exclusion"]
    last = int(scores.get("last_assigned", "0"))
    return Candidate(
        person=names[stored["person"]],
        eligible=exclusion is None,
        chosen=chosen,
        exclusion=None if exclusion is None else text_of(EXCLUSIONS, exclusion),
        load=float(scores.get("load", "0")),
        last_assigned_us=last or None,
        scores=scores,
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
