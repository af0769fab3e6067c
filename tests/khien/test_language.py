"""The catalogue: complete in both languages, the same values in both, every key used and every used key there."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from correlator.compiler.rejection import Reason
from khien.errors import registry
from khien.language import LANGUAGES, catalogue, from_environment, say

ROOT = Path(__file__).resolve().parents[2]
#: Keys that are put together from a known set of words.
COMPOSED = re.compile(
    r"(contained|severity|column|state|outcome|smb|login|stopped|lint|silent|tuning_kind|difference|unconvertible)\.\w+|sensor\.run\.\w+|(rules|policy|jobs|organisation)\.\w+\.(help|about)|policy\.explain\.\w+|count\.\w+\.\w+|read\.topic_\w+"
)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_sentence_is_there_in_both_languages_with_the_same_values(key: str) -> None:
    entry = catalogue()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(text.strip() for text in entry.values())
    assert places(entry["vi"]) == places(entry["en"])


def test_every_key_is_used_and_every_used_key_exists() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "khien").rglob("*.py"))
    used = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", source)) & set(catalogue()) | {
        key for key in catalogue() if COMPOSED.fullmatch(key)
    }
    assert sorted(set(catalogue()) - used) == []
    said = set(re.findall(r'(?:say|text|tell|show)\(\s*"([a-z_]+(?:\.[a-z_]+)+)"', source))
    assert sorted(said - set(catalogue())) == []


@pytest.mark.parametrize("code", sorted(registry()))
def test_an_error_is_there_in_both_languages_with_the_same_values(code: str) -> None:
    entry = registry()[code]
    assert entry.text["vi"].strip()
    assert entry.text["en"].strip()
    assert places(entry.text["vi"]) == places(entry.text["en"])
    assert bool(entry.hint["vi"]) == bool(entry.hint["en"])
    assert not entry.text["en"].endswith(("!", "."))


def test_every_registered_code_is_raised_somewhere_and_every_raised_one_registered() -> None:
    rooms = ("khien", "sensor", "correlator", "incident_api")
    python = "\n".join(path.read_text(encoding="utf-8") for room in rooms for path in (ROOT / room).rglob("*.py"))
    rust = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine").rglob("*.rs") if "target" not in path.parts)
    mentioned = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', python + rust)) | {reason.code for reason in Reason}
    assert sorted(set(registry()) - mentioned) == []
    raised = set(re.findall(r'KhienError\(\s*"([a-z_.]+)"', python))
    assert sorted(raised - set(registry())) == []


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "vi"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "KHIEN_LANGUAGE": "vi"}, "vi"),
        ({"LANG": "fr_FR.UTF-8"}, "vi"),
    ],
)
def test_the_language_comes_from_the_environment(environment: dict[str, str], language: str) -> None:
    assert from_environment(environment) == language


def test_numbers_are_grouped_as_each_language_does() -> None:
    values = {"read": 1234567, "stored": 0, "duplicates": 0, "rejected": 0, "spooled": 0}
    assert "1,234,567" in say("replay.ledger", "en", **values)
    assert "1.234.567" in say("replay.ledger", "vi", **values)
