"""fail2ban's log lines: none that is marked as no match is a failed log-in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
from khien_engine.logs import LogParser, formats

from tests.gates.gate import Gate

_ANSWER = re.compile(rb"#\s*failJSON:\s*(\{.*\})")


def gate_fail2ban(data: Path) -> Gate:
    """Every format is tried on every line, so that no choice of format hides a wrong match."""
    parsers = {name: LogParser(name, source="gate", year=2005, utc_offset_minutes=0) for name in formats()}
    wrong: list[str] = []
    count = parsed = failures = matches = 0
    for path in sorted(path for path in (data / "logs" / "fail2ban").rglob("*") if path.is_file()):
        for line, is_match in _marked(path):
            verdicts = [_is_failed_login(parser, line) for parser in parsers.values()]
            count += not is_match
            matches += is_match
            parsed += any(verdict is not None for verdict in verdicts)
            failures += is_match and any(verdicts)
            if not is_match and any(verdicts):
                wrong.append(f"{path.name}: {line.decode('utf-8', 'replace')[:200]}")
    return Gate(
        name="logs/fail2ban",
        says="lines marked `match: false` that are read as a failed log-in",
        figure=len(wrong),
        total=count,
        bound=0,
        better="fewer",
        misses=tuple(wrong),
        found={"lines that a format reads": parsed, "of `match: true` lines a failed log-in": f"{failures} of {matches}"},
    )


def _marked(path: Path) -> Iterator[tuple[bytes, bool]]:
    answer: bool | None = None
    for line in path.read_bytes().split(b"\n"):
        if found := _ANSWER.match(line):
            answer = json.loads(found[1])["match"]
        elif answer is not None and line.strip() and not line.startswith(b"#"):
            yield line, answer
            answer = None


def _is_failed_login(parser: LogParser, line: bytes) -> bool | None:
    """None when the format does not read the line."""
    lines = parser.parse(line + b"\n").lines + parser.finish().lines
    if not lines:
        return None
    events = [orjson.loads(row)["event"] for row in lines.splitlines()]
    return any(event.get("outcome") == "failure" and "authentication" in event.get("category", ()) for event in events)
