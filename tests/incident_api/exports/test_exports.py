"""Exports: STIX that its own library reads again, CSV that no spreadsheet calculates, and nothing that its reader may not see."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.exports import tables
from incident_api.incidents.models import Incident
from incident_api.runtime import Runtime
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile


def exported(case: CaseFile, *, account: str = "irt.analyst.2", **query: str) -> dict[str, Any]:
    answer = case.page(account).get(f"/incidents/{case.id}/stix", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in bundle["objects"] if each["type"] == kind]


def attacked(runtime: Runtime, **request: Any) -> CaseFile:
    """A case with an alert from outside and a sentence that names indicators."""
    post(runtime, alert(1))
    group = Page(runtime, "irt.analyst.2").rows()[0]["id"]
    case = CaseFile(runtime, groups=[group], **request)
    text = "Máy chủ điều khiển hxxp://xau[.]example[.]com/a, CVE-2024-3094, 10.10.10.10, ke.xau@xau.example.com"
    assert case.page("irt.analyst.2").post(f"/incidents/{case.id}/comments", {"text": text}).status_code == 201
    return case


def test_a_bundle_is_read_again_by_the_library_with_its_patterns(runtime: Runtime) -> None:
    bundle = exported(attacked(runtime))
    parsed = stix2.parse(json.dumps(bundle), allow_custom=False)
    assert {each.type for each in parsed.objects} >= {"identity", "incident", "attack-pattern", "indicator", "vulnerability"}
    patterns = {each["pattern"] for each in of_type(bundle, "indicator")}
    assert "[url:value = 'http://xau.example.com/a']" in patterns
    assert "[ipv4-addr:value = '198.51.100.99']" in patterns
    # The city's own addresses are no indicators.
    assert not [each for each in patterns if "10.10.10.10" in each]
    assert [each["name"] for each in of_type(bundle, "vulnerability")] == ["CVE-2024-3094"]
    assert of_type(bundle, "attack-pattern")[0]["external_references"][0]["external_id"] == "T1190"


def test_every_reference_leads_to_an_object_of_the_bundle(runtime: Runtime) -> None:
    bundle = exported(attacked(runtime))
    known = {each["id"] for each in bundle["objects"]}
    assert len(known) == len(bundle["objects"])
    wanted = {
        value
        for each in bundle["objects"]
        for name, values in each.items()
        if name.endswith(("_ref", "_refs"))
        for value in ([values] if isinstance(values, str) else values)
    }
    assert wanted
    assert wanted <= known


def test_the_same_case_keeps_its_ids(runtime: Runtime) -> None:
    case = attacked(runtime)
    ids = [{each["id"] for each in exported(case)["objects"]} for _ in range(2)]
    assert ids[0] == ids[1]


def test_a_recipient_gets_no_mailbox_and_nothing_above_its_ceiling(runtime: Runtime) -> None:
    case = attacked(runtime, title="Thư của nguyen.van.a@bensen.example")
    assert "nguyen.van.a" in json.dumps(exported(case))
    copy = json.dumps(exported(case, recipient="provider"))
    assert "nguyen.van.a" not in copy
    assert "ke.xau@" not in copy
    with runtime.database.write() as session:
        session.get_one(Incident, case.id).tlp = "RED"
    assert {each["type"] for each in exported(case, recipient="provider")["objects"]} == {"identity"}
    assert of_type(exported(case), "marking-definition")[0]["id"] == "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def test_a_state_secret_is_not_exported(runtime: Runtime) -> None:
    case = CaseFile(runtime, flags=["secret"])
    assert case.page("irt.leader").get(f"/incidents/{case.id}/stix").json()["code"] == "report.secret"


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_list_of_incidents_holds_each_once_and_no_formula(runtime: Runtime) -> None:
    titles = ["=HYPERLINK(1)", "+84 gọi", "@sum", "-1+1", 'dấu " và , và\nxuống dòng', "Sự cố thường"]
    for title in titles:
        CaseFile(runtime, title=title)
    rows = rows_of(Page(runtime, "irt.analyst.2").get("/exports/incidents").content)
    assert sorted(row["title"].removeprefix("'") for row in rows) == sorted(titles)
    assert not [row["title"] for row in rows if row["title"].startswith(("=", "+", "-", "@"))]
    assert {row["opened"] for row in rows} == {"2026-11-23 09:00:00+07:00"}


def test_more_rows_than_a_page_are_all_there(runtime: Runtime) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}") for number in range(230)))
    rows = rows_of(Page(runtime, "irt.analyst.2").get("/exports/alerts").content)
    assert len({row["id"] for row in rows}) == len(rows) == 230


def test_a_file_holds_what_the_page_of_its_reader_shows(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"), alert(2, asset="lan-x-vinh-loc", unit="x-vinh-loc", rule="b"))
    own = Page(runtime, "unit.contact.p-an-binh")
    assert {row["unit"] for row in rows_of(own.get("/exports/alerts").content)} == {"p-an-binh"}
    CaseFile(runtime, assets=["lan-x-vinh-loc"])
    assert rows_of(own.get("/exports/incidents").content) == []


def test_exports_are_in_the_audit_log(runtime: Runtime) -> None:
    case = attacked(runtime)
    exported(case, recipient="provider")
    case.page("irt.analyst.2").get("/exports/alerts")
    with runtime.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act == "export.read").order_by(AuditRow.seq)).all()
    assert [(row.object, (row.after or {})["format"]) for row in rows] == [(f"incident/{case.id}", "stix"), ("alerts", "csv")]


@given(st.text(max_size=40))
def test_no_text_becomes_a_formula(text: str) -> None:
    shown = tables.cell(text)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert shown in {text, f"'{text}"}


@pytest.mark.parametrize(("value", "shown"), [(-5, "-5"), (None, ""), (["a", "=b"], "a, =b"), (["=a"], "'=a")])
def test_numbers_stay_numbers_and_lists_are_one_cell(value: object, shown: str) -> None:
    assert tables.cell(value) == shown
