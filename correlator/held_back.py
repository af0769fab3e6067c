"""What this correlator holds back, as the page shows it to officers: exceptions, suppressions, and alerts that were refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from correlator.checkpoint import Checkpoint
from correlator.plan import Plan
from correlator.tuning.counts import hits_by_entry
from correlator.tuning.entry import Entry
from correlator.tuning.in_force import Tuning
from correlator.tuning.journal import State
from correlator.tuning.tuned import Tuned
from khien.alert import Alert
from khien.home import Home

#: Sent of each at most; the rest is counted.
MOST_ENTRIES = 2_000
MOST_REFUSED = 200
#: Hashes of the journal's last lines: as far back as the incident API can compare after an outage.
MOST_HASHES = 1_000


def report(tuning: Tuning, tuned: Tuned, plan: Plan, checkpoint: Checkpoint, *, home: Home, now_us: int) -> dict[str, Any]:
    """The body of `PUT /internal/v1/held-back`. Of an exception without rule the compiler says so, of a suppression its id."""
    known = {rule.rule.id for rule in plan.detections} | {rule.rule.id for rule in plan.correlations}
    ruleless = {*tuned.without_rule, *(entry.id for entry in tuning.entries if entry.rule_id not in known)}
    document = held_back(
        tuning.state,
        hits=hits_by_entry(home),
        without_rule=ruleless,
        refused=checkpoint.refused(limit=MOST_REFUSED),
        refused_total=checkpoint.refused_alerts(),
        now_us=now_us,
    )
    return {"held_back": document, "chain": chain(tuning.state)}


def held_back(
    state: State,
    *,
    hits: Mapping[str, int],
    without_rule: Iterable[str],
    refused: Sequence[tuple[Alert, Sequence[str]]],
    refused_total: int,
    now_us: int,
) -> dict[str, Any]:
    """The document; entries in force first, those that took most away before the others. Of a broken journal none is in force."""
    ruleless = frozenset(without_rule)
    entries = sorted(state.entries.values(), key=lambda one: (not one.is_active(now_us), -hits.get(one.id, 0), one.id))
    return {
        "journal": {"seq": len(state.changes), "head": state.head, "fault": state.fault},
        "entries": [
            _entry(one, hidden=hits.get(one.id, 0), now_us=now_us, has_rule=one.id not in ruleless)
            for one in entries[:MOST_ENTRIES]
        ],
        "entries_omitted": max(0, len(entries) - MOST_ENTRIES),
        "refused": [_refused(alert, sinks) for alert, sinks in refused[:MOST_REFUSED]],
        "refused_total": refused_total,
    }


def chain(state: State) -> list[str]:
    """The hashes of the journal's last lines, the newest last."""
    return [change.hash for change in state.changes[-MOST_HASHES:]]


def _entry(entry: Entry, *, hidden: int, now_us: int, has_rule: bool) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "rule_id": entry.rule_id[:300],
        "rule_name": entry.rule_name[:300],
        "owner": entry.owner[:300],
        "reason": entry.reason[:4_000],
        "approved_by": None if entry.approved_by is None else entry.approved_by[:300],
        "created_us": entry.created_us,
        "expires_us": entry.expires_us,
        "version": entry.version,
        "when": [
            {"item": item[:300], "values": [value[:4_000] for value in values[:1_000]]}
            for item, values in list((entry.when or {}).items())[:100]
        ],
        "by": [field[:300] for field in entry.by[:100]],
        "window_us": entry.window_us,
        "hidden": hidden,
        "in_force": entry.is_active(now_us),
        "has_rule": has_rule,
    }


def _refused(alert: Alert, sinks: Sequence[str]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "refused_by": sorted(sinks)[:10],
        "rule_name": alert.rule.name[:300],
        "title": {language: alert.rule.title.get(language, alert.rule.name)[:300] for language in ("vi", "en")},
        "severity": alert.severity,
        "dataset": alert.dataset[:300],
        "first_us": alert.first_us,
        "last_us": alert.last_us,
        "hits": alert.hits,
    }
