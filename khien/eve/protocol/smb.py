"""`smb`: a command of SMB with its answer, or the reads or writes of an open file.

What EVE writes about nothing (sealed messages, log-ins apart from their session) has no record; NTLM stands inside `smb`.
"""

from datetime import datetime

from khien.eve.registry import Event, Members, Options, record

_COPIED = (
    "dialect",
    "command",
    "status",
    "status_code",
    "session_id",
    "tree_id",
    "client_dialects",
    "client_guid",
    "server_guid",
    "max_read_size",
    "max_write_size",
    "disposition",
    "access",
    "share_type",
    "fuid",
    "function",
    "rename",
    "request",
    "response",
    "service",
)
#: Actions that EVE has no record for.
_WITHOUT = frozenset({"smb-sealed", "netbios-session"})
#: Of what passes through a pipe EVE tells in the records of the pipe's own protocol.
_TRANSFERS = frozenset({"smb-read", "smb-write"})
_TIMES = (("created", "created"), ("accessed", "accessed"), ("mtime", "modified"), ("ctime", "changed"))
#: What EVE calls the root of a share, which has no name.
_ROOT = "<share_root>"


@record("network.smb", event_type="smb")
def smb(event: Event, _: Options) -> Members | None:
    """One command."""
    action = event["event"]["action"]
    if action in _WITHOUT or (action in _TRANSFERS and event["smb"].get("share_type") == "PIPE"):
        return None
    members = describe(event)
    if "tx" in event["khien"]:
        members = {"id": event["khien"]["tx"] + 1, **members}
    return {"smb": members}


def describe(event: Event) -> Members:
    """The object `smb` of a command's record, and of a file's."""
    ours, action = event["smb"], event["event"]["action"]
    members: Members = {name: ours[name] for name in _COPIED if name in ours}
    is_pipe = ours.get("share_type") == "PIPE"
    if "share" in ours:
        members["named_pipe" if action == "smb-tree" and is_pipe else "share"] = ours["share"]
    _put_file(members, event, action)
    if action == "smb-delete":
        members["access"] = "delete on close"
    if action == "smb-session" and "user" in event:
        user, ntlm = event["user"], event.get("ntlm", {})
        found = {"domain": user.get("domain"), "user": user.get("name"), "host": ntlm.get("host"), "version": ntlm.get("version")}
        members["ntlmssp"] = {name: value for name, value in found.items() if value is not None}
    return members


def _put_file(members: Members, event: Event, action: str) -> None:
    ours = event.get("file", {})
    name = ours.get("path") or ours.get("name")
    if action == "smb-list":
        # EVE names the directory by its handle alone.
        return
    if name is not None or action == "smb-open":
        members["filename"] = name or _ROOT
    if action == "smb-open" and "fuid" in members:
        members["size"] = ours.get("size", 0)
        members.update((theirs, _unix(ours.get(name))) for name, theirs in _TIMES)


def _unix(text: str | None) -> int:
    """Seconds since 1970; EVE writes 0 where there is no time."""
    return 0 if text is None else int(datetime.fromisoformat(text).timestamp())


@record("network.ntlm", event_type="smb")
def ntlm(_: Event, __: Options) -> None:
    """EVE tells of NTLM in the record of its carrier, so the log-in has none of its own."""
