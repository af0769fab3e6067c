"""A refused act says in both languages which rule stood against it and what is needed, whatever guard refused it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from khien.errors import KhienError, registry

ROOT = Path(__file__).resolve().parents[3] / "incident_api"
#: The modules that decide whether a step of a declared table may be made.
GUARDING = (
    "alerts/guards.py",
    "alerts/transition.py",
    "casework/guards.py",
    "casework/transition.py",
    "duty/machines.py",
    "escalation/by_hand.py",
    "incidents/guards.py",
    "incidents/transition.py",
)
#: What is not there cannot be refused, and who asks for something that nobody may see is told that it is not there.
ABSENT = {"incident.not_found", "task.not_found", "countermeasure.not_found", "group.not_found"}


def codes(path: Path) -> set[str]:
    """Every code that the module raises or answers."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "KhienError" and call.args]
    return {str(call.args[0].value) for call in made if isinstance(call.args[0], ast.Constant)}


@pytest.mark.parametrize("module", GUARDING)
def test_everything_that_a_guard_answers_is_a_refusal(module: str) -> None:
    found = codes(ROOT / module)
    assert found, "the module answers something"
    assert {code for code in found - ABSENT if not registry()[code].refuses} == set()


def test_a_refusal_names_the_rule_and_what_is_needed_in_both_languages() -> None:
    refusals = [entry for entry in registry().values() if entry.refuses]
    assert len(refusals) > 40
    for entry in refusals:
        for language, (rule, need) in {"vi": ("Không thực hiện được: ", "Cần: "), "en": ("Not possible: ", "Needed: ")}.items():
            for text, prefix in ((entry.text[language], rule), (entry.hint[language], need)):
                words = text.removeprefix(prefix)
                assert words != text, (entry.code, language)
                assert len(words) > 5, (entry.code, language)
                assert prefix not in words, "the words of the design stand once"
                assert not words.endswith("."), entry.code


def test_whoever_is_offered_an_act_reads_both_in_one_piece() -> None:
    refused = KhienError("alert.shift_lead_needed")
    assert refused.whole("vi") == "Không thực hiện được: việc này dành cho người điều hành ca. Cần: quyền trưởng ca"
    assert refused.whole("en") == "Not possible: this is for whoever leads the shift. Needed: the right of a shift lead"
    assert KhienError("alert.not_found", object="x").whole("en") == "There is no `x`. It may belong to another unit"
