"""The rules in words say what the files say, in both languages; expected values are those of the coordination design."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, city


@pytest.fixture
def book(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with city(tmp_path, clock=ManualClock(START_US)) as runtime:
        yield _book(runtime)


def _book(runtime: Runtime) -> dict[str, Any]:
    answer = Page(runtime, "irt.analyst.1").get("/policy/rulebook")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["sha256"] == runtime.policy.sha256
    return found


def test_the_classes_are_read_from_the_gravest_down_with_what_makes_them(book: dict[str, Any]) -> None:
    assert [each["severity"] for each in book["classes"]] == ["M1", "M2", "M3", "M4"]
    assert [rule["id"] for rule in book["classes"][0]["rules"]] == ["s101", "s102", "s103", "s104", "s105", "s106"]
    down = book["classes"][0]["rules"][2]
    assert down["when"]["vi"] == "cấp độ 3 trở lên; Đó là dịch vụ chính của hệ thống: có; Thời gian gián đoạn (phút): trên 240"
    assert down["basis"]["status"] == "A"
    otherwise = next(rule for rule in book["classes"][2]["rules"] if rule["id"] == "s305")
    assert otherwise["when"] is None


def test_a_class_names_its_lead_and_where_the_level_decides_both(book: dict[str, Any]) -> None:
    leads = {
        each["severity"]: [(lead["when"] and lead["when"]["en"], lead["lead"]["en"]) for lead in each["leads"]]
        for each in book["classes"]
    }
    assert leads["M1"] == [(None, "The city steering head leads")]
    assert leads["M3"] == [
        ("level 3 and above", "The response team leads"),
        (None, "The unit leads, the response team advises"),
    ]


def test_an_obligation_says_whom_until_when_on_which_form_and_on_what_it_rests(book: dict[str, Any]) -> None:
    codes = [each["code"] for each in book["obligations"]]
    assert codes[:4] == ["AT", "WR", "TL", "IN"]
    assert len(codes) == 23
    initial = next(each for each in book["obligations"] if each["code"] == "IN")
    assert initial["classes"] == ["M1", "M2"]
    assert [(each["id"], each["classes"], each["by_owner"]) for each in initial["to"]] == [
        ("city_police.intake", [], False),
        ("mps.intake", ["M1"], False),
        ("owner", [], True),
    ]
    assert initial["due"][0]["text"]["vi"] == "24 giờ kể từ khi phát hiện"
    assert [each["vi"] for each in initial["forms"]] == ["BÁO CÁO BAN ĐẦU"]
    assert initial["basis"]["status"] == "S/A"
    closing = next(each for each in book["obligations"] if each["code"] == "CL")
    assert [(each["text"]["en"], each["classes"]) for each in closing["due"]] == [
        ("10 days after recovery", ["M3"]),
        ("30 days after recovery", []),
    ]


def test_roles_and_bodies_have_names_and_no_ids(book: dict[str, Any]) -> None:
    lower = next(each for each in book["approvals"]["acts"] if each["act"] == "lower")
    assert [each["vi"] for each in lower["second"]] == ["Người phê duyệt của chủ quản", "Trực ban công an"]
    assert (book["approvals"]["acts"][3]["minutes"], lower["minutes"]) == (30, 1440)
    military = book["assignment"][0]
    assert military["when"] == {"vi": "hệ thống quốc phòng", "en": "defence system"}
    assert book["assignment"][-1]["when"] is None
    assert [each["text"]["vi"] for each in book["take_by"][0]["steps"]][-1] == "Chuyển đội trưởng"
    assert book["reminders"][0]["tell"] == [{"vi": "Người được phân công", "en": "The assignee"}]


def test_every_text_of_the_book_is_in_both_languages(book: dict[str, Any]) -> None:
    def texts(value: Any) -> Iterator[dict[str, str]]:
        if isinstance(value, dict):
            if set(value) == {"vi", "en"}:
                yield value
            else:
                for each in value.values():
                    yield from texts(each)
        elif isinstance(value, list):
            for each in value:
                yield from texts(each)

    found = list(texts(book))
    assert len(found) > 200
    assert [each for each in found if not each["vi"].strip() or not each["en"].strip()] == []


def test_the_book_of_a_version_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with city(tmp_path, clock=ManualClock(START_US)) as runtime:
        answer = Page(runtime, "irt.analyst.1").get(f"/policy/rulebook?version={'0' * 64}")
    assert (answer.status_code, answer.json()["code"]) == (404, "policy.not_found")
