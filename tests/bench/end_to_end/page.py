"""What a run found, as the tables of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.detect.report import write_docs

MARKS = ("<!-- end to end: begin -->", "<!-- end to end: end -->")
_NAMES = {"single": "event → alert, seconds", "three": "third event → correlation's alert, seconds"}


def write_page(path: Path, found: Mapping[str, Any]) -> None:
    """Between the marks of the page."""
    samples = found["samples"]
    loads = [sample["load"] for sample in samples]
    minutes, per_event = found["seconds"] / 60, found["home_bytes"] / found["acknowledged"]
    said = (
        f"{found['rules']} rules and {found['correlations']} correlations, {found['rate']:,} events/s of "
        f"{found['mean_line_bytes']:,} bytes for {minutes:.0f} minutes, on a machine with a load of {min(loads):.0f} to "
        f"{max(loads):.0f}; {found['store']}. {found['acknowledged']:,} events durable at the correlator; at the end the spool "
        f"was empty after {found['drain_seconds']} s; {per_event:,.0f} bytes an event on disk."
    )
    write_docs(path, said, [_latencies(found["latency_seconds"]), _cost(samples)], marks=MARKS)


def _latencies(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| | p50 | p95 | p99 | most | lost |", "|---|---:|---:|---:|---:|---:|"]
    for row in rows:
        values = " | ".join(f"{row[name]:.2f}" for name in ("p50", "p95", "p99", "most"))
        lines.append(f"| {_NAMES[row['kind']]} | {values} | {row['missing']} of {row['sent']:,} |")
    return "\n".join(lines)


def _cost(samples: Sequence[Mapping[str, Any]]) -> str:
    """At the beginning, at each quarter, and at the end."""
    chosen = [samples[(len(samples) - 1) * quarter // 4] for quarter in range(5)]
    lines = ["| | begin | 1/4 | 1/2 | 3/4 | end |", "|---|---:|---:|---:|---:|---:|"]
    for process in samples[0]["cores"]:
        for name, key, form in (("cores", "cores", ".2f"), ("resident MiB", "resident_mib", ",.0f")):
            lines.append(f"| {process}, {name} | " + " | ".join(format(one[key][process], form) for one in chosen) + " |")
    return "\n".join(lines)
