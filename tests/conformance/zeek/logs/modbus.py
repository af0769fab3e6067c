"""`modbus`: a row a message, so two a transaction."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_FUNCTIONS = {
    1: "READ_COILS",
    2: "READ_DISCRETE_INPUTS",
    3: "READ_HOLDING_REGISTERS",
    4: "READ_INPUT_REGISTERS",
    5: "WRITE_SINGLE_COIL",
    6: "WRITE_SINGLE_REGISTER",
    7: "READ_EXCEPTION_STATUS",
    8: "DIAGNOSTICS",
    15: "WRITE_MULTIPLE_COILS",
    16: "WRITE_MULTIPLE_REGISTERS",
    17: "REPORT_SLAVE_ID",
    20: "READ_FILE_RECORD",
    21: "WRITE_FILE_RECORD",
    22: "MASK_WRITE_REGISTER",
    23: "READ_WRITE_MULTIPLE_REGISTERS",
    24: "READ_FIFO_QUEUE",
    43: "ENCAP_INTERFACE_TRANSPORT",
}
_EXCEPTIONS = {
    1: "ILLEGAL_FUNCTION",
    2: "ILLEGAL_DATA_ADDRESS",
    3: "ILLEGAL_DATA_VALUE",
    4: "SLAVE_DEVICE_FAILURE",
    5: "ACKNOWLEDGE",
    6: "SLAVE_DEVICE_BUSY",
    8: "MEMORY_PARITY_ERROR",
    10: "GATEWAY_PATH_UNAVAILABLE",
    11: "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND",
}


@log("modbus")
def modbus(events: Sequence[Event]) -> Iterator[Row]:
    """Requests and responses."""
    for event in of(events, "network.modbus"):
        ours = event["modbus"]
        shared = ends(event) | {"tid": ours["transaction_id"], "unit": ours["unit_id"]}
        if "request" in ours:
            yield shared | {"func": _function(ours["request"]["function_raw"]), "pdu_type": "REQ", "exception": None}
        if "response" in ours:
            response = ours["response"]
            code = response.get("exception", {}).get("raw")
            exception = None if code is None else _EXCEPTIONS.get(code, f"unknown-{code}")
            yield shared | {"func": _function(response["function_raw"]), "pdu_type": "RESP", "exception": exception}


def _function(raw: int) -> str:
    name = _FUNCTIONS.get(raw & 0x7F)
    if name is None:
        return f"unknown-{raw}"
    return f"{name}_EXCEPTION" if raw & 0x80 else name
