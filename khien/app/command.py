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

from khien.errors import KhienError
from khien.home import Home
from khien.language import Language, say

#: A defect of ours, as sysexits.h has it (EX_SOFTWARE).
EXIT_DEFECT = 70
#: Ctrl-C, as shells have it (128 + SIGINT).
EXIT_INTERRUPTED = 130


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
        print(text, file=sys.stderr, flush=True)  # noqa: T201


Command = Callable[[Context], int]


def run(command: Command, context: Context) -> int:
    """Run a command; the boundary where every failure becomes one sentence (`error:`, blank line, `hint:`)."""
    try:
        status = command(context)
        # A full disk behind standard output must be said now, not by the interpreter's end.
        sys.stdout.flush()
    except KhienError as error:
        return _tell_error(context, error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (`| head`) has gone; that is not an error of ours.
        sys.stderr.close()
        return 0
    except OSError as error:
        # What the system refuses (a full disk, a read-only folder, a missing right) is the machine's state, not our defect.
        _forget_output()
        place = str(error.filename or context.say("system.output"))
        return _tell_error(context, KhienError("system.refused", path=place, reason=error.strerror or str(error)))
    except Exception as error:  # noqa: BLE001 - boundary: command line; a defect gets a sentence, its trace goes to a file
        with tempfile.NamedTemporaryFile("w", prefix="khien-", suffix=".txt", delete=False, encoding="utf-8") as report:
            traceback.print_exception(error, file=report)
        context.tell(f"{context.say('error.word')}: {context.say('error.defect', kind=type(error).__name__, path=report.name)}")
        return EXIT_DEFECT
    return status


def _tell_error(context: Context, error: KhienError) -> int:
    """`error:`, blank line, `hint:`; the exit status of its family."""
    context.tell(f"{context.say('error.word')}: {error.sentence(context.language)}")
    hint = error.hint(context.language)
    if hint:
        context.tell(f"\n{context.say('hint.word')}: {hint}")
    return error.entry.exit_status


def _forget_output() -> None:
    """What could not be written would be tried again at the interpreter's end, and fail there without a sentence."""
    try:
        sys.stdout.close()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def end_on_sigterm() -> None:
    """SIGTERM ends this process like Ctrl-C does, so that what it started is stopped too."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
