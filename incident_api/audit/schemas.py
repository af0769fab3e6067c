"""Bodies of the audit log."""

from __future__ import annotations

from typing import Any

from incident_api.http.schemas import Answer, LocalText, Microseconds


class AuditRecord(Answer):
    """One record of the hash chain."""

    seq: int
    at_us: Microseconds
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
    hash: str


class AuditAnswer(Answer):
    """Records, newest first."""

    records: list[AuditRecord]
    scope: str
    next: str | None


class AuditVerification(Answer):
    """Whether the chain holds; otherwise the first bad record and what is wrong with it."""

    whole: bool
    records: int
    head: str
    first_bad: int | None
    fault: LocalText | None
