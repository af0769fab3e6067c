"""Twice an attack takes about twice the instructions: what `make bench-attacks` measures, as a test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bench.packet.attacks import MOST, PART, SMALL, binary, ratio, sizes

#: One of each layer whose cost is work that allocates nothing, which tests/work.rs cannot see: the table of flows, reassembly
#: backwards, streams of HTTP/2, SMB's open requests, a message of BER that comes byte by byte.
CHOSEN = (
    "udp_scan",
    "resets_and_ends_of_one_flow",
    "one_byte_segments_that_come_backwards",
    "streams_without_end",
    "smb_requests_without_answers",
    "ldap_entry_in_single_bytes",
)


@pytest.fixture(scope="module")
def program() -> Path:
    if shutil.which("valgrind") is None or shutil.which("cargo") is None:
        pytest.skip("valgrind and cargo count the instructions; one of them is not installed")
    return binary()


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", CHOSEN)
def test_twice_an_attack_takes_about_twice_the_instructions(program: Path, name: str) -> None:
    size = sizes(program)[name]
    assert 1.5 < ratio(program, name, size // PART if size > SMALL else size) <= MOST
