"""A draft of the coordination rules beside the version in force, uploaded by the leader through the real API."""

from __future__ import annotations

from pathlib import Path

from khien.home import Home
from tests.e2e.incident_scene import LEADER, Desk

SHIPPED = Path(__file__).resolve().parents[2] / "coordination" / "vn-2026"
#: What the draft changes: its name, its first day, and how soon a provider is told.
CHANGES = (
    ("policy.yaml", 'version: "2026.1"', 'version: "2027.1"'),
    ("policy.yaml", 'effective_from: "2026-07-01"', 'effective_from: "2027-01-01"'),
    ("obligations.yaml", "due: [{clock: class, hours: 4}]", "due: [{clock: class, hours: 3}]"),
)


def files() -> dict[str, str]:
    """The files of the draft, as the API takes them."""
    found = {path.relative_to(SHIPPED).as_posix(): path.read_text(encoding="utf-8") for path in SHIPPED.rglob("*.yaml")}
    del found["signatures.yaml"]
    for name, old, new in CHANGES:
        if old not in found[name]:
            msg = f"error: {name} no longer says {old}"
            raise SystemExit(msg)
        found[name] = found[name].replace(old, new, 1)
    return found


def write(*, home: Home, port: int, password: str) -> None:
    """The draft."""
    Desk(LEADER, home=home, port=port, password=password).post("/policy/versions", {"files": files()})
