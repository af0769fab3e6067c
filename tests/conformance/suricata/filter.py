"""A filter's `match` on one EVE record: all of its conditions must hold.

A key is a dotted path, `name[n]` takes the n-th of a list, a missing part is null. Equality is strict on type. A suffix
asks something else of the value; `has-key` and `not-has-key` take one name or a list.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"([^\[\]]+)((?:\[\d+\])*)")


@lru_cache(maxsize=4_096)
def _path(key: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    for part in key.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            steps.append(part)
            continue
        steps.append(found[1])
        steps.extend(int(index) for index in re.findall(r"\d+", found[2]))
    return tuple(steps)


def value_at(record: object, key: str) -> Any:
    """The value at a dotted path; `None` where a part is missing."""
    value: Any = record
    for step in _path(key):
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def is_same(found: object, expected: object) -> bool:
    """Equal, and of the same types all the way down: `true` is no 1, and "1b" no number."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(is_same(found[name], expected[name]) for name in found)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(is_same, found, expected))
    return found == expected


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda found, expected: _is_number(found) and _is_number(expected) and compare(found, expected)


def _texts(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda found, expected: isinstance(found, str) and isinstance(expected, str) and compare(found, expected)


def _contains(found: Any, expected: Any) -> bool:
    if isinstance(found, str):
        return isinstance(expected, str) and expected in found
    if isinstance(found, list):
        return any(is_same(entry, expected) for entry in found)
    return isinstance(found, dict) and expected in found


_SUFFIXES: dict[str, Callable[[Any, Any], bool]] = {
    "len": lambda found, expected: isinstance(found, str | list | dict) and is_same(len(found), expected),
    "find": _texts(lambda found, expected: expected in found),
    "contains": _contains,
    "startswith": _texts(str.startswith),
    "endswith": _texts(str.endswith),
    "gt": _numbers(lambda found, expected: found > expected),
    "gte": _numbers(lambda found, expected: found >= expected),
    "lt": _numbers(lambda found, expected: found < expected),
    "lte": _numbers(lambda found, expected: found <= expected),
}


def holds(record: Mapping[str, Any], key: str, expected: object) -> bool:
    """Whether one condition of a `match` holds."""
    if key in {"has-key", "not-has-key"}:
        names = expected if isinstance(expected, list) else [expected]
        return all((value_at(record, str(name)) is not None) == (key == "has-key") for name in names)
    path, separator, suffix = key.rpartition("__")
    if separator and suffix in _SUFFIXES:
        return _SUFFIXES[suffix](value_at(record, path.removesuffix(".")), expected)
    return is_same(value_at(record, key), expected)


def matches(record: Mapping[str, Any], match: Mapping[str, object]) -> bool:
    """Whether all conditions hold."""
    return all(holds(record, key, expected) for key, expected in match.items())
