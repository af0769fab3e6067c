"""What every command shares: the arguments, the language, and where errors become a sentence and an exit status."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
        return command(context)
    except KhienError as error:
        context.tell(f"{context.say('error.word')}: {error.sentence(context.language)}")
        hint = error.hint(context.language)
        if hint:
            context.tell(f"\n{context.say('hint.word')}: {hint}")
        return error.entry.exit_status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (`| head`) has gone; that is not an error of ours.
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - boundary: command line; a defect gets a sentence, its trace goes to a file
        with tempfile.NamedTemporaryFile("w", prefix="khien-", suffix=".txt", delete=False, encoding="utf-8") as report:
            traceback.print_exception(error, file=report)
        context.tell(f"{context.say('error.word')}: {context.say('error.defect', kind=type(error).__name__, path=report.name)}")
        return EXIT_DEFECT


def end_on_sigterm() -> None:
    """SIGTERM ends this process like Ctrl-C does, so that what it started is stopped too."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def existing(path: str) -> Path:
    """A path that is there and is a readable file; raises `input.*`."""
    found = Path(path)
    if not found.exists():
        raise KhienError("input.not_found", path=path)
    if not found.is_file():
        raise KhienError("input.unreadable", path=path, reason="not a file")
    return found
