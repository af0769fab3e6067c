"""Event log files: SigmaHQ's regression data, ordinary machines, attack samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

from khien.alert import Level
from tests.gates.corpus import Corpus
from tests.gates.events import lines_of, rejected_of
from tests.gates.gate import Gate

_HERE = Path(__file__).parent
#: `info.yml` states 1, but three records of the file match the rule.
_COUNTS = {"registry_set_change_security_zones": 3}
_REGRESSION = 124
_SAMPLES = 144
_MOST_HIGH = 5


def gate_regression(corpus: Corpus, data: Path) -> Gate:
    """Each rule fires on its event log file and on the JSON beside it, as often as stated."""
    misses: list[str] = []
    folders = sorted(path.parent for path in (data / "sigma" / "regression_data").rglob("info.yml"))
    exact = 0
    for place in folders:
        info = yaml.safe_load((place / "info.yml").read_text("utf-8"))
        rule_id = info["rule_metadata"][0]["id"]
        wanted = _COUNTS.get(place.name, info["regression_tests_info"][0].get("match_count"))
        exact += wanted is not None
        for suffix in (".evtx", ".json"):
            found = sum(_count(corpus, path, rule_id) for path in place.glob(f"*{suffix}"))
            if found != wanted if wanted is not None else found < 1:
                misses.append(f"{place.name}{suffix}: {found} matches, {wanted or 'at least 1'} wanted, rule {rule_id}")
    missed = {miss.partition(".")[0] for miss in misses}
    return Gate(
        name="sigma/regression_data",
        says="the named rule fires on EVTX and on JSON, the stated count exactly",
        figure=len(folders) - len(missed),
        total=len(folders),
        bound=_REGRESSION,
        misses=tuple(misses),
        found={"with a stated count": exact},
    )


def _count(corpus: Corpus, path: Path, rule_id: str) -> int:
    return sum(any(rule.rule.id == rule_id for rule in hit.rules) for hit in corpus.scan(lines_of(path)))


def gates_ordinary(corpus: Corpus, data: Path) -> Iterator[Gate]:
    """Ordinary machines: hardly anything above medium, each with its known cause."""
    causes: dict[str, str] = yaml.safe_load((_HERE / "ordinary.yaml").read_text("utf-8"))
    count = 0
    found: dict[Level, list[str]] = {Level.CRITICAL: [], Level.HIGH: []}
    damage: dict[str, dict[str, int]] = {}
    for path in sorted((data / "evtx" / "ordinary").glob("*.evtx")):
        lines = lines_of(path)
        count += lines.count(b"\n")
        if rejected := Counter(reason for _, reason in rejected_of(path)):
            damage[path.name] = dict(rejected)
        for hit in corpus.scan(lines):
            for rule in hit.rules:
                if rule.rule.level in found and not rule.is_silent:
                    found[rule.rule.level].append(f"{path.name}: {rule.rule.name} ({rule.rule.id})")
    for level, bound in ((Level.CRITICAL, 0), (Level.HIGH, _MOST_HIGH)):
        hits = found[level]
        unknown = [hit for hit in hits if hit.rpartition("(")[2].rstrip(")") not in causes]
        yield Gate(
            name=f"evtx/ordinary: {level.value}",
            says=f"matches of that level in {count} records",
            figure=len(hits),
            total=count,
            bound=bound,
            better="fewer",
            misses=tuple(f"without a known cause: {hit}" for hit in unknown),
            found={"matches": dict(Counter(hits)), "causes": causes, "damaged": damage},
        )


def gate_samples(corpus: Corpus, data: Path, *, keep: bool) -> Gate:
    """Files of attacks in which any rule fires; a file that once did must go on doing so."""
    folder = data / "evtx" / "attack-samples"
    files = sorted(folder.rglob("*.evtx"))
    matched = [str(path.relative_to(folder)) for path in files if any(hit.rules for hit in corpus.scan(lines_of(path)))]
    known_path = _HERE / "attack_samples.txt"
    known = known_path.read_text("utf-8").splitlines() if known_path.exists() else []
    lost = [name for name in known if name not in matched]
    if keep and not lost:
        known_path.write_text("".join(f"{name}\n" for name in matched), "utf-8")
    unmatched = sorted({str(path.relative_to(folder)) for path in files} - set(matched))
    return Gate(
        name="evtx/attack-samples",
        says="files with a match" + (f"; LOST: {', '.join(lost)}" if lost else ""),
        figure=0 if lost else len(matched),
        total=len(files),
        bound=_SAMPLES,
        misses=(*(f"lost: {name}" for name in lost), *unmatched),
    )
