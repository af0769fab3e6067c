"""The argument parser that looks like the rest of Khiên and speaks both languages, argparse's own sentences included."""

from __future__ import annotations

import argparse
import gettext
import sys
from typing import NoReturn

from khien.app.command import error_document, error_line, hint_line
from khien.errors import EXIT_STATUS_USAGE, KhienError
from khien.language import Language

#: argparse's sentences (Python 3.11 to 3.13) that a person can meet, in Vietnamese.
_VIETNAMESE = {
    "usage: ": "cách dùng: ",
    "options": "tuỳ chọn",
    "positional arguments": "tham số",
    "show this help message and exit": "in trợ giúp này rồi thoát",
    "unrecognized arguments: %s": "tham số không hiểu: %s",
    "the following arguments are required: %s": "thiếu tham số: %s",
    "one of the arguments %s is required": "cần một trong các tham số %s",
    "not allowed with argument %s": "không dùng được cùng %s",
    "expected one argument": "cần một giá trị",
    "expected at most one argument": "nhiều nhất một giá trị",
    "expected at least one argument": "cần ít nhất một giá trị",
    "ambiguous option: %(option)s could match %(matches)s": "tuỳ chọn không rõ: %(option)s có thể là %(matches)s",
    "ignored explicit argument %r": "tham số thừa %r",
    "invalid %(type)s value: %(value)r": "giá trị không hợp lệ: %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": "lựa chọn không hợp lệ: %(value)r (chọn trong %(choices)s)",
    "argument %(argument_name)s: %(message)s": "tham số %(argument_name)s: %(message)s",
}


class Translations(gettext.NullTranslations):
    """argparse asks the standard gettext; this answers for its sentences only."""

    def gettext(self, message: str) -> str:
        """The Vietnamese sentence, or the English one."""
        return _VIETNAMESE.get(message, message)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors look like every other error of Khiên (`error:`, blank line, `hint:`)."""

    language: Language = "en"
    #: Whether `--json` was asked for; known before the rest is understood.
    is_json = False

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is; exit status 2."""
        error = KhienError("usage.invalid", message=message, program=self.prog)
        print(f"{error_line(error, self.language)}\n\n{hint_line(error, self.language)}", file=sys.stderr)  # noqa: T201
        if self.is_json:
            sys.stdout.write(error_document(error, self.language).decode())
        sys.exit(EXIT_STATUS_USAGE)


def speak(language: Language) -> None:
    """Give argparse its sentences in this language."""
    Parser.language = language
    translated = Translations() if language == "vi" else gettext.NullTranslations()
    # argparse binds gettext's function at import under this name; there is no public door.
    setattr(argparse, "_", translated.gettext)  # noqa: B010


def port(text: str) -> int:
    """A TCP or UDP port."""
    return _within(text, 1, 65_535)


def row_count(text: str) -> int:
    """Rows of a list for a person or a page."""
    return _within(text, 1, 4_096)


def utc_offset(text: str) -> int:
    """Minutes from UTC: no zone is further than a day away."""
    return _within(text, -1_439, 1_439)


def _within(text: str, least: int, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        bounds = f"{least} … {most}"
        raise argparse.ArgumentTypeError(bounds)
    return number
