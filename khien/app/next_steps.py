"""What to look at next in a capture: the exact commands, ready to be copied, for what stands out in its summary."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from khien.app.alert_table import inert
from khien.app.capture_text import CaptureText
from khien.capture import Account
from khien.capture.summary import Summary


def print_next_steps(out: CaptureText, summary: Summary, account: Account, *, path: str) -> None:
    """At most one command for each kind of thing that stands out, then those that always make sense."""
    # A name that a terminal must not show as it is cannot be copied from it either.
    file = shlex.quote(path) if inert(path) == path and path != "-" else "FILE"
    out.title("read.next")
    for why, command in (*_striking(out, summary, account), *_always(out, account)):
        out.line(f" {why}")
        written = "khien " + command.replace("FILE", file, 1)
        out.line(f"   [bold]{out.say('read.command', command=written)}[/]")


def _striking(out: CaptureText, summary: Summary, account: Account) -> Iterator[tuple[str, str]]:
    logins = summary.deeds.topics["logins"].largest(1)
    if logins and logins[0].get("success") and logins[0].get("failure"):
        ends = f"{logins[0]['from']} → {logins[0]['to']}"
        yield out.say("next.guessed", ends=ends), f"read FILE --events - --host {shlex.quote(logins[0]['from'])}"
    expressions = summary.deeds.topics["expressions"].largest(1)
    if expressions and expressions[0]["first"]["community_id"]:
        yield out.say("next.expression", to=expressions[0]["to"]), _flow(expressions[0]["first"]["community_id"])
    running = next((row for row in summary.files.rows(1) if row["runs"]), None)
    if running is not None and running["community_id"]:
        name = running["name"] or running["type"]
        yield out.say("next.runs", name=name, to=running["to"]), _flow(running["community_id"])
    if summary.largest_unknown is not None:
        ends = f"{summary.largest_unknown['source']} → {summary.largest_unknown['destination']}"
        yield out.say("next.unknown", ends=ends), _flow(summary.largest_unknown["community_id"])
    if account.anomalies:
        yield out.say("next.anomalies"), "read FILE --events - --dataset network.anomaly"


def _always(out: CaptureText, account: Account) -> Iterator[tuple[str, str]]:
    yield out.say("next.rules"), "replay FILE"
    yield out.say("next.events", count=sum(account.events.values())), "read FILE --events events.jsonl"
    yield out.say("next.rows"), "read FILE --top 100"


def _flow(community_id: str) -> str:
    return f"read FILE --events - --flow {shlex.quote(community_id)}"
