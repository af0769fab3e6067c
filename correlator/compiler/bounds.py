"""How large a condition may be: one document that no parser can follow is left out, and the others run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.compiler.shape import check_shape, conditions_of
from correlator.compiler.written_values import check_values

#: Far above what people write (the longest condition of the public corpus has some hundred characters), far below what the
#: parser, which calls itself for each `not` and each parenthesis, can follow.
LONGEST_CONDITION = 10_000
DEEPEST_CONDITION = 32
_TOKEN = re.compile(r"[()]|[^\s()]+")

_LONGEST_DETAIL = 200


@contextmanager
def bounded(document: Document) -> Iterator[None]:
    """Compile one document inside: judges the kinds of its attributes and its conditions first.

    Raises `RejectedDocumentError`, also for endless recursion.

    This is the boundary at which a document that nobody foresaw stops being anybody else's business: what it makes a reader of it
    (pySigma's above all) stumble over is its rejection, with the stumbling as the detail.
    """
    check_shape(document)
    for key in ("detection", "filter"):
        for condition in conditions_of(document.content.get(key, {})):
            _check(condition, document, key)
    check_values(document)
    try:
        yield
    except RecursionError as error:
        detail = "nested deeper than the compiler can follow"
        raise RejectedDocumentError(Reason.EXPANSION_TOO_LARGE, detail, location=document.location) from error
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        detail = f"a value of a kind that has no place there ({type(error).__name__}: {str(error)[:_LONGEST_DETAIL]})"
        raise RejectedDocumentError(Reason.SCHEMA, " ".join(detail.split()), location=document.location) from error


def _check(condition: str, document: Document, key: str) -> None:
    if len(condition) > LONGEST_CONDITION:
        detail = f"a condition of more than {LONGEST_CONDITION} characters"
    elif _depth(condition) > DEEPEST_CONDITION:
        detail = f"a condition nested deeper than {DEEPEST_CONDITION}"
    else:
        return
    raise RejectedDocumentError(Reason.CONDITION_INVALID, detail, location=document.at(key, "condition"))


def _depth(condition: str) -> int:
    """Open parentheses, and the longest row of `not` inside them, at the deepest place."""
    deepest = depth = negations = 0
    opened: list[int] = []
    for token in _TOKEN.findall(condition):
        word = token.lower()
        if word == "not":
            negations += 1
        elif word == "(":
            opened.append(negations + 1)
            depth += negations + 1
            negations = 0
        elif word == ")":
            negations = 0
            depth -= opened.pop() if opened else 0
        else:
            negations = 0
        deepest = max(deepest, depth + negations)
    return deepest
