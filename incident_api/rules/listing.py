"""The list of rules: found by words with or without tone marks, by state, level, technique and pack; ordered by what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.http.schemas import LocalText
from incident_api.people.rights import Right
from incident_api.rules.figures import NONE, figures
from incident_api.rules.models import RuleCatalogue, RuleRow
from incident_api.rules.schemas import (
    DatasetKind,
    PackView,
    RuleFigures,
    RuleListRow,
    RulesAnswer,
    RuleSort,
    StateCount,
)
from incident_api.runtime import Runtime
from khien.text import fold

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_LEVELS = ("informational", "low", "medium", "high", "critical")
_FAR = 2**62
COLUMNS = (
    RuleRow.id,
    RuleRow.component,
    RuleRow.rule_id,
    RuleRow.name,
    RuleRow.kind,
    RuleRow.state,
    RuleRow.since_us,
    RuleRow.level,
    RuleRow.title_vi,
    RuleRow.title_en,
    RuleRow.techniques,
    RuleRow.log_source,
    RuleRow.pack,
    RuleRow.location,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilters:
    """What the person asked for."""

    text: str | None = None
    states: tuple[str, ...] = ()
    level: str | None = None
    technique: str | None = None
    pack: str | None = None
    kind: DatasetKind = "live"


def listing(
    runtime: Runtime, *, caller: Caller, filters: RuleFilters, sort: RuleSort, language: str, offset: int, limit: int
) -> RulesAnswer:
    """One page; the numbers of states and packs are of all rules."""
    now = runtime.clock.now_us()
    counts_alerts = Right.ALERTS_READ in caller.person.rights
    with runtime.database.read() as session:
        catalogues = session.scalars(select(RuleCatalogue)).all()
        packs = pack_names(session)
        every = session.execute(select(*COLUMNS, RuleRow.search_text)).all()
        found = figures(session, caller=caller, kind=filters.kind, now_us=now) if counts_alerts else None
    kept = [row for row in every if _is_asked(row, filters, packs)]
    rows = [listed(row, packs=packs, found=found) for row in kept]
    rows.sort(key=lambda row: _place(row, sort=sort, language=language))
    by_pack = Counter((row.component, row.pack) for row in every)
    return RulesAnswer(
        rows=rows[offset : offset + limit],
        total=len(rows),
        states=[StateCount(state=state, rules=count) for state, count in sorted(Counter(row.state for row in every).items())],
        packs=[
            PackView(
                name=pack["name"],
                is_imported=pack["is_imported"],
                digest=pack["digest"],
                licence=pack["licence"],
                rules=by_pack[one.component, number],
            )
            for one in catalogues
            for number, pack in enumerate(one.packs)
        ],
        as_of_us=max((one.received_us for one in catalogues), default=None),
        counts_alerts=counts_alerts,
        now_us=now,
    )


def pack_names(session: Session) -> dict[tuple[str, int], str]:
    """By component and number."""
    return {
        (one.component, number): str(pack["name"])
        for one in session.scalars(select(RuleCatalogue))
        for number, pack in enumerate(one.packs)
    }


def listed(row: Any, *, packs: Mapping[tuple[str, int], str], found: Mapping[str, RuleFigures] | None) -> RuleListRow:
    """As the list shows it; what was refused never fired under this row."""
    is_refused = row.state == "rejected"
    return RuleListRow(
        id=row.id,
        rule_id=row.rule_id,
        name=row.name,
        kind=row.kind,
        state=row.state,
        since_us=row.since_us,
        level=row.level,
        title=LocalText(vi=row.title_vi, en=row.title_en),
        techniques=row.techniques,
        log_source=row.log_source,
        pack=packs.get((row.component, row.pack), ""),
        location=row.location,
        figures=None if found is None else NONE if is_refused else found.get(row.rule_id, NONE),
    )


def _is_asked(row: Any, filters: RuleFilters, packs: Mapping[tuple[str, int], str]) -> bool:
    if filters.states and row.state not in filters.states:
        return False
    if filters.level is not None and row.level != filters.level:
        return False
    if filters.pack is not None and packs.get((row.component, row.pack)) != filters.pack:
        return False
    if filters.technique is not None:
        wanted = filters.technique.upper()
        if not any(one == wanted or one.startswith(f"{wanted}.") for one in row.techniques):
            return False
    words = fold(filters.text).split() if filters.text else []
    return all(word in row.search_text for word in words)


def _place(row: RuleListRow, *, sort: RuleSort, language: str) -> tuple[Any, ...]:
    title = fold(row.title.en if language == "en" else row.title.vi)
    of = row.figures or NONE
    match sort:
        case "title":
            return (title, row.id)
        case "level":
            return (-_LEVELS.index(row.level) if row.level else 1, title, row.id)
        case "fired":
            return (-(of.last_us or 0), title, row.id)
        case "false":
            share = of.false_30 / of.closed_30 if of.closed_30 else -1.0
            return (-share, -of.closed_30, title, row.id)
        case "noise":
            return (of.noise or _FAR, title, row.id)
