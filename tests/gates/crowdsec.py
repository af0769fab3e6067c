"""CrowdSec's scenario tests: for the services that our readers and rules claim, our alerts name the sources that it names.

A claimed test counts when every source is named, and only then. One that we do not meet on purpose is excused in `crowdsec.yaml`:
with proof, where our threshold is higher and the rule that counts has met an event of every source (the line is read, its fields
are there); by words alone, where no rule of ours fits. What is neither named nor excused fails the second gate. An excuse is for
the sources that were missing when it was written (`missing`, a digest of them): another that goes missing fails the gate too.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import orjson
import yaml
from khien_engine.detect import Ruleset
from khien_engine.logs import EventFile, LogParser, detect_format, probe_event_file

from correlator.compiler.ruleset import RuleSet, compile_folders
from khien.alert import EntityKind
from khien.app.replay import ReplayOptions, replaying
from khien.app.resources import folder as resource
from khien.errors import KhienError
from tests.gates.gate import Gate

_HERE = Path(__file__).parent
_SOURCE = re.compile(r'Overflow\.Sources\["([^"]+)"\]\.GetScope\(\) == "Ip"')
_YEAR = re.compile(r'GetMeta\("timestamp"\) == "(\d{4})-')
#: Parsers that every test names, or that only enrich.
_COMMON = frozenset({"syslog-logs", "dateparse-enrich", "http-logs", "geoip-enrich", "cri-logs", "docker-logs", "windows-logs"})


@dataclass(frozen=True, slots=True)
class Case:
    """One test: its log, the sources it must name, the parsers it is about."""

    name: str
    log: Path
    sources: frozenset[str]
    parsers: frozenset[str]
    year: int | None


def gates_crowdsec(data: Path) -> Iterator[Gate]:
    """Every test that expects something, by whether we claim its service: those named, and those neither named nor excused."""
    stated = yaml.safe_load((_HERE / "crowdsec.yaml").read_text("utf-8"))
    claimed: Mapping[str, str] = stated["claimed"]
    explained: Mapping[str, Mapping[str, str]] = stated["explained"]
    reasons: Mapping[str, str] = stated["not claimed"]
    cases = [case for path in sorted((data / "logs" / "crowdsec").iterdir()) if (case := _case(path)) is not None]
    ours = [case for case in cases if case.parsers & claimed.keys()]
    rules = compile_folders([resource("rules")])
    named: list[str] = []
    proven: dict[str, str] = {}
    worded: dict[str, str] = {}
    misses: list[str] = []
    for case in ours:
        missing, why = _missing(case, rules)
        if not why:
            named.append(case.name)
            if case.name in explained:
                misses.append(f"{case.name}: named, yet explained as if it were not")
        elif (explanation := explained.get(case.name)) is None:
            misses.append(f"{case.name}: {why}")
        elif explanation.get("missing") != (left := digest_of(missing)):
            misses.append(f"{case.name}: excused for other sources than those that no alert names now (missing: {left})")
        elif "rule" in explanation and (unmet := missing - _met(case, rules, explanation["rule"])):
            misses.append(
                f"{case.name}: explained by a threshold, but `{explanation['rule']}` met no event of {', '.join(sorted(unmet))}"
            )
        else:
            (proven if "rule" in explanation else worded)[case.name] = explanation["because"]
    others = sorted({parser for case in cases if case not in ours for parser in case.parsers} - _COMMON)
    misses.extend(f"{parser}: neither claimed nor said why not" for parser in others if parser not in reasons)
    misses.extend(f"{name}: explained, but no such claimed test" for name in explained.keys() - {case.name for case in ours})
    yield Gate(
        name="logs/crowdsec: named",
        says=(
            f"tests of claimed services of which our alerts name every asserted source; excused: {len(proven)} with proof "
            f"(our rule met each source, below its threshold), {len(worded)} by words only"
        ),
        figure=len(named),
        total=len(ours),
        bound=len(ours),
        misses=(
            *(f"{name}: excused with proof: {why}" for name, why in proven.items()),
            *(f"{name}: excused by words only: {why}" for name, why in worded.items()),
            *misses,
        ),
        found={
            "tests with an asserted source": len(cases),
            "named": named,
            "excused with proof": proven,
            "excused by words only": worded,
            "claimed": dict(claimed),
            "not claimed": {parser: reasons.get(parser, "") for parser in others},
            "tests not claimed, by parser": dict(
                Counter(parser for case in cases if case not in ours for parser in case.parsers - _COMMON).most_common()
            ),
        },
    )
    yield Gate(
        name="logs/crowdsec: unexplained",
        says="tests and parsers neither met nor excused, or excused wrongly",
        figure=len(misses),
        total=len(ours),
        bound=0,
        better="fewer",
        misses=tuple(misses),
    )


def _case(path: Path) -> Case | None:
    """None for a test that asserts no source."""
    asserted = path / "scenario.assert"
    if not asserted.is_file():
        return None
    text = asserted.read_text("utf-8")
    sources = frozenset(map(_plain, _SOURCE.findall(text)))
    if not sources:
        return None
    config = yaml.safe_load((path / "config.yaml").read_text("utf-8"))
    parsers = frozenset(str(name).rpartition("/")[2].removesuffix(".yaml") for name in config.get("parsers") or ())
    year = _YEAR.search(text)
    return Case(path.name, path / config["log_file"], sources, parsers, int(year[1]) if year else None)


def digest_of(sources: Iterable[str]) -> str:
    """What an excuse is for: eight hex digits over the sources in order, as the addresses themselves are the data's."""
    return hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()[:8]


def _plain(address: str) -> str:
    """A mapped address is the IPv4 one, as in our events."""
    found = ip_address(address)
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)


def _missing(case: Case, rules: RuleSet) -> tuple[frozenset[str], str]:
    """The sources that no alert names, and why the test is not met; empty when it is."""
    options = ReplayOptions(rules=rules, year=case.year, utc_offset_minutes=0)
    try:
        with replaying([case.log], options=options) as (result, _):
            named = {entity.value for alert in result.alerts for entity in alert.entities if entity.kind is EntityKind.IP}
            missing = case.sources - named
            if not missing:
                return missing, ""
            rejected = sum(sum(account.rejected.values()) for account in result.files)
            return missing, f"no alert names {', '.join(sorted(missing))} ({result.event_count} events, {rejected} lines rejected)"
    except KhienError as error:
        return case.sources, f"{error.code}: {error}"


def _met(case: Case, rules: RuleSet, name: str) -> set[str]:
    """The sources of the events that meet a rule of this name, however few."""
    numbers = {rule.number for rule in rules.plan.detections if rule.rule.name == name}
    lines = b"".join(_lines(case))
    found: set[str] = set()
    for start, end, met in Ruleset(rules.ir).scan(lines):
        if numbers.intersection(met):
            event: dict[str, Any] = orjson.loads(lines[start:end])
            found.add(str(event.get("source", {}).get("ip")))
    return found


def _lines(case: Case) -> Iterator[bytes]:
    if probe_event_file(case.log) is not None:
        yield from (part.lines for part in EventFile(case.log, source=case.name))
        return
    text = case.log.read_bytes()
    form = detect_format(text[:65_536])
    if form is None:
        return
    parser = LogParser(form, source=case.name, year=case.year or 2026, utc_offset_minutes=0)
    yield parser.parse(text).lines
    yield parser.finish().lines
