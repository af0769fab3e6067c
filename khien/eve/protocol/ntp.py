"""`ntp`: version, mode, stratum and reference of the messages that carry time. EVE has no control and private messages."""

from khien.eve.registry import End, Event, Members, Options, record

_MEMBERS = ("version", "mode", "stratum", "reference_id")
#: Modes that answer: symmetric passive and server (RFC 5905, figure 10).
_ANSWERS = (2, 4)


def _sender(event: Event) -> End:
    is_reversed = event["khien"].get("ntp", {}).get("reversed", False)
    return "destination" if (event["ntp"]["mode"] in _ANSWERS) != is_reversed else "source"


@record("network.ntp", event_type="ntp", sender=_sender)
def ntp(event: Event, _: Options) -> Members | None:
    """One message."""
    ours = event["ntp"]
    return {"ntp": {name: ours[name] for name in _MEMBERS}} if "stratum" in ours else None
