"""Taking alerts in: once each, grouped, assigned, and only growing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from incident_api.alerts.grouping import triage_key
from incident_api.alerts.models import AssignmentRecord, GroupLabel, StoredAlert, TransitionRecord, TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.coordination.assignment import CandidateInput, Facts, Inputs, decide
from incident_api.coordination.canonical import sha256_of
from incident_api.escalation.models import EscalationRun
from incident_api.ledger.service import current
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.alert import Alert, Level
from khien.errors import KhienError
from tests.incident_api.city import START_US, alert, city, post


def count(runtime: Runtime, table: type) -> int:
    with runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def groups(runtime: Runtime) -> list[TriageGroup]:
    with runtime.database.read() as session:
        return list(session.scalars(select(TriageGroup).order_by(TriageGroup.id)))


def outcomes(runtime: Runtime, *alerts: Alert) -> list[str]:
    return [place.outcome for place in post(runtime, *alerts)]


def test_fifty_concurrent_posts_of_one_alert_make_one_alert(runtime: Runtime) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: outcomes(runtime, alert(1)), range(50)))
    assert sorted(outcome for each in found for outcome in each) == ["created"] + ["known"] * 49
    assert (count(runtime, StoredAlert), count(runtime, TriageGroup), count(runtime, TransitionRecord)) == (1, 1, 1)


def test_fifty_alerts_of_one_thing_are_one_open_group_with_count_fifty(runtime: Runtime) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: post(runtime, alert(number, source=f"198.51.100.{number}")), range(50)))
    (group,) = groups(runtime)
    assert (group.alerts, group.hits, group.is_open) == (50, 50, True)
    assert len(group.sources) == 50


def test_a_repeat_changes_nothing_and_says_so(runtime: Runtime) -> None:
    assert outcomes(runtime, alert(1, hits=5)) == ["created"]
    before = (count(runtime, AuditRow), groups(runtime)[0].stream_seq)
    assert outcomes(runtime, alert(1, hits=5)) == ["known"]
    assert outcomes(runtime, alert(1, hits=3)) == ["known"]
    assert (count(runtime, AuditRow), groups(runtime)[0].stream_seq) == before


def test_an_update_grows_hits_to_the_larger_and_leaves_the_state(runtime: Runtime) -> None:
    post(runtime, alert(1, hits=5))
    assert outcomes(runtime, alert(1, hits=9)) == ["updated"]
    (group,) = groups(runtime)
    assert (group.hits, group.alerts, group.version, group.state) == (9, 1, 1, "new")


@pytest.mark.parametrize("grown", [{"hits": 9}, {"last_us": START_US + 9}, {"event_count": 9}])
def test_growth_of_any_one_number_is_an_update_and_none_ever_shrinks(runtime: Runtime, grown: dict[str, int]) -> None:
    first = alert(1, hits=5)
    post(runtime, first)
    assert outcomes(runtime, first.model_copy(update=grown)) == ["updated"]
    assert outcomes(runtime, first) == ["known"]
    with runtime.database.read() as session:
        stored = session.get_one(StoredAlert, first.id)
    expected = {"hits": 5, "last_us": first.last_us, "event_count": 5} | grown
    assert {name: getattr(stored, name) for name in expected} == expected


def test_what_late_events_changed_replaces_what_was_said_also_by_smaller_numbers(runtime: Runtime) -> None:
    first = alert(1, hits=5)
    post(runtime, first)
    amended = first.model_copy(update={"hits": 2, "event_count": 2, "amended": 1, "withdrawn": True})
    assert outcomes(runtime, amended, first, amended) == ["updated", "known", "known"]
    with runtime.database.read() as session:
        stored = session.get_one(StoredAlert, first.id)
    assert (stored.hits, Alert.model_validate_json(stored.document).withdrawn) == (2, True)
    assert [(group.hits, group.state) for group in groups(runtime)] == [(2, "new")]


@pytest.mark.parametrize("is_open", [True, False])
def test_an_alert_that_supersedes_another_joins_its_matter_also_a_closed_one(runtime: Runtime, *, is_open: bool) -> None:
    first = alert(1)
    post(runtime, first)
    with runtime.database.write() as session:
        group = session.scalars(select(TriageGroup)).one()
        group.is_open = group.collects = is_open
        group.state = "new" if is_open else "closed"
    post(runtime, alert(2).model_copy(update={"supersedes": ("f" * 32, first.id)}))
    assert [(group.alerts, group.is_open) for group in groups(runtime)] == [(2, is_open)]


def test_two_infected_workstations_in_one_network_are_two_groups(runtime: Runtime) -> None:
    for number, source in enumerate(("10.30.1.21", "10.30.1.22")):
        post(runtime, alert(number, rule="beacon", asset="lan-p-an-binh", unit="p-an-binh", source=source, target="203.0.113.9"))
    assert len(groups(runtime)) == 2


def test_another_rule_asset_or_dataset_is_another_group(runtime: Runtime) -> None:
    post(runtime, alert(1), alert(2, rule="scan"), alert(3, asset="mail"), alert(4, dataset="exercise:lab"))
    assert len(groups(runtime)) == 4


def test_without_an_asset_the_entities_make_the_group(runtime: Runtime) -> None:
    post(runtime, alert(1, asset=None), alert(2, asset=None), alert(3, asset=None, target="10.30.9.77"))
    assert sorted(group.alerts for group in groups(runtime)) == [1, 2]


def test_a_batch_is_all_or_nothing(runtime: Runtime) -> None:
    broken = alert(2).model_copy(update={"dataset": "Live!"})
    with pytest.raises(KhienError) as caught:
        post(runtime, alert(1), broken)
    assert caught.value.code == "alert.bad_dataset"
    assert count(runtime, StoredAlert) == 0


def test_new_hits_on_a_closed_thing_open_a_new_group_that_says_returned(runtime: Runtime) -> None:
    post(runtime, alert(1))
    with runtime.database.write() as session:
        closed = session.get_one(TriageGroup, groups(runtime)[0].id)
        closed.state, closed.is_open, closed.collects = "closed", False, False
    post(runtime, alert(2))
    assert sorted((group.is_open, group.is_returned) for group in groups(runtime)) == [(False, False), (True, True)]


def test_every_group_has_an_assignee_and_the_stored_inputs_give_the_same_person_again(runtime: Runtime) -> None:
    for number in range(40):
        level = list(Level)[number % 4]
        asset = ("cong-tt", "mail", "lan-p-an-binh", None)[number % 4]
        post(runtime, alert(number, rule=f"rule-{number}", level=level, asset=asset))
    with runtime.database.read() as session:
        records = session.scalars(select(AssignmentRecord)).all()
    assert len(records) == 40
    for record in records:
        stored = record.inputs
        assert stored is not None
        again = decide(runtime.policy.policy, rebuilt(stored))
        assert again.person == record.person
        assert again.inputs_sha256 == record.explanation["inputs_sha256"]


def rebuilt(stored: dict[str, Any]) -> Inputs:
    """The inputs as they lie in the store: JSON has lists where the types have tuples."""

    def tuples(value: Any) -> Any:
        return tuple(tuples(each) for each in value) if isinstance(value, list) else value

    facts = {key: tuples(value) for key, value in stored["facts"].items()} | {"level": Level(stored["facts"]["level"])}
    candidates = tuple(CandidateInput(**{key: tuples(value) for key, value in each.items()}) for each in stored["candidates"])
    return Inputs(
        policy_sha256=stored["policy_sha256"],
        rota_version=stored["rota_version"],
        facts=Facts(**facts),
        candidates=candidates,
        excluded=tuple(stored["excluded"]),
    )


def test_the_ledger_balances_after_repeats_and_updates(runtime: Runtime) -> None:
    post(runtime, alert(1), alert(2), alert(1))
    post(runtime, alert(1, hits=4))
    answer = current(runtime)
    assert answer.alerts.model_dump() == {"posted": 4, "created": 2, "updated": 1, "known": 1, "stored": 2, "groups": 1}
    assert answer.balances


def hostile(number: int, text: str) -> Alert:
    """An alert whose every free string holds the text: the same document as JSON would bring it."""
    sound = alert(number, rule="rule", source=f"host{text}", asset=f"asset{text}", tags=(f"tag{text}",), user=f"user{text}")
    sample = {f"key{text}": [f"value{text}", {"deep": text}]}
    explanation = sound.explanation.model_copy(update={"sample": sample})
    rule = sound.rule.model_copy(update={"id": f"rule{text}"})
    return sound.model_copy(update={"rule": rule, "explanation": explanation})


@pytest.mark.parametrize(("character", "visible"), [("\x00", "\\u0000"), ("\ud800", "\\ud800")], ids=["nul", "surrogate"])
def test_what_no_database_holds_is_stored_visibly_and_blocks_nobody(runtime: Runtime, character: str, visible: str) -> None:
    assert outcomes(runtime, alert(1), hostile(2, character), alert(3)) == ["created"] * 3
    assert outcomes(runtime, hostile(2, character)) == ["known"]
    (group,) = [each for each in groups(runtime) if each.rule_id != "portal-sql-injection"]
    assert (group.rule_id, group.assets, group.tags) == (f"rule{visible}", [f"asset{visible}"], [f"tag{visible}"])
    assert group.sources == [f"host{visible}"]
    assert visible in group.search_text
    with runtime.database.read() as session:
        stored = Alert.model_validate_json(session.get_one(StoredAlert, hostile(2, character).id).document)
    assert stored.explanation.sample == {f"key{visible}": [f"value{visible}", {"deep": visible}]}


@pytest.mark.parametrize("update", [{"first_us": -(10**30)}, {"last_us": 2**63}, {"hits": 10**30}, {"event_count": 2**53}])
def test_a_number_that_no_column_holds_is_refused(runtime: Runtime, update: dict[str, int]) -> None:
    with pytest.raises(KhienError) as caught:
        post(runtime, alert(1).model_copy(update=update))
    assert (caught.value.code, caught.value.entry.http_status) == ("request.invalid", 422)


def test_a_sample_without_a_bottom_is_refused(runtime: Runtime) -> None:
    sample: dict[str, Any] = {}
    for _ in range(400):
        sample = {"a": sample}
    explanation = alert(1).explanation.model_copy(update={"sample": sample})
    with pytest.raises(KhienError) as caught:
        post(runtime, alert(1).model_copy(update={"explanation": explanation}))
    assert caught.value.entry.http_status == 422


def test_a_batch_leaves_what_one_post_after_another_leaves(tmp_path: Path) -> None:
    batch = [alert(each, rule=f"rule-{each % 30}", source=f"198.51.100.{each}", level=list(Level)[each % 4]) for each in range(60)]
    left = []
    for name, size in (("one", 1), ("many", len(batch))):
        with city(tmp_path / name) as made:
            for begin in range(0, len(batch), size):
                post(made, *batch[begin : begin + size])
            with made.database.read() as session:
                found = session.scalars(select(TriageGroup).order_by(TriageGroup.id)).all()
                records = session.scalars(select(AssignmentRecord).order_by(AssignmentRecord.id)).all()
                told = session.execute(select(NoticeRow.subject, NoticeRow.recipient, NoticeRow.channel)).all()
                runs = session.execute(select(EscalationRun.subject, EscalationRun.state, EscalationRun.step)).all()
                labels = session.execute(select(GroupLabel.group_id, GroupLabel.kind, GroupLabel.value)).all()
            left.append(
                (
                    [(group.id, group.alerts, group.assignee, group.severity, group.acknowledge_due_us) for group in found],
                    [(record.group_id, record.person, record.explanation["inputs_sha256"]) for record in records],
                    sorted(map(tuple, told)),
                    sorted(map(tuple, runs)),
                    sorted(map(tuple, labels)),
                )
            )
            assert {record.explanation["inputs_sha256"] for record in records} == {sha256_of(record.inputs) for record in records}
            assert verify(made).is_whole
    assert left[0] == left[1]
    assert len(left[0][0]) == 30


def test_of_two_alerts_of_one_name_in_a_batch_the_first_makes_the_matter(runtime: Runtime) -> None:
    first = alert(1)
    second = alert(2, rule="another-rule", source="203.0.113.5").model_copy(update={"id": first.id})
    assert [place.outcome for place in post(runtime, first, second)] == ["created", "known"]
    with runtime.database.read() as session:
        assert session.scalars(select(TriageGroup)).one().triage_key == triage_key(first, runtime.organisation)
