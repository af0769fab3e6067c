"""The queue: exact numbers, pages without gaps, words without tone marks, rows under a kilobyte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incident_api.runtime import Runtime
from khien.alert import Entity, EntityKind, EntityRole, Level
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, alert, post

ANALYST = "irt.analyst.2"


def many(runtime: Runtime, count: int) -> None:
    """Groups of mixed severity and time."""
    levels = list(Level)
    post(
        runtime,
        *(
            alert(number, rule=f"rule-{number}", level=levels[number % 4], at_us=START_US - (number * 37 % 50) * 1_000_000)
            for number in range(count)
        ),
    )


@pytest.mark.parametrize("sort", ["severity", "newest", "oldest", "due"])
def test_pages_by_keyset_give_every_group_once_in_order(runtime: Runtime, sort: str) -> None:
    many(runtime, 25)
    page = Page(runtime, ANALYST)
    seen, after = [], None
    while True:
        query = {"sort": sort, "limit": 7} | ({"after": after} if after else {})
        answer = page.get("/alerts", **query).json()
        seen += answer["rows"]
        after = answer["next"]
        if after is None:
            break
    keys = {
        "severity": [(-row["severity"], -row["last_us"]) for row in seen],
        "newest": [-row["last_us"] for row in seen],
        "oldest": [row["first_us"] for row in seen],
        "due": [row["acknowledge_due_us"] for row in seen],
    }[sort]
    assert len({row["id"] for row in seen}) == len(seen) == answer["total"] == 25
    assert keys == sorted(keys)


def test_new_groups_between_two_pages_neither_repeat_nor_hide_a_row(runtime: Runtime) -> None:
    many(runtime, 10)
    page = Page(runtime, ANALYST)
    first = page.get("/alerts", sort="oldest", limit=5).json()
    post(runtime, alert(99, rule="late", at_us=START_US + 5))
    second = page.get("/alerts", sort="oldest", limit=50, after=first["next"]).json()
    ids = [row["id"] for row in first["rows"] + second["rows"]]
    assert len(ids) == len(set(ids)) == 11


def test_the_numbers_behind_the_tabs_are_exact(runtime: Runtime) -> None:
    many(runtime, 12)
    page = Page(runtime, ANALYST)
    mine = page.rows(tab="mine")
    page.act(mine[0]["id"], "close", verdict="true", note="x")
    tabs = page.get("/alerts").json()["tabs"]
    for tab, number in tabs.items():
        answer = page.get("/alerts", tab=tab, limit=200).json()
        assert (len(answer["rows"]), answer["total"]) == (number, number), tab
    assert (tabs["team"], tabs["closed"]) == (11, 1)
    assert tabs["mine"] == len(mine) - 1


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tan cong", 1),
        ("TẤN CÔNG", 1),
        ("tấn công", 1),
        ("cong-tt 198.51", 1),
        ("tan khong", 0),
        ("%", 0),
        ("_", 0),
        ("' OR 1=1 --", 0),
        ("dang", 1),
        ("đăng", 1),
    ],
)
def test_words_find_without_tone_marks_and_nothing_is_a_pattern(runtime: Runtime, words: str, found: int) -> None:
    made = alert(1).model_copy(
        update={
            "rule": alert(1).rule.model_copy(update={"name": "r", "title": {"vi": "Tấn công đăng nhập", "en": "Log-in attack"}})
        }
    )
    post(runtime, made)
    assert len(Page(runtime, ANALYST).rows(q=words)) == found


def test_filters_narrow(runtime: Runtime) -> None:
    post(
        runtime,
        alert(1, level=Level.CRITICAL),
        alert(2, rule="scan", level=Level.LOW, asset="mail"),
        alert(3, rule="beacon", asset="lan-p-an-binh", unit="p-an-binh", source="10.30.1.21"),
    )
    page = Page(runtime, ANALYST)
    for query, rules in (
        ({"severity": ["critical", "low"]}, {"portal-sql-injection", "scan"}),
        ({"rule": "scan"}, {"scan"}),
        ({"asset": "mail"}, {"scan"}),
        ({"unit": "p-an-binh"}, {"beacon"}),
        ({"state": ["taken"]}, set()),
        ({"since_us": START_US + 1}, set()),
        ({"until_us": START_US}, set()),
    ):
        assert {row["rule_name"] for row in page.rows(**query)} == rules, query
    hidden = page.get("/alerts", since_us=START_US + 1).json()
    assert hidden["outside_window"] == 3


def test_live_imports_and_exercises_never_share_a_list_unless_asked(runtime: Runtime) -> None:
    post(
        runtime,
        alert(1),
        alert(2, dataset="exercise:lab"),
        alert(3, dataset="exercise:other"),
        alert(4, dataset="import:0123456789abcdef"),
    )
    page = Page(runtime, ANALYST)
    assert [row["dataset"] for row in page.rows()] == ["live"]
    assert [row["dataset"] for row in page.rows(dataset="exercise:lab")] == ["exercise:lab"]
    assert {row["dataset"] for row in page.rows(dataset="exercise")} == {"exercise:lab", "exercise:other"}
    assert len(page.rows(dataset=["live", "exercise", "import"])) == 4
    assert {each["dataset"]: each["groups"] for each in page.get("/datasets").json()["datasets"]} == {
        "live": 1,
        "exercise:lab": 1,
        "exercise:other": 1,
        "import:0123456789abcdef": 1,
    }


def test_bundles_count_exactly(runtime: Runtime) -> None:
    post(
        runtime,
        alert(1),
        alert(2),
        alert(3, rule="scan"),
        alert(4, asset="mail"),
        alert(5, asset=None, unit=None, rule="odd", target="10.30.9.77"),
    )
    page = Page(runtime, ANALYST)
    by_asset = {each["key"]: (each["groups"], each["alerts"]) for each in page.get("/alerts", group_by="asset").json()["buckets"]}
    assert by_asset == {"cong-tt": (2, 3), "mail": (1, 1), "": (1, 1)}
    by_rule = {each["key"]: each["groups"] for each in page.get("/alerts", group_by="rule").json()["buckets"]}
    assert by_rule == {"portal-sql-injection": 2, "scan": 1, "odd": 1}
    by_source = page.get("/alerts", group_by="source").json()["buckets"]
    assert [(each["key"], each["groups"]) for each in by_source] == [("198.51.100.99", 4)]


def test_a_row_stays_under_a_kilobyte_whatever_attackers_write(runtime: Runtime) -> None:
    long = "Ẩ" * 4000
    made = alert(1, user=long)
    rule = made.rule.model_copy(update={"title": {"vi": long, "en": long}, "name": "n" * 190})
    entities = tuple(Entity(kind=EntityKind.USER, value=f"{number}{long}", role=EntityRole.SOURCE) for number in range(60))
    post(runtime, made.model_copy(update={"rule": rule, "entities": (*made.entities, *entities)}))
    (row,) = Page(runtime, ANALYST).rows()
    assert len(json.dumps(row, ensure_ascii=False, separators=(",", ":"))) <= 1024


@pytest.mark.parametrize("after", ["x", "e30=", "WzEsMiwzXQ==", "//8=", "WyJzZXZlcml0eSIsInEiLDEsMV0="])
def test_a_cursor_made_by_hand_is_refused(runtime: Runtime, after: str) -> None:
    answer = Page(runtime, ANALYST).get("/alerts", after=after)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.bad_cursor")


def test_the_events_of_an_alert_say_which_are_gone(runtime: Runtime) -> None:
    made = alert(1).model_copy(update={"event_ids": ("gateway-1-1", "gateway-1-7"), "event_count": 240})
    post(runtime, made)
    answer = Page(runtime, ANALYST).get(f"/alerts/{made.id}/events").json()
    assert [(each["id"], each["exists"]) for each in answer["events"]] == [("gateway-1-1", True), ("gateway-1-7", False)]
    assert (answer["named"], answer["found"], answer["event_count"]) == (2, 1, 240)
    assert answer["events"][0]["document"]["event"]["id"] == "gateway-1-1"


def test_similar_groups_come_with_their_verdict(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    page.act(page.rows()[0]["id"], "close", verdict="expected", note="Kiểm thử định kỳ")
    clock.advance(seconds=5)
    post(
        runtime, alert(2), alert(3, rule="other"), alert(4, rule="third", source="192.0.2.200", target="10.10.20.10", asset="mail")
    )
    group = page.rows(rule="portal-sql-injection")[0]
    assert group["is_returned"] is True
    detail = page.detail(group["id"])
    assert [(each["why"], each["verdict"]) for each in detail["similar"]] == [("same_key", "expected"), ("same_entities", None)]
    assert detail["past_verdicts"] == [{"verdict": "expected", "groups": 1}]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rule": "other"}, ["same_entities"]),
        ({"rule": "other", "source": "198.51.100.98"}, []),
        ({"source": "198.51.100.98", "asset": "mail", "target": "10.10.10.20"}, []),
        ({"rule": "other", "at_us": START_US - 31 * 86_400_000_000}, []),
    ],
)
def test_a_hint_needs_the_same_thing_or_two_shared_values_within_thirty_days(
    runtime: Runtime, changes: dict[str, Any], why: list[str]
) -> None:
    post(runtime, alert(1), alert(2, **changes))
    page = Page(runtime, "irt.analyst.2")
    group = next(row["id"] for row in page.rows() if row["rule_name"] == "portal-sql-injection")
    found = page.detail(group)["similar"]
    assert [each["why"] for each in found if each["id"] != group] == why


def test_the_alerts_of_a_group_come_newest_first_in_pages(runtime: Runtime) -> None:
    post(runtime, *(alert(number, at_us=START_US + number) for number in range(9)))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    first = page.get(f"/groups/{group}/alerts", limit=5).json()
    rest = page.get(f"/groups/{group}/alerts", limit=5, after=first["next"]).json()
    times = [each["last_us"] for each in first["alerts"] + rest["alerts"]]
    assert times == [START_US + number for number in reversed(range(9))]
    assert (first["total"], rest["next"]) == (9, None)


def test_the_other_side_of_a_beacon_is_the_domain_it_asks_for(runtime: Runtime) -> None:
    seen = (("user", "an"), ("ip", "203.0.113.9"), ("domain", "c2.example"))
    observed = tuple(Entity(kind=EntityKind(kind), value=value, role=EntityRole.OBSERVED) for kind, value in seen)
    whole = alert(1)
    beacon = alert(2, rule="beacon").model_copy(update={"entities": (whole.entities[0], *observed)})
    post(runtime, beacon, whole.model_copy(update={"entities": (*whole.entities, *observed)}))
    rows = {row["rule_name"]: row["destination"] for row in Page(runtime, "irt.analyst.2").rows()}
    assert rows["beacon"] == {"values": ["c2.example", "203.0.113.9"], "more": 1}
    assert rows["portal-sql-injection"] == {"values": ["10.10.10.10"], "more": 0}


def test_groups_nested_three_deep_have_exact_counts_at_every_level(runtime: Runtime) -> None:
    many(runtime, 24)
    page = Page(runtime, ANALYST)
    seen = 0
    for rule in page.get("/alerts", group_by="rule").json()["buckets"]:
        inner = page.get("/alerts", rule=rule["key"], group_by="asset").json()
        assert inner["total"] == rule["groups"] == sum(rule["states"].values())
        for asset in inner["buckets"]:
            innermost = page.get("/alerts", rule=rule["key"], asset=asset["key"], group_by="technique").json()
            assert innermost["total"] == asset["groups"]
            assert [each["key"] for each in innermost["buckets"]] == ["T1190"]
            seen += sum(each["groups"] for each in innermost["buckets"])
    assert seen == 24


def test_an_empty_value_finds_those_without_one(runtime: Runtime) -> None:
    post(runtime, alert(1, rule="with", asset="mail"), alert(2, rule="tagless", tags=()))
    page = Page(runtime, ANALYST)
    (bucket,) = [each for each in page.get("/alerts", group_by="technique").json()["buckets"] if each["key"] == ""]
    assert [row["rule_name"] for row in page.rows(technique="")] == [page.rows(rule="tagless")[0]["rule_name"]]
    assert bucket["groups"] == 1
    assert page.rows(technique="T1190")[0]["asset"] == "mail"


def test_groups_of_one_incident_are_found_by_it_and_only_by_whom_it_exists_for(runtime: Runtime) -> None:
    post(runtime, alert(1, rule="a"), alert(2, rule="b"))
    page = Page(runtime, ANALYST)
    group = page.rows(rule="a")[0]["id"]
    incident = page.post("/incidents", {"title": "Sự cố", "groups": [group]}).json()
    answer = page.get("/alerts", tab="linked", group_by="incident").json()
    assert [(each["label"]["vi"], each["groups"]) for each in answer["buckets"]] == [("Sự cố", 1)]
    assert [row["id"] for row in page.rows(tab="linked", incident=answer["buckets"][0]["key"])] == [group]
    assert page.get("/alerts", tab="linked", incident="").json()["total"] == 0
    assert incident
