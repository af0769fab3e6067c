"""What a version of the policy would have said of past incidents: class, lead and obligations that differ. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from incident_api.coordination import obligations
from incident_api.coordination.case import Case, Severity
from incident_api.coordination.obligations import Judged, Planned
from incident_api.coordination.policy import Policy
from incident_api.coordination.schemas import MOST_INCIDENTS
from incident_api.coordination.severity import Assessment, assess
from incident_api.incidents import judging
from incident_api.incidents.models import Incident
from khien.errors import KhienError


@dataclass(frozen=True, slots=True)
class Difference:
    """An incident that another version would have judged otherwise. `gone` and `new`: obligations as code and recipient."""

    incident: str
    severity_before: str | None
    severity_after: str | None
    lead_before: str
    lead_after: str
    new: tuple[str, ...]
    gone: tuple[str, ...]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulated:
    """`looked_at` of `all` incidents; `unanswerable`: those whose facts or flags the version does not know.

    `next`: the last one looked at, when there are older ones.
    """

    all: int
    looked_at: int
    unanswerable: tuple[str, ...]
    different: tuple[Difference, ...]
    next: str | None = None


def simulate(
    session: Session,
    policy: Policy,
    *,
    pinned: Callable[[str], Policy],
    after: str | None = None,
    limit: int = MOST_INCIDENTS,
    show: Callable[[int, int], None] = lambda _done, _all: None,
) -> Simulated:
    """The newest incidents, or those behind `after`, each against the version that it was opened under."""
    total = session.scalar(select(func.count()).select_from(Incident)) or 0
    query = select(Incident).order_by(Incident.opened_us.desc(), Incident.id.desc())
    if after is not None:
        last = session.get(Incident, after)
        if last is None:
            raise KhienError("simulation.unknown", what=after)
        query = query.where(tuple_(Incident.opened_us, Incident.id) < (last.opened_us, last.id))
    different, unanswerable, seen = [], [], 0
    shown = list(session.scalars(query.limit(limit + 1)))
    for incident in shown[:limit]:
        seen += 1
        show(seen, min(total, limit))
        try:
            found = _compare(incident, old=pinned(incident.policy_sha256), new=policy)
        except KhienError:
            unanswerable.append(incident.id)
            continue
        if found is not None:
            different.append(found)
    following = shown[limit - 1].id if len(shown) > limit else None
    return Simulated(total, seen, tuple(unanswerable), tuple(different), following)


def _compare(incident: Incident, *, old: Policy, new: Policy) -> Difference | None:
    was, now = _judge(incident, old), _judge(incident, new)
    before = {(each.key.code, each.key.recipient, each.key.occurrence): each.due_us for each in was[1]}
    after = {(each.key.code, each.key.recipient, each.key.occurrence): each.due_us for each in now[1]}
    found = Difference(
        incident=incident.id,
        severity_before=was[0].severity,
        severity_after=now[0].severity,
        lead_before=was[0].lead,
        lead_after=now[0].lead,
        new=tuple(_named(each) for each in after if each not in before),
        gone=tuple(_named(each) for each in before if each not in after),
        moved=tuple(_named(each) for each in after if each in before and before[each] != after[each]),
    )
    same = (found.severity_before, found.lead_before) == (found.severity_after, found.lead_after)
    return None if same and not (found.new or found.gone or found.moved) else found


def _judge(incident: Incident, policy: Policy) -> tuple[Assessment, tuple[Planned, ...]]:
    """What the rules alone say; a class that people set stays where the rules' own answer did not change."""
    case: Case = policy.severity.complete(judging.case_of(incident))
    found = assess(policy.severity, case, unknown_level=policy.unknown_asset_level)
    clocks = judging.clocks_of(incident)
    if found.severity is not None and found.severity not in clocks.classes:
        first = min(clocks.classes.values(), default=incident.opened_us)
        clocks = replace(clocks, classes={**clocks.classes, found.severity: first})
    severity: Severity | None = found.severity
    judged = Judged(case, severity, severity, policy.unknown_asset_level, policy.severity.unknown_owner)
    # Of what repeats, one occurrence is enough to see the difference: nothing is looked at beyond the first day.
    return found, obligations.plan(policy.obligations, judged, clocks, now_us=clocks.detected_us)


def _named(key: tuple[str, str, int]) -> str:
    return f"{key[0]} {key[1]}"
