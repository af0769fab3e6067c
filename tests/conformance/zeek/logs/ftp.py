"""`ftp`: commands that move files or announce data connections, each with its last reply."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

#: What Zeek logs (FTP::logged_commands), and which of them name a file.
_LOGGED = {"APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV"}
_FILES = {"APPE", "DELE", "RETR", "STOR", "STOU"}


@log("ftp")
def ftp(events: Sequence[Event]) -> Iterator[Row]:
    """One row a command."""
    passwords: dict[str, str] = {}
    for event in of(events, "network.ftp"):
        flow, command = event["khien"]["flow"]["id"], event.get("ftp", {}).get("command")
        if command == "PASS":
            passwords[flow] = event["khien"].get("login", {}).get("password", "")
        if command in _LOGGED:
            yield _row(event, command=command, password=passwords.get(flow))


def _row(event: Event, *, command: str, password: str | None) -> Row:
    ours, file = event["ftp"], event.get("file", {})
    replies, codes = ours.get("reply", []), ours.get("completion_code", [])
    return ends(event) | {
        "user": event.get("user", {}).get("name", "<unknown>"),
        "password": password,
        "command": command,
        "arg": _url(event) if command in _FILES else ours.get("command_data"),
        "mime_type": file.get("mime_type"),
        "file_size": file.get("size"),
        "reply_code": int(codes[-1]) if codes else None,
        "reply_msg": replies[-1] if replies else None,
        **_data_channel(event),
    }


def _data_channel(event: Event) -> Row:
    ours = event["ftp"]
    if "dynamic_port" not in ours:
        names = ("passive", "orig_h", "resp_h", "resp_p")
        return {f"data_channel.{name}": None for name in names}
    is_passive = ours["mode"] == "passive"
    return {
        "data_channel.passive": is_passive,
        "data_channel.orig_h": event["source" if is_passive else "destination"]["ip"],
        "data_channel.resp_h": event["khien"]["ftp"]["data_ip"],
        "data_channel.resp_p": ours["dynamic_port"],
    }


def _url(event: Event) -> str:
    server, path = event["destination"]["ip"], event.get("file", {}).get("path", "")
    host = f"[{server}]" if ":" in server else server
    return f"ftp://{host}{path}" if path.startswith("/") else f"ftp://{host}/./{path}"
