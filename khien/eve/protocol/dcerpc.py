"""`dcerpc` over TCP and UDP; through a named pipe it stands inside `smb`, in Suricata's shorter form."""

from khien.eve.protocol.smb import describe
from khien.eve.registry import Event, Members, Options, record

_NOT_IN_EVE = frozenset({"endpoint", "operation", "named_pipe", "fault_status", "return_code", "return_name"})


def _type(event: Event) -> str:
    return "smb" if "smb" in event else "dcerpc"


@record("network.dcerpc", event_type=_type)
def dcerpc(event: Event, _: Options) -> Members:
    """A negotiation or a call."""
    ours = {name: value for name, value in event["dcerpc"].items() if name not in _NOT_IN_EVE}
    ours.setdefault("response", "UNREPLIED")
    if "smb" not in event:
        return {"dcerpc": ours}
    request = ours.pop("req", {})
    if "opnum" in request:
        ours["opnum"] = request["opnum"]
    ours.pop("res", None)
    ours.pop("rpc_version", None)
    return {"smb": {"id": event["khien"]["tx"] + 1, **describe(event), "dcerpc": ours}}
