"""Events and alerts made by hand for the store tests, in the frame that ingest stamps."""

from __future__ import annotations

import json
from collections.abc import Sequence

from khien.alert import Alert, AlertRule, Entity, EntityKind, EntityRole, Explanation, Group, Level, Window
from khien.clock import format_utc, parse_utc

START = parse_utc("2026-11-10T02:00:00.000000Z")
SECOND = 1_000_000


def event_line(
    seq: int,
    *,
    dataset: str = "live",
    time_us: int | None = None,
    ingested_us: int = START,
    sensor: str = "gate.one",
    members: dict[str, object] | None = None,
) -> bytes:
    """One stamped line (with newline) that is valid by the schema."""
    members = members or {"source": {"ip": f"10.0.{seq // 250 % 250}.{seq % 250 + 1}", "port": 40000 + seq % 20000}}
    event = {
        "@timestamp": format_utc(START + seq * SECOND if time_us is None else time_us),
        "event": {
            "id": f"{sensor}-1-{seq}",
            "ingested": format_utc(ingested_us),
            "kind": "event",
            "category": ["network"],
            "type": ["connection"],
            "dataset": "network.flow",
            "module": "khien",
        },
        "ecs": {"version": "8.17.0"},
        **members,
        "khien": {"schema": 1, "dataset": dataset, "sensor": sensor, "epoch": 1, "seq": seq},
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def event_lines(numbers: Sequence[int], *, dataset: str = "live") -> bytes:
    """Stamped lines of these seqs."""
    return b"".join(event_line(seq, dataset=dataset) for seq in numbers)


def made_alert(
    number: int,
    *,
    dataset: str = "live",
    hits: int = 1,
    first_us: int | None = None,
    level: Level = Level.HIGH,
    superseded_by: str | None = None,
) -> Alert:
    """An alert whose id is the number in hex."""
    first = START + number * SECOND if first_us is None else first_us
    return Alert(
        id=f"{number:032x}",
        dataset=dataset,
        rule=AlertRule(
            id=f"rule-{number % 3}",
            version="1",
            name="ssh_bruteforce",
            title={"en": "Password guessing on SSH", "vi": "Dò mật khẩu SSH"},
            description={"en": "Many failed log-ins", "vi": "Nhiều lần đăng nhập thất bại"},
            level=level,
            tags=("attack.credential_access", "attack.t1110.001"),
        ),
        severity=level.severity,
        group=Group(fields=("source.ip",), values=("203.0.113.9",)),
        window=Window(start_us=first, end_us=first + 60 * SECOND),
        first_us=first,
        last_us=first + hits * SECOND,
        hits=hits,
        event_ids=tuple(f"gate.one-1-{seq}" for seq in range(1, min(hits, 100) + 1)),
        event_count=hits,
        entities=(Entity(kind=EntityKind.IP, value=f"203.0.113.{number % 250}", role=EntityRole.SOURCE),),
        units=("so-tttt",),
        complete=True,
        explanation=Explanation(kind="event_count", condition="selection", threshold="gte 5", observed=hits),
        superseded_by=superseded_by,
    )
