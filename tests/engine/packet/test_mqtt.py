"""MQTT on real captures; expected values are those of the captures' own answers (test.yaml, Zeek's baselines)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read

DATASET = "network.mqtt"


def events(captures: Path, name: str, *, capture_secrets: bool = False) -> list[dict[str, Any]]:
    place = captures / name
    path = place if place.is_file() else next(place.glob("*.pcap"))
    settings = PacketSettings(checksums="off", capture_secrets=capture_secrets)
    return read(str(path), settings).events(DATASET)


def test_a_message_of_quality_2_is_one_event_with_all_its_acknowledgements(captures: Path) -> None:
    found = [event for event in events(captures, "suricata-verify/mqtt5-pub-qos2") if "publish" in event["mqtt"]]
    assert len(found) == 1
    assert found[0]["mqtt"].keys() == {"publish", "pubrec", "pubrel", "pubcomp"}
    assert found[0]["mqtt"]["publish"]["topic"] == "topicX"
    assert found[0]["event"]["outcome"] == "success"


def test_a_log_in_names_the_user_and_hides_the_password(captures: Path) -> None:
    (found,) = [event for event in events(captures, "suricata-verify/mqtt31-pub-userpass") if "connect" in event["mqtt"]]
    assert found["user"]["name"] == "user"
    assert found["mqtt"]["connect"]["password"] == "***"
    assert "authentication" in found["event"]["category"]
    assert found["mqtt"]["connack"]["return_code"] == 0


def test_the_password_shows_when_it_is_asked_for(captures: Path) -> None:
    found = events(captures, "suricata-verify/mqtt31-pub-userpass", capture_secrets=True)
    assert found[0]["mqtt"]["connect"]["password"] == "pass"


def test_properties_of_the_will_and_of_the_session_are_told_by_name(captures: Path) -> None:
    connect = events(captures, "suricata-verify/mqtt5-sub-mosquittoprops")[0]["mqtt"]["connect"]
    named = {item["name"]: item["value"] for item in connect["properties"] if item["name"] != "user_property"}
    assert named == {
        "maximum_packet_size": "11111",
        "receive_maximum": "222",
        "session_expiry_interval": "555",
        "topic_alias_maximum": "666",
    }
    assert {"name": "user_property", "key": "userprop5", "value": "userval5"} in connect["will"]["properties"]


def test_a_message_longer_than_the_capture_shows_is_told_with_its_whole_length(captures: Path) -> None:
    (found,) = [event for event in events(captures, "suricata-verify/mqtt-connect-rules") if "publish" in event["mqtt"]]
    assert found["mqtt"]["publish"]["message_length"] > len(found["mqtt"]["publish"]["message"])
    assert "mqtt.publish.message" in found["khien"]["truncated"]


def test_both_ends_may_publish(captures: Path) -> None:
    found = [event for event in events(captures, "zeek/mqtt.pcap") if "publish" in event["mqtt"]]
    assert sorted((event["khien"]["mqtt"]["sender"], event["mqtt"]["publish"]["message_length"]) for event in found) == [
        ("destination", 10),
        ("destination", 35),
        ("source", 10),
    ]
