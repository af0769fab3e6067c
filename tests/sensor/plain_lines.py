"""A log format for tests, in Python: every line is an event with its text, `bad …` is rejected, `t=<µs>` sets the time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson

from khien.clock import format_utc

START_US = 1_794_276_000_000_000  # 2026-11-10 02:00:00 UTC
_TIME = re.compile(r"t=(\d+)")


@dataclass(frozen=True, slots=True)
class PlainBatch:
    lines: bytes
    count: int
    last_time_us: int | None
    rejected: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class PlainParser:
    source: str

    def parse(self, lines: bytes) -> PlainBatch:
        rows = lines.split(b"\n")[:-1]
        events: list[bytes] = []
        rejected: list[tuple[int, str]] = []
        last_time_us: int | None = None
        for number, row in enumerate(rows):
            if row.startswith(b"bad"):
                rejected.append((number, "parse_plain"))
                continue
            text = row.decode("utf-8", "backslashreplace")
            found = _TIME.search(text)
            time_us = int(found[1]) if found else START_US
            last_time_us = max(time_us, last_time_us or time_us)
            events.append(plain_event(text, source=self.source, time_us=time_us))
        return PlainBatch(b"".join(events), len(events), last_time_us, rejected)

    def finish(self) -> PlainBatch:
        """Nothing is held back."""
        return PlainBatch(b"", 0, None, [])


def plain_event(text: str, *, source: str = "s", time_us: int = START_US) -> bytes:
    """One line in the contract's frame."""
    document = {
        "@timestamp": format_utc(time_us),
        "event": {"kind": "event"},
        "message": text,
        "khien": {"schema": 1, "source": source},
    }
    return orjson.dumps(document) + b"\n"


def messages(lines: list[bytes]) -> list[str]:
    """The texts of events, in order."""
    return [orjson.loads(line)["message"] for line in lines]
