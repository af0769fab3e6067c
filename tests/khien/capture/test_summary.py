"""The summary's bounds and sums, on made events."""

from __future__ import annotations

from typing import Any

import pytest

from khien.capture import summary as module
from khien.capture.summary import Largest, Loads, Summary


def flow(number: int, *, protocol: str | None = "dns", payload: int = 100, frame_bytes: int = 200) -> dict[str, Any]:
    """The final record of a flow between two hosts of its own."""
    network: dict[str, Any] = {"transport": "udp", "iana_number": "17", "packets": 2, "bytes": frame_bytes, "community_id": "1:x="}
    if protocol:
        network["protocol"] = protocol
    return {
        "event": {"dataset": "network.flow", "action": "flow-end", "start": "2026-11-10T02:00:00.000000Z"},
        "network": network,
        "source": {"ip": f"10.0.{number // 256}.{number % 256}", "port": 40_000},
        "destination": {"ip": "10.9.9.9", "port": 53},
        "khien": {"flow": {"state": "established", "payload_bytes": {"source": payload, "destination": 0}}},
    }


def test_a_host_counts_each_of_its_flows_once() -> None:
    summary = Summary()
    for number in range(3):
        summary.add(flow(number))
    busiest, load = summary.hosts.largest()[0]
    assert (busiest, load.flows, load.packets, load.bytes) == ("10.9.9.9", 3, 6, 600)
    assert len(summary.hosts) == 4


def test_a_flow_with_payload_and_no_protocol_is_not_understood_and_one_without_payload_is() -> None:
    summary = Summary()
    summary.add(flow(1, protocol=None))
    summary.add(flow(2, protocol=None, payload=0))
    assert [(name, load.flows) for name, load in summary.unrecognised.largest()] == [("udp/53", 1)]


def test_icmp_is_understood_without_a_protocol_above_it() -> None:
    summary = Summary()
    for transport in ("icmp", "ipv6-icmp", "sctp"):
        event = flow(1, protocol=None)
        event["network"]["transport"] = transport
        summary.add(event)
    assert [name for name, _ in summary.unrecognised.largest()] == ["sctp/53"]


def test_names_beyond_the_bound_are_counted_together_and_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DISTINCT", 4)
    loads = Loads()
    for number in range(10):
        loads.add(f"host{number}", packets=1, frame_bytes=10)
    assert len(loads) == 4
    assert (loads.others.flows, loads.others.bytes) == (6, 60)


def test_the_largest_rows_survive_the_bound_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DISTINCT", 3)
    largest = Largest()
    for number in range(20):
        largest.add((number,), {"bytes": number})
    assert [row["bytes"] for row in largest.rows(most=3)] == [19, 18, 17]
    assert largest.total == 20
    assert largest.others > 0


def test_the_same_file_twice_is_one_row_with_its_number_of_times() -> None:
    largest = Largest()
    for _ in range(3):
        largest.add(("a.pdf", 5, "aa"), {"bytes": 5, "from": "first"})
    assert largest.rows() == [{"bytes": 5, "from": "first", "times": 3}]
