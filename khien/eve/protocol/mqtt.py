"""`mqtt`: one object a control packet; properties by their names, topics to be left as texts."""

from typing import Any

from khien.eve.registry import Event, Members, Options, record

#: Properties whose value is text or bytes; all others are numbers (MQTT 5.0, table 2-4).
_TEXTS = frozenset(
    {
        "assigned_client_identifier",
        "authentication_data",
        "authentication_method",
        "content_type",
        "correlation_data",
        "reason_string",
        "response_information",
        "response_topic",
        "server_reference",
    }
)
_NOT_IN_EVE = frozenset({"message_length"})


@record("network.mqtt", event_type="mqtt")
def mqtt(event: Event, _: Options) -> Members:
    """A request with its answers."""
    return {"mqtt": {packet: _packet(packet, members) for packet, members in event["mqtt"].items()}}


def _packet(packet: str, members: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in members.items() if name not in _NOT_IN_EVE}
    if packet == "unsubscribe":
        found["topics"] = [topic["topic"] for topic in found.get("topics", ())]
    if packet == "connect":
        found.setdefault("client_id", "")
    if "properties" in found:
        found["properties"] = _properties(found["properties"])
    if "properties" in found.get("will", {}):
        found["will"] = found["will"] | {"properties": _properties(found["will"]["properties"])}
    return found


def _properties(properties: list[dict[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in properties:
        name, value = item["name"], item.get("value", "")
        if name == "user_property":
            found[item.get("key", "")] = value
        else:
            found[name] = value if name in _TEXTS else int(value)
    return found
