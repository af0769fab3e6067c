"""What the packet benchmark found, as JSON, as tables, and in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.packet.mixes import Mix

BEGIN, END = "<!-- packets: begin -->", "<!-- packets: end -->"
#: Issue 4 and the packet design, section 14.
EVERYTHING_BOUND, FLOW_BOUND, BYTES_BOUND = 500_000.0, 1_500_000.0, 190.0
NFSTREAM_RATIO, TWO_CORES_RATIO, MEMORY_BOUND = 4.0, 1.8, 128.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reader on one mix: medians of its rounds, the largest peak of memory."""

    mix: str
    reader: str
    packets: int
    accounted: int | None
    packets_per_cpu_second: float
    packets_per_second: float
    megabytes_per_cpu_second: float
    cpu_seconds: float
    wall_seconds: float
    memory_mib: float
    is_slice: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that has a bound; `is_at_most` where small is good."""

    name: str
    value: float
    bound: float
    is_at_most: bool = False

    @property
    def passed(self) -> bool:
        """Whether the bound is kept."""
        return self.value <= self.bound if self.is_at_most else self.value >= self.bound


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured."""

    architecture: str
    processor: str
    cores: int
    load: float


def processor() -> str:
    """The processor's name as the kernel tells it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


def figures(rows: Sequence[Row]) -> list[Figure]:
    """The bounds of the design against the rows; a figure whose peer is missing is left out."""
    by_name = {(row.mix, row.reader): row for row in rows}
    found: list[Figure] = []
    for mix in dict.fromkeys(row.mix for row in rows):
        everything, flow = by_name[mix, "khien"], by_name[mix, "khien decode+flow"]
        found.append(Figure(f"{mix}: packets per CPU second, everything on", everything.packets_per_cpu_second, EVERYTHING_BOUND))
        found.append(Figure(f"{mix}: megabytes per CPU second", everything.megabytes_per_cpu_second, BYTES_BOUND))
        found.append(Figure(f"{mix}: packets per CPU second, decode and flows", flow.packets_per_cpu_second, FLOW_BOUND))
        found.append(Figure(f"{mix}: peak memory, MiB", everything.memory_mib, MEMORY_BOUND, is_at_most=True))
        two = by_name.get((mix, "khien 2 workers"))
        if two is not None:
            found.append(Figure(f"{mix}: two cores over one, wall", everything.wall_seconds / two.wall_seconds, TWO_CORES_RATIO))
        nfstream = by_name.get((mix, "nfstream"))
        if nfstream is not None:
            ratio = everything.packets_per_cpu_second / nfstream.packets_per_cpu_second
            found.append(Figure(f"{mix}: times nfstream", ratio, NFSTREAM_RATIO))
    return found


def document(machine: Machine, rows: Sequence[Row], found: Sequence[Figure]) -> dict[str, object]:
    """Everything for machines."""
    return {
        "machine": asdict(machine),
        "rows": [asdict(row) for row in rows],
        "figures": [{**asdict(figure), "passed": figure.passed} for figure in found],
    }


def table(rows: Sequence[Row]) -> str:
    """A row a reader, as Markdown; the last column compares everything-on with it by CPU seconds."""
    lines = [
        "| mix | reader | packets/CPU s | MB/CPU s | packets/s | peak MiB | packets accounted | the engine is |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    best = {row.mix: row.packets_per_cpu_second for row in rows if row.reader == "khien"}
    for row in rows:
        ratio = f"{best[row.mix] / row.packets_per_cpu_second:,.1f} ×" if not row.reader.startswith("khien") else "–"
        accounted = "–" if row.accounted is None else f"{row.accounted:,} of {row.packets:,}"
        name = f"{row.reader} (a slice)" if row.is_slice else row.reader
        lines.append(
            f"| {row.mix} | {name} | {row.packets_per_cpu_second:,.0f} | {row.megabytes_per_cpu_second:,.0f} "
            f"| {row.packets_per_second:,.0f} | {row.memory_mib:,.0f} | {accounted} | {ratio} |"
        )
    return "\n".join(lines)


def figures_table(found: Sequence[Figure]) -> str:
    """A row a bound, as Markdown."""
    lines = ["| figure | value | bound | |", "|---|---:|---:|---|"]
    for figure in found:
        sign = "≤" if figure.is_at_most else "≥"
        value = f"{figure.value:,.1f}" if figure.value < 1_000 else f"{figure.value:,.0f}"
        lines.append(f"| {figure.name} | {value} | {sign} {figure.bound:,.10g} | {'met' if figure.passed else 'missed'} |")
    return "\n".join(lines)


def write_docs(path: Path, machine: Machine, rows: Sequence[Row], found: Sequence[Figure], mixes: Sequence[Mix]) -> None:
    """Replace what stands between the two marks of the page."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    sizes = "; ".join(f"{mix.name}: {mix.packets:,} packets, {mix.size / (1 << 30):.2f} GiB" for mix in mixes)
    said = (
        f"{machine.processor}, {machine.cores} cores, load {machine.load:.1f} when it ended. {sizes}. "
        "Each reader alone on one core, in turn; medians of CPU seconds without the start of the process.\n\n"
    )
    path.write_text(f"{before}{BEGIN}\n{said}{table(rows)}\n\n{figures_table(found)}\n{END}{after}", encoding="utf-8")
