"""Words and times as notices write them."""

from __future__ import annotations

from khien.alert import Level
from khien.clock import format_city

#: Vietnamese, English.
LEVELS: dict[Level, tuple[str, str]] = {
    Level.LOW: ("thấp", "low"),
    Level.MEDIUM: ("trung bình", "medium"),
    Level.HIGH: ("cao", "high"),
    Level.CRITICAL: ("nghiêm trọng", "critical"),
}


def moment(us: int) -> str:
    """`23/11/2026 14:05`, the city's time."""
    return format_city(us).rpartition(":")[0]
