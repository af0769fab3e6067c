"""`khien rules backtest`: rules over a corpus with what must fire, or over stored days to see what would have."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from correlator.rule_work.expectations import Outcome, read_expectations
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_input import alerts_of_files, alerts_of_input
from khien.app.rules_output import EXIT_FAILED, folders, write_json


def backtest(context: Context) -> int:
    """With `--expect` exit 1 on a missing or unexpected firing; without, a count by rule of `--input` or `--stored`."""
    given = context.arguments
    if given.expect is None:
        return _count(context)
    expectations = read_expectations(Path(given.expect), corpus=Path(given.corpus) if given.corpus else None)
    outcomes: list[Outcome] = []
    with progress(context, "rules.backtest.progress") as show:
        for expected in expectations.inputs:
            alerts, _ = alerts_of_files(folders(context), expected.files, year=expected.year or given.year)
            outcomes.append(expectations.judge(expected, alerts))
            show(len(outcomes), len(expectations.inputs))
    bad = [outcome for outcome in outcomes if not outcome.is_good]
    if given.json:
        write_json(
            [
                {"name": one.name, "fired": list(one.fired), "missing": list(one.missing), "unexpected": list(one.unexpected)}
                for one in outcomes
            ]
        )
    for outcome in [] if given.json else bad:
        for key, names in (("rules.backtest.missing", outcome.missing), ("rules.backtest.unexpected", outcome.unexpected)):
            if names:
                sys.stdout.write(f"{outcome.name}: {context.say(key, names=', '.join(names))}\n")
    context.tell(context.say("rules.backtest.summary", inputs=len(outcomes), bad=len(bad)))
    return EXIT_FAILED if bad else 0


def _count(context: Context) -> int:
    with progress(context, "rules.backtest.progress"):
        alerts, events = alerts_of_input(context, folders(context))
    counts = Counter((alert.rule.level.severity, alert.rule.level.value, alert.rule.name) for alert in alerts)
    ordered = sorted(counts.items(), key=lambda item: (-item[0][0], -item[1], item[0][2]))
    if context.arguments.json:
        rules = [{"rule": name, "level": level, "alerts": count} for (_, level, name), count in ordered]
        write_json({"events": events, "alerts": len(alerts), "rules": rules})
    else:
        sys.stdout.write("".join(f"{count:>6}  {level:<8}  {name}\n" for (_, level, name), count in ordered))
        context.tell(context.say("rules.backtest.counted", alerts=len(alerts), rules=len(counts), events=events))
    return 0
