"""The shipped rules against the recorded lab day: every act found, nothing above low on ordinary work, asset and person known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from incident_api.coordination.organisation import Organisation
from khien.app.answer_key import Comparison, compare
from khien.app.demo.day import LabDay
from khien.app.replay import Replay, ReplayOptions, replay

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def result() -> Replay:
    organisation = Organisation.load(ROOT / "coordination" / "example")
    day = LabDay.load()
    inventory = json.dumps(organisation.inventory_on("2026-11-23")).encode()
    return replay(day.inputs, options=ReplayOptions(inventory=inventory, year=day.year))


@pytest.fixture(scope="module")
def comparison(result: Replay) -> Comparison:
    return compare(LabDay.load().key, result.alerts)


@pytest.mark.parametrize("act", [act.id for act in LabDay.load().key.acts])
def test_an_act_of_the_lab_is_found_by_one_alert_that_names_it_all(comparison: Comparison, act: str) -> None:
    (found,) = (found for found in comparison.acts if found.act.id == act)
    assert found.is_found, found.missing


def test_nothing_above_low_speaks_of_ordinary_work(comparison: Comparison) -> None:
    assert [alert.rule.name for alert in comparison.ordinary_above_low] == []


def test_every_alert_above_low_knows_its_asset(result: Replay) -> None:
    assert [alert.rule.name for alert in result.alerts if alert.severity > 1 and not alert.assets] == []


def test_the_ledger_of_the_day_balances(result: Replay) -> None:
    assert result.ledger.is_balanced
    assert result.ledger.total("read") == result.ledger.total("stored")
