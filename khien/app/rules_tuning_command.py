"""`khien rules except | suppress | tuning`: what the night officer may silence, for how long, and what became of it."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from correlator import ir
from correlator.compiler.ruleset import RuleSet
from correlator.explain.finding import load_rules
from correlator.plan import CorrelationRule, DetectionRule
from correlator.rule_work.rerun import stored_lines
from correlator.tuning.counts import hits_by_entry
from correlator.tuning.entry import DAY_US, Entry, Kind, check, check_fields
from correlator.tuning.gate import replay_true_cases
from correlator.tuning.in_force import JOURNAL
from correlator.tuning.journal import Action, Journal
from correlator.tuning.preview import PREVIEW_DAYS, would_take
from correlator.tuning.tuned import condition_of
from khien.alert import Level
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_output import running, write_json
from khien.clock import SystemClock, format_utc
from khien.errors import KhienError
from khien.store.opening import open_store

_LIVE = "live"
_DATE = slice(0, len("2026-01-01"))


def except_(context: Context) -> int:
    """Add an exception: events of a rule that make no alert. Refused when a true case of the rule would be hidden."""
    when: dict[str, tuple[str, ...]] = {}
    for item in context.arguments.when:
        field, mark, value = item.partition("=")
        if not mark or not value:
            raise KhienError("tuning.condition", item=item, allowed="FIELD=VALUE")
        when[field] = (*when.get(field, ()), value)
    return _add(context, Kind.EXCEPTION, when=when)


def suppress(context: Context) -> int:
    """Add a suppression: alerts with the same group within a time become one."""
    return _add(context, Kind.SUPPRESSION, by=tuple(context.arguments.by), window_us=context.arguments.window)


def tuning(context: Context) -> int:
    """List what is in force, or renew or remove one entry. Exit 7 when the journal was changed by hand."""
    given = context.arguments
    clock = SystemClock()
    journal = Journal(context.home.tuning / JOURNAL, clock=clock)
    if given.renew or given.remove:
        return _change(context, journal, clock.now_us())
    state = journal.read()
    hits = hits_by_entry(context.home)
    if given.json:
        now_us = clock.now_us()
        write_json(
            {
                "head": state.head,
                "fault": state.fault,
                "entries": [_as_json(entry, hits, now_us) for entry in state.entries.values()],
                "changes": [
                    {
                        "seq": one.seq,
                        "at": one.at,
                        "actor": one.actor,
                        "action": one.action.value,
                        "entry": one.entry.as_json(),
                    }
                    for one in state.changes
                ],
            }
        )
    else:
        _print(context, list(state.entries.values()), hits, clock.now_us())
    if state.fault is not None:
        raise KhienError("tuning.journal_broken", path=str(journal.path), reason=state.fault)
    return 0


def _add(
    context: Context, kind: Kind, *, when: Mapping[str, tuple[str, ...]] | None = None, by: tuple[str, ...] = (), window_us: int = 0
) -> int:
    given = context.arguments
    clock = SystemClock()
    folders = running(context)
    rules, rule = load_rules(given.rule, folders)
    now_us = clock.now_us()
    entry = Entry(
        id="",
        kind=kind,
        rule_id=rule.rule.id,
        rule_name=rule.rule.name,
        owner=given.owner,
        reason=given.reason,
        created_us=now_us,
        expires_us=now_us + given.days * DAY_US,
        when=when,
        by=by,
        window_us=window_us,
        approved_by=given.approved_by,
    )
    check(entry, is_critical=rule.rule.level is Level.CRITICAL)
    if rule.is_silent:
        raise KhienError("tuning.not_a_rule", rule=rule.rule.name)
    if kind is Kind.SUPPRESSION:
        _check_group(rule, by)
        cases = 0
    else:
        check_fields(entry, _fields_of(rule, rules))
        condition_of(entry)
        with TemporaryDirectory(prefix="khien-tuning-") as scratch:
            cases = replay_true_cases(entry, rule, rules, folders, scratch=Path(scratch), clock=clock)
        _preview(context, entry, rules, now_us)
    journal = Journal(context.home.tuning / JOURNAL, clock=clock)
    entry = journal.append(Action.ADD, replace(entry, true_cases=cases), actor=_actor())
    if given.json:
        write_json(entry.as_json())
    key = "rules.tuning.added" if cases else "rules.tuning.added_untested"
    context.tell(context.say(key, entry=entry.id, rule=entry.rule_name, until=format_utc(entry.expires_us)[_DATE], cases=cases))
    return 0


def _preview(context: Context, entry: Entry, rules: RuleSet, now_us: int) -> None:
    """Over the last days of live events, where this machine stores them."""
    if not context.home.events.is_dir():
        return
    store = open_store("sqlite:", home=context.home, clock=SystemClock(), is_read_only=True)
    try:
        start_us = now_us - PREVIEW_DAYS * DAY_US
        with progress(context, "rules.tuning.preview_progress"):
            lines = stored_lines(store, dataset=_LIVE, start_us=start_us, end_us=now_us)
            read, taken = would_take(entry, rules, lines)
    finally:
        store.close()
    context.tell(context.say("rules.tuning.preview", days=PREVIEW_DAYS, read=read, taken=taken))


def _check_group(rule: DetectionRule | CorrelationRule, by: Sequence[str]) -> None:
    if isinstance(rule, CorrelationRule):
        known = rule.group_by
    else:
        known = rule.group or tuple(dict.fromkeys(entity.field for entity in rule.entities))
    for field in by:
        if field not in known:
            raise KhienError("tuning.not_in_group", rule=rule.rule.name, field=field, known=", ".join(known) or "–")


def _fields_of(rule: DetectionRule | CorrelationRule, rules: RuleSet) -> set[str]:
    """The fields that a rule names; a correlation's are also those of the rules that it looks at."""
    if isinstance(rule, DetectionRule):
        named = {leaf.field for leaf in ir.leaves_of(rule.program.program) if leaf.field is not None}
        return named | set(rule.group) | {entity.field for entity in rule.entities}
    inner = {member.number for member in rule.members}
    own = {field for member in rule.members for field in member.group_fields} | set(rule.group_by) | set(rule.value_fields)
    return own.union(*(_fields_of(one, rules) for one in rules.plan.detections if one.number in inner))


def _change(context: Context, journal: Journal, now_us: int) -> int:
    given = context.arguments
    name = given.renew or given.remove
    entry = journal.read().entries.get(name)
    if entry is None:
        raise KhienError("tuning.unknown", entry=name)
    if given.remove:
        journal.append(Action.REMOVE, entry, actor=_actor())
        context.tell(context.say("rules.tuning.removed", entry=name, rule=entry.rule_name))
        return 0
    renewed = replace(entry, version=entry.version + 1, expires_us=now_us + given.days * DAY_US, approved_by=given.approved_by)
    # What needed a second person needs one each time, or one person could keep it for ever.
    check(replace(renewed, created_us=now_us), is_critical=entry.approved_by is not None)
    journal.append(Action.RENEW, renewed, actor=_actor())
    until = format_utc(renewed.expires_us)[_DATE]
    context.tell(context.say("rules.tuning.renewed", entry=name, rule=entry.rule_name, until=until, version=renewed.version))
    return 0


def _as_json(entry: Entry, hits: Counter[str], now_us: int) -> dict[str, object]:
    return {**entry.as_json(), "hits": hits[entry.id], "active": entry.is_active(now_us)}


def _print(context: Context, entries: Sequence[Entry], hits: Counter[str], now_us: int) -> None:
    for entry in entries:
        what = " & ".join(f"{item}={'|'.join(values)}" for item, values in (entry.when or {}).items()) or ", ".join(entry.by)
        state = "rules.tuning.until" if entry.is_active(now_us) else "rules.tuning.expired"
        until = context.say(state, until=format_utc(entry.expires_us)[_DATE])
        kind = context.say(f"tuning_kind.{entry.kind.value}")
        taken = context.say("rules.tuning.taken", count=hits[entry.id])
        sys.stdout.write(f"{entry.id} v{entry.version}  {kind}  {entry.rule_name}: {what}\n")
        sys.stdout.write(f"    {until}; {taken}; {entry.owner}: {entry.reason}\n")
    if not entries:
        context.tell(context.say("rules.tuning.none"))


def _actor() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for the user id: a container
        return "?"
