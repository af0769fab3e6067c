"""Khiên: network security monitoring and incident response for a city's data center.

For scripts: `khien.replay(["capture.pcapng", "access.log"]).alerts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from khien.app.replay import Replay, ReplayOptions, replay

__all__ = ["Replay", "ReplayOptions", "replay"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: a sensor host has neither pySigma nor the correlator's other needs.
    if name in __all__:
        from khien.app import replay as module  # noqa: PLC0415

        return getattr(module, name)
    message = f"module `khien` has no attribute `{name}`"
    raise AttributeError(message)
