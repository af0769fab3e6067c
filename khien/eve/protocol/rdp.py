"""`rdp`: one record a step of the connection, as EVE tells it."""

from khien.eve.registry import Event, Members, Options, record

#: `rdp.security_protocol` as EVE spells it.
_PROTOCOL = {"RDP": "rdp", "SSL": "ssl", "HYBRID": "hybrid", "RDSTLS": "rds_tls", "HYBRID_EX": "hybrid_ex"}


@record("network.rdp", event_type="rdp")
def rdp(event: Event, _: Options) -> list[Members]:
    """The steps that were seen; all bear the number of the last packet."""
    ours = event["rdp"]
    steps: list[Members] = [{"event_type": "initial_request"} | _members(ours, "cookie")]
    if "failure" in ours:
        steps.append({"event_type": "initial_response", "error_code": ours["failure"]})
    elif "security_protocol" in ours:
        chosen = ours["security_protocol"]
        steps.append({"event_type": "initial_response", "protocol": _PROTOCOL.get(chosen, chosen)})
    if "client" in ours:
        steps.append({"event_type": "connect_request"} | _members(ours, "client", "channels"))
    if "result" in ours:
        steps.append({"event_type": "connect_response"})
    return [{"rdp": step} for step in steps]


def _members(ours: Members, *names: str) -> Members:
    return {name: ours[name] for name in names if name in ours}
