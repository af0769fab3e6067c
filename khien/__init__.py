"""Khiên: network security monitoring and incident response for a city's data center.

For scripts: `khien.read("capture.pcap").to_arrow("network.dns")`, `khien.replay(["capture.pcapng", "access.log"]).alerts`,
`khien.connect("https://khien.example:8443", token).list_alerts(tab="team")`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from khien.app.replay import Replay, ReplayOptions, replay
    from khien.capture import Capture, read
    from khien.client import Client, connect

__all__ = ["Capture", "Client", "Replay", "ReplayOptions", "connect", "read", "replay"]

# Imported when asked for: a sensor host has neither pySigma nor the correlator's other needs.
_MODULES = {"Capture": "khien.capture", "read": "khien.capture", "Client": "khien.client", "connect": "khien.client"}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(_MODULES.get(name, "khien.app.replay")), name)
    message = f"module `khien` has no attribute `{name}`"
    raise AttributeError(message)
