"""The expectations file: what must fire, what may, and a sentence with the line for what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.rule_work.expectations import read_expectations
from khien.alert import Level
from khien.errors import KhienError
from tests.correlator.tuning.test_fold import RULE, alert

FILE = "level: medium\ninputs:\n  - {name: n, files: [a.log], year: 2026, fires: [a, b], may_fire: [c]}\n"


def named(name: str, level: Level = Level.HIGH) -> object:
    return RULE.model_copy(update={"name": name, "level": level})


def test_what_is_missing_and_what_is_too_much(tmp_path: Path) -> None:
    (tmp_path / "e.yml").write_text(FILE)
    expectations = read_expectations(tmp_path / "e.yml")
    (expected,) = expectations.inputs
    assert expected.files == (tmp_path / "a.log",)
    alerts = [alert(1, 0, rule=named("a")), alert(2, 0, rule=named("c")), alert(3, 0, rule=named("d"))]  # type: ignore[arg-type]
    alerts.append(alert(4, 0, rule=named("e", Level.LOW)))  # type: ignore[arg-type]
    outcome = expectations.judge(expected, alerts)
    assert (outcome.missing, outcome.unexpected, outcome.is_good) == (("b",), ("d",), False)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("inputs: []\n", "`inputs` is a list"),
        ("input: []\n", "unknown key `input`"),
        ("inputs: [{fires: [a]}]\n", "an input has `files`"),
        ("inputs: [{files: [a], fires: a}]\n", "`fires` is a list of texts"),
        ("inputs: [{files: [a], year: soon}]\n", "`year` is a number"),
        ("level: loud\ninputs: [{files: [a]}]\n", "loud"),
        ("inputs: [\n", "expected"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_the_line(tmp_path: Path, text: str, detail: str) -> None:
    (tmp_path / "e.yml").write_text(text)
    with pytest.raises(KhienError) as caught:
        read_expectations(tmp_path / "e.yml")
    assert caught.value.code == "rules.expectations_invalid"
    assert detail in caught.value.sentence()
    assert "e.yml:" in caught.value.sentence()
