"""Where tables are printed: standard output, by its width; a reader that has gone is the command boundary's business."""

from __future__ import annotations

import sys
from typing import NoReturn

from rich.console import Console

#: A pipe has no width of its own: wide enough that a row stays a row.
PIPE_COLUMNS = 160


class OutputConsole(Console):
    """Standard output, without colours that nobody chose."""

    def __init__(self, *, pipe_columns: int = PIPE_COLUMNS) -> None:
        super().__init__(highlight=False, width=None if sys.stdout.isatty() else pipe_columns)

    def on_broken_pipe(self) -> NoReturn:
        """Rich would end the process with a status of its own; `khien.app.command` ends every verb the same way."""
        raise BrokenPipeError
