"""The Merkle tree is the one of RFC 6962, section 2.1: against its published test vectors and against its recursive definition."""

from __future__ import annotations

import hashlib

import pytest

from incident_api.audit.merkle import EMPTY, Tree, inclusion_proof, leaf_hash, proves

RECORDS = [hashlib.sha256(f"record {number}".encode()).hexdigest() for number in range(70)]


def recursive(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word; written apart from the code."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + recursive(leaves[:split]) + recursive(leaves[split:])).digest()


def test_the_empty_tree_and_one_leaf_are_those_of_certificate_transparency() -> None:
    # google/certificate-transparency, reference vectors: the empty tree, and the leaf of the empty input.
    assert Tree().root == EMPTY == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash("").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_a_growing_tree_has_the_root_of_the_recursive_definition_at_every_size() -> None:
    tree = Tree()
    for size, record in enumerate(RECORDS, start=1):
        tree = Tree(tree.peaks)  # as it goes on after a restart
        tree.append(record)
        assert tree.size == size
        assert tree.root == recursive([bytes.fromhex(each) for each in RECORDS[:size]]).hex()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_a_path_proves_its_record_and_no_other(size: int) -> None:
    records, tree = RECORDS[:size], Tree()
    for record in records:
        tree.append(record)
    for index, record in enumerate(records):
        path = inclusion_proof(records, index)
        assert proves(record_hash=record, index=index, size=size, path=path, root=tree.root)
        assert not proves(record_hash=RECORDS[-1], index=index, size=size, path=path, root=tree.root)
        assert not proves(record_hash=record, index=index + 1, size=size, path=path, root=tree.root)
        assert not proves(record_hash=record, index=index, size=size, path=[*path, record], root=tree.root)
