"""`ssh`: the two banners and HASSH. What else we know of a connection (log-in, keys) EVE has no name for."""

from khien.eve.registry import Event, Members, Options, record

_MEMBERS = ("proto_version", "software_version", "hassh")


@record("network.ssh", event_type="ssh")
def ssh(event: Event, _: Options) -> Members:
    """One connection."""
    ends: Members = {}
    for end in ("client", "server"):
        told = event["ssh"].get(end, {})
        ends[end] = {name: told[name] for name in _MEMBERS if name in told}
    return {"ssh": ends}
