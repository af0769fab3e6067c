"""How a value is written before it is compared: the same thing said in two ways is no difference."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address

#: What is longer is compared by its beginning: our own events cut long values, and say so in `khien.truncated`.
LONGEST = 1_000
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|([rnt]))")
_LETTERS = {"r": "\r", "n": "\n", "t": "\t"}
_MAILBOX = re.compile(r"<([^>]*)>")


def _text(value: str) -> str:
    """Trailing line ends and blanks are framing, not content."""
    return value.strip()[:LONGEST]


def _number(value: str) -> str:
    try:
        return str(int(value, 0))
    except ValueError:
        # A status such as 007 is no Python literal.
        return str(int(value)) if value.isdecimal() else value


def _name(value: str) -> str:
    """A domain name: RFC 4343 compares without case; the root is written as nothing."""
    return "" if value == "<Root>" else value.rstrip(".").lower()[:LONGEST]


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        return value


def _mailbox(value: str) -> str:
    """RFC 5321, section 4.1.2: the path between the brackets, without the parameters after it."""
    found = _MAILBOX.search(value)
    return _text(found.group(1) if found else value.strip().partition(" ")[0])


FORMS: Mapping[str, Callable[[str], str]] = {
    "text": _text,
    "number": _number,
    "name": _name,
    "address": _address,
    "mailbox": _mailbox,
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "hardware": lambda value: value.replace("-", ":").lower(),
    "path": lambda value: _text(value).strip("\\").replace("/", "\\"),
    # Arguments: ours are a list, tshark's one line. A principal: ours is joined, tshark's are its parts.
    "words": _text,
    "parts": _text,
}
#: Forms whose values are compared piece by piece, and what stands between the pieces.
PIECES: Mapping[str, str] = {"words": " ", "parts": "/"}


def plain(value: str) -> str:
    """Both sides escape bytes that are no text, each in its way; here they become the character of the same number."""

    def character(found: re.Match[str]) -> str:
        hexadecimal, octal, letter = found.groups()
        if letter:
            return _LETTERS[letter]
        return chr(int(hexadecimal, 16) if hexadecimal else int(octal, 8))

    return _ESCAPE.sub(character, value)
