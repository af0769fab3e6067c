"""The first run: each step is done by what it says and nothing less, and nobody is told numbers that are not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from incident_api.duty.models import RotaVersion
from incident_api.ledger import service as ledger
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime
from incident_api.sessions.models import SecondFactor
from tests.incident_api.city import START_US, Page, alert, city, give_log_ins, post

NAMES = ["administrator", "organisation", "policy", "duty", "sensor", "alert"]
#: Seats of the first place in the example city's rota, each taken by somebody of their own: `coordination/example/rota.yaml`.
FIRST_SEATS = 7


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Runtime]:
    """The example city in which nobody has a log-in."""
    with city(tmp_path, log_ins=False) as made:
        yield made


def steps(runtime: Runtime, account: str) -> dict[str, dict[str, Any]]:
    answer = Page(runtime, account).get("/setup")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [each["name"] for each in body["steps"]] == NAMES
    assert body["is_complete"] is all(each["state"] == "done" for each in body["steps"])
    return {each["name"]: each for each in body["steps"]}


def states(runtime: Runtime, account: str = "sysadmin") -> dict[str, str]:
    return {name: each["state"] for name, each in steps(runtime, account).items()}


def enrol(runtime: Runtime, account: str, *, confirmed_us: int | None = START_US) -> None:
    with runtime.database.write() as session:
        session.merge(SecondFactor(person=account, secret="x", last_step=0, confirmed_us=confirmed_us))


def publish(runtime: Runtime, document: dict[str, Any]) -> None:
    ledger.publish(runtime, component="correlator", ledger=document, size_bytes=100)


def test_the_administrator_is_there_only_with_a_second_factor_that_was_confirmed(runtime: Runtime) -> None:
    assert states(runtime)["administrator"] == "open"
    enrol(runtime, "irt.leader")
    assert states(runtime)["administrator"] == "open"
    enrol(runtime, "sysadmin", confirmed_us=None)
    assert states(runtime)["administrator"] == "open"
    enrol(runtime, "sysadmin")
    assert steps(runtime, "auditor")["administrator"] == {
        "name": "administrator",
        "state": "done",
        "count": 1,
        "may_act": False,
        "by": [{"id": "sysadmin", "name": {"vi": "Quản trị Khiên", "en": "Khiên administrator"}}],
    }
    with runtime.database.write() as session:
        session.execute(update(PersonRow).where(PersonRow.id == "sysadmin").values(is_active=False))
    assert states(runtime, "auditor")["administrator"] == "open"


def test_an_organisation_without_systems_is_open(runtime: Runtime) -> None:
    assert steps(runtime, "sysadmin")["organisation"]["count"] == 21
    runtime.organisation = runtime.organisation.model_copy(update={"assets": {}})
    assert steps(runtime, "sysadmin")["organisation"]["state"] == "open"


def test_rules_whose_last_day_is_over_are_open(runtime: Runtime) -> None:
    assert states(runtime)["policy"] == "done"
    ended = runtime.policy.policy.model_copy(update={"effective_to": "2026-11-22"})
    runtime.put_in_force(replace(runtime.policy, policy=ended))
    assert states(runtime)["policy"] == "open"


def test_a_rota_covers_now_when_every_seat_is_taken_and_somebody_there_can_log_in(runtime: Runtime) -> None:
    found = steps(runtime, "auditor")["duty"]
    assert (found["state"], found["count"], found["may_act"]) == ("done", FIRST_SEATS, False)
    with runtime.database.write() as session:
        session.execute(update(PersonRow).where(PersonRow.id.not_in({"auditor"})).values(password_hash=None))
    found = steps(runtime, "auditor")["duty"]
    assert (found["state"], found["count"]) == ("open", 0)
    give_log_ins(runtime)
    with runtime.database.write() as session:
        version = session.scalars(select(RotaVersion)).one()
        needs = [{**need, "at_least": 9} for need in version.document["coverage"]]
        version.document = {**version.document, "coverage": needs}
    assert (states(runtime)["duty"], steps(runtime, "irt.leader")["duty"]["may_act"]) == ("open", True)


def test_a_sensor_that_is_counted_is_there_and_an_alert_proves_one_too(runtime: Runtime) -> None:
    publish(runtime, {"streams": "none", "read": 7})
    publish(runtime, {"streams": [{"sensor": 7}, "x", {"dataset": "live"}]})
    assert (states(runtime)["sensor"], states(runtime)["alert"]) == ("open", "open")
    publish(runtime, {"streams": [{"sensor": "gateway", "dataset": "live"}, {"sensor": "gateway"}, {"sensor": "mail"}]})
    found = steps(runtime, "sysadmin")
    assert (found["sensor"]["state"], found["sensor"]["count"], found["alert"]["state"]) == ("done", 2, "open")
    publish(runtime, {"streams": []})
    post(runtime, alert(1, dataset="import:day"), alert(2, dataset="import:day"))
    found = steps(runtime, "sysadmin")
    assert [(found[name]["state"], found[name]["count"]) for name in ("sensor", "alert")] == [("done", 0), ("done", 2)]


def test_whoever_sees_one_unit_is_told_no_number_and_nothing_of_alerts_elsewhere(runtime: Runtime) -> None:
    publish(runtime, {"streams": [{"sensor": "gateway"}]})
    post(runtime, alert(1, asset="lan-x-vinh-loc", unit="x-vinh-loc"))
    for account in ("unit.contact.p-an-binh", "unit.contact.x-vinh-loc"):
        assert {each["count"] for each in steps(runtime, account).values()} == {None}
        assert not any(each["may_act"] for each in steps(runtime, account).values())
    assert states(runtime, "unit.contact.p-an-binh")["alert"] == "open"
    assert states(runtime, "unit.contact.x-vinh-loc")["alert"] == "done"
    assert steps(runtime, "irt.analyst.2")["alert"]["count"] == 1


def test_everything_done_is_complete(runtime: Runtime) -> None:
    enrol(runtime, "sysadmin")
    post(runtime, alert(1))
    assert Page(runtime, "sysadmin").get("/setup").json()["is_complete"] is True


def test_without_a_session_one_boolean_leaves_and_nothing_else(empty: Runtime) -> None:
    nobody = Page(empty, None)
    assert nobody.get("/setup").status_code == 401
    assert nobody.get("/setup/hint").json() == {"has_administrator": False}
    give_log_ins(empty)
    assert nobody.get("/setup/hint").json() == {"has_administrator": True}
    with empty.database.write() as session:
        session.execute(update(PersonRow).where(PersonRow.id == "sysadmin").values(is_active=False))
    assert nobody.get("/setup/hint").json() == {"has_administrator": False}
