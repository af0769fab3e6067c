"""The answer to one thing that was checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was checked. `problem` is None when it held; `note` says what was left out."""

    name: str
    problem: str | None = None
    note: str = ""
