"""`dhcp`: one message, with what EVE calls its extended members."""

from khien.eve.head import mac
from khien.eve.registry import End, Event, Members, Options, record

#: Members that are ours under the same name, in EVE's order.
_MEMBERS = ("type", "id", "assigned_ip", "client_ip", "relay_ip", "next_server_ip", "dhcp_type", "client_id", "requested_ip")
_LEASE = ("lease_time", "rebinding_time", "renewal_time", "subnet_mask", "routers", "dns_servers", "vendor_class_identifier")
#: The options that EVE names among those a client asks for; it leaves the others out.
_PARAMETERS = frozenset(
    {"subnet_mask", "router", "dns_server", "domain", "arp_timeout", "ntp_server", "tftp_server_name", "tftp_server_ip"}
)


def _sender(event: Event) -> End:
    is_reversed = event["khien"].get("dhcp", {}).get("reversed", False)
    return "source" if (event["dhcp"]["type"] == "request") != is_reversed else "destination"


@record("network.dhcp", event_type="dhcp", sender=_sender)
def dhcp(event: Event, _: Options) -> Members:
    """One message; an address that is not set is all zeros."""
    ours = event["dhcp"]
    body: Members = {name: ours[name] for name in _MEMBERS if name in ours}
    body.setdefault("assigned_ip", "0.0.0.0")  # noqa: S104 - no address, not a listener
    client = event["source"].get("mac") or event["destination"].get("mac")
    if client is not None:
        body["client_mac"] = mac(client)
    if "hostname" in event.get("host", {}):
        body["hostname"] = event["host"]["hostname"]
    parameters = [name for name in ours.get("params", ()) if name in _PARAMETERS]
    if parameters:
        body["params"] = parameters
    body.update((name, ours[name]) for name in _LEASE if name in ours)
    return {"dhcp": body}
