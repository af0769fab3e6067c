"""`khien replay` and `khien formats`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson
from khien_engine import logs
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from khien.app.alert_table import print_table
from khien.app.command import Context
from khien.app.output_file import output_file, refuse_inputs
from khien.app.replay import Replay, ReplayOptions, refuse_empty, replaying
from khien.clock import SystemClock
from khien.errors import KhienError
from khien.text import shown_path

_CAPTURES = ("pcap", "pcapng")


def replay(context: Context) -> int:
    """Run captures and logs through the rules and print the alerts."""
    given = context.arguments
    _check(given)
    options = ReplayOptions(
        rules=[Path(path) for path in given.rules] if given.rules else None,
        home=context.home if given.keep else None,
        again=given.again,
        log_format=given.format,
        year=given.year,
        utc_offset_minutes=given.utc_offset,
    )
    started = SystemClock().monotonic()
    with _progress(context) as progress, replaying(given.files, options=options, progress=progress) as (result, lines):
        refuse_empty(result)
        if given.events:
            _write_events(given.events, lines)
    seconds = SystemClock().monotonic() - started
    if given.json:
        sys.stdout.buffer.write(orjson.dumps(as_json(result), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        _print(context, result, seconds)
    return 0


def formats(context: Context) -> int:
    """List what can be read."""
    if context.arguments.json:
        sys.stdout.buffer.write(orjson.dumps({"captures": _CAPTURES, "logs": _log_formats()}, option=orjson.OPT_APPEND_NEWLINE))
    else:
        sys.stdout.write("".join(f"{name}\n" for name in (*_CAPTURES, *_log_formats())))
    return 0


def as_json(result: Replay) -> dict[str, object]:
    """The result for machines."""
    return {
        "dataset": result.dataset,
        "known": result.is_known,
        "events": result.event_count,
        "alerts": [alert.model_dump(mode="json") for alert in result.alerts],
        "files": [
            {
                "path": shown_path(str(account.path)),
                "read": account.read,
                "events": account.events,
                "rejected": dict(account.rejected),
                "counters": dict(account.counters),
            }
            for account in result.files
        ],
        "ledger": result.ledger.as_json(),
        "rules_off": list(result.rules_off),
    }


def _print(context: Context, result: Replay, seconds: float) -> None:
    if result.is_known:
        context.tell(context.say("replay.known", dataset=result.dataset))
    if result.alerts:
        print_table(result.alerts, language=context.language)
    files = len(result.files)
    if result.alerts:
        context.tell(
            context.say(
                "replay.summary", alerts=len(result.alerts), events=result.event_count, files=files, seconds=f"{seconds:.1f}"
            )
        )
    else:
        context.tell(context.say("replay.none", events=result.event_count, files=files))
    _tell_accounts(context, result)


def _tell_accounts(context: Context, result: Replay) -> None:
    """What did not become an event is said, never left out."""
    for account in result.files:
        damage = [name.removeprefix("damaged.") for name in account.counters if name.startswith("damaged.")]
        if damage:
            location = f"{damage[0]}, byte {account.counters.get('damage_offset', 0)}"
            context.tell(context.say("replay.damaged", path=shown_path(str(account.path)), location=location))
        if account.rejected:
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(account.rejected.items()))
            context.tell(f"{shown_path(str(account.path))}: {context.say('replay.rejected', reasons=reasons)}")
    ledger = result.ledger
    columns = {name: ledger.total(name) for name in ("read", "stored", "duplicates", "spooled")}
    context.tell(context.say("replay.ledger", **columns, rejected=sum(ledger.rejected().values())))
    if result.rules_off:
        context.tell(context.say("replay.rules_off", count=len(result.rules_off), codes="; ".join(result.rules_off[:3])))


def _check(given: argparse.Namespace) -> None:
    """What the parser cannot see: options that contradict one another."""
    if given.again and not given.keep:
        raise KhienError("usage.needs", option="--again", other="--keep")
    if given.json and given.events == "-":
        raise KhienError("usage.excludes", option="--json", other="--events -")
    if given.events and given.events != "-":
        refuse_inputs(given.events, given.files)
    if given.format is not None and given.format not in _log_formats():
        raise KhienError("usage.unknown_format", format=given.format, known=", ".join(_log_formats()))


def _log_formats() -> list[str]:
    """Formats of lines and of whole files."""
    return sorted({*logs.formats(), *logs.file_formats()})


def _write_events(target: str, lines: Callable[[], Iterator[bytes]]) -> None:
    if target == "-":
        _write_lines(sys.stdout.buffer, lines())
        return
    with output_file(target) as file:
        _write_lines(file, lines())


def _write_lines(file: BinaryIO, lines: Iterator[bytes]) -> None:
    file.writelines(line + b"\n" for line in lines)


@contextmanager
def _progress(context: Context) -> Iterator[Callable[[str, int], None]]:
    """A line that moves in a terminal; silence when nobody looks."""
    console = Console(stderr=True)
    if not console.is_terminal or context.arguments.json:
        yield lambda _stage, _count: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, int] = {}

        def show(stage: str, count: int) -> None:
            key = stage == "replay.stage_correlate"
            text = context.say("replay.stage_correlate") if key else context.say("replay.stage_read", path=Path(stage).name)
            task = tasks.setdefault(stage, -1)
            if task == -1:
                tasks[stage] = bar.add_task(text, total=None)
            bar.update(bar.task_ids[list(tasks).index(stage)], completed=count)

        yield show
