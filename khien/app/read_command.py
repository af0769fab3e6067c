"""`khien read`: what is in a capture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from khien_engine.packet import PacketSettings, datasets
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from khien.app.command import Context
from khien.app.comparison_table import print_comparison
from khien.app.event_selection import Selection
from khien.app.output_file import output_file
from khien.app.summary_table import print_summary
from khien.capture import Capture
from khien.capture.summary import MOST_ROWS, Summary
from khien.errors import KhienError
from khien.eve import Options, eve_lines
from khien.second_opinion import compare
from khien.text import shown_path

#: Beside the protocols' own records, what Suricata writes on request.
_EVE = Options(ethernet=True, http_headers=True)
#: Rows of each list for machines, unless they ask for another number.
_JSON_ROWS = 100


def read(context: Context) -> int:
    """Print a summary of a capture, write its events, or compare them with what another analyser reads."""
    given = context.arguments
    _check(context)
    with _progress(context) as progress:
        if given.compare:
            return _compare(context, progress)
        settings = PacketSettings(checksums=given.checksums, capture_secrets=given.capture_secrets)
        capture = Capture(given.file, settings=settings)
        if given.events:
            return _write(context, capture, progress)
        summary = Summary()
        for batch in capture:
            progress(capture.account.read)
            for event in batch.events():
                summary.add(event)
    path = shown_path(given.file)
    if given.json:
        _print_json({"path": path, **summary.as_json(capture.account, most=given.top or _JSON_ROWS)})
    else:
        print_summary(
            summary,
            capture.account,
            path=path,
            language=context.language,
            is_unchecked=given.checksums == "off",
            most=given.top or MOST_ROWS,
        )
    return 0


def _compare(context: Context, progress: Callable[[int], None]) -> int:
    given = context.arguments
    # Passwords are compared as they are; whether they are shown is another matter.
    settings = PacketSettings(checksums=given.checksums, capture_secrets=True)
    compared = compare(given.file, settings=settings, progress=progress, show_secrets=given.capture_secrets)
    if given.json:
        _print_json({"path": shown_path(given.file), "with": given.compare, **compared.as_json()})
    else:
        print_comparison(compared, path=shown_path(given.file), language=context.language)
    return 0


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _check(context: Context) -> None:
    """What the parser cannot see: options that contradict one another, datasets that do not exist."""
    given = context.arguments
    if given.json and given.events:
        raise KhienError("usage.excludes", option="--json", other="--events")
    narrowing = {"--format": given.format, "--dataset": given.dataset, "--host": given.host, "--flow": given.flow}
    for option, value in narrowing.items():
        if value and not given.events:
            raise KhienError("usage.needs", option=option, other="--events")
    Selection.of(given)
    known = datasets()
    for dataset in given.dataset or ():
        if dataset not in known:
            raise KhienError("usage.unknown_dataset", dataset=dataset, known=", ".join(known))


def _write(context: Context, capture: Capture, progress: Callable[[int], None]) -> int:
    target: str = context.arguments.events
    if target == "-":
        _write_events(context, capture, sys.stdout.buffer, progress)
        return 0
    with output_file(target, inputs=[context.arguments.file]) as file:
        count = _write_events(context, capture, file, progress)
    context.tell(context.say("read.written", path=target, count=count))
    return 0


def _write_events(context: Context, capture: Capture, file: BinaryIO, progress: Callable[[int], None]) -> int:
    count = 0
    wanted = Selection.of(context.arguments)
    for batch in capture:
        progress(capture.account.read)
        lines = wanted.lines(batch)
        if context.arguments.format == "eve":
            lines = b"".join(eve_lines(lines, _EVE))
        count += lines.count(b"\n")
        file.write(lines)
    account = capture.account
    if account.damage is not None:
        context.tell(context.say("read.damaged", offset=account.damage_offset or 0, reason=account.damage))
    return count


@contextmanager
def _progress(context: Context) -> Iterator[Callable[[int], None]]:
    """Packets so far, in a terminal; silence when nobody looks."""
    console = Console(stderr=True)
    if not console.is_terminal or context.arguments.json:
        yield lambda _count: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(context.say("read.stage", path=shown_path(Path(context.arguments.file).name)), total=None)
        yield lambda count: bar.update(task, completed=count)
