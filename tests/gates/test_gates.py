"""The gates judge rightly; the quick ones hold in every run, those with all of SigmaHQ's rules in the slow one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gates.corpus import Corpus, gate_compile
from tests.gates.fail2ban import gate_fail2ban
from tests.gates.gate import Gate
from tests.gates.scenarios import stated
from tests.gates.windows import gate_regression, gate_samples, gates_ordinary

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def data() -> Path:
    found = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data"))
    if not found.is_dir():
        pytest.skip(f"no test data at {found}; set KHIEN_TEST_DATA")
    return found


@pytest.fixture(scope="session")
def corpus(data: Path) -> Corpus:
    return Corpus(data)


@pytest.mark.parametrize(
    ("figure", "bound", "better", "verdict"),
    [(144, 144, "more", "holds"), (143, 144, "more", "MISSED"), (5, 5, "fewer", "holds"), (6, 5, "fewer", "MISSED")],
)
def test_a_gate_holds_on_its_bound_and_not_beyond(figure: int, bound: int, better: str, verdict: str) -> None:
    gate = Gate(name="n", says="s", figure=figure, total=176, bound=bound, better="more" if better == "more" else "fewer")
    assert gate.holds is (verdict == "holds")
    assert gate.line().startswith(verdict)


def test_a_scenario_states_its_technique_with_the_parent_and_its_tactics(tmp_path: Path) -> None:
    path = tmp_path / "metadata.yaml"
    path.write_text(
        "attack_mappings:\n- {technique: T1110, sub-technique: '003', tactics: [TA0006]}\n"
        "- {technique: T1021, sub-technique: null}\n"
    )
    techniques, tactics = stated(path)
    assert techniques == {"attack.t1110", "attack.t1110.003", "attack.t1021"}
    assert tactics == {"attack.credential-access"}


def test_no_line_marked_as_no_match_is_a_failed_login(data: Path) -> None:
    gate = gate_fail2ban(data)
    assert (gate.misses, gate.total) == ((), 152)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_gates_of_event_log_files_hold(corpus: Corpus, data: Path) -> None:
    gates = [
        gate_compile(corpus),
        gate_regression(corpus, data),
        *gates_ordinary(corpus, data),
        gate_samples(corpus, data, keep=False),
    ]
    assert {gate.name: gate.misses for gate in gates if not gate.holds} == {}
