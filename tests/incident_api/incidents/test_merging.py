"""Merging loses nothing and taking it back gives each case byte for byte."""

from __future__ import annotations

from typing import Any

import pytest

from incident_api.audit.service import verify
from incident_api.incidents import export
from incident_api.incidents.models import Incident
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile

M1: dict[str, Any] = {"flags": ["natsec"], "facts": {"data_encrypted": True}}
M2: dict[str, Any] = {"facts": {"data_encrypted": True}}
M3: dict[str, Any] = {}


def exported(runtime: Runtime, file: CaseFile) -> bytes:
    with runtime.database.read() as session:
        return export.canonical(session, session.get_one(Incident, file.id))


def busy(runtime: Runtime, **facts: Any) -> CaseFile:
    """A confirmed case with something of everything."""
    file = CaseFile(runtime, **facts)
    file.confirm()
    page = file.page("irt.shift_lead.2")
    for path, body in (
        ("comments", {"text": "198.51.100.7 @irt.analyst.1"}),
        ("tasks", {"title": "Việc thử", "due_us": runtime.clock.now_us() + 3_600_000_000}),
        ("countermeasures", {"measure": "block_address", "target": "198.51.100.7", "why": "C2"}),
    ):
        assert page.post(f"/incidents/{file.id}/{path}", body).status_code == 201
    return file


def merge(source: CaseFile, target: CaseFile) -> None:
    source.move("merge", fields={"target": target.id, "reason": "cùng một vụ"})


@pytest.mark.parametrize(
    ("light", "grave"), [(M3, M2), (M3, M1), (M2, M1), (M2, M2), (M1, M3)], ids=["M3-M2", "M3-M1", "M2-M1", "M2-M2", "M1-M3"]
)
def test_merge_unmerge_byte_equal(runtime: Runtime, clock: ManualClock, light: dict[str, Any], grave: dict[str, Any]) -> None:
    target, source = busy(runtime, **light), busy(runtime, **grave)
    before = exported(runtime, target), exported(runtime, source)
    clock.advance(seconds=60)
    merge(source, target)
    assert (exported(runtime, target), exported(runtime, source)) != before
    clock.advance(seconds=60)
    source.move("unmerge")
    assert exported(runtime, target) == before[0]
    assert exported(runtime, source) == before[1]
    assert verify(runtime).is_whole


def test_merging_twice_owes_twice_and_leaves_the_same(runtime: Runtime, clock: ManualClock) -> None:
    target, source = busy(runtime, **M3), busy(runtime, **M2)
    before = exported(runtime, target)
    open_codes = []
    for _ in range(2):
        clock.advance(seconds=1)
        merge(source, target)
        open_codes.append(sorted((each["code"], each["recipient"]) for each in target.obligations() if each["state"] == "pending"))
        source.move("unmerge")
        assert exported(runtime, target) == before
    assert open_codes[0] == open_codes[1]
    assert ("IN", "city_police.intake") in open_codes[0]


def test_the_first_of_two_merges_is_taken_back_and_the_second_still_counts(runtime: Runtime) -> None:
    target, first, second = busy(runtime, **M3), busy(runtime, **M1), busy(runtime, **M2)
    before = exported(runtime, target)
    merge(first, target)
    merge(second, target)
    assert target.read()["row"]["severity"] == "M1"
    first.move("unmerge")
    assert target.read()["row"]["severity"] == "M2"
    second.move("unmerge")
    assert target.read()["row"]["severity"] == "M3"
    assert exported(runtime, target) == before


def test_what_people_stated_of_a_merged_case_stays(runtime: Runtime) -> None:
    target, source = busy(runtime, **M3), busy(runtime, **M2)
    merge(source, target)
    target.act("revise", flags=["natsec"], reason="dấu hiệu mới")
    source.move("unmerge")
    assert target.read()["row"]["severity"] == "M1"


def test_what_was_told_because_of_a_merge_stays_told(runtime: Runtime) -> None:
    target, source = busy(runtime, **M3), busy(runtime, **M2)
    merge(source, target)
    told = target.obligations("TL")[0]["id"]
    target.act("fulfil", obligation=told, receipt="đã nhận")
    source.move("unmerge")
    states = {each["id"]: each["state"] for each in target.obligations()}
    assert states[told] == "fulfilled"
    assert f'"id":{told},'.encode() in exported(runtime, target)


def test_a_case_is_not_closed_over_what_a_merged_one_owes(runtime: Runtime) -> None:
    target, source = CaseFile(runtime), CaseFile(runtime)
    target.confirm()
    source.confirm()
    merge(source, target)
    for action in ("contain", "eradicate", "recover"):
        target.move(action)
    target.fulfil_all()
    refused = target.try_move("close")
    assert (refused.status_code, refused.json()["code"]) == (409, "incident.open_duty")
    source.fulfil_all()
    assert target.move("close")["row"]["state"] == "closed"


def test_an_export_is_on_record_and_none_is_made_of_a_state_secret(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="dvc"))
    group = Page(runtime, "irt.analyst.2").rows()[0]["id"]
    file = CaseFile(runtime, groups=[group])
    taken = file.page("irt.shift_lead.2").post(f"/incidents/{file.id}/export", {"reason": "báo cáo"})
    assert taken.status_code == 200, taken.text
    assert taken.json()["format"] == "khien-case/1"
    assert [each["group_id"] for each in taken.json()["links"]] == [group]
    (record,) = [each for each in file.page("auditor").get("/audit").json()["records"] if each["act"] == "incident.export"]
    assert (record["reason"], record["after"]["bytes"]) == ("báo cáo", len(taken.content))
    secret = CaseFile(runtime, flags=["secret"])
    refused = secret.page("irt.shift_lead.2").post(f"/incidents/{secret.id}/export", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "incident.secret")
