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
    """Whether the log holds; otherwise what is wrong, with the first record or the checkpoint that it is wrong with.

    `anchored`: how many records the newest signed checkpoint covers; `signers`: fingerprints of the keys that signed.
    """

    whole: bool
    records: int
    head: str
    first_bad: int | None
    bad_until: int | None
    bad_checkpoint: int | None
    fault: LocalText | None
    checkpoints: int
    anchored: int
    signers: list[str]
