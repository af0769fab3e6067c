"""What every command shares: the arguments, the language, and where errors become a sentence and an exit status."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from khien.errors import KhienError
from khien.home import Home
from khien.language import Language, say
from khien.text import shown_path

#: Ctrl-C, as shells have it (128 + SIGINT).
EXIT_INTERRUPTED = 130
#: The reader of our output has gone, as shells have it (128 + SIGPIPE).
EXIT_BROKEN_PIPE = 141


@dataclass(frozen=True, slots=True)
class Context:
    """What a command runs in."""

    arguments: argparse.Namespace
    language: Language
    home: Home

    def say(self, key: str, **values: str | float) -> str:
        """A sentence in the person's language."""
        return say(key, self.language, **values)

    def tell(self, text: str) -> None:
        """A line for the person; data alone goes to standard output."""
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)  # noqa: T201


Command = Callable[[Context], int]


def run(command: Command, context: Context) -> int:
    """Run a command; the boundary where every failure becomes one sentence (`khien: error CODE:`, blank line, `hint:`)."""
    _hold_standard_streams()
    try:
        return _attempt(command, context)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (`| head`) has gone: nothing to say, and nobody to say it to.
        _forget_output()
        return EXIT_BROKEN_PIPE


def error_line(error: KhienError, language: Language, *, about: str = "") -> str:
    """The one form of an error's first line: `khien: error capture.not_found: The capture `x.pcap` does not exist`."""
    return f"khien: {say('error.word', language)} {error.code}: {about}{error.sentence(language)}"


def hint_line(error: KhienError, language: Language) -> str:
    """What to do next, or an empty text."""
    hint = error.hint(language)
    return f"{say('hint.word', language)}: {hint}" if hint else ""


def error_document(error: KhienError, language: Language) -> bytes:
    """The same for `--json`: one object with the member `error`."""
    told = {
        "code": error.code,
        "message": error.sentence(language),
        "hint": error.hint(language),
        "location": shown_path(error.location) if error.location else None,
        "params": {name: shown_path(value) if isinstance(value, str) else value for name, value in error.params.items()},
        "exit_status": error.entry.exit_status,
    }
    return orjson.dumps({"error": told}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _attempt(command: Command, context: Context) -> int:
    try:
        _expect_output()
        status = command(context)
        # A full disk behind standard output must be said now, not by the interpreter's end.
        sys.stdout.flush()
    except KhienError as error:
        return _tell_error(context, error)
    except BrokenPipeError:
        raise
    except OSError as error:
        # What the system refuses (a full disk, a read-only folder, a missing right) is the machine's state, not our defect.
        place = str(error.filename or context.say("system.output"))
        return _tell_error(context, KhienError("system.refused", path=place, reason=error.strerror or str(error)))
    except Exception as error:  # noqa: BLE001 - boundary: command line; a defect gets a sentence, its trace goes to a file
        with tempfile.NamedTemporaryFile("w", prefix="khien-", suffix=".txt", delete=False, encoding="utf-8") as report:
            traceback.print_exception(error, file=report)
        return _tell_error(context, KhienError("system.defect", kind=type(error).__name__, path=report.name))
    return status


def _tell_error(context: Context, error: KhienError) -> int:
    """The line, blank line, hint; for `--json` the object too; the exit status of its family."""
    context.tell(error_line(error, context.language))
    if hint := hint_line(error, context.language):
        context.tell(f"\n{hint}")
    if getattr(context.arguments, "json", False) is True and sys.stdout is not None:
        _write_document(error_document(error, context.language))
    return error.entry.exit_status


def _write_document(document: bytes) -> None:
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError:
        # The output itself is what failed; standard error has said so.
        _forget_output()


def _expect_output() -> None:
    if sys.stdout is None:
        raise KhienError("output.closed")


def _hold_standard_streams() -> None:
    """The number of a closed standard stream would go to the next file that is opened, and strangers write to it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _forget_output() -> None:
    """What could not be written would be tried again at the interpreter's end, and fail there without a sentence."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        # No descriptor behind it: nothing is tried again.
        return
    finally:
        os.close(null)


def end_on_sigterm() -> None:
    """SIGTERM ends this process like Ctrl-C does, so that what it started is stopped too."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
