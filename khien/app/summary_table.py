"""The summary of a capture for a terminal: hostile text made inert, numbers grouped as the language does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from khien.app.capture_text import CaptureText
from khien.app.console import OutputConsole
from khien.app.deeds_table import DeedsTable
from khien.app.next_steps import print_next_steps
from khien.capture import Account
from khien.capture.summary import MOST_ROWS, Load, Summary
from khien.clock import format_city
from khien.language import Language

_MICROSECONDS = 1_000_000
_MOST_PROTOCOLS = 40
#: Without a terminal: what a person's window and a page of a report hold.
_PIPE_COLUMNS = 120


def print_summary(
    summary: Summary,
    account: Account,
    *,
    path: str,
    language: Language,
    is_unchecked: bool = False,
    most: int = MOST_ROWS,
    console: Console | None = None,
) -> None:
    """Print every part that has something to say to standard output; `is_unchecked`: nobody asked for checksums."""
    out = CaptureText(console or OutputConsole(pipe_columns=_PIPE_COLUMNS), language)
    _Printer(out, is_unchecked=is_unchecked, most=most).all(summary, account, path)


class _Printer:
    def __init__(self, out: CaptureText, *, is_unchecked: bool, most: int) -> None:
        self._out = out
        self._is_unchecked = is_unchecked
        self._most = most

    def all(self, summary: Summary, account: Account, path: str) -> None:
        if account.read == 0:
            self._out.line(self._out.say("read.empty", path=path))
        else:
            self._title(account, path)
        deeds = DeedsTable(self._out, most=self._most)
        self._protocols(summary)
        self._hosts(summary)
        deeds.all(summary.deeds)
        self._files(summary)
        self._flows(summary, account)
        deeds.anomalies(summary.deeds, account.anomalies)
        self._not_understood(summary, account)
        if account.read:
            print_next_steps(self._out, summary, account, path=path)

    def _title(self, account: Account, path: str) -> None:
        out = self._out
        first, last = account.first_us or 0, account.last_us or 0
        out.has_days = format_city(first)[:10] != format_city(last)[:10]
        out.line(
            out.say(
                "read.title",
                path=path,
                packets=out.count("packets", account.read),
                bytes=out.size(account.wire_bytes),
                flows=out.count("flows", account.flows),
                duration=out.duration((last - first) / _MICROSECONDS),
            )
        )
        out.line(out.say("read.span", first=format_city(first), last=format_city(last)))

    def _protocols(self, summary: Summary) -> None:
        loads = summary.protocols.largest(most=_MOST_PROTOCOLS)
        self._loads("read.protocols", "column.protocol", loads, left=len(summary.protocols) - len(loads))

    def _hosts(self, summary: Summary) -> None:
        loads = summary.hosts.largest(self._most)
        is_exact, count = not summary.hosts.others.flows, len(summary.hosts)
        self._loads("read.hosts", "column.host", loads, left=count - len(loads), is_exact=is_exact, count=count)

    def _loads(
        self, title: str, column: str, loads: list[tuple[str, Load]], *, left: int, is_exact: bool = True, **values: int
    ) -> None:
        out = self._out
        table = out.table(column, "column.flows", "column.packets", "column.bytes", numbers=3)
        for name, load in loads:
            table.add_row(out.text(name), out.number(load.flows), out.number(load.packets), out.size(load.bytes))
        out.section(title, table, **values)
        out.more(left, is_exact=is_exact)

    def _flows(self, summary: Summary, account: Account) -> None:
        out = self._out
        table = out.table("column.from_to", "column.protocol", "column.state", "column.packets", "column.bytes", numbers=2)
        rows = summary.flows.rows(self._most)
        for row in rows:
            table.add_row(
                out.text(f"{row['source']} → {row['destination']}", most=100),
                out.text(row["protocol"]),
                out.say(f"state.{row['state']}"),
                out.number(row["packets"]),
                out.size(row["bytes"]),
            )
        out.section("read.flows", table, count=account.flows)
        out.more(account.flows - len(rows))

    def _files(self, summary: Summary) -> None:
        out = self._out
        table = out.table("column.file", "column.type", "column.from_to", "column.times", "column.bytes", numbers=2)
        rows = summary.files.rows(self._most)
        for row in rows:
            table.add_row(
                out.text(row["name"] or "–"),
                self._content(row),
                out.text(f"{row['from']} → {row['to']}", most=100),
                out.number(row["times"]),
                out.size(row["bytes"]),
            )
        out.section("read.files", table, count=summary.files.total)
        out.more(summary.files.distinct - len(rows), is_exact=not summary.files.others)
        hashed = [row for row in rows if row["sha256"]]
        if hashed:
            out.title("read.hashes")
        for row in hashed:
            out.line(f" {row['sha256']}  {out.text(row['name'] or '–')}")

    def _content(self, row: Mapping[str, Any]) -> str:
        """The type; and whether bytes are missing, which is also why there is no hash."""
        content = self._out.text(row["type"] or "–")
        return content if row["state"] == "closed" else f"{content}, {self._out.say('read.incomplete')}"

    def _not_understood(self, summary: Summary, account: Account) -> None:
        self._out.title("read.not_understood")
        for line in self._reasons(summary, account) or [self._out.say("read.understood")]:
            self._out.line(f"  {line}")

    def _reasons(self, summary: Summary, account: Account) -> list[str]:
        said: list[str] = []
        if account.damage is not None:
            said.append(self._out.say("read.damaged", offset=account.damage_offset or 0, reason=account.damage))
        if account.undecoded:
            count, reasons = sum(account.undecoded.values()), self._out.counts(account.undecoded)
            said.append(self._out.say("read.undecoded", count=count, reasons=reasons))
        unrecognised = summary.unrecognised.largest(most=5)
        if unrecognised:
            flows = sum(load.flows for _, load in summary.unrecognised.largest(most=len(summary.unrecognised)))
            names = ", ".join(f"{name} ({load.flows})" for name, load in unrecognised)
            said.append(self._out.say("read.unrecognised", count=flows + summary.unrecognised.others.flows, names=names))
        if account.missed_bytes:
            said.append(self._out.say("read.missed", count=account.missed_bytes))
        if account.checksums_bad:
            said.append(self._out.say("read.bad_checksums", count=account.checksums_bad))
        if not account.checksums_on:
            said.append(self._out.say("read.unchecked_by_option" if self._is_unchecked else "read.unchecked"))
        if account.checksum_hosts_left:
            said.append(self._out.say("read.hosts_unchecked", count=account.checksum_hosts_left))
        if summary.evicted_flows:
            said.append(self._out.say("read.evicted", count=summary.evicted_flows))
        if account.limits:
            said.append(self._out.say("read.limits", names=self._out.counts(account.limits)))
        return said
