"""Access tokens: a script is its person with fewer rights, never more, and not for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from incident_api.people.rights import Right
from incident_api.people.service import disable_user
from incident_api.runtime import Runtime
from incident_api.sessions import tokens
from incident_api.sessions.models import AccessToken
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post

ANALYST = "irt.analyst.2"
READS = (Right.ALERTS_READ,)


def made(page: Page, *rights: Right, days: int = 30) -> str:
    answer = page.post("/tokens", {"name": "kịch bản", "rights": [each.value for each in rights or READS], "days": days})
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    return secret


def test_a_token_reads_what_it_may_and_changes_nothing_without_the_right(runtime: Runtime) -> None:
    post(runtime, alert(1))
    script = Page(runtime, None, token=made(Page(runtime, ANALYST)))
    group = script.rows()[0]["id"]
    assert script.act(group, "take").json()["params"] == {"right": "alerts.triage"}
    assert script.get("/audit").json()["code"] == "session.forbidden"
    writer = Page(runtime, None, token=made(Page(runtime, ANALYST), Right.ALERTS_READ, Right.ALERTS_TRIAGE))
    assert writer.act(group, "take").json()["row"]["assignee"]["id"] == ANALYST


def test_nobody_gives_a_token_a_right_they_have_not(runtime: Runtime) -> None:
    answer = Page(runtime, ANALYST).post("/tokens", {"name": "x", "rights": ["audit.verify"], "days": 1})
    assert (answer.status_code, answer.json()["code"]) == (403, "token.not_your_right")


def test_a_token_makes_no_tokens_and_touches_no_session(runtime: Runtime) -> None:
    script = Page(runtime, None, token=made(Page(runtime, ANALYST)))
    answers = [
        script.post("/tokens", {"name": "x", "rights": ["alerts.read"], "days": 1}),
        script.get("/tokens"),
        script.get("/session"),
        script.request("PUT", "/session/language", json={"language": "en"}),
        script.request("POST", "/session/second-factor", json={"password": "x"}),
    ]
    assert {answer.json()["code"] for answer in answers} == {"token.not_here"}


def test_a_token_never_does_what_asks_for_a_second_factor(runtime: Runtime) -> None:
    leader = Page(runtime, "irt.leader")
    script = Page(runtime, None, token=made(leader, Right.APPROVALS_GIVE, Right.INCIDENTS_READ))
    assert script.post("/approvals/1/grant", {}).json()["code"] == "second_factor.not_by_token"


def test_making_one_asks_for_the_second_factor(runtime: Runtime) -> None:
    answer = Page(runtime, ANALYST, proven=False).post("/tokens", {"name": "x", "rights": ["alerts.read"], "days": 1})
    assert answer.json()["code"] == "second_factor.not_set_up"


@pytest.mark.parametrize("way", ["revoked", "expired", "disabled", "wrong", "empty"])
def test_a_token_that_does_not_count_is_nobody(runtime: Runtime, clock: ManualClock, way: str) -> None:
    page = Page(runtime, ANALYST)
    secret = made(page, days=1)
    script = Page(runtime, None, token={"wrong": secret[:-1] + "_", "empty": "khien_"}.get(way, secret))
    if way == "revoked":
        (row,) = page.get("/tokens").json()["tokens"]
        assert page.request("DELETE", f"/tokens/{row['id']}").status_code == 204
        assert page.get("/tokens").json()["tokens"] == []
    if way == "expired":
        clock.advance(seconds=86_400)
    if way == "disabled":
        disable_user(runtime, account=ANALYST)
    answer = script.get("/alerts")
    assert (answer.status_code, answer.json()["code"]) == (401, "token.refused")


def test_a_token_beside_a_cookie_is_still_only_the_token(runtime: Runtime) -> None:
    page = Page(runtime, "irt.leader")
    page.headers["Authorization"] = f"Bearer {made(Page(runtime, ANALYST))}"
    assert page.get("/audit").json()["code"] == "session.forbidden"
    page.headers["Authorization"] = "Bearer khien_nothing"
    assert page.get("/alerts").status_code == 401


def test_only_the_owner_revokes_and_only_the_hash_is_stored(runtime: Runtime) -> None:
    secret = made(Page(runtime, ANALYST))
    with runtime.database.read() as session:
        (row,) = session.scalars(select(AccessToken))
    assert secret not in (row.sha256, row.name)
    assert Page(runtime, "irt.leader").request("DELETE", f"/tokens/{row.id}").status_code == 404
    assert Page(runtime, None, token=secret).get("/alerts").status_code == 200


def test_there_is_an_end_to_how_many_one_person_has(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    for _ in range(tokens.MOST_LIVE):
        made(page)
    answer = page.post("/tokens", {"name": "x", "rights": ["alerts.read"], "days": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "token.too_many")
