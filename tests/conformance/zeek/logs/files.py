"""`files`: a file that a protocol carried."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import IfTold, Row, ends, log, of

_SOURCE = {"http": "HTTP", "smtp": "SMTP", "ftp_data": "FTP_DATA", "ftp-data": "FTP_DATA", "smb": "SMB", "tls": "SSL"}


#: Text has so many characters at least before Zeek's signature of it (`file-plaintext`) can fit.
_SHORTEST_TEXT = 10


def mime_type(event: Event) -> str | None:
    """The type of a file; none of a text too short for Zeek to name."""
    ours = event["file"]
    name: str | None = ours.get("mime_type")
    return None if name == "text/plain" and ours["size"] < _SHORTEST_TEXT else name


@log("files")
def files(events: Sequence[Event]) -> Iterator[Row]:
    """One row a file. To Zeek the ranges that one answer carries are one file; what we join from several answers is none."""
    told: dict[object, Event] = {}
    whole: dict[object, str] = {}
    for number, event in enumerate(of(events, "network.file")):
        own = event["khien"]["file"]
        if (own.get("joined") or "range" in own) and "mime_type" in event["file"]:
            whole.setdefault(_resource(event), event["file"]["mime_type"])
        # Zeek makes no file of what is read by a handle of SMB whose opening it did not see.
        is_nameless = event["network"].get("protocol") == "smb" and "name" not in event["file"]
        if own.get("joined") or is_nameless:
            continue
        key = (event["khien"]["flow"]["id"], event["khien"].get("tx")) if "range" in own else number
        first = told.setdefault(key, event)
        if first is not event:
            size = first["file"]["size"] + event["file"]["size"]
            told[key] = {**first, "file": {**first["file"], "size": size}}
    for event in told.values():
        row = _row(event)
        # A row of a range tells what is known of the whole.
        is_range = "range" in event["khien"]["file"]
        yield row | ({"mime_type": whole.get(_resource(event))} if is_range else {})


def _resource(event: Event) -> object:
    url = event.get("url", {})
    return (event["source"]["ip"], url.get("domain"), url.get("original"))


def _row(event: Event) -> Row:
    ours, own = event["file"], event["khien"]["file"]
    digests = ours.get("hash", {})
    missing = own.get("missing_bytes", 0)
    return ends(event) | {
        "source": _SOURCE.get(event["network"].get("protocol", "")),
        "mime_type": mime_type(event),
        "is_orig": own.get("sender") == "source",
        "seen_bytes": ours.get("size", 0) - missing,
        "missing_bytes": missing,
        "md5": IfTold(digests.get("md5")),
        "sha1": IfTold(digests.get("sha1")),
        "sha256": IfTold(digests.get("sha256")),
    }
