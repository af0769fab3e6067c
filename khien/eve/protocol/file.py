"""`fileinfo`: a file that a protocol carried, with the protocol's own object beside it. The sender is the source."""

from khien.eve.head import app_proto
from khien.eve.protocol import http, smb, smtp
from khien.eve.registry import End, Event, Members, Options, record

#: Protocols whose object is passed as it is.
_BESIDE = ("ftp_data", "nfs")


def _sender(event: Event) -> End:
    return "destination" if event["khien"]["file"].get("sender") == "destination" else "source"


@record("network.file", event_type="fileinfo", sender=_sender)
def fileinfo(event: Event, options: Options) -> Members:
    """One file."""
    members: Members = {}
    protocol = event["network"].get("protocol")
    if "http" in event or "url" in event:
        members["http"] = http.members(event, options)
    if "smb" in event:
        members["smb"] = smb.describe(event)
    if "smtp" in event:
        members.update(smtp.members(event))
    members.update((name, event[name]) for name in _BESIDE if name in event)
    if protocol is not None:
        members["app_proto"] = app_proto(protocol)
    members["fileinfo"] = _describe(event)
    return members


def _describe(event: Event) -> Members:
    ours, own = event["file"], event["khien"]["file"]
    found: Members = {}
    name = _name(event)
    if name is not None:
        found["filename"] = name
    if "mime_type" in ours:
        found["magic"] = ours["mime_type"]
    found["gaps"] = own.get("gaps", False)
    found["state"] = own["state"].upper()
    found.update((name, ours["hash"][name]) for name in ("md5", "sha1", "sha256") if name in ours.get("hash", {}))
    found["stored"] = False
    found.update((name, own["range"][name]) for name in ("start", "end") if "range" in own)
    found["size"] = ours.get("size", 0)
    if "tx" in event["khien"]:
        found["tx_id"] = event["khien"]["tx"]
    return found


def _name(event: Event) -> str | None:
    """EVE's name: all that the sender said, folders and all; for a body without a name that is the path that was asked for."""
    ours = event["file"]
    name: str | None = ours.get("path") or ours.get("name")
    return name
