"""`snmp`: one message; of its variables EVE has the names."""

from khien.eve.registry import End, Event, Members, Options, record

_COPIED = ("version", "community", "usm", "pdu_type", "error", "trap_type", "trap_oid", "trap_address")


def _sender(event: Event) -> End:
    sender: End = event["khien"]["snmp"]["sender"]
    return sender


@record("network.snmp", event_type="snmp", sender=_sender)
def snmp(event: Event, _: Options) -> Members:
    """One message."""
    ours = event["snmp"]
    members: Members = {name: ours[name] for name in _COPIED if name in ours}
    if "variables" in ours:
        members["vars"] = [variable.get("name", "") for variable in ours["variables"]]
    return {"snmp": members}
