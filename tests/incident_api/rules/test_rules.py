"""The rules in force are listed as the correlator compiled them, with what became of the alerts that the reader may see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from correlator.catalogue import catalogue
from correlator.compiler.ruleset import compile_folders
from incident_api.held_back.schemas import PublishHeldBack
from incident_api.held_back.service import publish as publish_held_back
from incident_api.people.models import PersonRow
from incident_api.rules.published import PublishRules
from incident_api.rules.publishing import digest_of, publish
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, add_person, alert, post
from tests.incident_api.held_back.test_held_back import ENTRY

_DAY_US = 86_400_000_000
GUESSING = "11111111-1111-4111-8111-111111111111"
SCAN = "22222222-2222-4222-8222-222222222222"
COUNTED = "33333333-3333-4333-8333-333333333333"
FLOW = "66666666-6666-4666-8666-666666666666"
_SSHD = "{product: linux, service: sshd}"
_FLOW = "{product: khien, service: network.flow}"
_RULES = {
    "guessing.yml": f"""title: Password guessing
id: {GUESSING}
level: high
tags: [attack.t1110.001]
logsource: {{product: linux, service: sshd}}
detection:
  selection: {{event.outcome: failure}}
  condition: selection
references: ["https://example.org/a"]
khien:
  title_vi: Dò mật khẩu
""",
    "guessing.test.yml": "cases: []\n",
    "scan.yml": f"""title: Admin page
id: {SCAN}
level: low
tags: [attack.t1595]
logsource: {{category: webserver}}
detection:
  selection: {{url.path|contains: /admin}}
  condition: selection
""",
    "many.yml": f"""title: Many admin pages
id: {COUNTED}
level: medium
correlation:
  type: event_count
  rules: [{SCAN}]
  group-by: [source.ip]
  timespan: 1m
  condition: {{gte: 5}}
""",
    "off.yml": """title: Switched off
id: 44444444-4444-4444-8444-444444444444
status: deprecated
logsource: {category: webserver}
detection:
  selection: {url.path: /x}
  condition: selection
""",
    "broken.yml": """title: Broken
id: 55555555-5555-4555-8555-555555555555
logsource: {category: webserver}
detection:
  selection: {url.path: /x}
  condition: nobody
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "goi"
    found.mkdir()
    for name, text in _RULES.items():
        (found / name).write_text(text, encoding="utf-8")
    return found


def tell(runtime: Runtime, folder: Path) -> PublishRules:
    body = PublishRules.model_validate(catalogue(compile_folders([folder]), [folder]))
    publish(runtime, component="correlator", body=body)
    return body


def rows(page: Page, **query: Any) -> dict[str, dict[str, Any]]:
    answer = page.get("/rules", **query)
    assert answer.status_code == 200, answer.text
    return {row["location"].partition(":")[0]: row for row in answer.json()["rows"]}


def test_every_document_is_listed_with_what_became_of_it(runtime: Runtime, folder: Path) -> None:
    body = tell(runtime, folder)
    found = rows(Page(runtime, "irt.analyst.2"))
    assert {name: row["state"] for name, row in found.items()} == {
        "guessing.yml": "running",
        "scan.yml": "feeds",
        "many.yml": "running",
        "off.yml": "disabled",
        "broken.yml": "rejected",
    }
    assert found["guessing.yml"]["title"] == {"vi": "Dò mật khẩu", "en": "Password guessing"}
    assert (found["guessing.yml"]["level"], found["guessing.yml"]["techniques"]) == ("high", ["T1110.001"])
    assert found["guessing.yml"]["pack"] == "goi"
    assert digest_of(runtime, "correlator") == body.digest


def test_words_are_found_with_and_without_marks_and_filters_narrow(runtime: Runtime, folder: Path) -> None:
    tell(runtime, folder)
    page = Page(runtime, "irt.analyst.2")
    assert set(rows(page, q="do mat khau")) == set(rows(page, q="DÒ MẬT KHẨU")) == {"guessing.yml"}
    assert set(rows(page, state="rejected")) == {"broken.yml"}
    assert set(rows(page, technique="T1110")) == {"guessing.yml"}
    assert set(rows(page, level="low")) == {"scan.yml"}
    assert set(rows(page, pack="nowhere")) == set()


def test_a_refused_rule_names_place_reason_and_cure_and_shows_its_text(runtime: Runtime, folder: Path) -> None:
    tell(runtime, folder)
    page = Page(runtime, "irt.analyst.2")
    broken = page.get(f"/rules/{rows(page)['broken.yml']['id']}").json()
    assert broken["row"]["location"] == "broken.yml:4"
    assert broken["file"]["line"] == 4
    assert broken["file"]["text"] == _RULES["broken.yml"]
    assert broken["fault"]["code"] == "rule.condition_invalid"
    assert "nobody" in broken["fault"]["text"]["vi"]
    assert broken["fault"]["cure"]["vi"]


def test_one_rule_says_what_it_needs_who_counts_it_and_what_is_held_back(runtime: Runtime, folder: Path) -> None:
    tell(runtime, folder)
    entry = {**ENTRY, "rule_id": GUESSING}
    head = {"seq": 0, "head": "0" * 64, "fault": None}
    held = {"journal": head, "entries": [entry, ENTRY], "entries_omitted": 0, "refused": [], "refused_total": 0}
    publish_held_back(runtime, component="correlator", body=PublishHeldBack.model_validate({"held_back": held, "chain": []}))
    page = Page(runtime, "irt.analyst.2")
    guessing = page.get(f"/rules/{GUESSING}").json()
    assert guessing["fields"] == ["event.outcome"]
    assert [one["dataset"] for one in guessing["datasets"]] == ["host.auth", "host.syslog"]
    assert guessing["references"] == ["https://example.org/a"]
    assert [one["id"] for one in guessing["tuning"]] == [entry["id"]]
    assert guessing["file"]["cases"] == _RULES["guessing.test.yml"]
    assert [one["id"] for one in page.get(f"/rules/{SCAN}").json()["counted_by"]] == [COUNTED]
    assert [one["id"] for one in page.get(f"/rules/{COUNTED}").json()["members"]] == [SCAN]
    assert page.get("/rules/unknown").json()["code"] == "rule.not_in_force"


def test_alerts_of_a_week_and_a_month_and_the_share_of_false_alarms_are_counted(runtime: Runtime, folder: Path) -> None:
    tell(runtime, folder)
    for number, days in enumerate((1, 8, 31)):
        post(runtime, alert(number, rule=GUESSING, asset=f"may-{number}", at_us=START_US - days * _DAY_US))
    post(runtime, alert(9, rule=GUESSING, dataset="exercise:lab"))
    page = Page(runtime, "irt.analyst.2")
    (group, other, *_) = page.rows(rule=GUESSING)
    page.act(group["id"], "close", verdict="false_positive", note="máy quét")
    page.act(other["id"], "close", verdict="true", note="đúng")
    figures = rows(page)["guessing.yml"]["figures"]
    assert (figures["alerts_7"], figures["alerts_30"], figures["closed_30"], figures["false_30"]) == (1, 2, 2, 1)
    assert figures["last_us"] == START_US - _DAY_US
    assert figures["noise"] == 1
    assert next(iter(rows(page))) == "guessing.yml"
    assert rows(page, dataset_kind="exercise")["guessing.yml"]["figures"]["alerts_7"] == 1
    detail = page.get(f"/rules/{GUESSING}").json()
    assert len(detail["groups"]) == 3


def test_only_a_rule_upon_one_log_source_proves_that_it_arrives(runtime: Runtime, folder: Path) -> None:
    (folder / "flow.yml").write_text(_RULES["guessing.yml"].replace(GUESSING, FLOW).replace(_SSHD, _FLOW), encoding="utf-8")
    tell(runtime, folder)
    page = Page(runtime, "irt.analyst.2")
    post(runtime, alert(1, rule=GUESSING))
    assert {one["last_us"] for one in page.get(f"/rules/{GUESSING}").json()["datasets"]} == {None}
    post(runtime, alert(2, rule=FLOW, dataset="exercise:lab"))
    assert page.get(f"/rules/{FLOW}").json()["datasets"] == [{"dataset": "network.flow", "last_us": None}]
    post(runtime, alert(3, rule=FLOW))
    assert page.get(f"/rules/{FLOW}").json()["datasets"] == [{"dataset": "network.flow", "last_us": START_US}]


def test_who_sees_no_alerts_sees_no_numbers_and_who_sees_one_unit_counts_that_unit(runtime: Runtime, folder: Path) -> None:
    tell(runtime, folder)
    post(runtime, alert(1, rule=GUESSING, asset="lan-p-an-binh", unit="p-an-binh"))
    post(runtime, alert(2, rule=GUESSING, asset="lan-x-vinh-loc", unit="x-vinh-loc"))
    auditor = Page(runtime, "auditor")
    assert rows(auditor)["guessing.yml"]["figures"] is None
    detail = auditor.get(f"/rules/{GUESSING}").json()
    assert (detail["groups"], detail["datasets"], detail["row"]["figures"]) == ([], [], None)
    add_person(runtime, "two.roles", role="auditor", home="p-an-binh")
    with runtime.database.write() as session:
        session.get_one(PersonRow, "two.roles").roles = ["auditor", "unit.contact"]
    both = Page(runtime, "two.roles")
    assert rows(both)["guessing.yml"]["figures"]["alerts_7"] == 1
    assert len(both.get(f"/rules/{GUESSING}").json()["groups"]) == 1
    contact = Page(runtime, "unit.contact.p-an-binh")
    assert contact.get("/rules").status_code == contact.get(f"/rules/{GUESSING}").status_code == 403


def test_a_rule_that_stays_as_it_was_keeps_since_when(runtime: Runtime, folder: Path, clock: ManualClock) -> None:
    tell(runtime, folder)
    clock.advance(seconds=60)
    (folder / "off.yml").unlink()
    (folder / "scan.yml").write_text(_RULES["scan.yml"].replace("level: low", "level: [broken"), encoding="utf-8")
    tell(runtime, folder)
    found = rows(Page(runtime, "irt.analyst.2"))
    assert "off.yml" not in found
    assert found["broken.yml"]["since_us"] == START_US
    assert (found["scan.yml"]["state"], found["scan.yml"]["since_us"]) == ("rejected", START_US + 60_000_000)


def test_pages_hold_every_rule_once(runtime: Runtime, folder: Path) -> None:
    tell(runtime, folder)
    page = Page(runtime, "irt.analyst.2")
    seen = [row["id"] for offset in (0, 2, 4) for row in page.get("/rules", sort="title", offset=offset, limit=2).json()["rows"]]
    assert len(seen) == len(set(seen)) == page.get("/rules").json()["total"] == 5
