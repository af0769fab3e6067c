"""Kerberos, LDAP and SNMP in datagrams against broken and hostile BER: the seeds of the fuzz targets, mutilated."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import ROOT, pcap_bytes, udp_frame
from tests.engine.packet.reading import Reading, read

SEEDS = ROOT / "engine/fuzz/seeds"


def seed(path: Path) -> Iterator[bytes]:
    """The payloads of a seed: who sends in one byte, the length in two, the bytes."""
    rest = path.read_bytes()
    while rest:
        (length,) = struct.unpack(">H", rest[1:3])
        yield rest[3 : 3 + length]
        rest = rest[3 + length :]


def tell(write_capture: Callable[[bytes], str], payloads: list[bytes], *, same_flow: bool = True) -> Reading:
    """What the engine makes of datagrams, of one flow or of one each."""
    frames = [
        (1.0 + number / 1_000, udp_frame(payload, port=40_000 if same_flow else 1_024 + number))
        for number, payload in enumerate(payloads)
    ]
    return read(write_capture(pcap_bytes(frames)), PacketSettings(checksums="off"))


@pytest.mark.parametrize("protocol", ["kerberos", "ldap", "snmp"])
def test_mutilated_messages_never_break_a_line(protocol: str, write_capture: Callable[[bytes], str]) -> None:
    whole = [payload for path in sorted((SEEDS / protocol).iterdir()) for payload in seed(path) if payload]
    chance = random.Random(protocol)
    payloads = list(whole)
    for payload in whole * 400:
        changed = bytearray(payload)
        for _ in range(chance.randrange(4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        payloads.append(bytes(changed[: chance.randrange(1, len(changed) + 1)] if chance.random() < 0.2 else changed))
    for same_flow in (True, False):
        reading = tell(write_capture, payloads, same_flow=same_flow)
        events = [orjson.loads(line) for line in reading.lines.splitlines()]
        assert "engine_panic" not in reading.stats["anomalies"]
        assert sum(event["event"]["dataset"] == f"network.{protocol}" for event in events) > 100
        assert all(len(line) < 65_536 for line in reading.lines.splitlines())


@pytest.mark.parametrize("depth", [17, 10_000])
def test_a_bomb_of_open_lengths_is_no_snmp(depth: int, write_capture: Callable[[bytes], str]) -> None:
    bomb = b"\x30\x80\x02\x01\x01\x04\x01x\xa0\x80" + b"\x30\x80" * depth + bytes(2 * depth)
    reading = tell(write_capture, [bomb[:60_000]])
    assert reading.events("network.snmp") == []


def test_variables_beyond_the_bound_are_left_out_and_counted(write_capture: Callable[[bytes], str]) -> None:
    variables = b"\x30\x05\x06\x01\x2b\x05\x00" * 8_000
    content = b"\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x83" + len(variables).to_bytes(3, "big") + variables
    pdu = b"\xa2\x83" + len(content).to_bytes(3, "big") + content
    message = b"\x02\x01\x01\x04\x01x" + pdu
    reading = tell(write_capture, [b"\x30\x83" + len(message).to_bytes(3, "big") + message])
    (event,) = reading.events("network.snmp")
    assert len(event["snmp"]["variables"]) == 128
    assert event["khien"]["truncated"] == ["snmp.variables"]
    assert reading.stats["limits"] == {"snmp_variables": 1}
