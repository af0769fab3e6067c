"""Names and ids: what they are made from, by known answers computed by hand with another tool."""

from __future__ import annotations

import hashlib

import pytest

from khien.ids import AlertId, Dataset, EventId, SensorName, import_id

#: printf '["r","1","live",[["source.ip","10.0.0.1"]],"1","a-1-1"]' | sha256sum | cut -c1-32
KNOWN = "f125ceab28537bdc1a23c066a349a128"
PARTS = {
    "rule_id": "r",
    "rule_version": "1",
    "dataset": "live",
    "group": [("source.ip", "10.0.0.1")],
    "window_start_us": 1,
    "first_event_id": "a-1-1",
}


def test_an_alert_id_is_the_first_128_bits_of_sha256_over_the_canonical_array() -> None:
    assert AlertId.of(**PARTS) == KNOWN  # type: ignore[arg-type]  # the parts are spelled out above


@pytest.mark.parametrize(
    "changed",
    [
        {"rule_id": "s"},
        {"rule_version": "2"},
        {"dataset": "exercise:lab"},
        {"group": [("source.ip", "10.0.0.2")]},
        {"group": [("destination.ip", "10.0.0.1")]},
        {"window_start_us": 2},
        {"first_event_id": "a-1-2"},
    ],
)
def test_each_part_makes_another_alert(changed: dict[str, object]) -> None:
    assert AlertId.of(**{**PARTS, **changed}) != KNOWN  # type: ignore[arg-type]  # as above


def test_an_import_is_named_by_its_files_in_any_order() -> None:
    one, two = hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest()
    # printf '%s\n%s' of the two, sorted, without a newline at the end | sha256sum | cut -c1-16
    expected = hashlib.sha256("\n".join(sorted([one, two])).encode()).hexdigest()[:16]
    assert import_id([one, two]) == import_id([two, one]) == expected
    assert import_id([one]) != expected


@pytest.mark.parametrize("text", ["a-1-1", "0123456789abcdef-12-9223372036854775807", "gw.1-1-0"])
def test_an_event_id_reads_back_as_it_was_written(text: str) -> None:
    assert str(EventId.parse(text)) == text


@pytest.mark.parametrize("text", ["", "a", "a-1", "a-b-1", "A-1-1", "a-1-1-1", "a-1-1\n", "-1-1"])
def test_what_is_no_event_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="event id"):
        EventId.parse(text)


@pytest.mark.parametrize("text", ["gateway1", "a.b.c", "0"])
def test_a_sensor_name_has_no_hyphen_and_no_capital(text: str) -> None:
    assert SensorName.parse(text) == text
    for wrong in (f"{text}-x", text + "X", f" {text}", "x" * 64):
        with pytest.raises(ValueError, match="sensor name"):
            SensorName.parse(wrong)


@pytest.mark.parametrize(("text", "kind"), [("live", "live"), ("import:0a", "import"), ("exercise:lab", "exercise")])
def test_a_dataset_knows_its_kind(text: str, kind: str) -> None:
    assert Dataset.parse(text).kind == kind
