"""The state machine: only the table's transitions, one record each, and refusals that name the rule."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.alerts.states import TABLE, Action
from incident_api.alerts.transition import Act, execute
from incident_api.audit.service import verify
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import Page, alert, city, post

HOLDER = "irt.analyst.2"


def group_id(page: Page, **query: object) -> str:
    return str(page.rows(**query)[0]["id"])


def code(answer: object) -> str:
    return str(answer.json()["code"])  # type: ignore[attr-defined]


def test_taking_stops_the_clock_and_records_who(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, "irt.analyst.5")
    answer = page.act(group_id(page), "take").json()
    assert (answer["row"]["state"], answer["row"]["assignee"]["id"]) == ("taken", "irt.analyst.5")
    assert answer["deadline"]["state"] == "stopped"
    assert [(each["number"], each["capacity"]) for each in answer["transitions"]] == [("A2", "responder"), ("A1", None)]


def test_fifty_people_who_click_at_once_make_one_owner(runtime: Runtime) -> None:
    post(runtime, alert(1))
    with runtime.database.read() as session:
        group = session.scalars(select(TriageGroup)).one()
        people = [Person.of(row) for row in session.scalars(select(PersonRow)) if "alerts.triage" in Person.of(row).rights]

    def click(number: int) -> str:
        person = people[number % len(people)]
        try:
            with runtime.database.write() as session:
                found = session.get_one(TriageGroup, group.id)
                execute(runtime, session, found, person=person, act=Act(Action.TAKE, version=1))
        except KhienError as error:
            return error.code
        return person.id

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(click, range(50)))
    winners = [each for each in results if each != "alert.changed"]
    assert len(winners) == 1
    with runtime.database.read() as session:
        assert session.get_one(TriageGroup, group.id).assignee == winners[0]


def test_an_old_version_is_refused_and_names_who_was_faster(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    group = group_id(page)
    assert page.post(f"/groups/{group}/take", {"version": 1}).status_code == 200
    late = Page(runtime, "irt.analyst.5").post(f"/groups/{group}/close", {"version": 1, "verdict": "true", "note": "x"})
    assert (late.status_code, code(late), late.json()["params"]["person"]) == (409, "alert.changed", HOLDER)


def test_closing_a_new_one_takes_it_first(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    answer = page.act(group_id(page), "close", verdict="expected", note="Quét định kỳ").json()
    assert [each["number"] for each in answer["transitions"]] == ["A8", "A2", "A1"]
    assert (answer["row"]["state"], answer["row"]["verdict"], answer["row"]["version"]) == ("closed", "expected", 3)
    assert page.rows() == []
    assert len(page.rows(tab="closed")) == 1


@pytest.mark.parametrize(
    ("verdict", "note", "status"), [("true", None, 422), ("true", "", 422), ("duplicate", None, 200), ("nonsense", "x", 422)]
)
def test_closing_needs_a_known_verdict_and_a_note_unless_duplicate(
    runtime: Runtime, verdict: str, note: str | None, status: int
) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    assert page.act(group_id(page), "close", verdict=verdict, note=note).status_code == status


def test_a_critical_alert_is_called_false_by_a_second_analyst_only(runtime: Runtime) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    first, second = Page(runtime, HOLDER), Page(runtime, "irt.analyst.5")
    group = group_id(first)
    false_alarm = {"verdict": "false_positive", "note": "Công cụ nội bộ"}
    assert code(first.act(group, "close", **false_alarm)) == "alert.second_analyst_needed"
    first.act(group, "take")
    assert code(first.act(group, "close", **false_alarm)) == "alert.second_analyst_needed"
    assert second.act(group, "close", **false_alarm).status_code == 200


def test_the_holder_and_a_shift_lead_may_hand_over_and_nobody_else(runtime: Runtime) -> None:
    post(runtime, alert(1))
    holder, other, lead = (Page(runtime, name) for name in (HOLDER, "irt.analyst.5", "irt.shift_lead.2"))
    group = group_id(holder)
    holder.act(group, "take")
    refused = other.act(group, "hand-over", to="irt.analyst.5", reason="Tôi làm")
    assert (refused.status_code, code(refused)) == (403, "alert.not_the_holder")
    answer = lead.act(group, "hand-over", to="irt.analyst.5", reason="Hết ca").json()
    assert (answer["row"]["state"], answer["row"]["assignee"]["id"]) == ("new", "irt.analyst.5")
    assert answer["deadline"]["state"] == "running"
    assert answer["assignments"][0]["decided_by"]["en"] == "Handed over by name"


def test_handing_back_to_the_rules_never_gives_it_to_the_same_person(runtime: Runtime) -> None:
    post(runtime, alert(1))
    holder = Page(runtime, HOLDER)
    group = group_id(holder)
    holder.act(group, "take")
    answer = holder.act(group, "hand-over", reason="Xung đột lợi ích").json()
    assert answer["row"]["assignee"]["id"] == "irt.analyst.5"
    assert answer["assignments"][0]["cause"] == "returned"


def test_nobody_can_be_given_work_who_cannot_take_it(runtime: Runtime) -> None:
    post(runtime, alert(1))
    holder = Page(runtime, HOLDER)
    for receiver in ("auditor", "nobody.at.all", "unit.contact.p-an-binh"):
        assert code(holder.act(group_id(holder), "hand-over", to=receiver, reason="x")) == "alert.receiver_cannot_take"


def test_undo_gives_back_the_state_before_and_lets_the_clock_run_on(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, "irt.analyst.5")
    group = group_id(page)
    before = page.detail(group)
    page.act(group, "take")
    clock.advance(seconds=60)
    answer = page.act(group, "undo").json()
    for field in ("state", "assignee", "acknowledge_due_us", "is_unattended"):
        assert answer["row"][field] == before["row"][field]
    assert answer["deadline"]["state"] == "running"
    assert answer["deadline"]["next_step_us"] == before["deadline"]["next_step_us"]
    assert code(page.act(group, "undo")) == "alert.nothing_to_undo"


def test_undo_is_for_the_same_person_for_sixty_seconds(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    group = group_id(page)
    page.act(group, "close", verdict="true", note="x")
    assert code(Page(runtime, "irt.analyst.5").act(group, "undo")) == "alert.undo_of_another"
    clock.advance(seconds=60.001)
    assert code(page.act(group, "undo")) == "alert.undo_too_late"


def test_reopening_works_for_ninety_days_and_not_beside_an_open_twin(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    group = group_id(page)
    page.act(group, "close", verdict="true", note="x")
    post(runtime, alert(2))
    refused = page.act(group, "reopen", reason="Còn dấu hiệu")
    assert (code(refused), refused.json()["params"]["group"]) == ("alert.open_group_exists", group_id(page))
    page.act(group_id(page), "close", verdict="duplicate")
    clock.advance(seconds=90 * 86_400)
    page = Page(runtime, HOLDER)
    answer = page.act(group, "reopen", reason="Còn dấu hiệu").json()
    assert (answer["row"]["state"], answer["row"]["is_returned"], answer["assignments"][0]["cause"]) == ("new", True, "reopened")
    page.act(group, "close", verdict="true", note="x")
    clock.advance(seconds=90 * 86_400 + 1)
    assert code(Page(runtime, HOLDER).act(group, "reopen", reason="x")) == "alert.too_old_to_reopen"


def test_a_retried_request_with_its_key_gives_the_first_answer(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    group = group_id(page)
    first = page.post(f"/groups/{group}/take", {"version": 1}, key="key-00000001")
    again = page.post(f"/groups/{group}/take", {"version": 1}, key="key-00000001")
    assert (again.status_code, again.json()) == (200, first.json())
    other = page.post(f"/groups/{group}/close", {"version": 2, "verdict": "duplicate"}, key="key-00000001")
    assert (other.status_code, code(other)) == (422, "request.key_reused")
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(TransitionRecord)) == 2


def test_a_field_that_is_not_asked_for_is_refused(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, HOLDER)
    for smuggled in ({"state": "closed"}, {"assignee": "auditor"}, {"severity": 1}):
        assert page.act(group_id(page), "take", **smuggled).status_code == 422


ALLOWED = {(source.value, row.target.value) for row in TABLE if row.target is not None for source in row.sources}


def test_states_outside_the_table_have_no_way_in() -> None:
    assert {row.number for row in TABLE} == {f"A{number}" for number in range(1, 13)}
    assert {
        ("new", "taken"),
        ("new", "new"),
        ("taken", "new"),
        ("new", "linked"),
        ("taken", "linked"),
        ("linked", "taken"),
        ("new", "suppressed"),
        ("taken", "suppressed"),
        ("suppressed", "new"),
        ("new", "closed"),
        ("taken", "closed"),
        ("closed", "new"),
    } == ALLOWED


def test_what_happened_survives_a_restart(tmp_path: Path) -> None:
    with city(tmp_path) as first:
        post(first, alert(1))
        page = Page(first, HOLDER)
        page.act(group_id(page), "take")
    with city(tmp_path) as second:
        page = Page(second, HOLDER)
        assert page.rows()[0]["state"] == "taken"
        assert verify(second).is_whole
