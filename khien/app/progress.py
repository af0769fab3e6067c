"""A line that moves while a command works, where a person looks; silence in a pipe, a log and CI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from khien.app.command import Context

Show = Callable[[int, int], None]


@contextmanager
def progress(context: Context, key: str) -> Iterator[Show]:
    """Yields `show(done, all)`; `key` names the sentence beside the bar."""
    console = Console(stderr=True)
    if not console.is_terminal or getattr(context.arguments, "json", False):
        yield lambda _done, _all: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(context.say(key), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
