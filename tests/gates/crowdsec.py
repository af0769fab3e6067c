"""CrowdSec's scenario tests: for the services that our rules claim, our alerts name the sources that it names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from correlator.compiler.ruleset import RuleSet, compile_folders
from khien.alert import EntityKind
from khien.app.replay import ReplayOptions, replaying
from khien.app.resources import folder as resource
from khien.errors import KhienError
from tests.gates.gate import Gate

_HERE = Path(__file__).parent
_SOURCE = re.compile(r'Overflow\.Sources\["([^"]+)"\]\.GetScope\(\) == "Ip"')
_YEAR = re.compile(r'GetMeta\("timestamp"\) == "(\d{4})-')


@dataclass(frozen=True, slots=True)
class Case:
    """One test: its log, the sources it must name, the parsers and the scenarios it is about."""

    name: str
    log: Path
    sources: frozenset[str]
    parsers: frozenset[str]
    year: int | None


def gate_crowdsec(data: Path) -> Gate:
    """Every test that expects something, by whether we claim its service; the bound is all of those that we claim."""
    claimed = frozenset(yaml.safe_load((_HERE / "crowdsec.yaml").read_text("utf-8"))["claimed"])
    cases = [case for path in sorted((data / "logs" / "crowdsec").iterdir()) if (case := _case(path)) is not None]
    ours = [case for case in cases if case.parsers & claimed]
    rules = compile_folders([resource("rules")])
    misses = [f"{case.name}: {why}" for case in ours if (why := _missing(case, rules))]
    others = Counter(parser for case in cases if case not in ours for parser in case.parsers)
    return Gate(
        name="logs/crowdsec",
        says="scenario tests of claimed services in which our alerts name every asserted source",
        figure=len(ours) - len(misses),
        total=len(ours),
        bound=len(ours),
        misses=tuple(misses),
        found={"tests with an asserted source": len(cases), "claimed": sorted(claimed), "not claimed": dict(others.most_common())},
    )


def _case(path: Path) -> Case | None:
    """None for a test that asserts no source."""
    asserted = path / "scenario.assert"
    if not asserted.is_file():
        return None
    text = asserted.read_text("utf-8")
    sources = frozenset(_SOURCE.findall(text))
    if not sources:
        return None
    config = yaml.safe_load((path / "config.yaml").read_text("utf-8"))
    parsers = frozenset(str(name).rpartition("/")[2].removesuffix(".yaml") for name in config.get("parsers") or ())
    year = _YEAR.search(text)
    return Case(path.name, path / config["log_file"], sources, parsers, int(year[1]) if year else None)


def _missing(case: Case, rules: RuleSet) -> str:
    """Why the test is not met; empty when it is."""
    options = ReplayOptions(rules=rules, year=case.year, utc_offset_minutes=0)
    try:
        with replaying([case.log], options=options) as (result, _):
            named = {entity.value for alert in result.alerts for entity in alert.entities if entity.kind is EntityKind.IP}
            missing = sorted(case.sources - named)
            if not missing:
                return ""
            rejected = sum(sum(account.rejected.values()) for account in result.files)
            return f"no alert names {', '.join(missing)} ({result.event_count} events, {rejected} lines rejected)"
    except KhienError as error:
        return f"{error.code}: {error}"
