"""`ftp`: a command with its replies, or the greeting; `ftp_data`: what went over a data connection."""

from khien.eve.registry import Event, Members, Options, record


def _event_type(event: Event) -> str:
    return "ftp_data" if _is_data(event) else "ftp"


def _is_data(event: Event) -> bool:
    return bool(event["event"]["action"] == "ftp-transfer")


@record("network.ftp", event_type=_event_type)
def ftp(event: Event, _: Options) -> Members | None:
    """EVE says of every command whether it was cut."""
    if _is_data(event):
        return {"ftp_data": event["ftp_data"]} if "ftp_data" in event else None
    return {"ftp": {"command_truncated": False, "reply_truncated": False, **event["ftp"]}}
