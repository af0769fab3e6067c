"""`khien rules bench`: what a rule set costs on the events of this site, and whether it became dearer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

from correlator.compiler.ruleset import compile_folders
from correlator.rule_work.cost import Cost, cost
from correlator.rule_work.rerun import unstamped
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.replay import ReplayOptions, replaying
from khien.app.rules_output import EXIT_FAILED, folders, write_file, write_json
from khien.clock import SystemClock
from khien.errors import KhienError
from khien.event import LineRejected

#: Slower than the stored run by more than this fails.
MOST_SLOWER = 0.10
_JSON_LINES = (".jsonl", ".ndjson")


def bench(context: Context) -> int:
    """Measure, print, and compare with `--against`; exit 1 when more than 10 % slower."""
    given = context.arguments
    rules = compile_folders(folders(context))
    lines = [line for name in given.events for line in _lines(context, Path(name))]
    if not lines:
        raise KhienError("input.empty", path=", ".join(given.events))
    with progress(context, "rules.bench.progress") as show:
        found = cost(rules, lines, clock=SystemClock(), progress=show)
    stored = None if given.against is None else _stored(Path(given.against))
    if given.save:
        write_file(given.save, orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if given.json:
        write_json({**found.as_json(), "against": stored})
    else:
        _print(context, found)
    if stored is None:
        return 0
    return _compare(context, found, float(stored["events_per_second"]))


def _compare(context: Context, found: Cost, before: float) -> int:
    change = found.events_per_second / before - 1
    context.tell(context.say("rules.bench.compared", before=round(before), change=f"{change:+.0%}"))
    if change < -MOST_SLOWER:
        context.tell(context.say("rules.bench.slower", most=f"{MOST_SLOWER:.0%}"))
        return EXIT_FAILED
    return 0


def _lines(context: Context, path: Path) -> list[bytes]:
    """Framed lines, or what the sensor's readers make of the file."""
    if not path.is_file():
        raise KhienError("input.not_found", path=str(path))
    if path.suffix not in _JSON_LINES:
        with replaying([path], options=ReplayOptions(rules=folders(context), year=context.arguments.year)) as (_, lines):
            return [unstamped(line) for line in lines()]
    found = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                found.append(unstamped(line))
            except (LineRejected, ValueError, TypeError, AttributeError) as error:
                raise KhienError("rules.event_unreadable", event=f"{path}:{number}", reason=str(error)) from error
    return found


def _stored(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        1 / float(found["events_per_second"])
    except FileNotFoundError as error:
        raise KhienError("input.not_found", path=str(path)) from error
    except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise KhienError("rules.expectations_invalid", location=str(path), detail="events_per_second") from error
    return found


def _print(context: Context, found: Cost) -> None:
    for name, spent in found.dearest:
        sys.stdout.write(f"{spent:>10.1f} ns  {name}\n")
    candidates = ", ".join(f"p{percent} {count}" for percent, count in found.candidates.items())
    context.tell(
        context.say(
            "rules.bench.summary",
            rate=round(found.events_per_second),
            rules=found.rules,
            events=found.events,
            candidates=candidates,
        )
    )
