"""Sigma's condition language (specification 2.1, Condition) as a small tree over names.

Read here, not by pySigma, because pySigma lets a selector that meets nothing vanish inside an `and`, knows no hyphen in a pattern,
hides names with an underscore from patterns too, and gives applied filters random names (detection design, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

_TOKEN = re.compile(r"[()]|[^\s()]+")
_NAME = re.compile(r"\w[\w-]*")
_PATTERN = re.compile(r"[\w*-]+")
_WORDS = frozenset({"and", "or", "not", "of", "(", ")"})
#: pySigma's keyword for a time window of its first version; never a selection.
NO_SELECTIONS = frozenset({"condition", "timeframe"})


class ConditionError(ValueError):
    """The text is no condition."""


@dataclass(frozen=True, slots=True)
class Name:
    """One selection."""

    name: str


@dataclass(frozen=True, slots=True)
class Selector:
    """`1 of them`, `all of sel_*`."""

    quantifier: Literal["any", "all"]
    pattern: str

    def names(self, selections: Collection[str]) -> list[str]:
        """The selections that it means: `them` skips names with an underscore in front, a pattern does not."""
        if self.pattern == "them":
            return [name for name in selections if not name.startswith("_")]
        wanted = re.compile(".*".join(map(re.escape, self.pattern.split("*"))))
        return [name for name in selections if wanted.fullmatch(name)]


@dataclass(frozen=True, slots=True)
class All:
    """Joined by `and`."""

    nodes: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is taken
    """Joined by `or`."""

    nodes: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Behind `not`."""

    node: Condition


Condition: TypeAlias = Name | Selector | All | Any_ | Negation


@lru_cache(maxsize=512)
def parse_condition(text: str) -> Condition:
    """The tree; `not` binds before `and`, `and` before `or`. Raises `ConditionError`. Depth is bounded before (`bounds`)."""
    reader = _Reader(_TOKEN.findall(text))
    node = reader.any_of()
    if reader.rest:
        message = f"`{reader.rest[0]}` is not expected there"
        raise ConditionError(message)
    return node


def negates(condition: Condition) -> bool:
    """Whether it leaves anything out."""
    match condition:
        case Negation():
            return True
        case All(nodes) | Any_(nodes):
            return any(negates(node) for node in nodes)
        case _:
            return False


class _Reader:
    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def rest(self) -> Sequence[str]:
        return self._tokens[self._at :]

    def any_of(self) -> Condition:
        nodes = [self._all_of()]
        while self._take("or"):
            nodes.append(self._all_of())
        return nodes[0] if len(nodes) == 1 else Any_(tuple(nodes))

    def _all_of(self) -> Condition:
        nodes = [self._negation()]
        while self._take("and"):
            nodes.append(self._negation())
        return nodes[0] if len(nodes) == 1 else All(tuple(nodes))

    def _negation(self) -> Condition:
        if self._take("not"):
            return Negation(self._negation())
        if self._take("("):
            node = self.any_of()
            if not self._take(")"):
                message = "a `(` is not closed"
                raise ConditionError(message)
            return node
        return self._operand()

    def _operand(self) -> Condition:
        word = self._next()
        if word in {"1", "any", "all"} and self._take("of"):
            pattern = self._next()
            if not _PATTERN.fullmatch(pattern) or pattern in _WORDS:
                message = f"`{pattern}` is no pattern of names"
                raise ConditionError(message)
            return Selector("all" if word == "all" else "any", pattern)
        if word in _WORDS or not _NAME.fullmatch(word):
            message = f"`{word}` is no name of a selection"
            raise ConditionError(message)
        return Name(word)

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            message = "it ends too early"
            raise ConditionError(message)
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == word:
            self._at += 1
            return True
        return False
