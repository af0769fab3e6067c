"""`modbus`: a request and its response."""

from khien.eve.registry import Event, Members, Options, record

#: Members of ours that EVE does not have, or has in another form.
_OURS = frozenset({"registers", "value", "and_mask", "or_mask"})


@record("network.modbus", event_type="modbus")
def modbus(event: Event, _: Options) -> Members:
    """One transaction; EVE counts them from 1."""
    ours = event["modbus"]
    body: Members = {"id": event["khien"].get("tx", 0) + 1}
    for side in ("request", "response"):
        if side in ours:
            body[side] = {
                "transaction_id": ours["transaction_id"],
                "protocol_id": 0,
                "unit_id": ours["unit_id"],
                **{name: _without_ours(value) for name, value in ours[side].items() if name not in _OURS},
                "error_flags": "NONE",
            }
    return {"modbus": body}


def _without_ours(value: object) -> object:
    if isinstance(value, dict):
        return {name: inner for name, inner in value.items() if name not in _OURS}
    return value
