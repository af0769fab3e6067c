"""The input of `diff` and `backtest`: files through the sensor's readers, or days that are stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from correlator.compiler.ruleset import compile_folders
from correlator.rule_work.rerun import rerun, stored_lines
from khien.alert import Alert
from khien.app.command import Context
from khien.app.replay import ReplayOptions, replay
from khien.clock import SystemClock, parse_utc
from khien.errors import KhienError
from khien.store.opening import open_store


def alerts_of_files(rules: Sequence[Path], files: Sequence[Path], *, year: int | None) -> tuple[list[Alert], int]:
    """The alerts of one import, and how many events it had. Raises `input.*`."""
    found = replay(list(files), options=ReplayOptions(rules=rules, year=year))
    return list(found.alerts), found.event_count


def alerts_of_input(context: Context, rules: Sequence[Path]) -> tuple[list[Alert], int]:
    """Of what `--input` or `--stored` names. Raises `rules.no_input` without either."""
    given = context.arguments
    if given.input:
        return alerts_of_files(rules, [Path(name) for name in given.input], year=given.year)
    if not given.stored:
        raise KhienError("rules.no_input")
    start_us, end_us = period(given.stored)
    clock = SystemClock()
    store = open_store("sqlite:", home=context.home, clock=clock, is_read_only=True)
    try:
        with TemporaryDirectory(prefix="khien-rerun-") as scratch:
            lines = stored_lines(store, dataset=given.dataset, start_us=start_us, end_us=end_us)
            return rerun(lines, compile_folders(rules), scratch=Path(scratch), clock=clock)
    finally:
        store.close()


def period(written: str) -> tuple[int, int]:
    """`2026-11-01/2026-11-08` (UTC, the last day included) or two moments. Raises `rules.period`."""
    first, _, last = written.partition("/")
    try:
        start, end = _moment(first), _moment(last or first)
        if "T" not in (last or first):
            end += 86_400_000_000 - 1
    except ValueError as error:
        raise KhienError("rules.period", period=written) from error
    if end < start:
        raise KhienError("rules.period", period=written)
    return start, end


def _moment(written: str) -> int:
    moment = dt.datetime.fromisoformat(written)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return parse_utc(moment.isoformat())
