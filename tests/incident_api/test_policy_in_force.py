"""A policy comes into force, and a damaged one changes nothing (golden case K22)."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident_api.audit.service import verify
from incident_api.coordination.service import load
from incident_api.coordination.signing import sign_with_fresh_keys
from incident_api.opening import opened
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import START_US, Page, alert, city, post, settings_in


def damage(folder: Path) -> None:
    path = folder / "vn-2026" / "acknowledge.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("minutes: 5\n", "minutes: 9\n", 1), encoding="utf-8")


def test_one_changed_byte_is_refused_and_the_previous_policy_stays(tmp_path: Path) -> None:
    with city(tmp_path) as runtime:
        before = runtime.policy.sha256
        damage(tmp_path)
        refused = load(runtime, tmp_path / "vn-2026")
        assert refused is not None
        assert refused.code == "policy.changed_after_signing"
        assert runtime.policy.sha256 == before
        post(runtime, alert(1))
        answer = Page(runtime, "irt.analyst.2").get("/policy").json()
        assert (answer["sha256"], answer["refused"]["code"]) == (before, "policy.changed_after_signing")
        assert {(each["side"], each["person"]["home"]) for each in answer["signatures"]} == {("A", "vp-ubnd"), ("B", "ca-tp")}
        assert verify(runtime).is_whole
    with city(tmp_path) as restarted:
        assert restarted.policy.sha256 == before


def test_a_new_version_that_both_signed_replaces_the_old_one(tmp_path: Path) -> None:
    # Signed by the organisation's keys as they are at the start, so that both versions verify.
    settings = settings_in(tmp_path)
    signers = (("city_pc_office", "pc_office.head"), ("city_police", "police.investigator.1"))
    with city(tmp_path, log_ins=False) as runtime:
        old = runtime.policy.sha256
    damage(tmp_path)
    sign_with_fresh_keys(
        policy_folder=settings.policy_folder,
        organisation_folder=settings.organisation_folder,
        signers=signers,
        clock=ManualClock(START_US),
    )
    with city(tmp_path, log_ins=False) as runtime:
        assert runtime.policy.sha256 != old
        assert runtime.policy.policy.deadlines["critical"].minutes == 9  # type: ignore[index]  # a StrEnum is its text


def test_without_any_valid_policy_nothing_starts_and_the_reason_is_told(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    damage(tmp_path)
    with pytest.raises(KhienError) as caught, opened(settings, clock=ManualClock(START_US)):
        pytest.fail("it started")
    assert caught.value.code == "policy.changed_after_signing"


def test_a_policy_whose_days_are_over_is_not_put_in_force(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with pytest.raises(KhienError) as caught, opened(settings, clock=ManualClock(0)):
        pytest.fail("it started")
    assert caught.value.code == "policy.not_effective"


def test_a_decision_keeps_the_policy_it_was_made_under(tmp_path: Path) -> None:
    with city(tmp_path) as runtime:
        post(runtime, alert(1))
        page = Page(runtime, "irt.analyst.2")
        detail = page.detail(page.rows()[0]["id"])
        assert detail["assignments"][0]["policy_sha256"] == runtime.policy.sha256
        assert detail["assignments"][0]["rules"][0]["basis"]["text"]["vi"].startswith("Căn cứ: ")
