"""Past alerts replayed: on the same rules nothing differs, on others it says who would have been called; nothing is written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from incident_api.alerts.models import AssignmentRecord
from incident_api.assignments import replaying
from incident_api.assignments.simulation import past_of_alerts
from incident_api.audit.models import AuditRow
from incident_api.coordination.documents import read_document
from incident_api.duty.rota import Rota
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import ROOT, START_US, Page, alert, post
from tests.incident_api.coordination.city_rules import policy

HOUR_US = 3_600_000_000
_ASSETS = {"cong-tt": "10.10.10.10", "mail": "10.10.20.9", "ad": "10.10.60.53"}


def lived(runtime: Runtime, clock: ManualClock) -> int:
    """Six alerts over an hour; one is taken after two minutes, one after twenty, the others never. Gives the end."""
    for number, (asset, address) in enumerate([*_ASSETS.items()] * 2):
        post(runtime, alert(number, rule=f"rule-{number}", asset=asset, target=address, level=Level.CRITICAL))
        row = next(each for each in Page(runtime, "irt.leader").rows(limit=50) if each["rule_name"] == f"rule-{number}")
        if number in {0, 1}:
            clock.advance(seconds=120 if number == 0 else 1200)
            assert Page(runtime, row["assignee"]["id"]).act(row["id"], "take").status_code == 200
        clock.advance(seconds=60)
    return clock.now_us() + 1


def test_on_what_is_in_force_nothing_differs(runtime: Runtime, clock: ManualClock) -> None:
    report = replaying.replay(runtime, start_us=START_US, end_us=lived(runtime, clock))
    assert [each.was for each in report.outcomes] == [each.would for each in report.outcomes]
    assert (report.changed, report.left_off, len(report.outcomes)) == (0, 0, 6)
    # Five minutes for a critical alert: one was taken in time, five were not.
    assert [each.was_broken for each in report.outcomes] == [False, True, True, True, True, True]
    assert report.broken_was == report.broken_would == 5


def test_on_another_rota_the_others_are_called_and_nobody_on_duty_breaks_the_clock(runtime: Runtime, clock: ManualClock) -> None:
    end_us = lived(runtime, clock)
    document = read_document(ROOT / "coordination" / "example" / "rota.yaml")
    document["layers"] = [
        {**layer, "members": ["irt.analyst.1"]} if layer["id"] == "analyst-web" else layer for layer in document["layers"]
    ]
    report = replaying.replay(runtime, start_us=START_US, end_us=end_us, rota=Rota.model_validate(document))
    portal = [each for each in report.outcomes if each.was == "irt.analyst.2"]
    assert {each.would for each in portal} == {"irt.analyst.1"}
    assert report.changed == len(portal) == 2
    assert {(each.person, each.was, each.would) for each in report.shares} == {
        ("irt.analyst.1", 0, 2),
        ("irt.analyst.2", 2, 0),
        ("irt.analyst.5", 4, 4),
    }
    document["layers"] = [layer for layer in document["layers"] if layer["role"] not in {"irt.analyst", "irt.shift_lead"}]
    empty = replaying.replay(runtime, start_us=START_US, end_us=end_us, rota=Rota.model_validate(document))
    assert empty.unattended_would == empty.broken_would == 6
    assert empty.unattended_was == 0


def test_steps_that_would_have_been_due_before_somebody_took_it_are_listed(runtime: Runtime, clock: ManualClock) -> None:
    report = replaying.replay(runtime, start_us=START_US, end_us=lived(runtime, clock))
    first, second = report.outcomes[:2]
    steps = [step.notify for step in policy().deadlines[Level.CRITICAL].steps]
    assert [call.step for call in first.calls if call.step != "inform"] == ["assignee"]
    assert [call.step for call in second.calls if call.step != "inform"] == steps
    assert {call.person for call in first.calls if call.step == "inform"} == {"police.duty", "irt.shift_lead.2"}


def test_a_simulation_writes_nothing(runtime: Runtime, clock: ManualClock) -> None:
    end_us = lived(runtime, clock)

    def rows() -> tuple[int | None, ...]:
        with runtime.database.read() as session:
            return tuple(session.scalar(select(func.count()).select_from(table)) for table in (AssignmentRecord, AuditRow))

    before = rows()
    page = Page(runtime, "irt.shift_lead.2")
    answer = page.post("/simulations/assignments", {"since_us": START_US, "until_us": end_us})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert (found["alerts"], found["changed"], found["broken_would"], found["outcomes_left_off"]) == (6, 0, 5, 0)
    assert rows() == before


def test_what_is_not_there_is_refused_with_its_name(runtime: Runtime) -> None:
    page = Page(runtime, "irt.leader")
    period = {"since_us": START_US, "until_us": START_US + HOUR_US}
    assert page.post("/simulations/assignments", {**period, "policy_sha256": "0" * 64}).json()["code"] == "simulation.unknown"
    assert page.post("/simulations/assignments", {**period, "organisation": 99}).json()["code"] == "simulation.unknown"
    assert page.post("/simulations/assignments", {**period, "until_us": START_US}).json()["code"] == "simulation.period"
    wrong = page.post("/simulations/assignments", {**period, "rota": {"version": "1"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "request.invalid")


def test_a_file_of_alerts_is_replayed_by_matter_without_a_past(runtime: Runtime) -> None:
    alerts = [alert(1), alert(2, at_us=START_US + HOUR_US), alert(3, rule="another", asset="mail", target="10.10.20.9")]
    past = past_of_alerts(alerts, runtime.organisation)
    assert len(past) == 2
    report = replaying.replay(runtime, start_us=0, end_us=0, alerts=past)
    assert [(each.was, each.was_broken) for each in report.outcomes] == [(None, None), (None, None)]
    assert {each.would for each in report.outcomes} == {"irt.analyst.2", "irt.analyst.5"}
    assert report.broken_would == 0
