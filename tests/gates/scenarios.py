"""Recorded attacks with what hosts logged and what the wire carried: one import each, all of SigmaHQ's rules and ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import yaml

from khien.alert import Alert
from khien.app.replay import ReplayOptions, replaying
from tests.gates.corpus import Corpus
from tests.gates.gate import Gate

_SCENARIOS = 22
_BY_TECHNIQUE = 15
_TOGETHER = 12
#: ATT&CK's numbers of tactics, as Sigma's tags write them.
_TACTICS = {
    "TA0043": "reconnaissance",
    "TA0042": "resource-development",
    "TA0001": "initial-access",
    "TA0002": "execution",
    "TA0003": "persistence",
    "TA0004": "privilege-escalation",
    "TA0005": "defense-evasion",
    "TA0006": "credential-access",
    "TA0007": "discovery",
    "TA0008": "lateral-movement",
    "TA0009": "collection",
    "TA0011": "command-and-control",
    "TA0010": "exfiltration",
    "TA0040": "impact",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one scenario gave."""

    name: str
    events: int
    alerts: int
    technique: tuple[str, ...]
    part: tuple[str, ...]
    tactic: tuple[str, ...]
    together: tuple[str, ...]
    has_packets: bool
    stated: tuple[str, ...]
    titles: tuple[str, ...]


def gates_scenarios(corpus: Corpus, data: Path) -> Iterator[Gate]:
    """Technique or tactic; technique or its parent; host and network evidence in one alert."""
    rules = corpus.with_ours
    results = [_run(folder, corpus) for folder in sorted((data / "scenarios").iterdir()) if (folder / "metadata.yaml").is_file()]
    found: dict[str, object] = {
        result.name: {
            "stated": result.stated,
            "events": result.events,
            "alerts": result.alerts,
            "titles": result.titles,
            "technique": result.technique,
            "a part of a technique stated whole": result.part,
            "tactic": result.tactic,
            "host and network": result.together,
        }
        for result in results
    }
    either = [result for result in results if result.technique or result.tactic]
    yield Gate(
        name="scenarios: technique or tactic",
        says=f"scenarios in which a rule of the stated technique or tactic fires ({rules.compiled} rules)",
        figure=len(either),
        total=len(results),
        bound=_SCENARIOS,
        misses=tuple(result.name for result in results if result not in either),
        found=found,
    )
    exact = [result for result in results if result.technique]
    parts = [result for result in results if result.part and not result.technique]
    yield Gate(
        name="scenarios: technique",
        says=f"scenarios with an alert of the stated technique or its parent, by the word ({len(parts)} more by a part of it)",
        figure=len(exact),
        total=len(results),
        bound=_BY_TECHNIQUE,
        misses=tuple(f"{result.name} ({', '.join(result.stated)})" for result in results if result not in exact),
        found={
            "by the word": {result.name: result.technique for result in exact},
            "only by a sub-technique of one stated whole, not counted": {result.name: result.part for result in parts},
        },
    )
    with_packets = [result for result in results if result.has_packets]
    together = [result for result in with_packets if result.together]
    yield Gate(
        name="scenarios: host and network",
        says="scenarios with packets in which one alert rests on events of a host and of the network",
        figure=len(together),
        total=len(with_packets),
        bound=_TOGETHER,
        misses=tuple(result.name for result in with_packets if result not in together),
    )


def _run(folder: Path, corpus: Corpus) -> Result:
    techniques, tactics = stated(folder / "metadata.yaml")
    with TemporaryDirectory(prefix="khien-gate-") as scratch:
        paths = sorted(unpacked(folder, Path(scratch)))
        with replaying(paths, options=ReplayOptions(rules=corpus.with_ours)) as (result, _):
            host_files = {number for number, account in enumerate(result.files, start=1) if account.path.suffix == ".json"}
            return Result(
                name=folder.name,
                events=result.event_count,
                alerts=len(result.alerts),
                technique=_titles(alert for alert in result.alerts if is_about(alert.rule.tags, techniques)),
                part=_titles(alert for alert in result.alerts if is_about_a_part(alert.rule.tags, techniques)),
                tactic=_titles(alert for alert in result.alerts if _tags(alert.rule.tags) & tactics),
                together=_titles(alert for alert in result.alerts if _is_together(alert, host_files)),
                has_packets=len(host_files) < len(result.files),
                stated=tuple(sorted(techniques)),
                titles=_titles(iter(result.alerts)),
            )


def unpacked(folder: Path, scratch: Path) -> Iterator[Path]:
    """The files of a scenario, out of their archives."""
    for archive_path in sorted(folder.glob("*.zip")):
        with ZipFile(archive_path) as archive:
            for name in archive.namelist():
                target = scratch / Path(name).name
                target.write_bytes(archive.read(name))
                yield target


def stated(path: Path) -> tuple[set[str], set[str]]:
    """The tags of the stated techniques with their parents, and of the stated tactics."""
    techniques: set[str] = set()
    tactics: set[str] = set()
    for mapping in yaml.safe_load(path.read_text("utf-8"))["attack_mappings"]:
        technique = f"attack.{str(mapping['technique']).strip().lower()}"
        techniques.add(technique)
        if mapping.get("sub-technique"):
            techniques.add(f"{technique}.{mapping['sub-technique']}")
        tactics.update(f"attack.{_TACTICS[tactic]}" for tactic in mapping.get("tactics") or () if tactic in _TACTICS)
    return techniques, tactics


def is_about(tags: Iterable[str], techniques: set[str]) -> bool:
    """Whether a rule with these tags speaks of a stated technique or of its parent, by the word; `techniques` as `stated` gives."""
    return bool(_tags(tags) & techniques)


def is_about_a_part(tags: Iterable[str], techniques: set[str]) -> bool:
    """Whether it speaks of a sub-technique where the scenario states the technique whole: said, never counted."""
    whole = {technique for technique in techniques if "." not in technique.removeprefix("attack.")}
    open_ended = tuple(f"{technique}." for technique in whole if not any(other.startswith(f"{technique}.") for other in techniques))
    return any(tag.startswith(open_ended) for tag in _tags(tags))


def _tags(tags: Iterable[str]) -> set[str]:
    """Sigma writes tactics with hyphens, older rules with underscores."""
    return {tag.lower().replace("_", "-") for tag in tags}


def _is_together(alert: Alert, host_files: set[int]) -> bool:
    """An event's id names the file of the import that it came from."""
    files = {int(event_id.rsplit("-", 2)[1]) for event_id in alert.event_ids}
    return bool(files & host_files) and bool(files - host_files)


def _titles(alerts: Iterator[Alert]) -> tuple[str, ...]:
    return tuple(sorted({f"{alert.rule.title['en']} ({alert.rule.level.value})" for alert in alerts}))
