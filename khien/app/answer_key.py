"""The comparison of alerts with an answer key (`lab/expected.yaml`): which acts were found, and what fired on ordinary traffic.

An act is found when alerts above low that carry its technique (or its parent or child) and overlap its time together name every
entry of its `must_name`: any one of the entry's fields with any one of the expected values (a packet knows the target's
address, a log its host name). The key is written from what the scenario does; nothing here may be
tuned to what the product prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from khien.alert import Alert, EntityKind, Level
from khien.clock import MICROSECONDS, parse_utc

#: A flow that nobody answered is recorded when its timeout ends (60 s for a new TCP flow), so an alert may start later.
_RECORDED_LATER_US = 70 * MICROSECONDS

_KINDS = {
    "source.ip": EntityKind.IP,
    "destination.ip": EntityKind.IP,
    "host.hostname": EntityKind.HOST,
    "user.name": EntityKind.USER,
    "tls.client.server_name": EntityKind.DOMAIN,
    "dns.question.registered_domain": EntityKind.DOMAIN,
    "url.path": EntityKind.URL,
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Window(_Part):
    id: str
    start: str = Field(alias="from")
    end: str = Field(alias="to")

    @property
    def start_us(self) -> int:
        return parse_utc(self.start)

    @property
    def end_us(self) -> int:
        return parse_utc(self.end)


class ExpectedAct(_Window):
    """An act of the key: its times, techniques, and what a detection must name."""

    title: Mapping[str, str]
    techniques: tuple[str, ...]
    must_name: tuple[Mapping[str, tuple[str, ...]], ...]


class AnswerKey(_Part):
    """The part of the key that alerts can be compared with."""

    dataset: str
    ordinary: tuple[_Window, ...]
    acts: tuple[ExpectedAct, ...]

    @classmethod
    def load(cls, path: Path) -> AnswerKey:
        """Read a key."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Found:
    """One act and the alerts that name all of it; `missing` are the entries that no alert of its time and technique names."""

    act: ExpectedAct
    alerts: tuple[Alert, ...]
    missing: tuple[str, ...]

    @property
    def is_found(self) -> bool:
        """Whether an alert names all that it must."""
        return bool(self.alerts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of the comparison."""

    acts: tuple[Found, ...]
    ordinary_above_low: tuple[Alert, ...]

    @property
    def is_as_expected(self) -> bool:
        """Every act found, nothing above low on ordinary traffic."""
        return all(act.is_found for act in self.acts) and not self.ordinary_above_low


def compare(key: AnswerKey, alerts: Sequence[Alert]) -> Comparison:
    """Compare alerts with a key."""
    serious = [alert for alert in alerts if alert.severity > Level.LOW.severity]
    acts = tuple(_judge(act, serious) for act in key.acts)
    explained = {alert.id for act in acts for alert in act.alerts}
    ordinary = tuple(
        alert
        for alert in serious
        if alert.id not in explained and any(window.start_us <= alert.first_us < window.end_us for window in key.ordinary)
    )
    return Comparison(acts=acts, ordinary_above_low=ordinary)


def _judge(act: ExpectedAct, alerts: Iterable[Alert]) -> Found:
    near = [
        alert
        for alert in alerts
        if alert.first_us < act.end_us + _RECORDED_LATER_US
        and alert.last_us >= act.start_us
        and _same_technique(alert.rule.tags, act.techniques)
    ]
    speaking = tuple(alert for alert in near if all(_answers(alert, entry) for entry in act.must_name))
    missing = tuple(" or ".join(entry) for entry in act.must_name if not any(_answers(alert, entry) for alert in near))
    return Found(act=act, alerts=speaking, missing=missing)


def _same_technique(tags: Iterable[str], techniques: Iterable[str]) -> bool:
    tagged = {tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t")}
    return any(
        one == other or one.partition(".")[0] == other or other.partition(".")[0] == one
        for one in tagged
        for other in (technique.upper() for technique in techniques)
    )


def _answers(alert: Alert, entry: Mapping[str, tuple[str, ...]]) -> bool:
    return any(_names(alert, field, values) for field, values in entry.items())


def _names(alert: Alert, field: str, values: Iterable[str]) -> bool:
    kind = _KINDS[field]
    named = [entity.value.lower() for entity in alert.entities if entity.kind is kind]
    return any(_same(kind, said, value.lower()) for said in named for value in values)


def _same(kind: EntityKind, said: str, expected: str) -> bool:
    if kind is EntityKind.DOMAIN:
        return said == expected or said.endswith(f".{expected}")
    if kind is EntityKind.URL:
        return said.partition("?")[0].endswith(expected)
    return said == expected
