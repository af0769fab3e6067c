"""The second factor: set up with the password, counts once a code and five minutes a session, and is asked for where it must be."""

from __future__ import annotations

import pyotp
import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.sessions import second_factor
from incident_api.sessions.models import RecoveryCode, SecondFactor
from khien.clock import MICROSECONDS, ManualClock
from khien.errors import KhienError
from tests.incident_api.city import PASSWORD, Page

LEADER = "irt.leader"


def code_of(secret: str, runtime: Runtime, *, steps: int = 0) -> str:
    # RFC 6238 by the library, at the test's own clock.
    return pyotp.TOTP(secret).at(runtime.clock.now_us() // MICROSECONDS + 30 * steps)


def set_up(page: Page, runtime: Runtime) -> tuple[str, list[str]]:
    begun = page.request("POST", "/session/second-factor", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    secret: str = begun.json()["secret"]
    confirmed = page.request("PUT", "/session/second-factor", json={"code": code_of(secret, runtime)})
    assert confirmed.status_code == 200, confirmed.text
    codes: list[str] = confirmed.json()["codes"]
    return secret, codes


def prove(page: Page, code: str) -> int:
    return page.post("/session/second-factor/proof", {"code": code}).status_code


def grant(page: Page) -> str:
    code: str = page.post("/approvals/1/grant", {}).json()["code"]
    return code


def test_approving_asks_for_a_code_given_in_the_last_five_minutes(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, LEADER, proven=False)
    assert grant(page) == "second_factor.not_set_up"
    secret, _ = set_up(page, runtime)
    # Confirming was a code: it counts. There is no approval 1, so the answer is about that.
    assert grant(page) == "approval.not_found"
    clock.advance(seconds=300)
    assert grant(page) == "second_factor.required"
    assert prove(page, code_of(secret, runtime)) == 200
    assert grant(page) == "approval.not_found"
    assert grant(Page(runtime, LEADER, proven=False)) == "second_factor.required"


def test_asking_for_an_act_of_two_parties_is_speaking_for_one(runtime: Runtime) -> None:
    page = Page(runtime, LEADER, proven=False)
    opened = page.post("/incidents", {"title": "Sự cố", "assets": ["cong-tt"]}).json()["row"]
    waived = page.post(
        f"/incidents/{opened['id']}/acts", {"kind": "waive", "version": opened["version"], "obligation": 1, "reason": "x"}
    )
    assert waived.json()["code"] == "second_factor.not_set_up"


def test_a_code_counts_once_and_a_neighbour_of_the_step_too_but_no_older_one(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, LEADER, proven=False)
    secret, _ = set_up(page, runtime)
    assert prove(page, code_of(secret, runtime)) == 403
    clock.advance(seconds=90)
    assert prove(page, code_of(secret, runtime, steps=-2)) == 403
    assert prove(page, code_of(secret, runtime, steps=-1)) == 200
    assert prove(page, code_of(secret, runtime)) == 200
    assert prove(page, code_of(secret, runtime, steps=-1)) == 403
    assert prove(page, code_of(secret, runtime)) == 403


def test_guesses_wait_longer_and_longer_and_are_recorded(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, LEADER, proven=False)
    set_up(page, runtime)
    clock.advance(seconds=60)
    answers = [prove(page, "000000") for _ in range(6)]
    assert answers[:3] == [403, 403, 403]
    assert answers[-1] == 429
    with runtime.database.read() as session:
        refused = session.scalars(select(AuditRow).where(AuditRow.act == "session.second_factor_refuse")).all()
    assert len(refused) == answers.count(403)
    assert {row.object for row in refused} == {f"person/{LEADER}"}


def test_a_recovery_code_counts_once_however_it_is_typed(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, LEADER, proven=False)
    _, codes = set_up(page, runtime)
    assert len(set(codes)) == 10
    clock.advance(seconds=60)
    assert prove(page, codes[0].lower().replace("-", " ")) == 200
    assert prove(page, codes[0]) == 403
    assert page.get("/session/second-factor").json()["recovery_codes_left"] == 9
    # Another person's code is worth nothing here.
    other = Page(runtime, "irt.deputy", proven=False)
    set_up(other, runtime)
    assert prove(other, codes[1]) == 403


def test_setting_up_needs_the_password_and_cannot_replace_one_in_use(runtime: Runtime) -> None:
    page = Page(runtime, LEADER, proven=False)
    assert page.request("POST", "/session/second-factor", json={"password": "sai"}).json()["code"] == "session.wrong_password"
    set_up(page, runtime)
    again = page.request("POST", "/session/second-factor", json={"password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "second_factor.in_use")


def test_a_secret_that_nobody_confirmed_counts_for_nothing_and_is_replaced(runtime: Runtime) -> None:
    page = Page(runtime, LEADER, proven=False)
    first = page.request("POST", "/session/second-factor", json={"password": PASSWORD}).json()["secret"]
    assert page.get("/session/second-factor").json()["is_set_up"] is False
    assert page.post("/session/second-factor/proof", {"code": code_of(first, runtime)}).json()["code"] == "second_factor.not_set_up"
    second = page.request("POST", "/session/second-factor", json={"password": PASSWORD}).json()["secret"]
    assert page.request("PUT", "/session/second-factor", json={"code": code_of(first, runtime)}).status_code == 403
    assert page.request("PUT", "/session/second-factor", json={"code": code_of(second, runtime)}).status_code == 200


def test_neither_the_secret_nor_a_recovery_code_is_readable_in_the_store(runtime: Runtime) -> None:
    page = Page(runtime, LEADER, proven=False)
    secret, codes = set_up(page, runtime)
    with runtime.database.read() as session:
        stored = session.get_one(SecondFactor, LEADER).secret
        digests = session.scalars(select(RecoveryCode.sha256)).all()
    assert secret not in stored
    assert not {each.replace("-", "") for each in codes} & set(digests)
    key = runtime.settings.home.incident_api / "second-factor.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_key_that_does_not_fit_is_said_and_lets_nobody_through(runtime: Runtime) -> None:
    page = Page(runtime, LEADER, proven=False)
    secret, _ = set_up(page, runtime)
    (runtime.settings.home.incident_api / "second-factor.key").unlink()
    answer = page.post("/session/second-factor/proof", {"code": code_of(secret, runtime, steps=1)})
    assert answer.json()["code"] == "second_factor.key_lost"


def test_a_reset_ends_the_sessions_and_everything_begins_anew(runtime: Runtime) -> None:
    page = Page(runtime, LEADER, proven=False)
    set_up(page, runtime)
    second_factor.reset(runtime, account=LEADER, actor=Actor.job("command-line"))
    assert page.get("/session").status_code == 401
    fresh = Page(runtime, LEADER, proven=False)
    assert fresh.get("/session/second-factor").json() == {"is_set_up": False, "proven_until_us": None, "recovery_codes_left": 0}
    with pytest.raises(KhienError, match="nobody"):
        second_factor.reset(runtime, account="nobody", actor=Actor.job("command-line"))
