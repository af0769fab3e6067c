"""The shipped policies, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from incident_api.coordination.policy import Policy, policy_of, read_policy_folder

COORDINATION = Path(__file__).resolve().parents[3] / "coordination"


def document(name: str = "vn-2026") -> dict[str, Any]:
    """A fresh copy of the object that is hashed."""
    return read_policy_folder(COORDINATION / name)


@cache
def policy(name: str = "vn-2026") -> Policy:
    """The validated policy."""
    return policy_of(document(name), path=COORDINATION / name)
