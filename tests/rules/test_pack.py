"""What every shipped rule owes to the officer who gets its alert, and to the lab's answer key: it was written without looking."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES = sorted(path for path in (ROOT / "rules").rglob("*.yml") if not path.name.endswith(".test.yml") and path.name != "site.yml")
#: The ten monitored systems of the city.
SYSTEMS = frozenset(
    {
        "e-mail",
        "documents",
        "signatures",
        "portals",
        "services",
        "commune-lans",
        "meetings",
        "data-center",
        "integration",
        "directory",
    }
)


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


LOUD = [path for path in RULES if load(path)["level"] != "informational"]


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", RULES, ids=named)
def test_a_rule_is_named_as_its_file_and_speaks_both_languages(path: Path) -> None:
    rule = load(path)
    assert rule["name"] == path.stem
    assert rule["title"].strip()
    assert rule["description"].strip()
    assert rule["khien"]["title_vi"].strip()
    assert rule["khien"]["description_vi"].strip()


@pytest.mark.parametrize("path", LOUD, ids=named)
def test_an_alert_says_what_to_do_and_when_it_is_false_in_both_languages(path: Path) -> None:
    rule = load(path)
    triage = rule["khien"]["triage"]
    assert len(triage["en"]) == len(triage["vi"]) >= 1
    assert len(rule["falsepositives"]) == len(rule["khien"]["false_positives_vi"]) >= 1


@pytest.mark.parametrize("path", LOUD, ids=named)
def test_an_alert_names_the_monitored_system_and_a_technique(path: Path) -> None:
    tags = load(path)["tags"]
    systems = [tag.removeprefix("khien.") for tag in tags if tag.startswith("khien.")]
    assert systems
    assert set(systems) <= SYSTEMS
    techniques = [tag for tag in tags if re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag)]
    assert techniques or path.parent.name == "self", "only what Khiên says of itself is no attack"


@pytest.mark.parametrize("path", [path for path in LOUD if load(path)["level"] in {"high", "critical"}], ids=named)
def test_an_alert_that_wakes_somebody_names_who_and_gives_more_than_one_step(path: Path) -> None:
    rule = load(path)
    assert "source" in {entity["role"] for entity in rule["khien"]["entities"]}
    assert len(rule["khien"]["entities"]) > 1
    assert len(rule["khien"]["triage"]["vi"]) > 1


def test_no_rule_knows_the_lab() -> None:
    """Addresses, names and files of the recorded day, taken from its answer key, occur in no rule and no case."""
    key = yaml.safe_load((ROOT / "lab" / "expected.yaml").read_text(encoding="utf-8"))
    values = {
        value
        for act in key["acts"]
        for entry in act["must_name"]
        for field, values in entry.items()
        if field != "user.name" or any("@" in value for value in values)
        for value in values
    }
    values |= {act["facts"]["file_name"] for act in key["acts"] if "file_name" in act["facts"]}
    assert len(values) > 10, "the key lists fewer things than it did"
    pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(value)}(?![\w-])" for value in sorted(values - {"mail"})))
    found = [
        f"{path.name}: {match.group()}"
        for path in (ROOT / "rules").rglob("*.yml")
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
