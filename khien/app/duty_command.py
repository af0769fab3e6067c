"""`khien duty show | check`: who is on duty, and what is wrong with the rota, read from the store itself."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import orjson

from incident_api.duty import checks, current, importing, views, words
from incident_api.duty.checks import Checked
from incident_api.duty.roster import Roster
from incident_api.duty.rota import Rota
from incident_api.duty.schemas import CalendarAnswer, CalendarShift
from incident_api.duty.wall import DAY_US, absolute
from incident_api.opening import opened
from incident_api.runtime import Runtime
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import SystemClock
from khien.errors import KhienError, visible

_COLUMN = "  "


def show(context: Context) -> int:
    """Shifts from a time on (now without one), for so many days (0: those at that moment); exit 0."""
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        start = _moment(runtime, context.arguments.at)
        days = context.arguments.days
        found = views.calendar(runtime, from_us=start, to_us=start + max(1, days * DAY_US))
    if context.arguments.json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
        return 0
    rows = [_shift(context, each, found) for each in found.shifts]
    _print(context, "duty.show.heads", rows)
    sys.stdout.write("\n" + context.say("duty.show.version", version=found.rota_version, zone=found.zone) + "\n")
    return 0


def check(context: Context) -> int:
    """The faults of the days ahead, of the rota in force or of a file; a hole is `duty.hole`, with `--json` its status."""
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        now = runtime.clock.now_us()
        with runtime.database.read() as session:
            rota = current.rota(session) if context.arguments.file is None else _rota_in(Path(context.arguments.file))
            importing.check_names(runtime, rota)
            plan = current.plan_with(runtime, session, rota)
            roster = current.roster(runtime, session) if context.arguments.file is None else Roster(rota.version, plan)
            found = checks.check(rota, roster, start_us=now, end_us=now + context.arguments.days * DAY_US)
    sys.stdout.write(_as_json(rota, found) if context.arguments.json else _as_text(context, rota, found))
    hole = next((each for each in found.findings if each.is_hole), None)
    if hole is None:
        return 0
    error = checks.hole(rota, hole)
    if context.arguments.json:
        # One document on standard output: the holes are in it.
        return error.entry.exit_status
    raise error


def _rota_in(path: Path) -> Rota:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KhienError("policy.unreadable", path=str(path), reason=getattr(error, "strerror", None) or "not UTF-8") from error
    return importing.rota_of(text)


def _moment(runtime: Runtime, given: str | None) -> int:
    """Local time of the rota's zone. Raises `duty.not_a_time`."""
    if given is None:
        return runtime.clock.now_us()
    with runtime.database.read() as session:
        zone = current.roster(runtime, session).plan.zone
    try:
        local = dt.datetime.fromisoformat(given)
    except ValueError as error:
        raise KhienError("duty.not_a_time", text=given) from error
    if local.tzinfo is not None or local.microsecond or not 2000 <= local.year <= 2099:  # noqa: PLR2004 - what the calendar can hold
        raise KhienError("duty.not_a_time", text=given)
    return absolute(local, zone)


def _as_json(rota: Rota, found: Checked) -> str:
    document = {
        "rota": rota.version,
        "start_us": found.start_us,
        "end_us": found.end_us,
        "coverage": found.coverage,
        "balance": found.balance,
        "score": found.score,
        "findings": [
            {
                "kind": each.kind,
                "role": each.role,
                "layers": list(each.layers),
                "person": each.person,
                "start_us": each.start_us,
                "end_us": each.end_us,
                "text": words.finding(each, rota.zone).model_dump(),
            }
            for each in found.findings
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _as_text(context: Context, rota: Rota, found: Checked) -> str:
    lines = [
        f"- {getattr(words.finding(each, rota.zone), context.language)}. {getattr(words.cure(each), context.language)}."
        for each in found.findings
    ]
    values = {"coverage": f"{found.coverage:.1%}", "balance": f"{found.balance:.1%}", "score": f"{found.score:.1%}"}
    head = context.say("duty.check.score", version=rota.version, faults=len(lines), **values)
    return "\n".join([*(visible(line) for line in lines), head, ""])


def _shift(context: Context, each: CalendarShift, answer: CalendarAnswer) -> tuple[str, ...]:
    stands_by = "" if each.priority == 1 else context.say("duty.show.stands_by")
    return (
        words.moment(each.start_us, answer.zone),
        words.moment(each.end_us, answer.zone),
        f"{getattr(each.role_name, context.language)}{stands_by}",
        each.seat,
        visible(getattr(each.person.name, context.language)),
        each.source if each.source == "layer" else f"{each.source} {each.reference}",
    )


def _print(context: Context, heads: str, cells: list[tuple[str, ...]]) -> None:
    rows = [tuple(context.say(heads).split("|")), *cells]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        sys.stdout.write(_COLUMN.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
