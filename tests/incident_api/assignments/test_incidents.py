"""Incidents get their handler by the rules of alerts, weigh on whoever has them, and keep the reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from incident_api.assignments import incidents
from incident_api.assignments.gathering import inputs_of
from incident_api.coordination.assignment import CandidateInput
from incident_api.incidents.models import Incident
from incident_api.organisation.parts import Asset
from incident_api.runtime import Runtime
from tests.incident_api.city import START_US, Page, alert, post


@pytest.fixture
def incident_id(runtime: Runtime) -> str:
    """Opened by the liaison's neighbour, analyst 5, about the portal: the desk of analyst 2."""
    post(runtime, alert(1))
    page = Page(runtime, "irt.analyst.5")
    opened = page.post("/incidents", {"title": "Cổng bị tấn công", "groups": [page.rows()[0]["id"]]})
    assert opened.status_code == 201, opened.text
    found: str = opened.json()["row"]["id"]
    # Opening gave it to the desk; here it lies with its opener, so that a decision can be seen.
    with runtime.database.write() as session:
        session.get_one(Incident, found).assignee = "irt.analyst.5"
    return found


def candidates(runtime: Runtime, incident_id: str) -> dict[str, CandidateInput]:
    with runtime.database.read() as session:
        incident = session.get_one(Incident, incident_id)
        facts = incidents.facts_of(runtime, session, incident, policy=runtime.policy)
        other = inputs_of(
            runtime,
            session,
            # Another object, so that the incident itself counts as work.
            facts.__class__(**{name: getattr(facts, name) for name in facts.__slots__} | {"object_id": "another"}),
            policy=runtime.policy,
            dataset_kind="live",
            dataset="live",
            now_us=START_US,
            excluded=(),
        )
    return {each.person: each for each in other.candidates}


def test_the_rules_choose_the_handler_and_the_reason_is_kept(runtime: Runtime, incident_id: str) -> None:
    with runtime.database.write() as session:
        incident = session.get_one(Incident, incident_id)
        decision = incidents.assign(runtime, session, incident, cause="opened", now_us=START_US)
    assert (decision.person, decision.decided_by) == ("irt.analyst.2", "desk")
    with runtime.database.read() as session:
        assert session.get_one(Incident, incident_id).assignee == "irt.analyst.2"
        kept = incidents.of(session, incident_id)[-1]
    assert kept.explanation["inputs_sha256"] == decision.inputs_sha256
    assert kept.inputs is not None
    assert {each["person"] for each in kept.explanation["weighed"]} >= {"irt.analyst.1", "irt.analyst.2", "irt.analyst.5"}


def test_who_did_not_take_it_is_passed_over(runtime: Runtime, incident_id: str) -> None:
    with runtime.database.write() as session:
        incident = session.get_one(Incident, incident_id)
        decision = incidents.assign(
            runtime, session, incident, cause="not_acknowledged", now_us=START_US, excluded=("irt.analyst.2",)
        )
    assert decision.person == "irt.analyst.5"
    assert {each.person: each.exclusion for each in decision.weighed}["irt.analyst.2"] == "did_not_take_it"


@pytest.mark.parametrize(("severity", "weight"), [("M1", 8.0), ("M2", 5.0), ("M3", 2.0), (None, 2.0)])
def test_an_open_incident_weighs_by_its_class_and_its_linked_alerts_do_not(
    runtime: Runtime, incident_id: str, severity: str | None, weight: float
) -> None:
    with runtime.database.write() as session:
        incident = session.get_one(Incident, incident_id)
        incident.severity = severity
    assert candidates(runtime, incident_id)["irt.analyst.5"].load == weight


def test_half_a_post_carries_double(runtime: Runtime, incident_id: str) -> None:
    people = dict(runtime.organisation.people)
    people["irt.analyst.5"] = people["irt.analyst.5"].model_copy(update={"availability": 0.5})
    runtime.organisation = runtime.organisation.with_parts(people=people)
    with runtime.database.write() as session:
        session.get_one(Incident, incident_id).severity = "M1"
    assert candidates(runtime, incident_id)["irt.analyst.5"].load == 16.0


@pytest.mark.usefixtures("incident_id")
def test_the_handler_of_an_open_incident_on_the_same_system_gets_the_next_alert(runtime: Runtime) -> None:
    post(runtime, alert(2, rule="another"))
    with runtime.database.read() as session:
        handler = session.scalars(select(Incident.assignee)).one()
    assert handler == "irt.analyst.5"
    row = next(each for each in Page(runtime, "irt.analyst.2").rows() if each["rule_name"] == "another")
    assert row["assignee"]["id"] == handler


def test_whoever_may_handle_other_units_only_and_whoever_is_not_cleared_is_left_out_with_the_reason(runtime: Runtime) -> None:
    city = runtime.organisation
    people = dict(city.people)
    people["irt.analyst.2"] = people["irt.analyst.2"].model_copy(update={"units": ("so-yt",)})
    assets = dict(city.assets)
    assets["mail"] = Asset.model_validate({**assets["mail"].model_dump(by_alias=True), "tlp": "RED"})
    runtime.organisation = city.with_parts(people=people, assets=assets)
    post(runtime, alert(1))
    page = Page(runtime, "irt.leader")
    (row,) = page.rows()
    (why,) = page.detail(row["id"])["assignments"]
    assert row["assignee"]["id"] == "irt.analyst.5"
    reasons = {each["person"]["id"]: each["exclusion"] and each["exclusion"]["en"] for each in why["candidates"]}
    assert reasons["irt.analyst.2"] == "May not handle this unit"
    # Nobody of the example city is cleared for RED: it has somebody on record all the same.
    post(runtime, alert(2, rule="letter", asset="mail", target="10.10.20.9"))
    letter = next(each for each in page.rows() if each["rule_name"] == "letter")
    (why,) = page.detail(letter["id"])["assignments"]
    assert why["is_unattended"] is True
    assert why["decided_by"]["en"] == "Nobody is eligible: of record only"
    assert {each["exclusion"]["en"] for each in why["candidates"] if each["exclusion"]} >= {"Cleared for less than the alert's TLP"}
