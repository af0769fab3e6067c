"""What resets, contradictory segments, begins in the middle and late acknowledgements do to a stream (RFC 9293)."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import Reading, read
from tests.engine.packet.segments import ACK, FIN, RST, SYN, Segment, capture

Write = Callable[[bytes], str]

REQUEST = b"GET /a HTTP/1.1\r\nHost: a.vn\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#: The first numbers behind the handshake.
CLIENT, SERVER = 1_001, 5_001
ASKED, ANSWERED = CLIENT + len(REQUEST), SERVER + len(RESPONSE)

HANDSHAKE = (
    Segment(client=True, sequence=CLIENT - 1, flags=SYN, at_us=0),
    Segment(client=False, sequence=SERVER - 1, acknowledged=CLIENT, flags=SYN | ACK, at_us=10),
    Segment(client=True, sequence=CLIENT, acknowledged=SERVER, at_us=20),
)
QUESTION = Segment(client=True, sequence=CLIENT, acknowledged=SERVER, payload=REQUEST, at_us=1_000)
ANSWER = Segment(client=False, sequence=SERVER, acknowledged=ASKED, payload=RESPONSE, at_us=2_000)
HEARD = Segment(client=True, sequence=ASKED, acknowledged=ANSWERED, at_us=4_000)


def reading(write: Write, segments: Iterable[Segment]) -> Reading:
    return read(write(capture(segments)), PacketSettings(checksums="off"))


def names(found: Reading) -> set[str]:
    return {event["khien"]["anomaly"]["name"] for event in found.events("network.anomaly")}


def response(found: Reading) -> dict[str, Any] | None:
    [event] = found.events("network.http")
    answer: dict[str, Any] | None = event["http"].get("response")
    return answer


def test_what_the_sender_of_a_reset_sent_before_it_is_read_without_an_acknowledgement(write_capture: Write) -> None:
    reset = Segment(client=False, sequence=ANSWERED, acknowledged=ASKED, flags=RST | ACK, at_us=3_000)
    found = reading(write_capture, [*HANDSHAKE, QUESTION, ANSWER, reset])
    assert response(found) == {"status_code": 200, "body": {"bytes": 5}}


def test_what_the_receiver_of_a_reset_sent_and_nobody_acknowledged_is_not_read(write_capture: Write) -> None:
    reset = Segment(client=True, sequence=ASKED, flags=RST, at_us=3_000)
    found = reading(write_capture, [*HANDSHAKE, QUESTION, ANSWER, reset])
    assert response(found) is None


def test_a_reset_acknowledges_as_any_segment_does(write_capture: Write) -> None:
    reset = Segment(client=True, sequence=ASKED, acknowledged=ANSWERED, flags=RST | ACK, at_us=3_000)
    found = reading(write_capture, [*HANDSHAKE, QUESTION, ANSWER, reset])
    assert response(found) == {"status_code": 200, "body": {"bytes": 5}}


def test_a_reset_that_acknowledges_what_was_not_sent_tells_no_gap(write_capture: Write) -> None:
    reset = Segment(client=True, sequence=ASKED, acknowledged=ANSWERED + 9, flags=RST | ACK, at_us=3_000)
    found = reading(write_capture, [*HANDSHAKE, QUESTION, ANSWER, reset])
    assert "stream_gap" not in names(found)
    assert found.stats["missed_bytes"] == 0


@pytest.mark.parametrize("extra", [0, ACK])
def test_a_segment_that_opens_and_ends_a_connection_is_told_and_changes_nothing(write_capture: Write, extra: int) -> None:
    flags = SYN | FIN | extra
    both = Segment(client=True, sequence=CLIENT, acknowledged=SERVER, flags=flags, payload=b"GET /no", at_us=500)
    found = reading(write_capture, [*HANDSHAKE, both, QUESTION, ANSWER, HEARD])
    assert names(found) == {"tcp_flags_impossible"}
    [event] = found.events("network.http")
    assert (event["url"]["path"], event["http"]["response"]["status_code"]) == ("/a", 200)
    [flow] = found.events("network.flow")
    assert flow["khien"]["tcp"]["state"] == "established"


def test_a_segment_that_opens_and_ends_a_connection_names_no_originator(write_capture: Write) -> None:
    both = Segment(client=False, sequence=77, flags=SYN | FIN, at_us=0)
    found = reading(write_capture, [both, *HANDSHAKE, QUESTION, ANSWER, HEARD])
    assert "tcp_flags_impossible" in names(found)
    [flow] = found.events("network.flow")
    assert (flow["source"]["ip"], flow["khien"]["flow"]["direction_source"]) == ("10.0.0.1", "handshake")
    assert response(found) == {"status_code": 200, "body": {"bytes": 5}}


def middle(first: int) -> list[Segment]:
    """A connection picked up in the middle, after one byte of the client's at `first`."""
    stray = Segment(client=True, sequence=first, acknowledged=SERVER, payload=b"\0", at_us=0)
    heard = Segment(client=False, sequence=SERVER, acknowledged=CLIENT, at_us=500)
    return [stray, heard, QUESTION, ANSWER, HEARD]


@pytest.mark.parametrize("distance", [17 << 20, -(17 << 20), 2**31 - 1])
def test_a_first_segment_from_the_middle_that_the_other_end_never_took_is_no_part(write_capture: Write, distance: int) -> None:
    found = reading(write_capture, middle(CLIENT + distance))
    [event] = found.events("network.http")
    assert event["url"]["path"] == "/a"
    assert "stream_gap" not in names(found)
    assert found.stats["missed_bytes"] == 0


def test_after_a_first_segment_from_the_middle_what_is_missing_is_a_gap(write_capture: Write) -> None:
    # One byte came at CLIENT - 100; the other end acknowledges all up to CLIENT.
    found = reading(write_capture, middle(CLIENT - 100))
    assert "stream_gap" in names(found)
    assert found.stats["missed_bytes"] == 99


def test_a_gap_on_one_side_leaves_the_other_to_say_what_is_spoken(write_capture: Write) -> None:
    # Ten bytes of the server are acknowledged and were not captured, before anything of the client was acknowledged.
    ahead = Segment(client=True, sequence=ASKED, acknowledged=SERVER + 10, at_us=1_500)
    answer = Segment(client=False, sequence=SERVER + 10, acknowledged=ASKED, payload=RESPONSE, at_us=2_000)
    heard = Segment(client=True, sequence=ASKED, acknowledged=ANSWERED + 10, at_us=3_000)
    found = reading(write_capture, [*HANDSHAKE, QUESTION, ahead, answer, heard])
    assert names(found) == {"stream_gap"}
    assert response(found) == {"status_code": 200, "body": {"bytes": 5}}


def test_a_gap_on_both_sides_before_anything_was_said_leaves_nothing_to_say(write_capture: Write) -> None:
    ahead = Segment(client=True, sequence=CLIENT + 7, acknowledged=SERVER + 10, at_us=500)
    both = Segment(client=False, sequence=SERVER + 10, acknowledged=CLIENT + 7, at_us=600)
    asked = Segment(client=True, sequence=CLIENT + 7, acknowledged=SERVER + 10, payload=REQUEST, at_us=1_000)
    heard = Segment(client=False, sequence=SERVER + 10, acknowledged=CLIENT + 7 + len(REQUEST), at_us=2_000)
    assert not reading(write_capture, [*HANDSHAKE, ahead, both, asked, heard]).events("network.http")


def test_after_a_gap_the_next_request_at_the_start_of_a_segment_is_read(write_capture: Write) -> None:
    # Of three requests on one connection the second was not captured; its answer was.
    third = REQUEST.replace(b"/a", b"/c")
    segments = [*HANDSHAKE, QUESTION, ANSWER]
    for number, words in enumerate((b"", third), start=1):
        asked, answered = CLIENT + number * len(REQUEST), SERVER + number * len(RESPONSE)
        at_us = 10_000 * number
        if words:
            segments.append(Segment(client=True, sequence=asked, acknowledged=answered, payload=words, at_us=at_us))
        after = asked + len(REQUEST)
        segments.append(Segment(client=False, sequence=answered, acknowledged=after, payload=RESPONSE, at_us=at_us + 1_000))
    segments.append(Segment(client=True, sequence=after, acknowledged=SERVER + 3 * len(RESPONSE), at_us=30_000))
    found = reading(write_capture, segments)
    assert names(found) == {"stream_gap", "http_unmatched_response"}
    told = [(event.get("url", {}).get("path"), event["http"]["response"]["status_code"]) for event in found.events("network.http")]
    assert ("/a", 200) in told
    assert ("/c", 200) in told


def test_a_transaction_lasts_until_its_last_byte_came_however_late_that_was_acknowledged(write_capture: Write) -> None:
    # The question at 1 ms is acknowledged by the answer at 2 ms, the answer by a delayed acknowledgement at 202 ms.
    late = Segment(client=True, sequence=ASKED, acknowledged=ANSWERED, at_us=202_000)
    [event] = reading(write_capture, [*HANDSHAKE, QUESTION, ANSWER, late]).events("network.http")
    assert event["event"]["duration"] == 1_000_000
    assert event["event"]["start"].endswith("20.001000Z")


def test_of_two_answers_acknowledged_together_each_came_at_its_own_time(write_capture: Write) -> None:
    ask = QUESTION.payload
    first = CLIENT + len(ask)
    segments = [
        *HANDSHAKE,
        QUESTION,
        Segment(client=True, sequence=first, acknowledged=SERVER, payload=ask.replace(b"/a", b"/b"), at_us=5_000),
        Segment(client=False, sequence=SERVER, acknowledged=first + len(ask), payload=RESPONSE, at_us=21_000),
        Segment(client=False, sequence=ANSWERED, acknowledged=first + len(ask), payload=RESPONSE, at_us=45_000),
        Segment(client=True, sequence=first + len(ask), acknowledged=ANSWERED + len(RESPONSE), at_us=90_000),
    ]
    events = reading(write_capture, segments).events("network.http")
    took = {event["url"]["path"]: event["event"]["duration"] for event in events}
    assert took == {"/a": 20_000_000, "/b": 40_000_000}


@pytest.mark.parametrize("length", [0, 1])
def test_bytes_behind_what_their_sender_has_shown_to_have_sent_are_a_retransmission(write_capture: Write, length: int) -> None:
    # The acknowledgement that comes first has the number behind the question, or one before it: then the question is new.
    early = Segment(client=True, sequence=ASKED - length, acknowledged=SERVER, at_us=900)
    found = reading(write_capture, [*HANDSHAKE, early, QUESTION, ANSWER, HEARD])
    [flow] = found.events("network.flow")
    assert flow["khien"]["flow"]["history"] == ("ShADTd" if length == 0 else "ShADd")
    assert "missed_bytes" not in flow["khien"]["flow"]
