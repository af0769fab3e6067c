"""Every operation of the OpenAPI document × every role: exactly the expected code, own unit and another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.incidents.models import Incident
from incident_api.openapi import DOCUMENT
from incident_api.people.rights import ROLE_CAPACITY
from incident_api.runtime import Runtime
from tests.incident_api.city import START_US, Lines, Page, add_person, alert, city, post

READS = {"irt.analyst", "irt.shift_lead", "irt.leader", "irt.deputy", "irt.liaison", "police.duty", "unit.contact"}
TRIAGES = {"irt.analyst", "irt.shift_lead", "irt.leader", "irt.deputy", "police.duty"}
EVERYBODY = set(ROLE_CAPACITY)
TEAM_AND_OPS = READS - {"unit.contact"} | {"irt.forensic", "police.investigator", "ops.admin", "auditor", "sysadmin"}
EDITS_ROTA = {"irt.shift_lead", "irt.leader", "irt.deputy"}
ON_ROTA = TRIAGES | {"pc_office.head", "pc_office.deputy"}
RUNS = EVERYBODY - {"unit.contact", "owner.approver", "owner.dpo"}

APPROVES = {"irt.shift_lead", "irt.leader", "irt.deputy", "irt.forensic", "police.duty", "ops.admin", "owner.approver", "owner.dpo"}
READS_INCIDENTS = TRIAGES | APPROVES | {"irt.liaison", "police.investigator", "pc_office.head", "pc_office.deputy", "unit.contact"}

#: Section 16: "tasks" of the liaison and the administrator, "own tasks" of a unit's contact; the forensic analyst where linked.
HELPS = TRIAGES | {"irt.liaison", "irt.forensic", "ops.admin", "unit.contact"}
WRITES = HELPS | {"owner.approver", "owner.dpo", "police.investigator"}
SIGNS_POLICY = {"pc_office.head", "pc_office.deputy", "police.investigator"}
READS_POLICY = TRIAGES | SIGNS_POLICY | {"irt.liaison", "owner.approver", "owner.dpo", "auditor"}
#: Copies for other bodies lie there: whoever only sees an incident does not read what was written to the police about it.
REPORTS = TRIAGES | {"irt.liaison", "owner.approver", "owner.dpo", "pc_office.head", "pc_office.deputy"}

#: Who may, by operation; written by hand from section 16 of the response design. An operation without a row fails.
MATRIX: dict[str, set[str]] = {
    "listAlerts": READS,
    "postAlert": {"irt.shift_lead", "irt.leader", "irt.deputy", "irt.liaison"},
    "listDatasets": READS,
    "readGroup": READS,
    "listGroupAlerts": READS,
    "readAlert": READS,
    "listAlertEvents": READS,
    "takeGroup": TRIAGES,
    "handOverGroup": TRIAGES,
    "previewEscalation": TRIAGES,
    "escalateGroup": TRIAGES,
    "linkGroup": TRIAGES,
    "unlinkGroup": TRIAGES,
    "suppressGroup": TRIAGES,
    "unsuppressGroup": TRIAGES,
    "closeGroup": TRIAGES,
    "reopenGroup": TRIAGES,
    "undoGroup": TRIAGES,
    "addNote": TRIAGES,
    "previewBulk": TRIAGES,
    "readStrip": READS,
    "readBulk": TRIAGES,
    "applyBulk": TRIAGES,
    "undoBulk": TRIAGES,
    "listViews": READS,
    "saveView": READS,
    "removeView": READS,
    "listIncidents": READS_INCIDENTS,
    "readIncident": READS_INCIDENTS,
    "readTimeline": READS_INCIDENTS,
    "readTimelineAlerts": READS,
    "listIncidentAssignments": READS_INCIDENTS,
    "readIncidentVocabulary": READS_INCIDENTS,
    # Alerts: a role that reads incidents and no alerts finds none here either.
    "listIncidentGroups": READS,
    "exportIncident": {"irt.shift_lead", "irt.leader", "irt.deputy"},
    "previewIncidentBulk": {"irt.shift_lead", "irt.leader", "irt.deputy"},
    "applyIncidentBulk": {"irt.shift_lead", "irt.leader", "irt.deputy"},
    "listComments": READS_INCIDENTS,
    "writeComment": WRITES,
    "listGroupComments": READS,
    "writeGroupComment": WRITES & READS,
    "withdrawComment": WRITES,
    "listOwnTasks": HELPS,
    "listTasks": READS_INCIDENTS,
    "addTask": TRIAGES,
    "actOnTask": HELPS,
    "listCountermeasures": READS_INCIDENTS,
    "proposeCountermeasure": TRIAGES | {"ops.admin"},
    "actOnCountermeasure": TRIAGES | {"ops.admin"},
    "listObservables": READS_INCIDENTS,
    "addObservable": TRIAGES,
    "markObservable": TRIAGES,
    "readRelated": READS_INCIDENTS,
    "openIncident": TRIAGES,
    # The forensic analyst is a party of acts on evidence; no incident is linked to this one, so it does not exist for them (404).
    "exportIncidentStix": TRIAGES | {"irt.liaison"},
    "exportIncidentsCsv": READS_INCIDENTS,
    "exportAlertsCsv": READS,
    "listReports": REPORTS,
    "makeReport": TRIAGES | {"irt.liaison"},
    "readReport": REPORTS,
    # Owners tell what section 16 lets them send, and nothing else.
    "actOnIncident": TRIAGES | {"irt.forensic", "police.investigator"} | {"owner.approver", "owner.dpo"},
    "grantApproval": APPROVES,
    "denyApproval": APPROVES,
    "listPeople": TEAM_AND_OPS,
    "listRoles": EVERYBODY,
    # Section 16, "System": the administrator alone.
    "giveLogIn": {"sysadmin"},
    "disablePerson": {"sysadmin"},
    "readDuty": RUNS,
    "readOrganisation": EVERYBODY - {"police.investigator"},
    "listUnits": EVERYBODY - {"police.investigator"},
    "listAssets": EVERYBODY - {"police.investigator"},
    "listContacts": EVERYBODY - {"police.investigator"},
    "readPlace": EVERYBODY - {"police.investigator"},
    "exportOrganisation": {"sysadmin"},
    "previewOrganisation": {"sysadmin"},
    "adoptOrganisation": {"sysadmin"},
    "readPolicy": READS_POLICY,
    "readPolicyVocabulary": READS_POLICY,
    "readRulebook": READS_POLICY,
    "explainCase": READS_POLICY,
    "listPolicyVersions": READS_POLICY,
    "readPolicyVersion": READS_POLICY,
    "comparePolicy": READS_POLICY,
    "draftPolicy": {"irt.leader", "irt.deputy"},
    "checkPolicy": {"irt.leader", "irt.deputy"},
    "withdrawPolicy": {"irt.leader", "irt.deputy"},
    "simulatePolicy": {"irt.leader", "irt.deputy"},
    "signPolicy": SIGNS_POLICY,
    "enterPaperSignature": SIGNS_POLICY,
    "readDutyCalendar": RUNS,
    "checkDuty": RUNS,
    "previewDuty": ON_ROTA,
    "readRota": RUNS,
    "listOverrides": RUNS,
    "listSwaps": RUNS,
    "listDutyFeeds": RUNS,
    "makeDutyFeed": RUNS,
    "revokeDutyFeed": RUNS,
    "importRota": EDITS_ROTA,
    "putOverride": EDITS_ROTA,
    "compareHolidays": EDITS_ROTA,
    "actOnOverride": ON_ROTA,
    "offerSwap": ON_ROTA,
    "actOnSwap": ON_ROTA,
    "listLeave": ON_ROTA,
    "askLeave": ON_ROTA,
    "importLeave": ON_ROTA,
    "actOnLeave": ON_ROTA,
    "reportSick": ON_ROTA,
    "listHandOvers": ON_ROTA,
    "draftHandOver": ON_ROTA,
    "signHandOver": ON_ROTA,
    "simulateAssignments": {"irt.shift_lead", "irt.leader", "irt.deputy"},
    "listAudit": EVERYBODY,
    "verifyAudit": {"auditor", "sysadmin"},
    "readAuditProgress": {"auditor", "sysadmin"},
    "listAuditCheckpoints": {"auditor", "sysadmin"},
    "readLedger": READS - {"unit.contact"} | {"ops.admin", "auditor", "sysadmin"},
    "listRules": TRIAGES | {"auditor", "sysadmin"},
    "readRule": TRIAGES | {"auditor", "sysadmin"},
    "readHeldBack": READS - {"unit.contact"} | {"ops.admin", "auditor", "sysadmin"},
    "listPeriodicDuties": TRIAGES
    | {"irt.liaison", "police.investigator", "owner.approver", "owner.dpo", "pc_office.head", "pc_office.deputy", "auditor"},
    "fulfilPeriodicDuty": {"irt.shift_lead", "irt.leader", "irt.deputy", "irt.liaison"},
    "readResponseTimes": TRIAGES | {"auditor"},
    "listJobs": {"irt.shift_lead", "irt.leader", "irt.deputy", "sysadmin"},
    "runJob": {"sysadmin"},
    "listNotifications": EVERYBODY,
    "confirmNotification": EVERYBODY,
    "testNotification": {"sysadmin"},
    "readStream": READS,
    "readSetup": EVERYBODY,
    "readSession": EVERYBODY,
    "logOut": EVERYBODY,
    "changePassword": EVERYBODY,
    "changeLanguage": EVERYBODY,
    "readSecondFactor": EVERYBODY,
    "beginSecondFactor": EVERYBODY,
    "confirmSecondFactor": EVERYBODY,
    "proveSecondFactor": EVERYBODY,
    "listTokens": EVERYBODY,
    "makeToken": EVERYBODY,
    "revokeToken": EVERYBODY,
}
#: Without a session.
_HASH = "0" * 64
OPEN = {"logIn", "readHealth", "readSetupHint", "readDutyFeed"}
BODIES: dict[str, dict[str, Any]] = {
    "explainCase": {"facts": {}, "flags": []},
    "draftPolicy": {"files": {}},
    "checkPolicy": {"files": {}},
    "withdrawPolicy": {"reason": "x"},
    "signPolicy": {
        "party": "city_police",
        "person": "police.investigator.1",
        "signed_at": "2026-11-23T02:00:00Z",
        "key_id": "k",
        "sha256": _HASH,
        "signature": "A" * 88,
    },
    "enterPaperSignature": {
        "party": "city_police",
        "person": "police.investigator.1",
        "signed_at": "2026-11-20",
        "document_number": "1",
        "scan_sha256": _HASH,
        "typed": "0000-0000-0000-0000",
    },
    "fulfilPeriodicDuty": {"receipt": "12/BC"},
    "saveView": {"name": "x", "address": "tab=mine"},
    "takeGroup": {"version": 1},
    "testNotification": {"to": "irt.leader"},
    "postAlert": {"source": "matrix", "source_ref": "1", "title_vi": "Cảnh báo", "level": "low", "dataset": "none"},
    "escalateGroup": {"version": 1, "reason": "x"},
    "handOverGroup": {"version": 1, "reason": "x"},
    "linkGroup": {"version": 1, "incident": "SC-2026-0001"},
    "unlinkGroup": {"version": 1, "reason": "x"},
    "suppressGroup": {"version": 1, "reason": "x", "scope": "thing", "until_us": START_US + 3_600_000_000},
    "unsuppressGroup": {"version": 1},
    "closeGroup": {"version": 1, "verdict": "duplicate"},
    "reopenGroup": {"version": 1, "reason": "x"},
    "undoGroup": {"version": 1},
    "addNote": {"text": "x"},
    "previewBulk": {"action": "take", "selection": {"ids": []}},
    "openIncident": {"title": "Sự cố thử"},
    "actOnIncident": {"kind": "tell", "version": 1, "obligation": 1, "to": "x"},
    "denyApproval": {"reason": "x"},
    "simulateAssignments": {"since_us": 1, "until_us": 2},
    "previewOrganisation": {"files": {"units.csv": "x"}},
    "previewIncidentBulk": {"to": "irt.analyst.1", "reason": "x", "selection": {"ids": []}},
    "exportIncident": {"reason": "x"},
    "writeComment": {"text": "x"},
    "writeGroupComment": {"text": "x"},
    "withdrawComment": {"reason": "x"},
    "addTask": {"title": "Việc thử", "due_us": 2**50},
    "actOnTask": {"action": "drop", "version": 9, "reason": "x"},
    "proposeCountermeasure": {"measure": "patch", "target": "x", "why": "x"},
    "actOnCountermeasure": {"action": "activate", "version": 9},
    "addObservable": {"kind": "ipv4", "value": "198.51.100.7"},
    "markObservable": {"tlp": "RED", "reason": "x"},
    "importRota": {"yaml": "x", "dry_run": True},
    "putOverride": {"seat": "x", "person": "x", "start_us": 1, "end_us": 2, "reason": "x"},
    "compareHolidays": {"ics": "x", "year": 1990},
    "previewDuty": {"kind": "leave", "start_us": 1, "end_us": 2},
    "actOnOverride": {"action": "accept", "version": 1},
    "offerSwap": {"seat": "x", "taker": "x", "start_us": 1, "end_us": 2, "reason": "x"},
    "actOnSwap": {"action": "accept", "version": 1},
    "askLeave": {"start_us": 1, "end_us": 2, "reason": "x"},
    "importLeave": {"ics": "x", "from_us": 2, "to_us": 1},
    "actOnLeave": {"action": "approve", "version": 1},
    "reportSick": {"start_us": 1, "end_us": 2},
    "draftHandOver": {"seat": "x"},
    "signHandOver": {"version": 1, "content_sha256": "0" * 64},
    "makeDutyFeed": {"name": "x"},
    "changePassword": {"current": "wrong", "new": "một câu rất khác hẳn"},
    "changeLanguage": {"language": "en"},
    "beginSecondFactor": {"password": "wrong"},
    "confirmSecondFactor": {"code": "000000"},
    "proveSecondFactor": {"code": "000000"},
    "makeReport": {"kind": "initial"},
    "makeToken": {"name": "x", "rights": ["audit.read"], "days": 1},
}
DOCUMENTED = json.loads(DOCUMENT.read_text(encoding="utf-8"))
OPERATIONS = {
    operation["operationId"]: (method.upper(), path.removeprefix("/api/v1"))
    for path, methods in DOCUMENTED["paths"].items()
    for method, operation in methods.items()
}


def test_every_operation_of_the_document_has_its_row() -> None:
    assert set(OPERATIONS) == set(MATRIX) | OPEN


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Everybody at home in one ward, and one group there, so that nobody fails for being elsewhere."""
    with city(tmp_path_factory.mktemp("roles"), events=Lines()) as made:
        for role in ROLE_CAPACITY:
            add_person(made, f"matrix.{role}", role=role, home="p-an-binh")
        post(made, alert(1, asset="lan-p-an-binh", unit="p-an-binh"))
        opened = Page(made, "matrix.irt.analyst").post("/incidents", {"title": "Sự cố", "assets": ["lan-p-an-binh"]})
        assert opened.status_code == 201, opened.text
        yield made


_KNOWN = {
    "sha256": _HASH,
    **dict.fromkeys(("override_id", "swap_id", "leave_id", "hand_over_id", "feed_id"), 1),
    "incident_id": "SC-2026-0001",
    "approval_id": 1,
    "notice_id": 1,
    "name": "escalation",
    "account": "nobody.here",
    "duty_id": 1,
    "view_id": 1,
    "token_id": 1,
    "number": 1,
    "report_id": 1,
    "form": "json",
}


def call(page: Page, runtime: Runtime, operation: str) -> httpx.Response:
    method, path = OPERATIONS[operation]
    with runtime.database.read() as session:
        group = session.scalars(select(TriageGroup.id)).one()
        incident = session.get(Incident, _KNOWN["incident_id"])
    filled = path.format(group_id=group, alert_id=alert(1, asset="lan-p-an-binh", unit="p-an-binh").id, token="a" * 32, **_KNOWN)
    query = {"from_us": 1, "to_us": 2} if operation == "readDutyCalendar" else None
    body = BODIES.get(operation)
    if operation == "actOnIncident" and body is not None and incident is not None:
        # In the version that stands: other operations of this walk change the incident, in any order.
        body = {**body, "version": incident.version}
    return page.request(method, filled, json=body, params=query)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("operation", sorted(set(MATRIX) - {"readStream"}))
def test_an_operation_is_for_its_roles_and_forbidden_to_the_others(world: Runtime, operation: str) -> None:
    # What a role may call answers by its own rules (200, 204, 404, 409, 422); what it may not is 403 with the right named.
    allowed = set()
    for role in sorted(ROLE_CAPACITY):
        page = Page(world, f"matrix.{role}")
        answer = call(page, world, operation)
        assert answer.status_code < 500, (role, answer.text)
        code = answer.json().get("code") if answer.content and answer.headers["content-type"].endswith("json") else None
        if not (answer.status_code == 403 and code == "session.forbidden"):
            allowed.add(role)
    assert allowed == MATRIX[operation]


@pytest.mark.parametrize("operation", sorted(set(MATRIX)))
def test_without_a_session_there_is_nothing(world: Runtime, operation: str) -> None:
    assert call(Page(world, None), world, operation).status_code == 401


def test_another_unit_does_not_exist_for_a_contact_not_even_as_a_number(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"), alert(2, asset="lan-x-vinh-loc", unit="x-vinh-loc", rule="b"))
    own, other = Page(runtime, "unit.contact.p-an-binh"), Page(runtime, "unit.contact.x-vinh-loc")
    (row,) = own.rows()
    assert row["unit"] == "p-an-binh"
    answer = other.get("/alerts", group_by="unit").json()
    assert answer["total"] == answer["tabs"]["team"] == 1
    assert [bucket["key"] for bucket in answer["buckets"]] == ["x-vinh-loc"]
    assert other.get("/datasets").json()["datasets"][0]["groups"] == 1
    missing = other.get("/groups/0123456789abcdef")
    for path in (f"/groups/{row['id']}", f"/groups/{row['id']}/alerts"):
        assert other.get(path).status_code == missing.status_code == 404
    assert other.get(f"/alerts/{alert(1, asset='lan-p-an-binh', unit='p-an-binh').id}").status_code == 404
    assert other.get(f"/alerts/{alert(1).id}/events").status_code == 404
    assert own.get(f"/groups/{row['id']}").status_code == 200


def test_a_contact_sees_no_similar_group_of_another_unit(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"), alert(2, asset="lan-x-vinh-loc", unit="x-vinh-loc"))
    page, analyst = Page(runtime, "unit.contact.p-an-binh"), Page(runtime, "irt.analyst.2")
    group = page.rows()[0]["id"]
    assert page.detail(group)["similar"] == []
    assert len(analyst.detail(group)["similar"]) == 1


def test_the_page_is_told_what_this_person_may_do(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"))
    contact = Page(runtime, "unit.contact.p-an-binh")
    group = contact.rows()[0]["id"]
    assert {each["action"] for each in contact.detail(group)["actions"] if each["allowed"]} == set()
    offered = Page(runtime, "irt.analyst.2").detail(group)["actions"]
    assert {each["action"] for each in offered if each["allowed"]} == {
        *("take", "hand_over", "escalate", "close", "note", "link", "suppress")
    } - ({"hand_over"} if contact.rows()[0]["assignee"]["id"] != "irt.analyst.2" else set())
    assert all(each["reason"]["vi"] for each in offered if not each["allowed"])


def test_everybody_sees_their_own_acts_leads_the_teams_and_auditors_all(runtime: Runtime) -> None:
    post(runtime, alert(1))
    analyst, lead, auditor = (Page(runtime, name) for name in ("irt.analyst.2", "irt.shift_lead.2", "auditor"))
    analyst.act(analyst.rows()[0]["id"], "take")
    assert {each["actor"] for each in analyst.get("/audit").json()["records"]} == {"irt.analyst.2"}
    assert {"irt.analyst.2", "component:correlator"} <= {each["actor"] for each in lead.get("/audit").json()["records"]}
    assert auditor.get("/audit").json()["scope"] == "all"
    assert auditor.get("/audit/verification").json()["whole"] is True
