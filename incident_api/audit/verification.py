"""Whether an audit log is whole, told without the platform: its chain, its checkpoints, and their copies elsewhere.

The chain shows an edited, inserted or removed record and names it. A cut tail and a rewrite of everything show against signed
checkpoints, best against their copies outside (`anchors`), which whoever rewrites the store cannot reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from incident_api.audit.chain import GENESIS, Link, fault_of
from incident_api.audit.checkpoints import NONE_BEFORE, Checkpoint
from incident_api.audit.merkle import Tree
from khien.clock import MICROSECONDS

#: A checkpoint is made every hour: a record that still has none two hours later was left out.
ANCHOR_WITHIN_US = 2 * 3600 * MICROSECONDS

#: What can be wrong, in words.
FAULTS: dict[str, tuple[str, str]] = {
    "number_missing": ("Thiếu hoặc chèn bản ghi", "A record is missing or was inserted"),
    "not_linked": ("Bản ghi không nối với bản ghi trước", "The record is not linked to the one before"),
    "content_changed": ("Nội dung sau thay đổi không khớp giá trị băm", "The content does not match its hash"),
    "record_changed": ("Bản ghi đã bị sửa", "The record was changed"),
    "unreadable": ("Bản ghi không đọc được", "The record cannot be read"),
    "tail_missing": ("Mất các bản ghi cuối", "Records at the end are missing"),
    "root_differs": ("Nội dung khác với điểm kiểm tra đã ký", "The content differs from a signed checkpoint"),
    "checkpoint_signature": ("Chữ ký của điểm kiểm tra không hợp lệ", "The signature of a checkpoint does not hold"),
    "checkpoint_key": ("Điểm kiểm tra ký bằng khóa khác", "A checkpoint is signed with another key"),
    "checkpoint_missing": ("Thiếu điểm kiểm tra", "A checkpoint is missing"),
    "checkpoint_differs": ("Điểm kiểm tra khác với bản sao bên ngoài", "A checkpoint differs from its copy outside"),
    "anchor_missing": ("Thiếu bản sao của điểm kiểm tra ở bên ngoài", "The copy of a checkpoint outside is missing"),
    "not_anchored": (
        "Chưa có điểm kiểm tra nào cho bản ghi quá hai giờ",
        "No checkpoint covers a record that is older than two hours",
    ),
    "file_changed": ("Tệp đã bị sửa hoặc bị cắt", "The file was changed or cut"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong first. `record`: the first bad record, when one can be named; `until`: the last that may be meant."""

    fault: str
    record: int | None = None
    until: int | None = None
    checkpoint: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a verification. `anchored`: how many records the newest good checkpoint covers."""

    records: int
    head: str
    checkpoints: int
    anchored: int
    finding: Finding | None
    signers: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return self.finding is None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a log is measured against. `anchors` None: no copies outside were given."""

    checkpoints: Sequence[Checkpoint] = ()
    anchors: Sequence[Checkpoint] | None = None
    trusted: str | None = None
    expected_head: tuple[int, str] | None = None


@dataclass(slots=True)
class _Walk:
    """A walk as it goes on: the end of the chain so far, its tree, and what stood still at the last agreeing checkpoint."""

    expected: dict[int, Checkpoint]
    tree: Tree = field(default_factory=Tree)
    head: str = GENESIS
    count: int = 0
    anchored: int = 0
    #: Time of the first record that no checkpoint covers, and of the newest record.
    unanchored_us: int | None = None
    newest_us: int = 0

    def take(self, link: Link, stored: str) -> Finding | None:
        try:
            fault = fault_of(link, stored, number=self.count + 1, previous=self.head)
        except ValueError:
            # A number that RFC 8785 cannot write: we never wrote it either.
            fault = "unreadable"
        if fault is not None:
            return Finding(fault, record=self.count + 1)
        self.tree.append(stored)
        self.head, self.count = stored, self.count + 1
        self.newest_us = max(self.newest_us, link.at_us)
        if self.unanchored_us is None:
            self.unanchored_us = link.at_us
        checkpoint = self.expected.get(self.count)
        if checkpoint is None:
            return None
        if (checkpoint.root, checkpoint.head) != (self.tree.root, self.head):
            return Finding("root_differs", record=self.anchored + 1, until=self.count, checkpoint=checkpoint.number)
        self.anchored, self.unanchored_us = self.count, None
        return None


def verify_log(records: Iterable[tuple[Link, str] | None], evidence: Evidence) -> Report:
    """Walk the records in order; None stands for one that cannot be read. The first fault ends it."""
    anchors = evidence.anchors or ()
    walk = _Walk({each.size: each for each in _believed(evidence)})
    finding: Finding | None = None
    for record in records:
        finding = Finding("unreadable", record=walk.count + 1) if record is None else walk.take(*record)
        if finding is not None:
            break
    finding = finding or _tail(walk, evidence) or _of_checkpoints(evidence) or _unanchored(walk)
    return Report(
        records=walk.count,
        head=walk.head,
        checkpoints=len(evidence.checkpoints),
        anchored=walk.anchored,
        finding=finding,
        signers=tuple(sorted({each.signer for each in (*evidence.checkpoints, *anchors)})),
    )


def _believed(evidence: Evidence) -> list[Checkpoint]:
    """What the records are measured against: what lies outside, and of what lies beside the log only what came later."""
    anchors = evidence.anchors or ()
    last = max((each.number for each in anchors), default=0)
    found = (*anchors, *(each for each in evidence.checkpoints if each.number > last))
    return [each for each in found if each.holds and evidence.trusted in {None, each.signer}]


def _tail(walk: _Walk, evidence: Evidence) -> Finding | None:
    beyond = [each for size, each in walk.expected.items() if size > walk.count]
    if beyond:
        last = max(beyond, key=lambda each: each.size)
        return Finding("tail_missing", record=walk.count + 1, until=last.size, checkpoint=last.number)
    if evidence.expected_head is not None and evidence.expected_head != (walk.count, walk.head):
        return Finding("tail_missing", record=walk.count + 1, until=max(walk.count + 1, evidence.expected_head[0]))
    return None


def _of_checkpoints(evidence: Evidence) -> Finding | None:
    """The row of checkpoints itself, and against its copies."""
    before: Checkpoint | None = None
    for number, each in enumerate(sorted(evidence.checkpoints, key=lambda one: one.number), start=1):
        if each.number != number or each.previous != (before.sha256 if before else NONE_BEFORE):
            return Finding("checkpoint_missing", checkpoint=number)
        if not each.holds:
            return Finding("checkpoint_signature", checkpoint=number)
        if evidence.trusted is not None and each.signer != evidence.trusted:
            return Finding("checkpoint_key", checkpoint=number)
        before = each
    return _of_anchors(evidence) if evidence.anchors is not None else None


def _of_anchors(evidence: Evidence) -> Finding | None:
    inside = {each.number: each for each in evidence.checkpoints}
    outside = {each.number: each for each in evidence.anchors or ()}
    for number in sorted(inside.keys() | outside.keys()):
        if number not in outside:
            return Finding("anchor_missing", checkpoint=number)
        if not outside[number].holds:
            return Finding("checkpoint_signature", checkpoint=number)
        if evidence.trusted is not None and outside[number].signer != evidence.trusted:
            return Finding("checkpoint_key", checkpoint=number)
        if number not in inside:
            return Finding("checkpoint_missing", checkpoint=number)
        if inside[number] != outside[number]:
            return Finding("checkpoint_differs", checkpoint=number)
    return None


def _unanchored(walk: _Walk) -> Finding | None:
    if walk.unanchored_us is None or walk.newest_us - walk.unanchored_us <= ANCHOR_WITHIN_US:
        return None
    return Finding("not_anchored", record=walk.anchored + 1, until=walk.count)
