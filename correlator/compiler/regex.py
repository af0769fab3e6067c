r"""Sigma's regular expressions, rewritten once into what linear-time engines mean alike (detection design, section 4).

Sigma means PCRE: `\d \w \s` are ASCII and `$` also stands before a last newline. Rust's `regex` and RE2 differ on both, and know
neither look-around nor back-references.
"""

from __future__ import annotations

import re

#: What a class stands for, outside and inside brackets. PCRE2's `\\s` holds the vertical tab.
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\x0b\x0c\r "}
_LONGEST = 10_000
_UNSUPPORTED = ("(?=", "(?!", "(?<=", "(?<!", "(?>", "(?R", "(?&", "(?P=", "(?P>", "(?(", "(?#", "(*")
_POSSESSIVE = re.compile(r"(?<!\\)[*+?}]\+")


class RegexUnsupportedError(ValueError):
    """A pattern that no linear-time engine runs."""


def rewrite(pattern: str, *, flags: str) -> str:
    """The pattern in the common dialect; `flags` of `ims` stay beside it. Raises `RegexUnsupportedError`."""
    if len(pattern) > _LONGEST:
        message = f"longer than {_LONGEST} characters"
        raise RegexUnsupportedError(message)
    out: list[str] = []
    position = 0
    in_class = False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            piece, position = _escape(pattern, position, in_class=in_class)
            out.append(piece)
            continue
        if in_class:
            out.append(_in_class(pattern, position))
            in_class = not (character == "]" and out[-1] == "]")
            position += 1
            continue
        if character == "[":
            piece, position = _open_class(pattern, position)
            out.append(piece)
            in_class = True
            continue
        if character == "(":
            _check_group(pattern, position)
        # PCRE's `$` without `m`: the very end, or before one last newline.
        out.append(r"(?:\n?\z)" if character == "$" and "m" not in flags else character)
        position += 1
    if in_class:
        message = "a class `[` is not closed"
        raise RegexUnsupportedError(message)
    if _POSSESSIVE.search(pattern):
        message = "a possessive quantifier"
        raise RegexUnsupportedError(message)
    return "".join(out)


def _escape(pattern: str, position: int, *, in_class: bool) -> tuple[str, int]:
    following = pattern[position + 1 : position + 2]
    if not following:
        message = "it ends in a single backslash"
        raise RegexUnsupportedError(message)
    end = position + 2
    if following in "123456789" and not in_class:
        message = f"the back-reference `\\{following}`"
        raise RegexUnsupportedError(message)
    if following in "kgGKXRCE":
        message = f"`\\{following}`"
        raise RegexUnsupportedError(message)
    if following in _CLASSES:
        return (_CLASSES[following] if in_class else f"[{_CLASSES[following]}]"), end
    if following.lower() in _CLASSES:
        if in_class:
            message = f"the negated class `\\{following}` inside brackets"
            raise RegexUnsupportedError(message)
        return f"[^{_CLASSES[following.lower()]}]", end
    if following == "Z":
        return r"(?:\n?\z)", end
    if following == "e":
        return r"\x1b", end
    if not following.isascii() or following in "\"'<>/:;,!@%`= ~&#":
        # PCRE lets any other character be escaped; `\\<` would be a word boundary in Rust.
        return (following if following not in "&~#-" else f"\\x{ord(following):02x}"), end
    return pattern[position:end], end


def _in_class(pattern: str, position: int) -> str:
    character = pattern[position]
    # Rust reads `[`, `&&`, `--` and `~~` inside a class as set operations; PCRE and RE2 read characters.
    if character == "[":
        if pattern.startswith("[:", position) and ":]" in pattern[position:]:
            message = "a POSIX class `[:…:]`"
            raise RegexUnsupportedError(message)
        return r"\["
    return f"\\x{ord(character):02x}" if character in "&~" else character


def _open_class(pattern: str, position: int) -> tuple[str, int]:
    """`[`, `[^`, and a `]` that stands first and is a character."""
    end = position + 1
    piece = "["
    if pattern[end : end + 1] == "^":
        piece += "^"
        end += 1
    if pattern[end : end + 1] == "]":
        piece += r"\]"
        end += 1
    return piece, end


def _check_group(pattern: str, position: int) -> None:
    for opening in _UNSUPPORTED:
        if pattern.startswith(opening, position):
            message = f"`{opening}…`"
            raise RegexUnsupportedError(message)
