"""Modbus: transactions, values, exceptions; against a capture with known answers."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.packet.reading import Reading, read


@pytest.fixture(scope="module")
def reading(captures: Path) -> Reading:
    return read(str(captures / "suricata-verify/modbus/modbus.pcap"))


def transactions(reading: Reading, port: int) -> list[dict[str, Any]]:
    return [event for event in reading.events("network.modbus") if port in {event["source"]["port"], event["destination"]["port"]}]


def test_a_request_and_its_answer_are_one_event_with_their_values(reading: Reading) -> None:
    found = transactions(reading, 3082)
    assert [event["modbus"]["request"]["function_code"] for event in found] == [
        "RdCoils",
        "RdCoils",
        "RdHoldRegs",
        "WrSingleCoil",
        "WrSingleCoil",
        "WrSingleReg",
    ]
    registers = found[2]["modbus"]
    assert registers["request"]["read"] == {"address": 5, "quantity": 2}
    assert registers["response"]["read"] == {"registers": [9, 24]}
    assert found[5]["modbus"]["request"]["write"] == {"address": 5, "value": 11}
    assert [event["event"]["action"] for event in found] == ["modbus-read"] * 3 + ["modbus-write"] * 3
    assert all(event["event"]["outcome"] == "success" and event["event"]["duration"] > 0 for event in found)
    assert {event["modbus"]["unit_id"] for event in found} == {10}


def test_an_exception_without_its_request_is_told_as_a_failure(reading: Reading) -> None:
    found = transactions(reading, 4446)
    assert len(found) == 5
    for event in found:
        assert event["event"]["action"] == "modbus-exception"
        assert event["event"]["outcome"] == "failure"
        assert event["modbus"]["response"]["exception"] == {"raw": 6, "code": "ServerDeviceBusy"}
        assert "request" not in event["modbus"]


def test_diagnostics_and_what_nobody_answers_are_told(reading: Reading) -> None:
    requests = [event["modbus"]["request"] for event in transactions(reading, 2578) if "request" in event["modbus"]]
    codes = {request["diagnostic"]["code"] for request in requests if "diagnostic" in request}
    assert codes == {"ForceListenOnlyMode", "RestartCommOpt", "ClearCtrDiagReg"}
    unanswered = transactions(reading, 2579)[0]
    assert "response" not in unanswered["modbus"]
    assert "outcome" not in unanswered["event"]


def test_a_header_that_cannot_be_ends_the_parser_and_is_told(reading: Reading) -> None:
    anomalies = [event for event in reading.events("network.anomaly") if event["khien"]["anomaly"]["name"] == "modbus_malformed"]
    assert [event["source"]["port"] for event in anomalies] == [2585]
    assert transactions(reading, 2585) == []
