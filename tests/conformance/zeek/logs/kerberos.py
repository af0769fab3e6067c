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
        # Zeek keeps the name that the client wrote where the answer spells it otherwise.
        client = ours.get("request", {}).get("cname") or ours.get("cname", "")
        is_paired = "request_type" in ours
        yield ends(event) | {
            "request_type": ours.get("request_type"),
            "client": f"{client}/{ours.get('realm', '')}" if is_paired else None,
            "service": ours.get("sname") if is_paired else None,
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
