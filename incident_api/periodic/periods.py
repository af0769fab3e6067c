"""Periods of the calendar and their names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from incident_api.coordination.periodic import PeriodicDuty

_A_YEAR = {"month": 12, "half_year": 2, "year": 1}


@dataclass(frozen=True, slots=True)
class Period:
    """The number-th month or half of a year, or the year (1)."""

    year: int
    number: int
    every: str

    @property
    def name(self) -> str:
        """`2026-11`, `2026-H2`, `2026`."""
        end = {"month": f"-{self.number:02}", "half_year": f"-H{self.number}", "year": ""}[self.every]
        return f"{self.year}{end}"

    @property
    def before(self) -> Period:
        """The one that ended when this one began."""
        if self.number > 1:
            return Period(self.year, self.number - 1, self.every)
        return Period(self.year - 1, _A_YEAR[self.every], self.every)


def around(duty: PeriodicDuty, day: dt.date) -> tuple[Period, ...]:
    """The present period, and the one before if what it owes comes due after its end."""
    months = 12 // _A_YEAR[duty.every]
    present = Period(day.year, (day.month - 1) // months + 1, duty.every)
    return (present.before, present) if duty.after is not None else (present,)
