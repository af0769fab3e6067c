"""The pytest plug-in: collects `<rule>.test.yml`, and gives tests in Python the fixtures to match, correlate and replay.

Loaded by every pytest run on a machine that has Khiên, so it imports nothing of Khiên before a case or a fixture asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from khien.testing.cases import CaseFileCollector, RuleBenches
    from khien.testing.fixtures import AlertsOf, MatchRule, ReplayFiles

_ENDING = ".test.yml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--khien-mutate`, and `khien_rules` in the configuration file."""
    group = parser.getgroup("khien", "Khiên: detection rules")
    group.addoption("--khien-mutate", action="store_true", help="break each rule on purpose; some case must notice")
    parser.addini(
        "khien_rules",
        type="paths",
        help="folders of the rules that run together (default: the folder given to pytest)",
        default=[],
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFileCollector | None:
    """Files of cases beside a rule; another tool's `.test.yml` is left alone."""
    if not file_path.name.endswith(_ENDING):
        return None
    if not file_path.with_name(file_path.name.removesuffix(_ENDING) + ".yml").is_file():
        return None
    from khien.testing.cases import CaseFileCollector  # noqa: PLC0415 - see above

    collector: CaseFileCollector = CaseFileCollector.from_parent(parent, path=file_path)
    return collector


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the benches."""
    from_stash: RuleBenches | None = getattr(config, "khien_benches", None)
    if from_stash is not None:
        from_stash.close()


@pytest.fixture
def khien_match() -> MatchRule:
    """`khien_match(rule, event)`: whether a rule (its file or text) hits an event; the answer explains itself."""
    from khien.testing.fixtures import match_rule  # noqa: PLC0415

    return match_rule


@pytest.fixture
def khien_alerts(tmp_path: Path) -> AlertsOf:
    """`khien_alerts(rules, events)`: the alerts of rules and correlations over events, through the correlator itself."""
    from khien.testing.fixtures import Alerts  # noqa: PLC0415

    return Alerts(tmp_path)


@pytest.fixture
def khien_replay(request: pytest.FixtureRequest) -> ReplayFiles:
    """`khien_replay(capture, …)`: captures and logs through sensor and rules (`khien_rules`, else the shipped ones)."""
    from khien.testing.fixtures import Replays  # noqa: PLC0415

    folders: Iterable[Path] = request.config.getini("khien_rules")
    return Replays(tuple(folders))
