"""How far a verification of the audit log has come: written by the one that walks, read by whoever waits for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Walking:
    """`walked` of `records`, as the head of the log counts them."""

    began_us: int
    walked: int = 0
    records: int = 0
