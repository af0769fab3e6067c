"""The Merkle tree over the audit log (RFC 6962, section 2.1): one leaf a record, in the order of the log.

A leaf's input is the record's own hash (32 bytes), which covers every field. The tree grows record by record and keeps only the
roots of its perfect subtrees, so that a checkpoint costs what is new, not what is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

#: The hash of a tree without leaves.
EMPTY = hashlib.sha256(b"").hexdigest()


def leaf_hash(record_hash: str) -> bytes:
    """SHA-256 of 0x00 and the leaf's input; the prefix keeps a leaf from being taken for a node."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(record_hash)).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows. `peaks` are its perfect subtrees, the largest first: (leaves, hash in hex)."""

    def __init__(self, peaks: Iterable[tuple[int, str]] = ()) -> None:
        self._peaks = [(leaves, bytes.fromhex(digest)) for leaves, digest in peaks]

    @property
    def size(self) -> int:
        """How many leaves."""
        return sum(leaves for leaves, _ in self._peaks)

    @property
    def peaks(self) -> list[tuple[int, str]]:
        """What is enough to go on later."""
        return [(leaves, digest.hex()) for leaves, digest in self._peaks]

    def append(self, record_hash: str) -> None:
        """One record more."""
        leaves, digest = 1, leaf_hash(record_hash)
        while self._peaks and self._peaks[-1][0] == leaves:
            digest = node_hash(self._peaks.pop()[1], digest)
            leaves *= 2
        self._peaks.append((leaves, digest))

    @property
    def root(self) -> str:
        """The tree's hash, in hex."""
        if not self._peaks:
            return EMPTY
        *rest, (_, digest) = self._peaks
        for _, left in reversed(rest):
            digest = node_hash(left, digest)
        return digest.hex()


def inclusion_proof(record_hashes: Sequence[str], index: int) -> list[str]:
    """The audit path of leaf `index` (from 0) in the tree of these records (RFC 6962, section 2.1.1)."""
    path: list[str] = []
    level, place = [leaf_hash(each) for each in record_hashes], index
    while len(level) > 1:
        sibling = place ^ 1
        if sibling < len(level):
            path.append(level[sibling].hex())
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # A last node without a sibling rises unchanged: the same tree as the recursive definition gives.
        level = [*paired, level[-1]] if len(level) % 2 else paired
        place //= 2
    return path


def proves(*, record_hash: str, index: int, size: int, path: Sequence[str], root: str) -> bool:
    """Whether a path shows that the record is leaf `index` of the tree with this root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, digest = index, size - 1, leaf_hash(record_hash)
    for step in path:
        if last == 0:
            return False
        sibling = bytes.fromhex(step)
        if node % 2 or node == last:
            digest = node_hash(sibling, digest)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            digest = node_hash(digest, sibling)
        node, last = node // 2, last // 2
    return last == 0 and digest.hex() == root
