"""The gates judge rightly; the quick ones hold in every run, those with all of SigmaHQ's rules in the slow one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gates.__main__ import fallen, main
from tests.gates.corpus import Corpus, gate_compile
from tests.gates.fail2ban import gate_fail2ban
from tests.gates.gate import Gate
from tests.gates.scenarios import is_about, is_about_a_part, stated
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


@pytest.mark.parametrize(
    ("figure", "best", "better", "worse"),
    [(145, 146, "more", 1), (146, 146, "more", 0), (147, 146, "more", 0), (3, 2, "fewer", 1), (2, 2, "fewer", 0)],
)
def test_a_figure_worse_than_the_best_is_named_although_its_bound_holds(figure: int, best: int, better: str, worse: int) -> None:
    gate = Gate(name="n", says="s", figure=figure, total=176, bound=144, better="more" if better == "more" else "fewer")
    assert len(fallen([gate], best={"n": best})) == worse
    assert not fallen([gate], best={"another": best})


def test_a_scenario_states_its_technique_with_the_parent_and_its_tactics(tmp_path: Path) -> None:
    path = tmp_path / "metadata.yaml"
    path.write_text(
        "attack_mappings:\n- {technique: T1110, sub-technique: '003', tactics: [TA0006]}\n"
        "- {technique: T1021, sub-technique: null}\n"
    )
    techniques, tactics = stated(path)
    assert techniques == {"attack.t1110", "attack.t1110.003", "attack.t1021"}
    assert tactics == {"attack.credential-access"}


@pytest.mark.parametrize(
    ("tag", "by_the_word", "a_part"),
    [
        ("attack.t1110.003", True, False),  # the sub-technique that is stated
        ("attack.t1110", True, False),  # its parent
        ("attack.t1110.001", False, False),  # a sister
        ("attack.T1021", True, False),  # stated whole
        ("attack.t1021.002", False, True),  # a part of what is stated whole
        ("attack.t10210", False, False),
        ("attack.credential-access", False, False),
    ],
)
def test_a_rule_is_about_the_stated_technique_or_its_parent_by_the_word(tag: str, *, by_the_word: bool, a_part: bool) -> None:
    techniques = {"attack.t1110", "attack.t1110.003", "attack.t1021"}
    assert is_about([tag], techniques) is by_the_word
    assert is_about_a_part([tag], techniques) is a_part


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


def test_the_folder_of_the_environment_is_the_data_and_one_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KHIEN_TEST_DATA", str(tmp_path / "elsewhere"))
    assert main([]) == 2
    assert str(tmp_path / "elsewhere") in capsys.readouterr().err
