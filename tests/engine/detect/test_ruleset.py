"""The native matcher as its users meet it: real rules over real lines, many threads, hostile values, no leftovers."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from khien_engine.detect import Ruleset
from khien_engine.logs import LogParser

from correlator import ir
from correlator.compiler.ruleset import compile_folders
from correlator.reference import evaluate, read_event

ROOT = Path(__file__).parents[3]
SIGMA = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")) / "sigma"
LAB = ROOT / "lab" / "recording"


def line(**members: Any) -> bytes:
    return json.dumps({"event": {"dataset": "test"}, **members}).encode() + b"\n"


@cache
def lab_lines() -> bytes:
    files = [("nginx_access", "cong-tt/nginx/access.log"), ("nginx_error", "cong-tt/nginx/error.log"),
             ("syslog", "cong-tt/auth.log"), ("syslog", "mail/mail.log"), ("syslog", "phan-giai/daemon.log")]  # fmt: skip
    return b"".join(LogParser(form, source=name, year=2026).parse((LAB / name).read_bytes()).lines for form, name in files)


@pytest.fixture(scope="module")
def sigma() -> bytes:
    folders = [SIGMA / name for name in ("rules/web", "rules/linux", "rules/application", "rules/network")]
    present = [folder for folder in folders if folder.is_dir()]
    if not present:
        pytest.skip(f"no SigmaHQ rules at {SIGMA}; set KHIEN_TEST_DATA")
    return compile_folders(present).ir


@pytest.mark.timeout(120)
def test_public_rules_over_the_lab_day_mean_the_same_in_all_three_evaluators(sigma: bytes) -> None:
    rules = ir.loads(sigma)
    assert len(rules) > 200
    ruleset = Ruleset(sigma)
    lines = lab_lines().splitlines(keepends=True)[::3]
    batch = b"".join(lines)
    indexed = {start: found for start, _, found in ruleset.scan(batch)}
    assert indexed == {start: found for start, _, found in ruleset.scan_fully(batch)}
    start = 0
    for each in lines:
        event = read_event(each)
        assert indexed.get(start, []) == [number for number, rule in enumerate(rules) if evaluate(rule, event)], each
        start += len(each)
    assert indexed, "the attacks of the lab day must hit some public rule"


def test_the_index_leaves_few_rules_to_verify(sigma: bytes) -> None:
    ruleset = Ruleset(sigma)
    ruleset.scan(lab_lines())
    stats = ruleset.stats()
    assert stats.unreadable == stats.unrouted == 0
    # Detection design, section 14: candidates under 4 % of the rules.
    assert stats.candidates / stats.events < 0.04 * len(ruleset)


def test_many_threads_share_one_ruleset() -> None:
    ruleset = Ruleset(ir.dumps([ir.Rule(str(number), ir.Text("f", (0, f"needle{number}", 0))) for number in range(50)]))
    batches = [b"".join(line(f=f"a needle{(seed * 7 + number) % 60} b") for number in range(200)) for seed in range(16)]
    alone = [ruleset.scan(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ruleset.scan, batches)) == alone
    assert ruleset.stats().events == 2 * 16 * 200


def test_one_event_leaves_nothing_for_the_next() -> None:
    ruleset = Ruleset(
        ir.dumps([ir.Rule("a", ir.Text("f", ("x",))), ir.Rule("b", ir.Null("f")), ir.Rule("k", ir.Text(None, (0, "x", 0)))])
    )
    lines = [line(f="x"), line(), line(f=["x", None]), line(g="y")]
    found = [numbers for _, _, numbers in ruleset.scan(b"".join(lines))]
    assert found == [[0, 2], [1], [0, 2], [1]]


HOSTILE: dict[str, tuple[ir.Node, str]] = {
    "stars": (ir.Text("f", (0, *(part for _ in range(40) for part in ("a", 0)), "b")), "a" * 60_000),
    "questions": (ir.Text("f", (0, "a", *([1] * 60), "b", 0)), "a" * 60_000),
    "nested repetition": (ir.Regex("f", "^(a+)+$"), "a" * 60_000 + "b"),
    "overlapping alternatives": (ir.Regex("f", "(a|aa|aaa)*b"), "a" * 60_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_value_costs_time_in_proportion_to_its_length(name: str) -> None:
    leaf, value = HOSTILE[name]
    ruleset = Ruleset(
        ir.dumps([ir.Rule("r", ir.Or((leaf, ir.Exists("never", value=True)))), ir.Rule("e", ir.Exists("f", value=True))])
    )
    begun = time.perf_counter()
    assert [numbers for _, _, numbers in ruleset.scan_fully(line(f=value) * 5)] == [[1]] * 5
    assert time.perf_counter() - begun < 5


def test_no_rules_and_no_lines_are_fine() -> None:
    empty = Ruleset(ir.dumps([]))
    assert (len(empty), empty.scan(line(f="x")), empty.scan(b""), empty.scan(b"\n\n")) == (0, [], [], [])
    assert (empty.stats().events, empty.stats().unreadable) == (1, 2)
