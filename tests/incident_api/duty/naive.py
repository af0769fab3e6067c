"""The rota by plain loops, written from the documentation alone: slow, stupid, and nothing of it shared with the product.

One minute after another; the clock on the wall never goes back (in the hour that is repeated it stands still), and at every
minute the pile of names of a seat is built from the bottom.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = 60 * 1_000_000
Rows = list[dict[str, Any]]


def minutes(zone: str, start: dt.datetime, count: int) -> Iterator[tuple[int, dt.datetime]]:
    """Microseconds and wall time of each minute from an aware start; the wall time never goes back."""
    info, shown = ZoneInfo(zone), None
    # From a day before, so that a start inside the repeated hour knows what the wall showed.
    for number in range(-1440, count):
        moment = start + dt.timedelta(minutes=number)
        local = moment.astimezone(info).replace(tzinfo=None)
        shown = local if shown is None or local > shown else shown
        if number >= 0:
            yield int(moment.timestamp()) * 1_000_000, shown


def member(  # noqa: C901, PLR0912 - plain on purpose
    layer: dict[str, Any], local: dt.datetime, days_off: dict[dt.date, str]
) -> str | None:
    """Whose turn it is, or nobody's."""
    start = dt.datetime.fromisoformat(layer["start"])
    if local < start:
        return None
    if layer.get("end") is not None and local >= dt.datetime.fromisoformat(layer["end"]):
        return None
    inside = False
    for back in (0, 1):
        day = local.date() - dt.timedelta(days=back)
        if day.isoweekday() not in layer.get("weekdays", [1, 2, 3, 4, 5, 6, 7]):
            continue
        kind = layer.get("days", "all")
        off = day in days_off
        if off and layer.get("holiday_names"):
            off = False
            for name in layer["holiday_names"]:
                if name.lower() in days_off[day]:
                    off = True
        if (kind == "holidays" and not off) or (kind == "not_holidays" and off):
            continue
        if not layer.get("hours"):
            inside = inside or back == 0
        for hours in layer.get("hours", []):
            begin_hour, begin_minute = hours["from"].split(":")
            end_hour, end_minute = hours["to"].split(":")
            begin = dt.datetime(day.year, day.month, day.day, int(begin_hour), int(begin_minute))  # noqa: DTZ001 - wall time
            end = dt.datetime(day.year, day.month, day.day, int(end_hour), int(end_minute))  # noqa: DTZ001 - wall time
            if end <= begin:
                end = end + dt.timedelta(days=1)
            if begin <= local < end:
                inside = True
    if not inside:
        return None
    passed = int((local - start).total_seconds()) // (layer["shift_hours"] * 3600)
    names = layer["members"]
    return str(names[passed % len(names)])


def holder(  # noqa: C901 - plain on purpose
    seat: str,
    layers: Rows,
    local: dt.datetime,
    at_us: int,
    *,
    days_off: dict[dt.date, str],
    swaps: Rows,
    overrides: Rows,
    away: Rows,
) -> str | None:
    """Who has a seat at a minute."""
    pile: list[str] = []
    for rank in range(10):
        for layer in layers:
            if layer.get("seat", layer["id"]) == seat and layer.get("rank", 0) == rank:
                name = member(layer, local, days_off)
                if name is not None:
                    pile.append(name)
    for swap in swaps:
        if swap["seat"] == seat and swap["start"] <= at_us < swap["end"] and pile and pile[-1] == swap["of"]:
            pile.append(swap["person"])
    for override in overrides:
        if override["seat"] == seat and override["start"] <= at_us < override["end"]:
            pile.append(override["person"])  # noqa: PERF401 - plain on purpose
    while pile:
        name = pile.pop()
        absent = False
        for each in away:
            if each["person"] == name and each["start"] <= at_us < each["end"]:
                absent = True
        if not absent:
            return name
    return None
