"""Make the calendar of a year, to be reviewed and signed: `khien policy calendar 2029`, or this module as a program.

Nothing at run time reads it: the days come from the package `holidays` (Vietnamese lunar tables), which is needed on the machine
where the calendar is made and nowhere else. Swaps and make-up days come from a file of overrides, each with its source.
Design: coordination, section 9.
"""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from incident_api.coordination.calendar import Day, Year
from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Text, validated
from khien.errors import KhienError

#: The version that the shipped years were made with.
HOLIDAYS = "0.109"
#: In the library, but its enactment is not confirmed: by override only.
_UNCONFIRMED = ((11, 24),)
_IN_LIEU = ("(in lieu)", "(observed)", "(nghỉ bù)")


def year_of(year: int, *, overrides: Path | None = None) -> Year:
    """The days of a year. Raises `policy.holidays_missing`, or `policy.invalid` for overrides that are none."""
    found = {day: Text(vi=vi, en=en) for day, (vi, en) in _library_days(year).items() if (day.month, day.day) not in _UNCONFIRMED}
    days = [
        Day(date=day.isoformat(), kind="generated", works=False, text=text, source=f"holidays {_version()}")
        for day, text in sorted(found.items())
    ]
    days += _overrides(year, overrides) if overrides is not None else []
    return validated(Year, {"year": year, "days": [each.model_dump() for each in days]}, path=overrides or Path(f"{year}.yaml"))


def written(year: Year) -> str:
    """The file as people review it: a line a day, in the order of the year."""
    lines = [
        f"# Days of {year.year} that do not follow the week. Made with holidays {_version()} (Vietnamese lunar tables);",
        "# to be reviewed when the year's decision is published.",
        "# Swaps and make-up days count only as `override`, with their source, signed by both parties.",
        f"year: {year.year}",
        "days:",
    ]
    for day in sorted(year.days, key=lambda each: (each.date, each.kind)):
        row: dict[str, object] = {"date": day.date, "kind": day.kind, "source": day.source} | ({"works": True} if day.works else {})
        row |= {"text": day.text.model_dump()}
        flow = yaml.safe_dump(row, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000).strip()
        lines.append(f"  - {flow}")
    return "\n".join(lines) + "\n"


def _overrides(year: int, path: Path) -> list[Day]:
    """`days:` as in a calendar file, each of kind override."""
    found = validated(Year, {"year": year, **read_document(path)}, path=path)
    for day in found.days:
        if day.kind != "override":
            raise KhienError("policy.invalid", path=str(path), place=day.date, reason="only overrides stand here", count=1)
    return list(found.days)


def _library_days(year: int) -> Mapping[dt.date, tuple[str, str]]:
    try:
        library = importlib.import_module("holidays")
    except ModuleNotFoundError:
        raise KhienError("policy.holidays_missing", version=HOLIDAYS) from None
    vietnamese = library.country_holidays("VN", years=year, language="vi")
    english = library.country_holidays("VN", years=year, language="en_US")
    return {day: (str(vietnamese[day]), _english(str(english[day]))) for day in sorted(vietnamese)}


def _english(name: str) -> str:
    return next((name.replace(each, "(in lieu)") for each in _IN_LIEU if each in name), name)


def _version() -> str:
    library = sys.modules.get("holidays")
    return str(getattr(library, "__version__", HOLIDAYS))


def main() -> None:
    """Command line: `python -m incident_api.coordination.calendar_year YEAR [OVERRIDES]`."""
    year, *overrides = sys.argv[1:]
    sys.stdout.write(written(year_of(int(year), overrides=Path(overrides[0]) if overrides else None)))


if __name__ == "__main__":
    main()
