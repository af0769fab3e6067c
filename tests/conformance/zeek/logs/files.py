"""`files`: a file that a protocol carried."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import IfTold, Row, ends, log, of

_SOURCE = {"http": "HTTP", "smtp": "SMTP", "ftp_data": "FTP_DATA", "ftp-data": "FTP_DATA", "smb": "SMB", "tls": "SSL"}


@log("files")
def files(events: Sequence[Event]) -> Iterator[Row]:
    """One row a file. To Zeek the ranges that one answer carries are one file; what we join from several answers is none."""
    told: dict[object, Event] = {}
    for number, event in enumerate(of(events, "network.file")):
        own = event["khien"]["file"]
        if own.get("joined"):
            continue
        key = (event["khien"]["flow"]["id"], event["khien"].get("tx")) if "range" in own else number
        first = told.setdefault(key, event)
        if first is not event:
            size = first["file"]["size"] + event["file"]["size"]
            told[key] = {**first, "file": {**first["file"], "size": size}}
    yield from map(_row, told.values())


def _row(event: Event) -> Row:
    ours, own = event["file"], event["khien"]["file"]
    digests = ours.get("hash", {})
    missing = own.get("missing_bytes", 0)
    return ends(event) | {
        "source": _SOURCE.get(event["network"].get("protocol", "")),
        "mime_type": ours.get("mime_type"),
        "is_orig": own.get("sender") == "source",
        "seen_bytes": ours.get("size", 0) - missing,
        "missing_bytes": missing,
        "md5": IfTold(digests.get("md5")),
        "sha1": IfTold(digests.get("sha1")),
        "sha256": IfTold(digests.get("sha256")),
    }
