"""One measured number with the bound that it is held against."""

from __future__ import annotations

Figure = dict[str, object]


def figure(name: str, value: float, unit: str, *, bound: float, is_most: bool = False, is_exact: bool = False) -> Figure:
    """At least the bound; at most, or exactly, where it says so."""
    passed = value == bound if is_exact else value <= bound if is_most else value >= bound
    return {"name": name, "value": round(value, 2), "unit": unit, "bound": bound, "passed": passed}
