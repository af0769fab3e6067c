"""`smb_files` and `smb_mapping`: files opened, read, written, renamed and deleted over SMB; shares that were connected to."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

#: What the log tells of by default; closings for one are left out.
_ACTIONS = frozenset({"FILE_OPEN", "FILE_READ", "FILE_WRITE", "FILE_RENAME", "FILE_DELETE", "PRINT_OPEN", "PRINT_CLOSE"})
_TIMES = (("modified", "mtime"), ("accessed", "accessed"), ("created", "created"), ("changed", "ctime"))
#: How Zeek calls the root of a share.
_ROOT = "<share_root>"
_SHARE_TYPE = {"FILE": "DISK", "PIPE": "PIPE", "PRINT": "PRINT"}


@log("smb_files")
def smb_files(events: Sequence[Event]) -> Iterator[Row]:
    """One row for each file and action of a connection: Zeek tells of the same once within minutes, and of the bytes apart."""
    told: set[tuple[str, str, str, str, bool]] = set()
    for event in of(events, "network.smb"):
        action = event["smb"].get("action", "").removeprefix("SMB::")
        if action not in _ACTIONS or event["event"].get("outcome") == "failure":
            continue
        row = _row(event)
        # An action that moves bytes has a row of its own for the file that they make, with its `fuid`.
        for has_bytes in (False, True) if action in {"FILE_READ", "FILE_WRITE"} else (False,):
            ident = (event["khien"]["flow"]["id"], action, str(row["name"]), str(row["path"]), has_bytes)
            if ident not in told:
                told.add(ident)
                yield row


def _row(event: Event) -> Row:
    ours, file = event["smb"], event.get("file", {})
    rename = ours.get("rename", {})
    row: Row = ends(event) | {
        "action": ours["action"],
        "path": ours.get("share"),
        "name": rename.get("to") or file.get("path") or _ROOT,
        "size": file.get("size"),
        "prev_name": rename.get("from"),
    }
    row.update((f"times.{theirs}", _seconds(file.get(ours_name))) for theirs, ours_name in _TIMES)
    return row


def _seconds(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()


@log("smb_mapping")
def smb_mapping(events: Sequence[Event]) -> Iterator[Row]:
    """One row for each share that a client connected to."""
    for event in of(events, "network.smb"):
        if event["event"]["action"] == "smb-tree" and event["event"].get("outcome") == "success":
            ours = event["smb"]
            yield ends(event) | {
                "path": ours.get("share"),
                "service": ours.get("service", {}).get("response"),
                "share_type": _SHARE_TYPE.get(ours.get("share_type", "")),
            }
