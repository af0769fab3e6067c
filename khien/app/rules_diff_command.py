"""`khien rules diff`: what another rule set would have said of the same input."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from correlator.rule_work.comparison import Comparison, compare
from khien.alert import Alert
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_input import alerts_of_input
from khien.app.rules_output import EXIT_FAILED, write_json
from khien.clock import format_utc
from khien.errors import KhienError

_COMPARED = ("added", "lost", "changed")


def diff(context: Context) -> int:
    """Both sets over one input; exit 1 when `--expect` differs."""
    given = context.arguments
    found: list[list[Alert]] = []
    with progress(context, "rules.diff.progress") as show:
        for number, rules in enumerate((given.before, given.after)):
            alerts, events = alerts_of_input(context, [Path(rules)])
            if not events:
                raise KhienError("rules.nothing_read", input=f"{given.dataset} {given.stored}")
            found.append(alerts)
            show(number + 1, 2)
    comparison = compare(found[0], found[1])
    document = comparison.as_json()
    if given.json:
        write_json(document)
    else:
        _print(context, comparison)
    if given.expect is None:
        return 0
    expected = _expected(Path(given.expect))
    differing = [name for name in _COMPARED if expected.get(name, []) != document[name]]
    if differing:
        context.tell(context.say("rules.diff.unexpected", path=given.expect, names=", ".join(differing)))
    return EXIT_FAILED if differing else 0


def _expected(path: Path) -> dict[str, object]:
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise KhienError("input.not_found", path=str(path)) from error
    except ValueError as error:
        raise KhienError("rules.expectations_invalid", location=str(path), detail=str(error)) from error
    if not isinstance(found, dict):
        raise KhienError("rules.expectations_invalid", location=str(path), detail="{added, lost, changed}")
    return found


def _print(context: Context, comparison: Comparison) -> None:
    out = [f"+ {_line(alert)}" for alert in comparison.added]
    out += [f"- {_line(alert)}" for alert in comparison.lost]
    for change in comparison.changed:
        pairs = ", ".join(f"{name} {before} → {after}" for name, (before, after) in change.fields.items())
        out.append(f"~ {_line(change.after)}: {pairs}")
    sys.stdout.write("".join(f"{line}\n" for line in out))
    counts = {"added": len(comparison.added), "lost": len(comparison.lost), "changed": len(comparison.changed)}
    context.tell(context.say("rules.diff.summary", same=comparison.same, **counts))


def _line(alert: Alert) -> str:
    group = ", ".join(alert.group.values)
    return f"{format_utc(alert.window.start_us)}  {alert.rule.level.value}  {alert.rule.name}  {group}"
