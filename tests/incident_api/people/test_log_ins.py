"""Log-ins as the administrator gives and takes them at the page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.people.rights import ROLE_RIGHTS, Right
from incident_api.people.words import RIGHTS
from incident_api.runtime import Runtime
from tests.incident_api.city import PASSWORD, Page

WHO = "irt.analyst.2"


def person(page: Page, account: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in page.get("/people").json()["people"] if each["id"] == account)
    return found


def test_a_password_given_at_the_page_opens_the_account_and_the_old_one_does_not(runtime: Runtime) -> None:
    given = Page(runtime, "sysadmin").post(f"/people/{WHO}/log-in", {})
    assert given.status_code == 200, given.text
    assert Page(runtime, None).log_in(WHO).status_code == 401
    assert Page(runtime, None).log_in(WHO, given.json()["password"]).status_code == 200


def test_a_given_password_ends_the_sessions_of_its_person(runtime: Runtime) -> None:
    there = Page(runtime, WHO)
    assert there.get("/session").status_code == 200
    Page(runtime, "sysadmin").post(f"/people/{WHO}/log-in", {})
    assert there.get("/session").status_code == 401


def test_a_disabled_person_is_out_at_once_and_comes_back_with_a_new_password(runtime: Runtime) -> None:
    keeper, there = Page(runtime, "sysadmin"), Page(runtime, WHO)
    answer = keeper.post(f"/people/{WHO}/disable", {})
    assert (answer.status_code, answer.json()["log_in"]) == (200, "disabled")
    assert there.get("/session").status_code == 401
    assert Page(runtime, None).log_in(WHO, PASSWORD).status_code == 401
    keeper.post(f"/people/{WHO}/log-in", {})
    assert person(keeper, WHO)["log_in"] == "works"


def test_nobody_does_it_to_themselves_nor_to_somebody_unknown(runtime: Runtime) -> None:
    keeper = Page(runtime, "sysadmin")
    for act in ("log-in", "disable"):
        assert keeper.post(f"/people/sysadmin/{act}", {}).json()["code"] == "people.own_account"
        assert keeper.post(f"/people/nobody.here/{act}", {}).json()["code"] == "people.unknown"


def test_it_asks_for_the_second_factor(runtime: Runtime) -> None:
    unproven = Page(runtime, "sysadmin", proven=False)
    answers = [unproven.post(f"/people/{WHO}/{act}", {}).json()["code"] for act in ("log-in", "disable")]
    assert answers == ["second_factor.not_set_up"] * 2


def test_it_stands_in_the_audit_log_with_who_did_it_and_without_the_password(runtime: Runtime) -> None:
    keeper = Page(runtime, "sysadmin")
    password = keeper.post(f"/people/{WHO}/log-in", {}).json()["password"]
    keeper.post(f"/people/{WHO}/disable", {})
    with runtime.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.object == f"person/{WHO}").order_by(AuditRow.seq)).all()
    assert [(row.actor, row.act) for row in rows][-2:] == [("sysadmin", "person.reset_password"), ("sysadmin", "person.disable")]
    assert password not in str([(row.before, row.after, row.reason) for row in rows])


def test_the_table_of_roles_is_the_one_that_routes_decide_by_and_every_right_has_words(runtime: Runtime) -> None:
    answer = Page(runtime, "unit.contact.p-an-binh").get("/roles").json()
    assert {each["id"]: set(each["rights"]) for each in answer["roles"]} == {
        role: {right.value for right in rights} for role, rights in ROLE_RIGHTS.items()
    }
    assert set(RIGHTS) == set(Right)
    assert all(each["name"]["vi"] and each["name"]["en"] for each in (*answer["rights"], *answer["roles"]))
