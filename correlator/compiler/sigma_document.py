"""A document through pySigma's reader: what it makes of it, or one of our reasons."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from sigma.exceptions import (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaError,
    SigmaModifierError,
    SigmaPlaceholderError,
    SigmaRegularExpressionError,
    SigmaTypeError,
    SigmaValueError,
)
from sigma.rule import SigmaDetection

from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError

#: Beyond it pySigma's way through a double loses digits.
_EXACT = 1 << 53


def parse_sigma(kind: Any, document: Document, content: dict[str, Any] | None = None) -> Any:
    """What pySigma makes of the document. Raises `RejectedDocumentError`; nothing that a file holds raises anything else."""
    try:
        with warnings.catch_warnings():
            # Python's own opinion of an expression that other engines will run.
            warnings.simplefilter("ignore", FutureWarning)
            return kind.from_dict(content or dict(document.content))
    except SigmaError as error:
        raise rejected(error, document) from error
    except RecursionError as error:
        detail = "nested deeper than the compiler can follow"
        raise RejectedDocumentError(Reason.EXPANSION_TOO_LARGE, detail, location=document.location) from error
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        # pySigma meets some wrong types with whatever Python raises; for the person it is a document of the wrong shape.
        detail = f"a value of a kind that has no place there ({type(error).__name__}: {' '.join(str(error).split())})"
        raise RejectedDocumentError(Reason.SCHEMA, detail, location=document.location) from error


def rejected(error: SigmaError, document: Document) -> RejectedDocumentError:
    """PySigma's error as one of our reasons."""
    detail = in_words(" ".join(str(error).split()))
    match error:
        case SigmaTypeError():
            reason = Reason.VALUE_TYPE
        case SigmaModifierError():
            reason = Reason.MODIFIER_UNKNOWN
        case SigmaRegularExpressionError():
            reason = Reason.REGEX_UNSUPPORTED
        case SigmaPlaceholderError():
            reason = Reason.PLACEHOLDER_UNDEFINED
        case SigmaConditionError():
            reason = Reason.CONDITION_INVALID
        case SigmaValueError() if not isinstance(error, SigmaDetectionError):
            reason = Reason.VALUE_TYPE
        case _:
            reason = Reason.SCHEMA
    return RejectedDocumentError(reason, detail, location=document.at("detection"))


#: What pySigma says in Python's words, and the same for people; `{}` is the piece of the rule.
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(found), words)
    for found, words in (
        (r"missing \), unterminated subpattern", "a group `(` is not closed"),
        (r"unbalanced parenthesis", "a `)` closes no group"),
        (r"unterminated character set", "a class `[` is not closed"),
        (r"multiple repeat", "a repeat stands behind a repeat"),
        (r"nothing to repeat", "a repeat stands behind nothing"),
        (r"min repeat greater than max repeat", "a repeat that runs backwards"),
        (r"bad character range (.+)", "the range `{}` runs backwards"),
        (r"(?:bad|incomplete) escape (.+)", "the escape `{}` is not known"),
        (r"redefinition of group name .*", "two groups have one name"),
        (r"look-behind requires fixed-width pattern", "`(?<…`"),
        (r"unknown extension (.+)", "`{}`"),
        (r".*", "no regular expression"),
    )
)
_OF_REGEX = re.compile(r"Regular expression '(.*)' is invalid: (.*?)(?: at position \d+)?", re.DOTALL)
_OF_MODIFIER = re.compile(r"Modifier Sigma(\w+)Modifier incompatible to value type of '(.*)'", re.DOTALL)
_LONGEST = 200


def in_words(detail: str) -> str:
    """PySigma's message without the names of Python's classes and the words of its parser of expressions."""
    modifier = _OF_MODIFIER.fullmatch(detail)
    if modifier is not None:
        return f"the modifier does not fit the value `{modifier[2][:_LONGEST]}`"
    expression = _OF_REGEX.fullmatch(detail)
    if expression is None:
        return detail
    words, said = next((words, found) for pattern, words in _WORDS if (found := pattern.fullmatch(expression[2])))
    return f"{words.format(*said.groups())} in `{expression[1][:_LONGEST]}`"


def items_of(detection: object) -> Iterator[tuple[tuple[str | int, ...], str, object]]:
    """Every `field|modifier: value` of a detection as it is written, with its place. Not recursive: the depth is bounded before."""
    stack: list[tuple[tuple[str | int, ...], object]] = [((), detection)]
    while stack:
        place, value = stack.pop()
        if isinstance(value, list):
            stack.extend(((*place, number), inner) for number, inner in enumerate(value) if isinstance(inner, dict | list))
        elif isinstance(value, dict):
            for key, inner in value.items():
                at = (*place, str(key))
                if place:
                    yield at, str(key), inner
                if isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(one, dict | list) for one in inner)):
                    stack.append((at, inner))


def restore_integers(parsed: SigmaDetection, written: object) -> None:
    """Put back the digits that pySigma lost: it takes every number through a double (detection design, section 3)."""
    pairs: list[tuple[Any, object]] = [(parsed, written)]
    while pairs:
        found, raw = pairs.pop()
        if isinstance(found, SigmaDetection):
            inner: list[object]
            if isinstance(raw, dict):
                inner = list(raw.values())
            else:
                inner = raw if isinstance(raw, list) and len(found.detection_items) == len(raw) > 1 else [raw]
                if isinstance(raw, list) and len(raw) == 1 and isinstance(found.detection_items[0], SigmaDetection):
                    inner = raw
            pairs.extend(zip(found.detection_items, inner, strict=False))
            continue
        for value, exact in zip(found.original_value or (), raw if isinstance(raw, list) else [raw], strict=False):
            if isinstance(exact, int) and not isinstance(exact, bool) and abs(exact) > _EXACT and hasattr(value, "number"):
                value.number = exact


def has_large_integers(detection: object) -> bool:
    """Whether any value needs `restore_integers`."""
    stack: list[object] = [detection]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, int) and abs(value) > _EXACT:
            return True
    return False
