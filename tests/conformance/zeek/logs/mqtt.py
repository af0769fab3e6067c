"""`mqtt_connect`, `mqtt_publish`, `mqtt_subscribe`."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_VERSIONS = {3: "3.1", 4: "3.1.1", 5: "5.0"}
_QUALITIES = ("at most once", "at least once", "exactly once")
_ANSWERS = {0: "Connection Accepted"}


def _with(events: Sequence[Event], packet: str) -> Iterator[tuple[Event, dict[str, Any]]]:
    return ((event, event["mqtt"][packet]) for event in of(events, "network.mqtt") if packet in event["mqtt"])


@log("mqtt_connect")
def mqtt_connect(events: Sequence[Event]) -> Iterator[Row]:
    """A row a CONNECT."""
    for event, connect in _with(events, "connect"):
        answer = event["mqtt"].get("connack", {}).get("return_code")
        yield ends(event) | {
            "proto_name": connect["protocol_string"],
            "proto_version": _VERSIONS.get(connect["protocol_version"]),
            "client_id": connect.get("client_id"),
            "connect_status": _ANSWERS.get(answer),
            "will_topic": connect.get("will", {}).get("topic"),
            "will_payload": connect.get("will", {}).get("message"),
        }


@log("mqtt_publish")
def mqtt_publish(events: Sequence[Event]) -> Iterator[Row]:
    """A row a message."""
    for event, publish in _with(events, "publish"):
        yield ends(event) | {
            "from_client": event["khien"]["mqtt"]["sender"] == "source",
            "retain": publish["retain"],
            "qos": _QUALITIES[publish["qos"]],
            "status": "ok",
            "topic": publish["topic"],
            "payload": publish.get("message"),
            "payload_len": publish["message_length"],
        }


@log("mqtt_subscribe")
def mqtt_subscribe(events: Sequence[Event]) -> Iterator[Row]:
    """A row a request, of both kinds."""
    for event, subscribe in _with(events, "subscribe"):
        granted = event["mqtt"].get("suback", {}).get("qos_granted")
        yield ends(event) | {
            "action": "MQTT::SUBSCRIBE",
            "topics": [topic["topic"] for topic in subscribe["topics"]],
            "qos_levels": [float(topic["qos"]) for topic in subscribe["topics"]],
            "granted_qos_level": granted[0] if granted else None,
            "ack": granted is not None,
        }
