"""NTP: time, control and private messages; against captures with known answers."""

from pathlib import Path
from typing import Any

from tests.engine.packet.reading import read


def messages(captures: Path, name: str) -> list[dict[str, Any]]:
    return read(str(captures / name)).events("network.ntp")


def test_a_server_names_its_clock_or_its_own_server(captures: Path) -> None:
    found = messages(captures, "zeek/ntp/ntp2.pcap")
    named = {(event["ntp"]["stratum"], event["ntp"]["reference"]) for event in found if event["ntp"]["mode"] == 4}
    assert {(1, "GPS"), (4, "105.237.207.28")} <= named


def test_numbers_and_times_are_those_of_the_message(captures: Path) -> None:
    event = messages(captures, "zeek/ntp/ntp.pcap")[0]
    ntp = event["ntp"]
    assert (event["event"]["action"], ntp["version"], ntp["mode"], ntp["poll"]) == ("ntp-request", 4, 3, 6)
    assert (ntp["root_delay"], ntp["root_dispersion"]) == (0.046280, 0.024170)
    # 1559246614.027421 in Zeek's log.
    assert ntp["transmit_time"] == "2019-05-30T20:03:34.027421Z"


def test_an_answer_says_how_long_it_took(captures: Path) -> None:
    found = messages(captures, "zeek/ntp/ntp.pcap")
    requests = {event["khien"]["flow"]["id"]: event for event in found if event["ntp"]["mode"] == 3}
    answers = [event for event in found if event["ntp"]["mode"] == 4]
    assert answers
    for answer in answers:
        assert answer["event"]["start"] == requests[answer["khien"]["flow"]["id"]]["@timestamp"]
        assert answer["event"]["duration"] > 0


def test_control_and_private_messages_are_told_and_monlist_by_name(captures: Path) -> None:
    found = messages(captures, "zeek/ntp/ntpmode67.pcap")
    control = [event["ntp"] for event in found if event["event"]["action"] == "ntp-control"]
    private = [event["ntp"] for event in found if event["event"]["action"] == "ntp-private"]
    assert [(ntp["op_code"], ntp["sequence"], ntp["association_id"]) for ntp in control] == [
        (1, 1, 0),
        (2, 2, 19183),
        (2, 3, 19184),
    ] * 2
    assert [(ntp["request_code"], ntp["request"], ntp["implementation"]) for ntp in private] == [
        (1, "peer-list-sum", 3),
        (42, "monlist", 3),
        (1, "peer-list-sum", 3),
    ]


def test_a_message_without_a_reference_has_no_text_for_it(captures: Path) -> None:
    event = messages(captures, "zeek/ntp/NTP_sync.pcap")[0]
    assert event["ntp"]["reference_id"] == "00:00:00:00"
    assert "reference" not in event["ntp"]
    assert "reference_time" not in event["ntp"]
