"""The summary of a capture for a terminal: hostile text made inert, numbers grouped as the language does."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from khien.app.alert_table import inert
from khien.capture import Account
from khien.capture.summary import Load, Summary
from khien.clock import format_city
from khien.language import Language, say
from khien.schema.anomaly import load_anomalies

_PIPE_COLUMNS = 160
_MICROSECONDS = 1_000_000
_KILO = 1_024
_LONGEST_NAME = 60
_HASH_SHOWN = 16


def print_summary(
    summary: Summary,
    account: Account,
    *,
    path: str,
    language: Language,
    is_unchecked: bool = False,
    console: Console | None = None,
) -> None:
    """Print every part that has something to say to standard output; `is_unchecked`: nobody asked for checksums."""
    console = console or Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_COLUMNS)
    _Printer(console, language, is_unchecked=is_unchecked).all(summary, account, path)


class _Printer:
    def __init__(self, console: Console, language: Language, *, is_unchecked: bool) -> None:
        self._console = console
        self._is_unchecked = is_unchecked
        self._language = language

    def all(self, summary: Summary, account: Account, path: str) -> None:
        if account.read == 0:
            self._line(self._say("read.empty", path=path))
        else:
            self._title(account, path)
        self._protocols(summary)
        self._hosts(summary)
        self._flows(summary, account)
        self._files(summary)
        self._anomalies(account)
        self._not_understood(summary, account)

    def _title(self, account: Account, path: str) -> None:
        first, last = account.first_us or 0, account.last_us or 0
        seconds = self._decimal((last - first) / _MICROSECONDS)
        size = self._size(account.wire_bytes)
        self._line(self._say("read.title", path=path, packets=account.read, bytes=size, flows=account.flows, seconds=seconds))
        self._line(self._say("read.span", first=format_city(first), last=format_city(last)))

    def _protocols(self, summary: Summary) -> None:
        self._loads("read.protocols", "column.protocol", summary.protocols.largest(most=40))

    def _hosts(self, summary: Summary) -> None:
        self._loads("read.hosts", "column.host", summary.hosts.largest(), count=len(summary.hosts))

    def _loads(self, title: str, column: str, loads: list[tuple[str, Load]], **values: int) -> None:
        table = self._table(column, "column.flows", "column.packets", "column.bytes", numbers=3)
        for name, load in loads:
            table.add_row(self._text(name), self._number(load.flows), self._number(load.packets), self._size(load.bytes))
        self._section(title, table, **values)

    def _flows(self, summary: Summary, account: Account) -> None:
        table = self._table("column.from_to", "column.protocol", "column.state", "column.packets", "column.bytes", numbers=2)
        for row in summary.flows.rows():
            table.add_row(
                self._text(f"{row['source']} → {row['destination']}"),
                self._text(row["protocol"]),
                self._say(f"state.{row['state']}"),
                self._number(row["packets"]),
                self._size(row["bytes"]),
            )
        self._section("read.flows", table, count=account.flows)

    def _files(self, summary: Summary) -> None:
        table = self._table(
            "column.file", "column.type", "column.from_to", "column.sha256", "column.count", "column.bytes", numbers=2
        )
        for row in summary.files.rows():
            table.add_row(
                self._text(row["name"] or "–"),
                self._text(row["type"]),
                self._text(f"{row['from']} → {row['to']}"),
                row["sha256"][:_HASH_SHOWN] or "–",
                self._number(row["times"]),
                self._size(row["bytes"]),
            )
        self._section("read.files", table, count=summary.files.total)

    def _anomalies(self, account: Account) -> None:
        table = self._table("column.count", "column.anomaly", numbers=0)
        texts = load_anomalies()
        for name, count in sorted(account.anomalies.items(), key=lambda item: (-item[1], item[0])):
            table.add_row(self._number(count), f"{name} · {escape(texts[name].description[self._language])}")
        self._section("read.anomalies", table)

    def _not_understood(self, summary: Summary, account: Account) -> None:
        lines = list(self._reasons(summary, account))
        self._line(f"\n[bold]{self._say('read.not_understood')}[/]")
        for line in lines or [self._say("read.understood")]:
            self._line(f"  {line}")

    def _reasons(self, summary: Summary, account: Account) -> list[str]:
        said: list[str] = []
        if account.damage is not None:
            said.append(self._say("read.damaged", offset=account.damage_offset or 0, reason=account.damage))
        if account.undecoded:
            said.append(self._say("read.undecoded", count=sum(account.undecoded.values()), reasons=_counts(account.undecoded)))
        unrecognised = summary.unrecognised.largest(most=5)
        if unrecognised:
            flows = sum(load.flows for _, load in summary.unrecognised.largest(most=len(summary.unrecognised)))
            names = ", ".join(f"{name} ({load.flows})" for name, load in unrecognised)
            said.append(self._say("read.unrecognised", count=flows + summary.unrecognised.others.flows, names=names))
        if account.missed_bytes:
            said.append(self._say("read.missed", count=account.missed_bytes))
        if account.checksums_bad:
            said.append(self._say("read.bad_checksums", count=account.checksums_bad))
        if not account.checksums_on:
            said.append(self._say("read.unchecked_by_option" if self._is_unchecked else "read.unchecked"))
        if account.checksum_hosts_left:
            said.append(self._say("read.hosts_unchecked", count=account.checksum_hosts_left))
        if summary.evicted_flows:
            said.append(self._say("read.evicted", count=summary.evicted_flows))
        if account.limits:
            said.append(self._say("read.limits", names=_counts(account.limits)))
        return said

    def _section(self, title: str, table: Table, **values: int) -> None:
        if table.row_count:
            self._line(f"\n[bold]{self._say(title, **values)}[/]")
            self._console.print(table)

    def _table(self, *columns: str, numbers: int) -> Table:
        """A table whose last `numbers` columns are right-aligned."""
        table = Table(box=None, pad_edge=True, header_style="dim", expand=False)
        for place, column in enumerate(columns):
            is_number = place >= len(columns) - numbers
            table.add_column(self._say(column), justify="right" if is_number else "left", overflow="fold")
        return table

    def _say(self, key: str, **values: str | float) -> str:
        safe = {name: escape(inert(value)) if isinstance(value, str) else value for name, value in values.items()}
        return say(key, self._language, **safe)

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _text(self, value: str) -> str:
        shown = inert(value)
        return escape(shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…")

    def _number(self, value: int) -> str:
        return say("read.number", self._language, value=value)

    def _size(self, value: int) -> str:
        """In words: 1,234 B · 12.3 KiB · 4.5 MiB."""
        if value < 10 * _KILO:
            return f"{self._number(value)} B"
        size, unit = value / _KILO, "KiB"
        for larger in ("MiB", "GiB", "TiB"):
            if size < _KILO:
                break
            size, unit = size / _KILO, larger
        return f"{self._decimal(size)} {unit}"

    def _decimal(self, value: float) -> str:
        text = f"{value:,.1f}"
        return text.translate(str.maketrans(",.", ".,")) if self._language == "vi" else text


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
