"""A comparison with another analyser for a terminal: counts by protocol and field, then examples, hostile text made inert."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from khien.app.alert_table import inert
from khien.app.console import OutputConsole
from khien.language import Language, say
from khien.second_opinion import Comparison, Difference, Example

_LONGEST_VALUE = 80
#: Reasons that we gave; anything else are tshark's own words.
_OUR_REASONS = frozenset({"late", "too_much", "nonsense", "early", "died"})


def print_comparison(compared: Comparison, *, path: str, language: Language, console: Console | None = None) -> None:
    """Print to standard output."""
    console = console or OutputConsole()
    console.print(_text(say("compare.title", language, path=path, packets=compared.packets)), soft_wrap=True)
    if not compared.differences:
        console.print(say("compare.none", language))
    else:
        console.print(_counts(compared, language))
        _print_examples(console, compared, language)
    for line in _notes(compared, language):
        console.print(_text(line), soft_wrap=True)


def _counts(compared: Comparison, language: Language) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim")
    for name in ("protocol", "field"):
        table.add_column(say(f"column.{name}", language))
    for name in ("same", "only_ours", "only_tshark"):
        table.add_column(say(f"column.{name}", language), justify="right")
    for row in compared.differences:
        counts = (say("read.number", language, value=count) for count in (row.same, row.only_ours, row.only_theirs))
        table.add_row(row.protocol, row.field, *counts)
    return table


def _print_examples(console: Console, compared: Comparison, language: Language) -> None:
    differing = [row for row in compared.differences if row.ours or row.theirs]
    if not differing:
        console.print(f"\n{say('compare.agree', language)}")
        return
    table = Table(box=None, pad_edge=True, header_style="dim")
    for name in ("protocol", "field", "side", "from_to", "value"):
        table.add_column(say(f"column.{name}", language), overflow="fold")
    table.add_column(say("column.packet", language), justify="right")
    for row in differing:
        _add_examples(table, row, language)
    console.print(f"\n[bold]{say('compare.examples', language)}[/]")
    console.print(table)


def _add_examples(table: Table, row: Difference, language: Language) -> None:
    for side, examples in (("only_ours", row.ours), ("only_tshark", row.theirs)):
        for example in examples[:1]:
            packet = say("read.number", language, value=example.packet) if example.packet else "–"
            ends, value = _text(_ends(example)), _text(_cut(example.value))
            table.add_row(row.protocol, row.field, say(f"column.{side}", language), ends, value, packet)


def _ends(example: Example) -> str:
    transport, first, first_port, second, second_port = example.key
    return f"{transport} {_end(first, first_port)} ↔ {_end(second, second_port)}"


def _end(address: str, port: int) -> str:
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _notes(compared: Comparison, language: Language) -> list[str]:
    held = [say(f"contained.{name}", language) for name, is_held in compared.held.items() if is_held]
    missing = [say(f"contained.{name}", language) for name, is_held in compared.held.items() if not is_held]
    lines = ["", say("compare.contained", language, held=", ".join(held))]
    if missing:
        lines.append(say("compare.not_contained", language, missing=", ".join(missing)))
    if compared.damage is not None:
        lines.append(say("read.damaged", language, offset=compared.damage_offset or 0, reason=compared.damage))
    if compared.stopped is not None:
        reason = say(f"stopped.{compared.stopped}", language) if compared.stopped in _OUR_REASONS else compared.stopped
        lines.append(say("compare.stopped", language, packets=compared.last_packet, reason=reason))
    if compared.bad_checksums:
        lines.append(say("compare.bad_checksums", language, count=compared.bad_checksums))
    if compared.dropped:
        lines.append(say("compare.dropped", language, count=compared.dropped))
    return lines


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"


def _text(value: str) -> str:
    return escape(inert(value))
