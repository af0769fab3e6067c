"""A simulation as the API and the command line answer it."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy.orm import Session

from incident_api.assignments import replaying
from incident_api.assignments.schemas import (
    LISTED,
    SimulateAssignment,
    SimulatedAlert,
    SimulatedCall,
    SimulatedShare,
    SimulationAnswer,
)
from incident_api.assignments.simulation import Outcome, Report
from incident_api.coordination.explanation import DECIDED_BY
from incident_api.coordination.models import PolicyRow
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.duty.rota import Rota
from incident_api.http.schemas import LocalText
from incident_api.organisation.models import OrganisationVersion
from incident_api.runtime import Runtime
from khien.errors import KhienError

_ASSUMPTION = LocalText(
    vi="Giả định: người được gọi tiếp nhận sau đúng khoảng thời gian đã mất trong thực tế; cảnh báo chưa ai tiếp nhận vẫn"
    " chưa ai tiếp nhận; khi chỉ có người đứng tên (không ai trực) thì coi như quá hạn",
    en="Assumed: whoever would have been called takes it after the time it took in fact; what nobody took stays untaken;"
    " with an assignee of record only (nobody on duty) the clock counts as broken",
)


def simulate(runtime: Runtime, *, request: SimulateAssignment) -> SimulationAnswer:
    """Replay a period. Raises `simulation.*` or `request.invalid` for what is not there. Reads only."""
    if request.since_us >= request.until_us:
        raise KhienError("simulation.period")
    with runtime.database.read() as session:
        policy = _policy(runtime, session, request.policy_sha256)
        organisation = _organisation(session, request.organisation)
    report = replaying.replay(
        runtime,
        start_us=request.since_us,
        end_us=request.until_us,
        dataset_kind=request.dataset_kind,
        policy=policy,
        organisation=organisation,
        rota=None if request.rota is None else _rota(request.rota),
    )
    return answer(report)


def answer(report: Report, *, listed: int = LISTED) -> SimulationAnswer:
    """The report as a body; what changed comes first, then what broke, then by time."""
    ordered = sorted(report.outcomes, key=lambda each: (each.was == each.would, not each.would_break, each.at_us, each.object_id))
    return SimulationAnswer(
        alerts=len(report.outcomes),
        left_off=report.left_off,
        changed=report.changed,
        unattended_was=report.unattended_was,
        unattended_would=report.unattended_would,
        broken_was=report.broken_was,
        broken_would=report.broken_would,
        shares=[SimulatedShare(person=each.person, was=each.was, would=each.would) for each in report.shares],
        outcomes=[_alert(each) for each in ordered[:listed]],
        outcomes_left_off=max(0, len(ordered) - listed),
        assumption=_ASSUMPTION,
    )


def _alert(each: Outcome) -> SimulatedAlert:
    vi, en = DECIDED_BY[each.decided_by]
    return SimulatedAlert(
        object_id=each.object_id,
        at_us=each.at_us,
        level=each.level.value,
        was=each.was,
        would=each.would,
        deciding_rule=each.deciding_rule,
        rung=each.rung,
        decided_by=LocalText(vi=vi, en=en),
        unattended=each.unattended,
        calls=[
            SimulatedCall.model_validate({"at_us": call.at_us, "step": call.step, "person": call.person}) for call in each.calls
        ],
        due_us=each.due_us,
        was_broken=each.was_broken,
        would_break=each.would_break,
    )


def _policy(runtime: Runtime, session: Session, sha256: str | None) -> tuple[Policy, str] | None:
    if sha256 is None:
        return None
    if session.get(PolicyRow, sha256) is None:
        raise KhienError("simulation.unknown", what=sha256[:16])
    return pinned(runtime, session, sha256), sha256


def _organisation(session: Session, number: int | None) -> Organisation | None:
    if number is None:
        return None
    row = session.get(OrganisationVersion, number)
    if row is None:
        raise KhienError("simulation.unknown", what=str(number))
    return Organisation.model_validate(row.document)


def _rota(document: dict[str, object]) -> Rota:
    try:
        return Rota.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(["rota", *(str(each) for each in first["loc"])])
        raise KhienError("request.invalid", place=place, reason=str(first["msg"]).removeprefix("Value error, ")) from error
