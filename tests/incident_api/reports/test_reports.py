"""Reports: one set of facts in three forms, nothing blank, nothing above its marking, and the same bytes again."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.reports import FACT_NAMES
from incident_api.reports import facts, pdf
from incident_api.reports.models import Report
from incident_api.reports.printable import printable
from incident_api.runtime import Runtime
from khien.errors import KhienError
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile

KINDS = ("initial", "detailed", "interim", "closing", "breach")


def make(case: CaseFile, kind: str = "initial", *, account: str = "irt.analyst.2", **body: Any) -> dict[str, Any]:
    answer = case.page(account).post(f"/incidents/{case.id}/reports", {"kind": kind, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def file(case: CaseFile, report: dict[str, Any], form: str, *, account: str = "irt.analyst.2", language: str = "vi") -> bytes:
    answer = case.page(account).get(f"/reports/{report['id']}/{form}", language=language)
    assert answer.status_code == 200, answer.text
    content: bytes = answer.content
    return content


def words_of(content: bytes, form: str) -> str:
    """Everything that a person reads, on one line."""
    if form == "pdf":
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    else:
        document = Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        text = " ".join([*(each.text for each in document.paragraphs), *cells])
    return " ".join(text.split())


def worked(runtime: Runtime) -> CaseFile:
    """A case that went the whole way; its alert names a technique."""
    post(runtime, alert(1))
    group = Page(runtime, "irt.analyst.2").rows()[0]["id"]
    case = CaseFile(
        runtime, title="Mã độc webshell trên cổng", groups=[group], facts={"web_shell": True, "subjects": 200}, flags=["pd"]
    )
    case.confirm(type="malware-configuration")
    for action in ("contain", "eradicate", "recover"):
        case.move(action)
    case.fulfil_all()
    return case


def test_every_fact_that_a_policy_may_name_is_made_and_no_other() -> None:
    assert set(facts._MAKERS) == FACT_NAMES


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_forms_say_the_same(runtime: Runtime, kind: str) -> None:
    case = worked(runtime)
    report = make(case, kind)
    twin = json.loads(file(case, report, "json"))
    said = [line["vi"] for section in twin["sections"] for fact in section["facts"] for line in fact["lines"]] + [
        cell["vi"] for section in twin["sections"] for fact in section["facts"] for row in fact["rows"] for cell in row
    ]
    assert len(said) > 5
    for form in ("docx", "pdf"):
        text = words_of(file(case, report, form), form)
        assert not [each for each in said if re.sub(r"\s", "", each) not in re.sub(r"\s", "", text)], form
        for label in [*twin["missing"], *twin["withheld"]]:
            assert label["label"]["vi"] in text


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_heading_is_the_official_one(runtime: Runtime, form: str) -> None:
    case = CaseFile(runtime)
    text = words_of(file(case, make(case), form), form)
    for line in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ĐỘI ỨNG CỨU SỰ CỐ AN NINH MẠNG",
        "Số: ……/BC-ĐƯCSC",
        "Thành phố Bến Sen, ngày 23 tháng 11 năm 2026",
        "BÁO CÁO BAN ĐẦU",
        "Căn cứ: điểm d khoản 2 Điều 31 Nghị định 331/2026/NĐ-CP",
        "Nơi nhận",
    ):
        assert line in text


def test_what_nobody_knows_is_listed_and_goes_once_it_is_known(runtime: Runtime) -> None:
    case = CaseFile(runtime)
    missing = {each["name"] for each in make(case, "detailed")["missing"]}
    assert {"type", "root_cause", "containment"} <= missing
    case.confirm()
    case.move("contain")
    case.move("eradicate")
    assert not {each["name"] for each in make(case, "detailed")["missing"]} & {"type", "root_cause", "containment"}
    assert "Nguyên nhân" in words_of(file(case, make(case, "closing"), "docx"), "docx")


def test_a_report_stays_as_it_was_made(runtime: Runtime) -> None:
    case = CaseFile(runtime)
    first = make(case)
    before = [file(case, first, form) for form in ("json", "docx", "pdf")]
    case.confirm()
    case.move("contain")
    runtime.clock.advance(seconds=600)  # type: ignore[attr-defined]  # a manual clock
    assert [file(case, first, form) for form in ("json", "docx", "pdf")] == before
    assert (first["number"], make(case)["number"]) == (1, 2)


def test_a_copy_for_another_body_keeps_to_its_marking(runtime: Runtime) -> None:
    case = CaseFile(runtime, title="Lộ số 0912 345 678 của nguyen.van.a@bensen.example")
    own, police, vendor = make(case), make(case, recipient="city_police.intake"), make(case, recipient="provider")
    assert "0912 345 678" in words_of(file(case, own, "docx"), "docx")
    for copy in (police, vendor):
        text = words_of(file(case, copy, "docx"), "docx")
        assert "0912 345 678" not in text
        assert "nguyen.van.a" not in text
        assert copy["masked"] == {"phone": 1, "mailbox": 1}
    # Two recipients cannot compare their pseudonyms.
    hidden = [set(re.findall(r"\[phone:(\w+)\]", words_of(file(case, each, "docx"), "docx"))) for each in (police, vendor)]
    assert hidden[0]
    assert not hidden[0] & hidden[1]


def test_above_the_ceiling_nothing_leaves_and_the_copy_says_so(runtime: Runtime) -> None:
    case = CaseFile(runtime, title="Chuyện rất kín")
    with runtime.database.write() as session:
        from incident_api.incidents.models import Incident  # noqa: PLC0415

        session.get_one(Incident, case.id).tlp = "RED"
    copy = make(case, recipient="provider")
    assert {each["name"] for each in copy["withheld"]} >= {"title", "number"}
    text = words_of(file(case, copy, "pdf"), "pdf")
    assert "Chuyện rất kín" not in text
    assert "TLP:RED > TLP:AMBER" in text


def test_a_state_secret_makes_no_report(runtime: Runtime) -> None:
    case = CaseFile(runtime, flags=["secret"])
    answer = case.page("irt.leader").post(f"/incidents/{case.id}/reports", {"kind": "initial"})
    assert (answer.status_code, answer.json()["code"]) == (409, "report.secret")


def test_an_exercise_says_that_it_is_one(runtime: Runtime) -> None:
    post(runtime, alert(1, dataset="exercise:lab"))
    group = Page(runtime, "irt.analyst.2").rows(dataset="exercise")[0]["id"]
    case = CaseFile(runtime, groups=[group])
    assert "DIỄN TẬP" in words_of(file(case, make(case), "pdf"), "pdf")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script><img src='https://evil.example/x.png'>",
        "{{ 7*7 }}{% for x in range(10) %}a{% endfor %}",
        '"}</style><link rel=stylesheet href=https://evil.example>',
        "a\x1b[2Jb\u202egnp.exe",
        '=HYPERLINK("https://evil.example")',
        "x" * 300,
    ],
)
def test_hostile_text_is_shown_and_does_nothing(runtime: Runtime, hostile: str) -> None:
    case = CaseFile(runtime, title=f"Sự cố {hostile}"[:300])
    report = make(case)
    for form in ("docx", "pdf"):
        text = re.sub(r"\s", "", words_of(file(case, report, form), form))
        assert re.sub(r"\s", "", printable(f"Sự cố {hostile}"[:300].strip())) in text


def test_printing_fetches_nothing() -> None:
    with pytest.raises(KhienError, match=r"evil\.example"):
        pdf._refuse("https://evil.example/x.png")


def test_a_changed_row_is_not_given_out(runtime: Runtime) -> None:
    case = CaseFile(runtime)
    report = make(case)
    with runtime.database.write() as session:
        row = session.get_one(Report, report["id"])
        row.document = {**row.document, "title": {"vi": "KHÁC", "en": "OTHER"}}
    answer = case.page("irt.analyst.2").get(f"/reports/{report['id']}/json")
    assert answer.json()["code"] == "report.changed"


def test_making_and_reading_are_in_the_audit_log_with_the_hash(runtime: Runtime) -> None:
    case = CaseFile(runtime)
    report = make(case)
    twin = json.loads(file(case, report, "json", account="irt.leader"))
    body = {name: value for name, value in twin.items() if name != "sha256"}
    assert sha256_of(body) == report["sha256"]
    with runtime.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act.like("report.%")).order_by(AuditRow.seq)).all()
    assert [(row.act, row.actor) for row in rows] == [("report.make", "irt.analyst.2"), ("report.read", "irt.leader")]
    assert {(row.after or {})["sha256"] for row in rows} == {report["sha256"]}


def test_whoever_may_not_see_the_incident_gets_no_report_of_it(runtime: Runtime) -> None:
    case = CaseFile(runtime, assets=["lan-so-yt"])
    report = make(case)
    owner = Page(runtime, "owner.approver")
    assert owner.get(f"/reports/{report['id']}/pdf").status_code == 404
    assert owner.get(f"/incidents/{case.id}/reports").status_code == 404
    assert Page(runtime, "unit.contact.p-an-binh").get(f"/reports/{report['id']}/pdf").status_code == 403


def test_an_unknown_kind_and_an_unknown_recipient_are_named(runtime: Runtime) -> None:
    case = CaseFile(runtime)
    page = case.page("irt.analyst.2")
    assert "breach" in page.post(f"/incidents/{case.id}/reports", {"kind": "yearly"}).json()["hint"]
    answer = page.post(f"/incidents/{case.id}/reports", {"kind": "initial", "recipient": "nobody.there"})
    assert answer.json()["code"] == "contact.unknown"


def test_a_retried_request_makes_one_report(runtime: Runtime) -> None:
    case = CaseFile(runtime)
    page = case.page("irt.analyst.2")
    answers = [page.post(f"/incidents/{case.id}/reports", {"kind": "initial"}, key="một khóa thử".encode().hex()) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(page.get(f"/incidents/{case.id}/reports").json()["reports"]) == 1


def test_what_a_kind_lacks_is_said_before_it_is_made(runtime: Runtime) -> None:
    case = CaseFile(runtime, facts={"data_encrypted": True})
    answer = case.page("irt.analyst.2").get(f"/incidents/{case.id}/reports").json()
    kinds = {each["kind"]: each for each in answer["kinds"]}
    for kind in KINDS:
        assert [each["name"] for each in kinds[kind]["missing"]] == [each["name"] for each in make(case, kind)["missing"]]
    assert kinds["initial"]["due_us"] == min(each["due_us"] for code in ("IN", "WR", "AT") for each in case.obligations(code))
    assert answer["is_contact_only"] is False


def test_the_recipients_are_those_whom_the_obligations_name(runtime: Runtime) -> None:
    case = CaseFile(runtime, facts={"data_encrypted": True})
    answer = case.page("irt.analyst.2").get(f"/incidents/{case.id}/reports").json()
    owed = {each["recipient"] for each in case.obligations()}
    assert {each["id"] for each in answer["recipients"]} == owed
    assert all(each["name"]["vi"] != each["id"] for each in answer["recipients"])


def test_of_a_state_secret_it_is_said_that_no_document_is_made(runtime: Runtime) -> None:
    case = CaseFile(runtime, flags=["secret"])
    assert case.page("irt.analyst.2").get(f"/incidents/{case.id}/reports").json()["is_contact_only"] is True
