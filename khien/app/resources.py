"""Where the shipped rules, policy and built page are: beside the code in a clone, inside the package when installed."""

from __future__ import annotations

from pathlib import Path

from khien.errors import KhienError

_CLONE = Path(__file__).resolve().parents[2]
_PACKAGE = Path(__file__).resolve().parents[1] / "share"


def folder(name: str) -> Path:
    """The folder `rules`, `coordination`, `web/dist` or `lab`; raises `usage.resource_missing`."""
    for root in (_CLONE, _PACKAGE):
        candidate = root / name
        if candidate.is_dir():
            return candidate
    raise KhienError("usage.resource_missing", name=name)
