"""What the verbs of `khien rules` share: which folders, and JSON for machines."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from khien.app.command import Context
from khien.app.resources import folder

#: The exit status of `khien rules` when rules were read and something about them is not as it must be; 4 is a rule that is no rule.
EXIT_FAILED = 1
EXIT_REJECTED = 4


def folders(context: Context) -> list[Path]:
    """The folders that the person named, else the shipped rules."""
    return [Path(path) for path in context.arguments.rules] or [folder("rules")]


def write_json(document: object) -> None:
    """One indented document on standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
