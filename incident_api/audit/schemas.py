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


class AuditProgress(Answer):
    """A verification that goes on: so many of so many records, since when. Nothing goes on: `is_running` is false."""

    is_running: bool
    walked: int
    records: int
    began_us: Microseconds | None


class CheckpointView(Answer):
    """A signed checkpoint: so many records had this root. `holds`: the signature is of this key over these words."""

    number: int
    records: int
    at_us: Microseconds
    root: str
    signer: str
    holds: bool


class CheckpointsAnswer(Answer):
    """The newest checkpoints. `copies_outside`: whether a folder for copies is set; a rewrite of everything shows against those."""

    total: int
    copies_outside: bool
    checkpoints: list[CheckpointView]
