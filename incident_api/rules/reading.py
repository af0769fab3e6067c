"""One rule, whole: what it says, what it needs, where it stands, what was tuned upon it and what it made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.alerts.queue import visible
from incident_api.held_back.models import HeldBackRow
from incident_api.held_back.schemas import TuningEntry
from incident_api.http.schemas import LocalText
from incident_api.people.rights import Right
from incident_api.rules.figures import figures
from incident_api.rules.listing import listed, pack_names
from incident_api.rules.models import RuleCatalogue, RuleFile, RuleRow
from incident_api.rules.published import LocalSteps, LogSource, RuleFault, RuleMember
from incident_api.rules.schemas import DatasetKind, RuleGroup, RuleText, RuleView, SourceSeen
from incident_api.runtime import Runtime
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_GROUPS = 20
_CHUNK = 500
_LINE = re.compile(r":(\d+)(?::\d+)?\Z")


def find(session: Session, name: str) -> RuleRow:
    """By the row's id, or by the rule's own id: alerts know that one. Raises `rule.not_in_force`."""
    row = session.get(RuleRow, name)
    if row is None:
        query = select(RuleRow).where(RuleRow.rule_id == name, RuleRow.rule_id != "")
        rows = session.scalars(query.order_by(RuleRow.id)).all()
        row = min(rows, key=lambda one: (one.state == "disabled", one.id), default=None)
    if row is None:
        raise KhienError("rule.not_in_force", rule=name)
    return row


def read(runtime: Runtime, *, caller: Caller, name: str, kind: DatasetKind) -> RuleView:
    """Raises `rule.not_in_force`."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        row = find(session, name)
        sees_alerts = Right.ALERTS_READ in caller.person.rights
        found = figures(session, caller=caller, kind=kind, now_us=now) if sees_alerts else None
        more = row.document
        fires = row.state != "rejected" and row.rule_id != ""
        return RuleView(
            row=listed(row, packs=pack_names(session), found=found),
            version=more["version"],
            description=LocalText.model_validate(more["description"]),
            tags=more["tags"],
            references=more["references"],
            author=more["author"],
            false_positives=LocalSteps.model_validate(more["false_positives"]),
            triage=LocalSteps.model_validate(more["triage"]),
            condition=more["condition"],
            logsource=None if more["logsource"] is None else LogSource.model_validate(more["logsource"]),
            datasets=_seen(session, more["datasets"], caller=caller) if sees_alerts else [],
            fields=more["fields"],
            unmapped=more["unmapped"],
            filters=more["filters"],
            members=[RuleMember.model_validate(one) for one in more["members"]],
            counted_by=_counted_by(session, row),
            fault=None if more["fault"] is None else RuleFault.model_validate(more["fault"]),
            file=_file(session, row),
            tuning=_tuning(session, row),
            groups=_groups(session, row, caller=caller, kind=kind) if sees_alerts and fires else [],
            as_of_us=session.get_one(RuleCatalogue, row.component).received_us,
            now_us=now,
        )


def _file(session: Session, row: RuleRow) -> RuleText | None:
    file = session.get(RuleFile, (row.component, row.file)) if row.file is not None else None
    if file is None:
        return None
    line = _LINE.search(row.location)
    return RuleText(path=file.path, line=int(line[1]) if line else None, text=file.text, cases=file.cases)


def _counted_by(session: Session, row: RuleRow) -> list[RuleMember]:
    """The correlations that look at it."""
    query = select(RuleRow).where(RuleRow.component == row.component, RuleRow.kind == "correlation", RuleRow.state != "rejected")
    return [
        RuleMember(id=one.rule_id, title=LocalText(vi=one.title_vi, en=one.title_en))
        for one in session.scalars(query.order_by(RuleRow.title_vi, RuleRow.id))
        if row.rule_id and any(member["id"] == row.rule_id for member in one.document["members"])
    ]


def _tuning(session: Session, row: RuleRow) -> list[TuningEntry]:
    found = session.get(HeldBackRow, row.component)
    if found is None or not row.rule_id:
        return []
    return [TuningEntry.model_validate(one) for one in found.document["entries"] if one["rule_id"] == row.rule_id]


def _groups(session: Session, row: RuleRow, *, caller: Caller, kind: DatasetKind) -> list[RuleGroup]:
    query = (
        select(TriageGroup)
        .where(TriageGroup.rule_id == row.rule_id, TriageGroup.dataset_kind == kind, visible(caller))
        .order_by(TriageGroup.last_us.desc(), TriageGroup.id)
        .limit(_GROUPS)
    )
    return [
        RuleGroup(
            id=one.id,
            dataset=one.dataset,
            state=one.state,
            verdict=one.verdict,
            severity=one.severity,
            alerts=one.alerts,
            last_us=one.last_us,
            latest_alert_id=one.latest_alert_id,
            thing=(one.asset or next(iter(one.destinations or one.sources), ""))[:300],
        )
        for one in session.scalars(query)
    ]


def _seen(session: Session, datasets: list[str], *, caller: Caller) -> list[SourceSeen]:
    """When any rule upon each log source fired last, live: the events themselves are not counted by log source."""
    if not datasets:
        return []
    rules = session.execute(
        select(RuleRow.rule_id, RuleRow.document).where(RuleRow.kind == "detection", RuleRow.rule_id != "")
    ).all()
    upon: dict[str, list[str]] = {name: [] for name in datasets}
    for rule_id, document in rules:
        # A rule upon several log sources proves none of them when it fires.
        if len(document["datasets"]) == 1 and document["datasets"][0] in upon:
            upon[document["datasets"][0]].append(rule_id)
    wanted = sorted({rule_id for ids in upon.values() for rule_id in ids})
    last: dict[str, int] = {}
    for place in range(0, len(wanted), _CHUNK):
        query = select(TriageGroup.rule_id, func.max(TriageGroup.last_us).label("last")).where(
            TriageGroup.rule_id.in_(wanted[place : place + _CHUNK]), TriageGroup.dataset_kind == "live", visible(caller)
        )
        last |= {row.rule_id: row.last for row in session.execute(query.group_by(TriageGroup.rule_id))}
    return [
        SourceSeen(dataset=name, last_us=max((last[rule_id] for rule_id in ids if rule_id in last), default=None))
        for name, ids in upon.items()
    ]
