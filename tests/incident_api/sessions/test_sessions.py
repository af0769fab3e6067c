"""Log-in and sessions: nothing is learnt from a refusal, nothing outlives its time, nobody is locked out."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import Type
from sqlalchemy import func, select

from incident_api.audit.models import AuditRow
from incident_api.people.service import add_log_ins, add_user, disable_user, reset_password
from incident_api.runtime import Runtime
from incident_api.sessions import passwords, throttle
from incident_api.sessions.models import SessionRow
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import PASSWORD, Page, alert, city, post

ANALYST = "irt.analyst.2"


def test_logging_in_sets_a_host_cookie_and_gives_the_rights(runtime: Runtime) -> None:
    answer = Page(runtime, None).log_in(ANALYST)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-khien=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "alerts.triage" in answer.json()["rights"]


def test_a_wrong_password_an_unknown_and_a_disabled_account_get_one_answer(runtime: Runtime) -> None:
    disable_user(runtime, account="irt.analyst.5")
    page = Page(runtime, None)
    answers = [page.log_in(ANALYST, "sai mật khẩu"), page.log_in("nobody", PASSWORD), page.log_in("irt.analyst.5")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_an_unknown_account_costs_the_same_work(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[bool] = []
    real = passwords._hasher.verify
    monkeypatch.setattr(passwords, "_hasher", _Counting(real, verified))
    Page(runtime, None).log_in("nobody", PASSWORD)
    Page(runtime, None).log_in(ANALYST, "sai mật khẩu")
    assert verified == [True, True]


def test_a_session_ends_after_thirty_idle_minutes(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, ANALYST)
    clock.advance(seconds=1799)
    assert page.get("/session").status_code == 200
    clock.advance(seconds=1800)
    assert page.get("/session").status_code == 401


def test_what_the_page_asks_by_itself_keeps_no_session_alive(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, ANALYST)
    by_itself = {"Khien-Background": "1"}
    for _ in range(29):
        clock.advance(seconds=60)
        assert page.request("GET", "/views", headers=by_itself).status_code == 200
    end = page.request("GET", "/session", headers=by_itself).json()["idle_expires_us"]
    assert end - clock.now_us() == 60 * 1_000_000
    clock.advance(seconds=60)
    assert page.request("GET", "/views", headers=by_itself).status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, ANALYST)
    for _ in range(36):
        assert page.get("/session").status_code == 200
        clock.advance(seconds=1200)
    assert page.get("/session").status_code == 401


def test_logging_in_again_gives_a_new_session_and_ends_the_old_one(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    old = page.cookies["__Host-khien"]
    page.log_in(ANALYST)
    assert page.cookies["__Host-khien"] != old
    page.cookies.set("__Host-khien", old, domain="khien.test", path="/")
    stale = Page(runtime, None)
    stale.cookies.set("__Host-khien", old, domain="khien.test", path="/")
    assert stale.get("/session").status_code == 401


def test_logging_out_ends_it_on_the_server(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    token = page.cookies["__Host-khien"]
    assert page.request("DELETE", "/session").status_code == 204
    page.cookies.set("__Host-khien", token, domain="khien.test", path="/")
    assert page.get("/session").status_code == 401


def test_a_disabled_person_is_out_at_once(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    disable_user(runtime, account=ANALYST)
    assert page.get("/alerts").status_code == 401


def test_the_store_holds_no_token_and_no_password(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    raw = (runtime.settings.home.incident_api / "state.db").read_bytes()
    raw += (runtime.settings.home.incident_api / "state.db-wal").read_bytes()
    assert page.cookies["__Host-khien"].encode() not in raw
    assert PASSWORD.encode() not in raw
    assert b"$argon2id$" in raw


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": ""}])
def test_a_change_without_the_token_of_the_session_is_refused(runtime: Runtime, headers: dict[str, str]) -> None:
    page = Page(runtime, ANALYST)
    page.headers.clear()
    answer = page.request("DELETE", "/session", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "session.csrf")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://khien.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://[::1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://khien.test", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_a_change_from_another_site_is_refused_log_in_included(runtime: Runtime, headers: dict[str, str], status: int) -> None:
    body = {"account": ANALYST, "password": PASSWORD}
    assert Page(runtime, None).request("POST", "/session", json=body, headers=headers).status_code == status


def test_guessing_gets_slower_and_the_owner_still_gets_in_from_elsewhere(runtime: Runtime, clock: ManualClock) -> None:
    attacker = Page(runtime, None, address="203.0.113.66")
    answers = [attacker.log_in(ANALYST, "sai mật khẩu").status_code for _ in range(6)]
    assert answers == [401, 401, 401, 429, 429, 429]
    assert int(attacker.log_in(ANALYST, "x").headers["retry-after"]) == 1
    assert Page(runtime, None, address="192.0.2.77").log_in(ANALYST).status_code == 200
    clock.advance(seconds=1)
    assert attacker.log_in(ANALYST).status_code == 200


def test_an_account_attacked_from_everywhere_waits_two_seconds_at_most() -> None:
    assert [throttle.delay_seconds("account", failures) for failures in (9, 10, 11, 10_000)] == [0.0, 1.0, 2.0, 2.0]
    assert [throttle.delay_seconds("pair", failures) for failures in (2, 3, 4, 5, 9, 10_000)] == [0.0, 1.0, 2.0, 4.0, 60.0, 60.0]


def test_refused_tries_are_not_written_to_the_audit_log(runtime: Runtime) -> None:
    page = Page(runtime, None)
    for _ in range(8):
        page.log_in(ANALYST, "sai mật khẩu")
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).where(AuditRow.act == "session.refuse")) == 3


def test_what_was_typed_for_an_unknown_account_is_not_kept(runtime: Runtime) -> None:
    Page(runtime, None).log_in("matkhaucuatoi123", "x")
    with runtime.database.read() as session:
        objects = session.scalars(select(AuditRow.object).where(AuditRow.act == "session.refuse")).all()
    assert objects == ["person/unknown"]


@pytest.mark.parametrize("password", ["short", "irt.analyst.2-2026", "aaaaaaaaaaaaaaaa", "ababababababab"])
def test_a_weak_password_is_refused(runtime: Runtime, password: str) -> None:
    with pytest.raises(KhienError) as caught:
        reset_password(runtime, account=ANALYST, password=password)
    assert caught.value.code == "people.weak_password"
    assert password not in caught.value.sentence()


def test_changing_the_password_ends_the_other_sessions(runtime: Runtime) -> None:
    here, there = Page(runtime, ANALYST), Page(runtime, ANALYST)
    body = {"current": PASSWORD, "new": "một câu rất khác hẳn"}
    assert here.request("PUT", "/session/password", json={**body, "current": "sai"}).status_code == 403
    assert here.request("PUT", "/session/password", json=body).status_code == 204
    assert here.get("/session").status_code == 200
    assert there.get("/session").status_code == 401
    assert Page(runtime, None).log_in(ANALYST, "một câu rất khác hẳn").status_code == 200


def test_guessing_the_old_password_gets_slower_as_log_in_does(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, ANALYST)
    wrong = {"current": "sai mật khẩu", "new": "một câu rất khác hẳn"}
    answers = [page.request("PUT", "/session/password", json=wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429, 429]
    assert answers[-1].headers["retry-after"] == "1"
    right = {**wrong, "current": PASSWORD}
    assert page.request("PUT", "/session/password", json=right).status_code == 429
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).where(AuditRow.act == "session.refuse", AuditRow.actor == ANALYST)) == 3
    clock.advance(seconds=1)
    assert page.request("PUT", "/session/password", json=right).status_code == 204
    assert Page(runtime, None).log_in(ANALYST, "sai").status_code == 401


def test_adding_a_user_gives_a_known_person_a_log_in_or_makes_a_new_one(runtime: Runtime) -> None:
    add_user(runtime, account="an.nguyen", password=PASSWORD, roles=("irt.analyst",), home="tt-dl", name="Nguyễn An")
    assert Page(runtime, None).log_in("an.nguyen").json()["roles"] == ["irt.analyst"]
    for account, roles, home, code in (
        ("an.nguyen", (), None, "people.exists"),
        ("An Nguyen", ("irt.analyst",), "tt-dl", "people.bad_account"),
        ("binh", ("king",), "tt-dl", "people.unknown_role"),
        ("binh", ("irt.analyst",), "nowhere", "people.unknown_home"),
    ):
        with pytest.raises(KhienError) as caught:
            add_user(runtime, account=account, password=PASSWORD, roles=roles, home=home)
        assert caught.value.code == code


def test_everybody_of_the_organisation_gets_a_log_in_at_once(tmp_path: Path) -> None:
    with city(tmp_path, log_ins=False) as runtime:
        post(runtime, alert(1))
        made = add_log_ins(runtime, password=PASSWORD)
        assert set(made) == set(runtime.organisation.people)
        post(runtime, alert(2, rule="b"))
        page = Page(runtime, None)
        assert page.log_in(ANALYST).status_code == 200
        assignees = {row["rule_name"]: (row["assignee"]["id"], row["is_unattended"]) for row in page.rows()}
    # Before anybody could log in, the PC Office's duty line had it and nobody attended to it.
    assert assignees == {"portal-sql-injection": ("pc_office.head", True), "b": (ANALYST, False)}


def test_a_reset_ends_every_session(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    reset_password(runtime, account=ANALYST, password="một câu rất khác hẳn")
    assert page.get("/session").status_code == 401
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SessionRow)) == 0


class _Counting:
    """The hasher, counting."""

    def __init__(self, verify: object, seen: list[bool]) -> None:
        self._verify = verify
        self._seen = seen

    def verify(self, encoded: str, password: str) -> object:
        self._seen.append(True)
        return self._verify(encoded, password)  # type: ignore[operator]  # the real method

    @property
    def type(self) -> object:
        return Type.ID
