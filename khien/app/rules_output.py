"""What the verbs of `khien rules` share: which folders, and JSON for machines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import orjson

from correlator.packs.store import PackStore
from khien.app.command import Context
from khien.app.resources import folder
from khien.clock import SystemClock
from khien.errors import KhienError

#: The exit status of `khien rules` when rules were read and something about them is not as it must be; 4 is a rule that is no rule.
EXIT_FAILED = 1
EXIT_REJECTED = 4


def folders(context: Context) -> list[Path]:
    """The folders that the person named, else the shipped rules."""
    return [Path(path) for path in context.arguments.rules] or [folder("rules")]


def running(context: Context) -> list[Path]:
    """The folders named with `--rules`, else what the correlator of this home runs: the shipped rules and the active packs."""
    given = context.arguments.rules
    if given:
        return [Path(path) for path in given]
    packs, errors = PackStore(context.home.packs, clock=SystemClock()).active_folders()
    for error in errors:
        context.tell(f"{context.say('error.word')}: {error.sentence(context.language)}")
    return [folder("rules"), *packs]


def write_json(document: object) -> None:
    """One indented document on standard output."""
    try:
        found = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # a path with bytes that are no UTF-8: JSON's own escapes hold them
        found = json.dumps(document, indent=2).encode() + b"\n"
    sys.stdout.buffer.write(found)
    sys.stdout.buffer.flush()


def write_file(path: str, content: bytes) -> None:
    """Into the file that the person named. Raises `output.not_writable`."""
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise KhienError("output.not_writable", path=path, reason=error.strerror or str(error)) from error
