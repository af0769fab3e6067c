"""The preview counts stored events that the exception would take away, and no others."""

from __future__ import annotations

from pathlib import Path

from khien_engine import detect

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.inputs import inline
from correlator.tuning.preview import would_take
from khien.clock import SystemClock, format_utc
from tests.correlator.tuning.test_tuned import DEFAULTS, exception
from tests.correlator.tuning.tuning_rules import write


def test_it_counts_what_would_be_taken_away(tmp_path: Path) -> None:
    rules = compile_folders([write(tmp_path / "rules")])
    events = [
        {"source.ip": "10.1.2.3", "repeat": {"times": 1_500, "every": "1ms"}},
        {"source.ip": "10.1.2.3", "user.name": "an"},  # not the rule's
        {"source.ip": "192.0.2.9"},  # not the exception's
    ]
    stamped = detect.stamp(
        b"".join(inline(DEFAULTS, events)), sensor="s", epoch=1, first_seq=1, dataset="live",
        ingested=format_utc(SystemClock().now_us()), inventory=None,
    )  # fmt: skip
    stored = stamped.lines.splitlines()
    assert would_take(exception(), rules, stored) == (1_502, 1_500)
    assert would_take(exception(), rules, []) == (0, 0)
