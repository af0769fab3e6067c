"""`kerberos`: a row an exchange, over its own port or inside SMB."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_OUTCOME = {"success": True, "failure": False}


@log("kerberos")
def kerberos(events: Sequence[Event]) -> Iterator[Row]:
    """Requests with their answers."""
    for event in of(events, "network.kerberos"):
        ours = event["krb5"]
        if "request_type" not in ours:
            continue
        yield ends(event) | {
            "request_type": ours["request_type"],
            "client": f"{ours.get('cname', '')}/{ours.get('realm', '')}",
            "service": ours.get("sname"),
            "success": _OUTCOME.get(event["event"].get("outcome", "")),
            "error_msg": ours.get("error_code"),
            "from": _seconds(ours.get("from")),
            "till": _seconds(ours.get("till")),
            "cipher": ours.get("ticket_encryption"),
            "forwardable": ours.get("forwardable"),
            "renewable": ours.get("renewable"),
        }


def _seconds(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
