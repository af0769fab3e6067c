"""One changed byte, a dropped or swapped record, a cut tail and a rewrite of everything are found, and named."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from incident_api.audit.archive import ArchiveHead, Damaged, read_archive, write_archive
from incident_api.audit.chain import Link
from incident_api.audit.checkpoints import Checkpoint, signed
from incident_api.audit.merkle import Tree
from incident_api.audit.verification import Evidence, Finding, Report, verify_log
from incident_api.coordination.canonical import sha256_of
from khien.clock import MICROSECONDS
from tests.incident_api.audit.test_chain import chain

Records = list[tuple[Link, str]]
KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in (1, 2))
HOUR = 3600 * MICROSECONDS


def checkpoints(records: Records, *sizes: int, key: Ed25519PrivateKey = KEY) -> tuple[Checkpoint, ...]:
    """Signed after so many records each."""
    made: list[Checkpoint] = []
    tree = Tree()
    for link, stored in records:
        tree.append(stored)
        if link.seq in sizes:
            before = made[-1] if made else None
            made.append(signed(key, city="ben-sen", size=link.seq, root=tree.root, head=stored, at_us=link.at_us, before=before))
    return tuple(made)


def rewritten(records: Records, at: int, **edit: Any) -> Records:
    """What somebody does who knows the format: the record changed, and every hash behind it made to fit."""
    made: Records = []
    for link, _ in records:
        changed = replace(link, prev=made[-1][1] if made else link.prev, **(edit if link.seq == at else {}))
        changed = replace(changed, after_sha256=sha256_of(changed.after))
        made.append((changed, changed.hash))
    return made


LOG = chain(12)
SIGNED = checkpoints(LOG, 4, 8, 12)
FORGED = rewritten(LOG, 6, actor="somebody.else")


def test_a_whole_log_with_its_checkpoints_and_copies_is_whole() -> None:
    report = verify_log(LOG, Evidence(SIGNED, anchors=SIGNED, trusted=SIGNED[0].signer, expected_head=(12, LOG[-1][1])))
    assert (report.finding, report.records, report.anchored) == (None, 12, 12)


def test_a_rewrite_of_everything_is_found_at_the_checkpoint_behind_it() -> None:
    assert verify_log(FORGED, Evidence()).is_whole  # the chain alone shows nothing
    report = verify_log(FORGED, Evidence(SIGNED))
    assert report.finding == Finding("root_differs", record=5, until=8, checkpoint=2)


def test_a_rewrite_whose_checkpoints_are_signed_anew_is_found_by_the_copies_or_by_the_key() -> None:
    by_thief = Evidence(checkpoints(FORGED, 4, 8, 12), anchors=SIGNED)
    assert verify_log(FORGED, by_thief).finding == Finding("root_differs", record=5, until=8, checkpoint=2)
    by_stranger = Evidence(checkpoints(FORGED, 4, 8, 12, key=OTHER_KEY), trusted=SIGNED[0].signer)
    assert verify_log(FORGED, by_stranger).finding == Finding("checkpoint_key", checkpoint=1)


def test_a_cut_tail_is_found_by_the_checkpoint_that_covers_it() -> None:
    assert verify_log(LOG[:9], Evidence(SIGNED)).finding == Finding("tail_missing", record=10, until=12, checkpoint=3)
    assert verify_log(LOG[:9], Evidence(SIGNED[:2], anchors=SIGNED)).finding == Finding(
        "tail_missing", record=10, until=12, checkpoint=3
    )


def test_a_checkpoint_that_is_missing_inside_or_outside_is_named() -> None:
    assert verify_log(LOG, Evidence((SIGNED[0], SIGNED[2]))).finding == Finding("checkpoint_missing", checkpoint=2)
    assert verify_log(LOG, Evidence(SIGNED[:2], anchors=SIGNED)).finding == Finding("checkpoint_missing", checkpoint=3)
    assert verify_log(LOG, Evidence(SIGNED, anchors=(SIGNED[0], SIGNED[2]))).finding == Finding("anchor_missing", checkpoint=2)


def test_a_checkpoint_whose_word_was_changed_does_not_hold() -> None:
    changed = SIGNED[1].model_copy(update={"at": "77"})
    assert verify_log(LOG, Evidence((SIGNED[0], changed, SIGNED[2]))).finding == Finding("checkpoint_signature", checkpoint=2)


def test_records_that_no_checkpoint_covers_for_two_hours_are_not_anchored() -> None:
    late = rewritten(LOG, 12, at_us=12 + 2 * HOUR)
    assert verify_log(late, Evidence(checkpoints(late, 4, 11))).is_whole
    assert verify_log(late, Evidence(checkpoints(late, 4))).finding == Finding("not_anchored", record=5, until=12)


def test_a_number_that_rfc_8785_cannot_write_is_a_bad_record() -> None:
    log = [*LOG[:5], (replace(LOG[5][0], after={"n": 2**60}), LOG[5][1])]
    assert verify_log(log, Evidence()).finding == Finding("unreadable", record=6)


def exported(records: Records, signed_ones: tuple[Checkpoint, ...]) -> bytes:
    file = io.BytesIO()
    head = ArchiveHead("ben-sen", "2026-11-23T02:00:00Z", len(records), records[-1][1], signed_ones)
    assert write_archive(file, head, records) == len(records)
    return file.getvalue()


def verified(content: bytes) -> Report | None:
    """None = the file says of itself that it is none of ours."""
    try:
        head, records = read_archive(io.BytesIO(content))
        return verify_log(records, Evidence(head.checkpoints, expected_head=(head.records, head.head)))
    except Damaged:
        return None


def mutations(whole: bytes, number: int) -> Iterator[tuple[str, bytes]]:
    """Changed bytes, dropped and swapped lines, cuts; the seed is the count, so that a failure can be seen again."""
    chance = random.Random(number)
    lines = whole.splitlines(keepends=True)
    for _ in range(number):
        kind = chance.choice(("byte", "byte", "byte", "drop", "swap", "double", "cut"))
        at = chance.randrange(len(lines))
        if kind == "byte":
            place = chance.randrange(len(whole))
            other = (whole[place] + chance.randrange(1, 256)) % 256
            yield f"byte {place} becomes {other}", whole[:place] + bytes([other]) + whole[place + 1 :]
        elif kind == "drop":
            yield f"line {at} dropped", b"".join((*lines[:at], *lines[at + 1 :]))
        elif kind == "double":
            yield f"line {at} twice", b"".join((*lines[: at + 1], *lines[at:]))
        elif kind == "swap":
            other = (at + chance.randrange(1, len(lines))) % len(lines)
            made = list(lines)
            made[at], made[other] = made[other], made[at]
            yield f"lines {at} and {other} swapped", b"".join(made)
        else:
            yield f"cut at {at}", b"".join(lines[:at]) + lines[at][: chance.randrange(len(lines[at]))]


def every_mutation_is_found(number: int) -> None:
    whole = exported(LOG, SIGNED)
    report = verified(whole)
    assert report is not None
    assert report.is_whole
    for what, made in mutations(whole, number):
        report = verified(made)
        assert report is None or not report.is_whole, what


def test_three_hundred_random_changes_of_an_export_are_found() -> None:
    every_mutation_is_found(300)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_random_changes_of_an_export_are_found() -> None:
    every_mutation_is_found(10_000)


def test_a_changed_record_of_an_export_is_named_even_when_the_file_s_own_hash_was_made_to_fit() -> None:
    edited = [*LOG[:6], (replace(LOG[6][0], actor="x"), LOG[6][1]), *LOG[7:]]
    report = verified(exported(edited, SIGNED))
    assert report is not None
    assert report.finding == Finding("record_changed", record=7)
