"""`sip`: a record a message; EVE keeps the first line and the session description."""

from khien.eve.registry import End, Event, Members, Options, record

_MEMBERS = ("method", "uri", "version", "request_line", "code", "reason", "response_line", "sdp")


def _sender(event: Event) -> End:
    return "destination" if "code" in event["sip"] else "source"


@record("network.sip", event_type="sip", sender=_sender)
def sip(event: Event, _: Options) -> Members:
    """One message."""
    ours = event["sip"]
    members = {name: ours[name] for name in _MEMBERS if name in ours}
    if "version" in members.get("sdp", {}):
        version = members["sdp"]["version"]
        members["sdp"] = members["sdp"] | {"version": int(version) if version.isdigit() else version}
    return {"sip": members}
