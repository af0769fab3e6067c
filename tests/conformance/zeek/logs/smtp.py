"""`smtp`: a mail, an attempt at one, or a session in which none was tried."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of


@log("smtp")
def smtp(events: Sequence[Event]) -> Iterator[Row]:
    """One row a mail; Zeek has none for a log-in."""
    sent: Counter[str] = Counter()
    for event in of(events, "network.smtp"):
        if event["event"]["action"] != "smtp-login":
            flow = event["khien"]["flow"]["id"]
            yield _row(event, depth=sent[flow] + 1)
            sent[flow] += "email" in event["khien"]


def _row(event: Event, *, depth: int) -> Row:
    """`depth` counts the mails sent before over the same connection; attempts do not count."""
    ours, email, own = event["smtp"], event.get("email", {}), event["khien"].get("email", {})
    received = own.get("received", [])
    message_id = email.get("message_id")
    return ends(event) | {
        "trans_depth": depth,
        "helo": ours.get("helo"),
        "mailfrom": _bare(ours.get("mail_from")),
        "rcptto": [str(_bare(path)) for path in ours.get("rcpt_to", [])] or None,
        "date": own.get("date"),
        "from": _joined(event, "from"),
        "to": _written(event, "to"),
        "cc": _written(event, "cc"),
        "reply_to": _joined(event, "reply_to"),
        "msg_id": f"<{message_id}>" if message_id else None,
        "in_reply_to": own.get("in_reply_to"),
        "subject": email.get("subject"),
        "x_originating_ip": own.get("originating_ip"),
        "first_received": received[0] if received else None,
        "second_received": received[1] if len(received) > 1 else None,
        "last_reply": ours.get("last_reply"),
        "path": ours.get("path"),
        "user_agent": email.get("x_mailer"),
        "tls": ours.get("tls", False),
    }


def _bare(path: str | None) -> str | None:
    return None if path is None else path.removeprefix("<").removesuffix(">")


def _written(event: Event, name: str) -> list[str] | None:
    found: list[str] | None = event["khien"].get("email", {}).get(name) or event.get("email", {}).get(name, {}).get("address")
    return found


def _joined(event: Event, name: str) -> str | None:
    written = _written(event, name)
    return ", ".join(written) if written else None
