"""The expectations file of a backtest: which rules must fire on which input, and which may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from correlator.compiler.documents import Document, read_documents
from correlator.compiler.rejection import RejectedDocumentError
from khien.alert import Alert, Level
from khien.errors import KhienError

_KEYS = frozenset({"level", "inputs"})
_INPUT_KEYS = frozenset({"name", "files", "year", "fires", "may_fire"})


@dataclass(frozen=True, slots=True)
class Expected:
    """One input: its files together are one import."""

    name: str
    files: tuple[Path, ...]
    year: int | None
    fires: frozenset[str]
    may_fire: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`missing`: rules that must fire and did not; `unexpected`: rules that fired and were not named."""

    name: str
    fired: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return not self.missing and not self.unexpected


@dataclass(frozen=True, slots=True)
class Expectations:
    """The whole file. `level`: alerts below it are not looked at."""

    level: Level
    inputs: tuple[Expected, ...]

    def judge(self, expected: Expected, alerts: Iterable[Alert]) -> Outcome:
        """Compare what fired with what must."""
        fired = {name for alert in alerts if alert.rule.level.severity >= self.level.severity for name in [alert.rule.name]}
        return Outcome(
            name=expected.name,
            fired=tuple(sorted(fired)),
            missing=tuple(sorted(expected.fires - fired)),
            unexpected=tuple(sorted(fired - expected.fires - expected.may_fire)),
        )


def read_expectations(path: Path, *, corpus: Path | None = None) -> Expectations:
    """Read the file; names of files count from `corpus`, else from the file's folder. Raises `rules.expectations_invalid`."""
    if not path.is_file():
        raise KhienError("input.not_found", path=str(path))
    try:
        (document,) = read_documents(path)
    except RejectedDocumentError as error:
        raise KhienError("rules.expectations_invalid", location=error.location, detail=error.detail) from error
    except ValueError as error:
        raise KhienError("rules.expectations_invalid", location=str(path), detail="one document a file") from error
    _only(document, document.content, _KEYS)
    inputs = document.content.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise _invalid(document, "`inputs` is a list", "inputs")
    try:
        level = Level(document.content.get("level", Level.LOW.value))
    except ValueError as error:
        raise _invalid(document, str(error), "level") from error
    root = corpus or path.parent
    return Expectations(level, tuple(_expected(document, one, number, root) for number, one in enumerate(inputs)))


def _expected(document: Document, found: object, number: int, root: Path) -> Expected:
    place = ("inputs", number)
    if not isinstance(found, dict):
        raise _invalid(document, "an input is a map", *place)
    _only(document, found, _INPUT_KEYS, *place)
    files = _texts(document, found, "files", *place)
    if not files:
        raise _invalid(document, "an input has `files`", *place)
    year = found.get("year")
    if year is not None and (not isinstance(year, int) or isinstance(year, bool)):
        raise _invalid(document, "`year` is a number", *place, "year")
    return Expected(
        name=str(found.get("name") or ", ".join(files)),
        files=tuple(root / name for name in files),
        year=year,
        fires=frozenset(_texts(document, found, "fires", *place)),
        may_fire=frozenset(_texts(document, found, "may_fire", *place)),
    )


def _texts(document: Document, found: Mapping[str, Any], key: str, *place: str | int) -> list[str]:
    values = found.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise _invalid(document, f"`{key}` is a list of texts", *place, key)
    return values


def _only(document: Document, found: Mapping[str, Any], known: frozenset[str], *place: str | int) -> None:
    for key in found:
        if key not in known:
            raise _invalid(document, f"unknown key `{key}`", *place, key)


def _invalid(document: Document, detail: str, *place: str | int) -> KhienError:
    return KhienError("rules.expectations_invalid", location=document.at(*place), detail=detail)
