"""`ntp`: a row a message that carries time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_TIMES = (("ref_time", "reference_time"), ("org_time", "origin_time"), ("rec_time", "receive_time"), ("xmt_time", "transmit_time"))


@log("ntp")
def ntp(events: Sequence[Event]) -> Iterator[Row]:
    """Modes 1 to 5."""
    for event in of(events, "network.ntp"):
        ours = event["ntp"]
        if "stratum" not in ours:
            continue
        row = ends(event) | {
            "version": ours["version"],
            "mode": ours["mode"],
            "stratum": ours["stratum"],
            "poll": 2.0 ** ours["poll"],
            "precision": 2.0 ** ours["precision"],
            "root_delay": ours["root_delay"],
            "root_disp": ours["root_dispersion"],
            "ref_id": _reference(ours),
            "num_exts": ours["extensions"],
        }
        for theirs, name in _TIMES:
            row[theirs] = datetime.fromisoformat(ours[name]).timestamp() if name in ours else 0.0
        yield row


def _reference(ours: Event) -> str:
    """Four bytes as text for a clock, an address above it."""
    if ours["stratum"] > 1:
        return str(ours["reference"])
    return bytes.fromhex(ours["reference_id"].replace(":", "")).decode("latin-1")
