"""The pytest plug-in: collects `<rule>.test.yml`, and gives tests in Python the fixtures to match, correlate and replay.

A rule beside which no cases stand fails, as it does for `khien rules test`.

Loaded by every pytest run on a machine that has Khiên, so it imports nothing of Khiên before a case or a fixture asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from khien.testing.cases import CaseFileCollector, RuleBenches, RuleFileCollector
    from khien.testing.fixtures import AlertsOf, MatchRule, ReplayFiles

_ENDING = ".test.yml"
_RULE_ENDINGS = (".yml", ".yaml")
#: The top of a pack, or the site's own settings.
_TOPS = ("site.yml", "pack.json")
#: What Sigma's documents have at their left edge; other YAML files are nobody's business here.
_RULE = re.compile(rb"^(detection|correlation):", re.MULTILINE)
_MOST_READ = 2 << 20
_KNOWN = pytest.StashKey[dict[Path, bool]]()


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


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFileCollector | RuleFileCollector | None:
    """Files of cases beside a rule, and rules that have none; another tool's `.test.yml` is left alone."""
    if file_path.name.endswith(_ENDING):
        return _cases(file_path, parent)
    if file_path.suffix not in _RULE_ENDINGS or not file_path.is_file() or file_path.name in _TOPS:
        return None
    cases = file_path.with_name(f"{file_path.stem}{_ENDING}")
    # Given by name, a rule stands for its cases; below a folder they are collected themselves.
    if cases.is_file() and not (parent.session.isinitpath(file_path) and file_path.suffix == ".yml"):
        return None
    if not _is_rule(file_path) or not _is_among_rules(file_path, parent):
        return None
    from khien.testing.cases import RuleFileCollector  # noqa: PLC0415 - see above

    without: RuleFileCollector = RuleFileCollector.from_parent(parent, path=file_path)
    return without


def _cases(file_path: Path, parent: pytest.Collector) -> CaseFileCollector | None:
    if not file_path.with_name(file_path.name.removesuffix(_ENDING) + ".yml").is_file():
        return None
    from khien.testing.cases import CaseFileCollector  # noqa: PLC0415 - see above

    collector: CaseFileCollector = CaseFileCollector.from_parent(parent, path=file_path)
    return collector


def _is_rule(file_path: Path) -> bool:
    with file_path.open("rb") as file:
        return _RULE.search(file.read(_MOST_READ)) is not None


def _is_among_rules(file_path: Path, parent: pytest.Collector) -> bool:
    """Whether the rules here are under test: given by name, by the configuration, or in a folder that is one of rules.

    The folder is the one given to pytest, or that below the place of the call. It is one of rules when cases stand in it, a
    `site.yml` or an imported pack's record does, or when it holds no Python: a project's own fixtures are no rules of a city.
    """
    config = parent.config
    if parent.session.isinitpath(file_path):
        return True
    configured: list[Path] = config.getini("khien_rules")
    if any(file_path.is_relative_to(folder) for folder in configured):
        return True
    here = config.invocation_params.dir.resolve()
    given = [(here / str(one).partition("::")[0]).resolve() for one in config.args]
    holding = [folder for folder in given if folder != here and folder.is_dir() and file_path.is_relative_to(folder)]
    if holding:
        top = max(holding, key=lambda folder: len(folder.parts))
    elif file_path.is_relative_to(here):
        top = here / file_path.relative_to(here).parts[0]
    else:
        return False
    known = config.stash.setdefault(_KNOWN, {})
    if top not in known:
        known[top] = top.is_dir() and _is_rule_folder(top)
    return known[top]


def _is_rule_folder(top: Path) -> bool:
    if any((top / name).is_file() for name in _TOPS):
        return True
    has_cases = any(one.with_name(one.name.removesuffix(_ENDING) + ".yml").is_file() for one in top.rglob(f"*{_ENDING}"))
    return has_cases or next(top.rglob("*.py"), None) is None


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
