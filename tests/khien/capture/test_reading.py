"""A capture as batches, events and an account, against what other programs say is in the lab's recording."""

from __future__ import annotations

from pathlib import Path

import pytest

import khien
from khien.errors import KhienError

RECORDING = Path(__file__).resolve().parents[3] / "lab" / "recording" / "capture.pcapng"


def test_batches_come_in_the_order_of_the_capture_and_their_counts_add_up() -> None:
    capture = khien.read(RECORDING)
    batches = list(capture)
    assert sum(batch.count for batch in batches) == sum(batch.lines.count(b"\n") for batch in batches)
    assert sum(batch.count for batch in batches) == sum(capture.account.events.values())
    assert [batch.time_us for batch in batches] == sorted(batch.time_us for batch in batches)


def test_every_packet_is_accounted_for() -> None:
    capture = khien.read(RECORDING)
    for _ in capture:
        pass
    account = capture.account
    assert account.read == 21_057  # capinfos on the same file, lab/README.md
    assert account.read == account.decoded + sum(account.undecoded.values())


def test_a_capture_can_be_read_twice_with_the_same_result() -> None:
    capture = khien.read(RECORDING)
    assert [batch.lines for batch in capture] == [batch.lines for batch in capture]


def test_events_of_one_dataset_are_only_those() -> None:
    capture = khien.read(RECORDING)
    found = list(capture.events("network.ssh"))
    assert len(found) == capture.account.events["network.ssh"]
    assert {event["event"]["dataset"] for event in found} == {"network.ssh"}


def test_the_account_of_a_capture_that_was_not_read_is_refused() -> None:
    with pytest.raises(LookupError, match="has not been read yet"):
        _ = khien.read(RECORDING).account


def test_a_missing_file_is_told_when_it_is_read() -> None:
    with pytest.raises(KhienError) as caught:
        list(khien.read("/nowhere/x.pcap"))
    assert caught.value.code == "capture.not_found"


def test_a_dataset_that_does_not_exist_is_refused_and_not_empty() -> None:
    for asked in (lambda: list(khien.read(RECORDING).events("dns")), lambda: khien.read(RECORDING).to_arrow("network.nothing")):
        with pytest.raises(KhienError) as caught:
            asked()
        assert caught.value.code == "usage.unknown_dataset"
