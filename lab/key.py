"""The answer key: what each act is and what a detection of it must name, declared beside the act itself.

Nothing here knows the product. The recorder adds the times from its own clock and writes `expected.yaml`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.world import World

# A log line carries whole seconds, so windows are rounded to them.
_SECOND_US = 1_000_000

CAPTURE = "capture.pcapng"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Vietnamese and English."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Packets:
    """What the capture must show of an act inside its window: at least so many packets of this direction.

    `contains` are bytes that must occur in the payload of one of them; only what crosses in the clear.
    """

    source: str
    destination: str
    protocol: str
    at_least: int
    port: int | None = None
    contains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """What a host's log must show of an act inside its window: at least so many lines with all these words."""

    file: str
    words: tuple[str, ...]
    at_least: int


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the attacker does.

    Each entry of `must_name` must be named by an alert of the act: any one of its ECS fields, with any one of the
    values given, is enough (a packet knows the target's address, a log its host name).
    """

    name: str
    title: Text
    techniques: tuple[str, ...]
    must_name: tuple[Mapping[str, tuple[str, ...]], ...]
    evidence: tuple[Packets | Lines, ...]
    facts: Mapping[str, str | int | bool | tuple[str, ...]]
    perform: Callable[[World], None]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Something ordinary that looks like an act; nothing above low may come of it."""

    name: str
    title: Text
    resembles: str
    evidence: tuple[Packets | Lines, ...]
    perform: Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Window:
    """When something happened, by the recorder's clock, in microseconds since 1970 UTC."""

    name: str
    start_us: int
    end_us: int

    def as_times(self) -> dict[str, str]:
        """Whole seconds, rounded outward, in UTC: nothing of it lies outside."""
        return {"from": _utc(self.start_us // _SECOND_US), "to": _utc(-(-self.end_us // _SECOND_US))}

    def as_inner_times(self) -> dict[str, str]:
        """Whole seconds, rounded inward, in UTC: nothing else lies inside."""
        return {"from": _utc(-(-self.start_us // _SECOND_US)), "to": _utc(self.end_us // _SECOND_US)}


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _evidence(piece: Packets | Lines) -> dict[str, object]:
    if isinstance(piece, Lines):
        return {"kind": "log", "file": piece.file, "words": list(piece.words), "at_least": piece.at_least}
    found: dict[str, object] = {"kind": "packets", "file": CAPTURE}
    found |= {"source": piece.source, "destination": piece.destination, "protocol": piece.protocol}
    if piece.port is not None:
        found["port"] = piece.port
    found["at_least"] = piece.at_least
    if piece.contains:
        found["contains"] = list(piece.contains)
    return found


def answer_key(
    *, acts: list[tuple[Act, Window]], near_misses: list[tuple[NearMiss, Window]], ordinary: list[Window], whole: Window
) -> dict[str, object]:
    """The document of `expected.yaml`."""
    return {
        "schema": 1,
        "dataset": "exercise:lab",
        "recorded": whole.as_times(),
        "ordinary": [{"id": window.name, **window.as_inner_times(), "highest_severity": "low"} for window in ordinary],
        "acts": [
            {
                "id": act.name,
                "title": {"vi": act.title.vi, "en": act.title.en},
                "techniques": list(act.techniques),
                **window.as_times(),
                "must_name": [{field: list(values) for field, values in entry.items()} for entry in act.must_name],
                "facts": {name: list(value) if isinstance(value, tuple) else value for name, value in act.facts.items()},
                "evidence": [_evidence(piece) for piece in act.evidence],
            }
            for act, window in acts
        ],
        "near_misses": [
            {
                "id": near.name,
                "title": {"vi": near.title.vi, "en": near.title.en},
                "resembles": near.resembles,
                **window.as_times(),
                "evidence": [_evidence(piece) for piece in near.evidence],
            }
            for near, window in near_misses
        ],
    }
