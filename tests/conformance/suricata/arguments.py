"""A test's arguments, and the configuration it does not state, as settings of our engine and of the EVE view."""

import re
from dataclasses import dataclass, field

from khien.eve import Options
from tests.conformance.engine import Value
from tests.conformance.suricata.case import Case

_SET = re.compile(r"--set\s+(\S+?)=(\S+)")
_SIZE = re.compile(r"(\d+)\s*([kmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_HTTP = "app-layer.protocols.http.libhtp.default-config."

#: What Suricata does where a test says nothing. `async_oneside` is not here: whatever Suricata's setting of that name says, it
#: reads what one end alone sent when the flow ends, and so does the engine by default. Checksums are off: Suricata looks at
#: those of TCP alone, and only once its statistics of a file find them worth it.
_DEFAULT: dict[str, Value] = {
    "checksums": "off",
    "capture_secrets": True,
    "interim_interval": 0,
    "midstream": False,
    "stream_depth": 1 << 20,
    "http_body_limit": 100 << 10,
}
#: `--set` keys whose value is a size, a truth, or a number, and what they are to us.
_SIZES = {"stream.reassembly.depth": "stream_depth", f"{_HTTP}response-body-limit": "http_body_limit"}
_TRUTHS = {
    "stream.midstream": "midstream",
    "stream.async-oneside": "async_oneside",
    "vlan.use-for-tracking": "vlan_in_key",
    f"{_HTTP}lzma-enabled": "http_lzma",
}
_NUMBERS = {
    "flow-timeouts.tcp.new": "tcp_new_timeout",
    "flow-timeouts.tcp.established": "tcp_established_timeout",
    "flow-timeouts.tcp.closed": "tcp_closed_timeout",
    f"{_HTTP}response-body-decompress-layer-limit": "http_coding_layers",
    "app-layer.protocols.ftp.max-tx": "ftp_max_transactions",
    "app-layer.protocols.smb.max-tx": "smb_max_transactions",
    "app-layer.protocols.smb.max-write-size": "smb_max_write_size",
}
#: Configuration that the data does not hold (sensing.md, section 15).
_UNSAID: dict[str, dict[str, Value]] = {
    "community-id-sameip": {"community_id_seed": 1},
    "community-id-ipv6": {"community_id_seed": 7},
    "mqtt-ping": {"midstream": True},
    "ftp/ftp-too-long-command-higher-limit": {"max_line": 5 << 10},
    "filestore-v2.1-forced": {"http_body_limit": 200_000},
}
_NO_BODY_LIMIT = re.compile(r"tcp-rst-unacked-stream-\d+")
#: Tests whose configuration dumps all headers.
_HEADERS = frozenset({"http-all-headers", "http2-continuation"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """Settings of the engine and of the view."""

    engine: dict[str, Value] = field(default_factory=dict)
    view: Options = field(default_factory=Options)


def chosen(case: Case) -> Chosen:
    """What this test asks for."""
    engine = dict(_DEFAULT)
    if "-k all" in case.args:
        engine["checksums"] = "on"
    for key, value in _SET.findall(case.args):
        _obey(engine, key, value)
    engine.update(_UNSAID.get(case.name, {}))
    if _NO_BODY_LIMIT.fullmatch(case.name.rpartition("/")[2]):
        engine["http_body_limit"] = 0
    return Chosen(engine=engine, view=Options(http_headers=case.name in _HEADERS))


def _obey(engine: dict[str, Value], key: str, value: str) -> None:
    if key in _SIZES:
        size = _SIZE.fullmatch(value)
        if size is not None:
            engine[_SIZES[key]] = int(size[1]) * _UNITS[size[2].lower()]
    elif key in _TRUTHS:
        engine[_TRUTHS[key]] = value in {"true", "yes"}
    elif key in _NUMBERS:
        engine[_NUMBERS[key]] = int(value)
