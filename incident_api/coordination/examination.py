"""Everything that a version of the policy must pass before anybody signs it; the first fault is one sentence.

Schema, names and totality (`policy.py`), contradictions (`conflicts.py`), worked cases (`golden_run.py`), the calendar of the year
in which it begins and of the next. Signatures are looked at apart: a draft has none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incident_api.coordination.conflicts import Overlap, check_conflicts, overlaps
from incident_api.coordination.golden_run import check_golden
from incident_api.coordination.policy import Policy, policy_hash, policy_of
from khien.errors import KhienError


@dataclass(frozen=True, slots=True)
class Examined:
    """A policy that passed. `rests_on`: how many obligations rest on S, S/A, A and L."""

    policy: Policy
    sha256: str
    cases: int
    rests_on: dict[str, int]
    overlaps: tuple[Overlap, ...]


def examine(document: dict[str, Any], *, path: Path, now_us: int) -> Examined:
    """Raises `policy.*` with what is to be mended."""
    policy = policy_of(document, path=path)
    check_conflicts(policy)
    check_calendar(policy, at_us=now_us)
    check_golden(policy)
    counted = Counter(policy.status_of(rule) for rule in policy.obligations.rules)
    return Examined(
        policy=policy,
        sha256=policy_hash(document),
        cases=sum(1 for _ in policy.golden.cases()),
        rests_on={status: counted[status] for status in ("S", "S/A", "A", "L")},
        overlaps=overlaps(policy),
    )


def check_calendar(policy: Policy, *, at_us: int) -> None:
    """The year that counts and the next: now, or the day from which it will hold. Raises `policy.calendar`."""
    begins = policy.begins_us
    for year in policy.calendar.missing_years(at_us=max(at_us, begins)):
        raise KhienError("policy.calendar", policy=policy.id, year=str(year))


def ended(policy: Policy, *, at_us: int) -> bool:
    """Whether its last day is over."""
    return not policy.is_effective(at_us) and at_us > policy.begins_us
