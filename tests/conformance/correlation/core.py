"""What Khiên's own correlation core says of a vector: rules compiled, events matched, promises kept, as the correlator does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from khien_engine import detect

from correlator.checkpoint import Checkpoint
from correlator.compiler.documents import parse_documents
from correlator.compiler.rejection import Reason
from correlator.compiler.ruleset import RuleSet, compile_documents
from correlator.correlation.domain import MAIN, Domain
from correlator.correlation.lane import BEGINNING
from correlator.correlation.watch import Watches
from correlator.retired import retired_set
from khien.alert import Alert
from khien.clock import format_utc
from khien.delivery import END
from khien.fold import normal
from khien.ids import AlertId, EventId
from tests.conformance.correlation.runner import STREAM
from tests.conformance.correlation.vector import START_US, Expected, Vector


class Unsupported(Exception):  # noqa: N818 - no error: the core says what it cannot do
    """The core refuses the vector's rules."""


def by_core(vector: Vector, *, kills: Sequence[int] = (), folder: Path | None = None) -> list[Expected]:
    """The alerts at the end. Raises `Unsupported` when a rule was refused.

    `kills`: the steps after which all is lost but what the checkpoint in `folder` has.
    """
    if vector.then:
        with TemporaryDirectory() as scratch:
            after = rules_of(replace(vector, rules=vector.rules_after))
            at = vector.arrival.index("change")
            changed, _ = over_change(vector, after, at=at, folder=Path(scratch) / "change")
            return sorted((expected_of(alert, names_of(vector)) for alert in changed), key=lambda one: one.key)
    found = alerts_of(vector, "live" if vector.is_live else f"import:{STREAM}", kills=kills, folder=folder)
    return sorted((expected_of(alert, names_of(vector)) for alert in found), key=lambda one: one.key)


def names_of(vector: Vector) -> list[str]:
    """The ids of its events."""
    return [f"{STREAM}-1-{event['id']}" for event in vector.events]


def rules_of(vector: Vector) -> RuleSet:
    """The vector's rules, compiled. Raises `Unsupported`."""
    rules = compile_documents(parse_documents(vector.rules, shown_as="vector.yml"))
    if rules.rejections:
        assert {entry.reason for entry in rules.rejections} == {Reason.FEATURE_UNSUPPORTED}, str(rules.rejections[0])
        raise Unsupported(str(rules.rejections[0]))
    return rules


def alerts_of(vector: Vector, dataset: str, *, kills: Sequence[int] = (), folder: Path | None = None) -> list[Alert]:
    """The same as alerts. Raises `Unsupported`."""
    rules = rules_of(vector)
    run = _Run(dataset, Watches(rules.plan), detect.Ruleset(rules.ir))
    for number, (kind, value) in enumerate(vector.steps()):
        run.step(kind, value)
        if number in kills and folder is not None:
            run.restart(folder)
    return run.alerts()


class InBatches:
    """Rules compiled once, for many arrivals of one stream, whose events come together as many as somebody says."""

    def __init__(self, vector: Vector) -> None:
        rules = rules_of(vector)
        self._watches, self._ruleset = Watches(rules.plan), detect.Ruleset(rules.ir)

    def judge(self, vector: Vector, *, size: Callable[[], int]) -> list[Expected]:
        """The alerts at the end; `size` is asked before each batch."""
        run = _Run(f"import:{STREAM}", self._watches, self._ruleset)
        batch: list[dict[str, Any]] = []
        most = size()
        for kind, value in vector.steps():
            if kind == "event":
                batch.append(value)
            if batch and (kind != "event" or len(batch) >= most):
                run.together(batch)
                batch, most = [], size()
            if kind != "event":
                run.step(kind, value)
        run.together(batch)
        return sorted((expected_of(alert, names_of(vector)) for alert in run.alerts()), key=lambda one: one.key)


def over_change(vector: Vector, rules: RuleSet, *, at: int, folder: Path) -> tuple[list[Alert], int | None]:
    """The alerts when these rules come into force before the step `at`, and the watermark at that moment."""
    old = rules_of(vector)
    run = _Run(f"import:{STREAM}", Watches(old.plan), detect.Ruleset(old.ir))
    changed_us = None
    for number, (kind, value) in enumerate(vector.steps()):
        if number == at:
            changed_us = run.change(old, rules, folder)
        run.step(kind, value)
    assert not run.retiring
    return run.alerts(), changed_us


class _Run:
    def __init__(self, dataset: str, watches: Watches, ruleset: detect.Ruleset) -> None:
        self._watches = watches
        self._domain = Domain(dataset, watches)
        self._ruleset = ruleset
        self._clock_us = START_US
        self._delivered: set[int] = set()
        self._sources: set[str] = set()
        self._found: dict[str, Alert] = {}

    def step(self, kind: str, value: Any) -> None:
        """One step of a vector."""
        if kind == "clock":
            self._clock_us = START_US + value
            self._domain.look(now_us=self._clock_us)
        elif kind == "event" and value["id"] not in self._delivered:
            self._delivered.add(value["id"])
            self._observe(value)
        elif kind == "promise":
            for source, promise in value.items():
                self._promise(source, START_US + promise)
        elif kind == "end":
            for source in sorted(self._sources or {"s"}):
                self._promise(source, END)
        self._found |= {alert.id: alert for alert in self._domain.take_alerts()}

    def together(self, events: Sequence[dict[str, Any]]) -> None:
        """Events in one batch; what was delivered before is not again."""
        lines: list[bytes] = []
        for event in events:
            if event["id"] not in self._delivered:
                self._delivered.add(event["id"])
                lines.append(framed(event))
        joined = b"".join(lines)
        hits = self._ruleset.scan(joined)
        if hits:
            self._domain.observe(joined, hits, ingested_us=self._clock_us)

    def restart(self, folder: Path) -> None:
        """Everything goes through the file, and only that comes back."""
        folder.mkdir(exist_ok=True)
        checkpoint = Checkpoint(folder / "checkpoint.db")
        checkpoint.commit_detection(1, [self._domain])
        checkpoint.close()
        checkpoint = Checkpoint(folder / "checkpoint.db")
        domains = checkpoint.load_domains(self._watches, scan=self._ruleset.scan, make=lambda name: Domain(name, self._watches))
        checkpoint.close()
        # A finished dataset is forgotten.
        self._domain = domains.get(self._domain.dataset) or Domain(self._domain.dataset, self._watches)

    def change(self, old: RuleSet, new: RuleSet, folder: Path) -> int | None:
        """Other rules from here on, as the correlator takes them; the watermark, if there is one."""
        folder.mkdir()
        checkpoint = Checkpoint(folder / "checkpoint.db")
        assert checkpoint.change_rules(old.plan) == []
        checkpoint.commit_detection(1, [self._domain])
        retired = retired_set(checkpoint.change_rules(new.plan), new.plan, new.ir)
        self._watches, self._ruleset = Watches(new.plan, retired=retired), detect.Ruleset(retired.ir)
        domains = checkpoint.load_domains(self._watches, scan=self._ruleset.scan, make=lambda name: Domain(name, self._watches))
        checkpoint.close()
        self._domain = domains.get(self._domain.dataset) or Domain(self._domain.dataset, self._watches)
        watermark_us = self._domain.lane(MAIN).watermark_us
        return watermark_us if watermark_us > BEGINNING else None

    @property
    def retiring(self) -> list[str]:
        """Older versions that have not ended."""
        return [name for lane in self._domain.lanes.values() for name in lane.native.retiring()]

    def alerts(self) -> list[Alert]:
        """As they are now."""
        return list(self._found.values())

    def _observe(self, event: dict[str, Any]) -> None:
        line = framed(event)
        hits = self._ruleset.scan(line)
        if hits:
            self._domain.observe(line, hits, ingested_us=self._clock_us)

    def _promise(self, source: str, promise_us: int) -> None:
        self._sources.add(source)
        key = (STREAM, 1, source)
        self._domain.promise(key, promise_us=promise_us, now_us=self._clock_us, ingested_us=self._clock_us)


def framed(event: dict[str, Any]) -> bytes:
    """The event as a stamped line."""
    name = f"{STREAM}-1-{event['id']}"
    body: dict[str, Any] = {"@timestamp": format_utc(START_US + event["at"]), "event": {"id": name, "dataset": "host.auth"}}
    for field, value in event.items():
        if field not in {"id", "at"}:
            *parents, leaf = field.split(".")
            place = body
            for parent in parents:
                place = place.setdefault(parent, {})
            place[leaf] = value
    return orjson.dumps({**body, "khien": {"schema": 1, "sensor": STREAM}}) + b"\n"


def expected_of(alert: Alert, events: Sequence[str] = ()) -> Expected:
    """As a vector writes it; `events`: the ids of others that may have fired it."""
    return Expected(
        rule=alert.rule.name,
        group=dict(zip(alert.group.fields, alert.group.values, strict=True)),
        start=alert.window.start_us - START_US,
        end=alert.window.end_us - START_US,
        fired_by=_fired_by(alert, events),
        last=alert.last_us - START_US,
        hits=alert.hits,
        event_count=alert.event_count,
        events=tuple(EventId.parse(event_id).seq for event_id in alert.event_ids),
        observed=str(alert.explanation.observed),
    )


def _fired_by(alert: Alert, events: Sequence[str]) -> int | None:
    """The firing event is proved by the id, which is a hash over it."""
    group = [(field, normal(value)) for field, value in zip(alert.group.fields, alert.group.values, strict=True)]
    for name in ("", *alert.event_ids, *events):
        made = AlertId.of(
            rule_id=alert.rule.id,
            rule_version=alert.rule.version,
            dataset=alert.dataset,
            group=group,
            window_start_us=alert.window.start_us,
            first_event_id=name,
        )
        if made == alert.id:
            return EventId.parse(name).seq if name else None
    message = f"{alert.rule.name}: the id is of none of its events"
    raise AssertionError(message)
