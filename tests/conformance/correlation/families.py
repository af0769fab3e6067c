"""All families, in the order of their files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.conformance.correlation import chains, changed, clock, conditions, extended, grouping, systematic
from tests.conformance.correlation.vector import FOLDER, Vector, write
from tests.conformance.correlation.writing import COMMON

_MODULES = {
    "chains": chains,
    "changed": changed,
    "clock": clock,
    "conditions": conditions,
    "extended": extended,
    "grouping": grouping,
    "systematic": systematic,
}


def families() -> Mapping[str, list[Vector]]:
    """The vectors of each file, without the rules that stand before all of them."""
    return {name: [case.vector() for case in module.cases()] for name, module in _MODULES.items()}


def write_all(folder: Path = FOLDER) -> None:
    """Write the files."""
    folder.mkdir(exist_ok=True)
    for name, vectors in families().items():
        write(folder / f"{name}.yaml", vectors, common=COMMON)
