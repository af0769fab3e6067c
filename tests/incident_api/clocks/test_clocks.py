"""Clocks as the page shows them, and what they add up to."""

from __future__ import annotations

from typing import Any

from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, alert, post
from tests.incident_api.incidents.case import CaseFile

MINUTE = 60_000_000


def shown(clocks: list[dict[str, Any]]) -> dict[str, tuple[str, int, int | None]]:
    return {each["clock"]: (each["state"], each["elapsed_us"] // MINUTE, each["limit_minutes"]) for each in clocks}


def test_the_clocks_of_an_alert_come_from_its_transitions(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    page = Page(runtime, "irt.analyst.2")
    group = page.rows()[0]["id"]
    assert shown(page.detail(group)["clocks"]) == {"acknowledge": ("running", 0, 5)}
    clock.advance(seconds=6 * 60)
    assert shown(page.detail(group)["clocks"]) == {"acknowledge": ("overdue", 6, 5)}
    page.act(group, "take")
    clock.advance(seconds=20 * 60)
    assert shown(page.detail(group)["clocks"]) == {"acknowledge": ("missed", 6, 5), "triage": ("running", 20, 30)}
    assert page.act(group, "close", verdict="duplicate").status_code == 200
    clock.advance(seconds=20 * 60)
    assert shown(page.detail(group)["clocks"])["triage"] == ("met", 20, 30)


def test_an_import_has_no_clock(runtime: Runtime) -> None:
    post(runtime, alert(1, dataset="import:mau"))
    page = Page(runtime, "irt.analyst.2")
    assert page.detail(page.rows(dataset="import:mau")[0]["id"])["clocks"] == []


def test_the_clock_of_an_incident_stands_still_while_the_owner_is_asked(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    clock.advance(seconds=20 * 60)
    file.confirm()
    assert shown(file.read()["clocks"]) == {"confirm": ("met", 20, 60), "contain": ("running", 0, 480)}
    clock.advance(seconds=10 * 60)
    file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    clock.advance(seconds=25 * 60)
    (contain,) = [each for each in file.read()["clocks"] if each["clock"] == "contain"]
    assert (contain["state"], contain["elapsed_us"], contain["paused_us"]) == ("paused", 10 * MINUTE, 25 * MINUTE)
    assert contain["due_us"] == START_US + (20 + 480 + 25) * MINUTE
    number = file.read()["approvals"][0]["id"]
    assert file.page("owner.approver").post(f"/approvals/{number}/deny", {"reason": "chưa rõ"}).status_code == 200
    clock.advance(seconds=5 * 60)
    (contain,) = [each for each in file.read()["clocks"] if each["clock"] == "contain"]
    assert (contain["state"], contain["elapsed_us"], contain["paused_us"]) == ("running", 15 * MINUTE, 25 * MINUTE)


def test_times_are_told_by_unit_rule_and_shift(runtime: Runtime, clock: ManualClock) -> None:
    waits = {1: 2, 2: 4, 3: 9}
    for number in waits:
        post(runtime, alert(number, rule=f"rule-{number}", source=f"198.51.100.{number}", unit="vp-ubnd"))
    post(runtime, alert(9, dataset="exercise:lab"))
    page = Page(runtime, "irt.analyst.2")
    groups = [row["id"] for row in page.rows()]
    for group, minutes in zip(groups, waits.values(), strict=True):
        clock.us = START_US + minutes * MINUTE
        page.act(group, "take")
    clock.us = START_US + 30 * MINUTE
    page.act(groups[0], "close", verdict="duplicate")
    file = CaseFile(runtime)
    file.confirm()
    for move in ("contain", "eradicate"):
        file.move(move)
    clock.us = START_US + 40 * MINUTE
    file.move("recover")
    answer = page.get("/metrics/response")
    assert answer.status_code == 200, answer.text
    rows = {(row["by"], row["key"]): row for row in answer.json()["rows"]}
    everything = rows["all", ""]
    assert everything["acknowledge"] == {"count": 3, "p50_us": 4 * MINUTE, "p90_us": 9 * MINUTE}
    assert everything["close_alert"]["count"] == 1
    assert everything["recover"] == {"count": 1, "p50_us": 10 * MINUTE, "p90_us": 10 * MINUTE}
    assert rows["shift", "irt.shift_lead.2"]["acknowledge"]["count"] == 3
    assert sum(row["acknowledge"]["count"] for (by, _), row in rows.items() if by == "rule") == 3
    assert rows["unit", "vp-ubnd"]["acknowledge"]["count"] == 3
    assert page.get("/metrics/response", from_us=START_US + MINUTE).json()["rows"] != answer.json()["rows"]
