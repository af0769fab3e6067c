"""`arp`: the message as it stands, link addresses in EVE's spelling."""

from khien.eve.head import mac
from khien.eve.registry import Event, Members, Options, record


@record("network.arp", event_type="arp")
def arp(event: Event, _: Options) -> Members:
    """One message."""
    return {"arp": {name: mac(value) if name.endswith("_mac") else value for name, value in event["arp"].items()}}
