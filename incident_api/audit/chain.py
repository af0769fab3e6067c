"""The hash chain of the audit log: what a record's hash covers, and the walk that finds the first bad one.

A chain shows an edited, removed or inserted record. A cut tail or a rewrite of everything shows against signed checkpoints
(`verification.py`); `verify_chain` takes the head it should end at, and without one says only that the chain holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from incident_api.coordination.canonical import sha256_of

#: What the first record names as the one before.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """A record as it is hashed. Numbers of microseconds are text: RFC 8785 numbers are doubles."""

    seq: int
    at_us: int
    stream: str
    actor: str
    capacity: str | None
    home: str | None
    act: str
    object: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    after_sha256: str
    reason: str | None
    policy_version: str | None
    prev: str

    @property
    def hash(self) -> str:
        """SHA-256 of the RFC 8785 JSON of every field."""
        return sha256_of(
            {
                "seq": self.seq,
                "at": str(self.at_us),
                "stream": self.stream,
                "actor": self.actor,
                "capacity": self.capacity,
                "home": self.home,
                "act": self.act,
                "object": self.object,
                "before": self.before,
                "after_sha256": self.after_sha256,
                "reason": self.reason,
                "policy_version": self.policy_version,
                "prev": self.prev,
            }
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a walk: `first_bad` is the number of the first record that does not fit, with the fault's name."""

    records: int
    head: str
    first_bad: int | None = None
    fault: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return self.first_bad is None


def verify_chain(records: Iterable[tuple[Link, str]], *, expected_head: tuple[int, str] | None = None) -> Verdict:
    """Walk the records in order; each comes with the hash stored beside it. Stops at the first that is wrong."""
    previous, count = GENESIS, 0
    for link, stored in records:
        fault = fault_of(link, stored, number=count + 1, previous=previous)
        if fault is not None:
            return Verdict(records=count, head=previous, first_bad=count + 1, fault=fault)
        previous, count = stored, count + 1
    if expected_head is not None and expected_head != (count, previous):
        return Verdict(records=count, head=previous, first_bad=count + 1, fault="tail_missing")
    return Verdict(records=count, head=previous)


def fault_of(link: Link, stored: str, *, number: int, previous: str) -> str | None:
    """What is wrong with record `number` behind the hash `previous`; None = nothing."""
    if link.seq != number:
        return "number_missing"
    if link.prev != previous:
        return "not_linked"
    if sha256_of(link.after) != link.after_sha256:
        return "content_changed"
    return None if link.hash == stored else "record_changed"
