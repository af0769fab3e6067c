"""Alerts as a table for a terminal: oldest first, hostile text made inert, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from khien.alert import Alert, EntityRole
from khien.app.console import OutputConsole
from khien.clock import format_city
from khien.language import Language, say

#: Severity is a mark and a word, never a colour alone.
_MARKS = {"low": "○", "medium": "◑", "high": "●", "critical": "◆"}
_STYLES = {"low": "dim", "medium": "yellow", "high": "red", "critical": "bold red"}
_MOST_NAMES = 2
_LONGEST_NAME = 40


def print_table(alerts: Sequence[Alert], *, language: Language, console: Console | None = None) -> None:
    """Print alerts to standard output."""
    console = console or OutputConsole()
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for column in ("time", "severity", "title", "entities"):
        table.add_column(say(f"column.{column}", language), overflow="fold")
    table.add_column(say("column.hits", language), justify="right")
    for alert in alerts:
        level = alert.rule.level.value
        table.add_row(
            format_city(alert.first_us),
            f"[{_STYLES[level]}]{_MARKS[level]} {say(f'severity.{level}', language)}[/]",
            escape(inert(alert.rule.title.get(language) or alert.rule.title["en"])),
            escape(inert(who_to_whom(alert))),
            str(alert.hits),
        )
    console.print(table)


def who_to_whom(alert: Alert) -> str:
    """`192.0.2.200 → 10.10.10.10, cong-tt`; a few names of each side, and how many more."""
    sources = [entity.value for entity in alert.entities if entity.role is EntityRole.SOURCE]
    targets = [entity.value for entity in alert.entities if entity.role is not EntityRole.SOURCE]
    sides = [_some(side) for side in (sources, targets) if side]
    return " → ".join(sides) if sides else ", ".join(alert.group.values)


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(_cut(value) for value in values[:_MOST_NAMES])
    return f"{shown} +{len(values) - _MOST_NAMES}" if len(values) > _MOST_NAMES else shown


def _cut(value: str) -> str:
    """Long names keep both ends: the end of a domain says whose it is."""
    half = _LONGEST_NAME // 2
    return value if len(value) <= _LONGEST_NAME else f"{value[: half - 1]}…{value[-half:]}"


def inert(text: str) -> str:
    """Control, direction and zero-width characters as escapes: an attacker writes this text."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)
