"""One report as a document of plain values: the JSON twin, from which DOCX and PDF are made, so that the three cannot differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incident_api.coordination.organisation import Text
from incident_api.coordination.reports import ReportKind
from incident_api.coordination.sharing import TLP_ORDER, Item, share
from incident_api.notifications.ceiling import Ceiling
from incident_api.reports.facts import Fact, Source, document, of
from khien.clock import CITY_ZONE, MICROSECONDS

#: Of the JSON twin, for scripts that read it.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a copy is. `ceiling` None: the team's own file, from which nothing is withheld."""

    recipient: str
    name: Text
    ceiling: Ceiling | None
    key: bytes


def compose(source: Source, *, kind: str, audience: Audience, number: int, city: Text) -> dict[str, Any]:
    """Everything that the report says."""
    rules = source.policy.reports
    chosen = rules.kinds[kind]
    facts = {name: of(source, name) for section in chosen.sections for name in section.facts}
    shown, withheld, masked = _for_audience(source, facts, audience)
    local = dt.datetime.fromtimestamp(source.now_us / MICROSECONDS, tz=CITY_ZONE)
    return {
        "format": "khien-report",
        "version": VERSION,
        "kind": kind,
        "incident": source.incident.id,
        "number": number,
        "made_us": source.now_us,
        "date": {
            "vi": f"{city.vi}, ngày {local.day:02} tháng {local.month:02} năm {local.year}",
            "en": f"{city.en}, {local:%d/%m/%Y}",
        },
        "tlp": source.incident.tlp,
        "is_exercise": source.incident.dataset_kind == "exercise",
        "policy": f"{source.policy.id} {source.policy.version} {source.incident.policy_sha256[:16]}",
        "heading": rules.heading.model_dump(),
        "title": chosen.title.model_dump(),
        "subject": chosen.subject.model_dump(),
        "basis": source.policy.bases[chosen.basis].text.model_dump(),
        "fulfils": list(chosen.fulfils),
        "recipient": {"id": audience.recipient, "name": audience.name.model_dump()},
        "sections": [
            {
                "text": section.text.model_dump(),
                "facts": [
                    {"name": name, **document(shown[name])} for name in section.facts if name in shown and shown[name].is_known
                ],
            }
            for section in chosen.sections
        ],
        "missing": missing(chosen, facts),
        "withheld": [{**_label(facts[name], name), "why": why} for name, why in withheld],
        "masked": masked,
    }


def missing(kind: ReportKind, facts: Mapping[str, Fact]) -> list[dict[str, Any]]:
    """What a kind of report needs and nobody knows yet, of facts that were made."""
    return [_label(facts[name], name) for name in _needed(kind) if not facts[name].is_known]


def _needed(kind: ReportKind) -> Iterator[str]:
    for section in kind.sections:
        yield from section.needs


def _label(fact: Fact, name: str) -> dict[str, Any]:
    return {"name": name, "label": fact.label.model_dump()}


def _for_audience(
    source: Source, facts: dict[str, Fact], audience: Audience
) -> tuple[dict[str, Fact], list[tuple[str, str]], dict[str, int]]:
    """What this recipient may read: nothing above the ceiling, values masked below it (coordination design, section 8)."""
    most = audience.ceiling
    if most is None:
        return facts, [], {}
    tlp = source.incident.tlp
    if tlp not in TLP_ORDER or TLP_ORDER.index(tlp) > TLP_ORDER.index(most.tlp):
        why = f"TLP:{tlp} > TLP:{most.tlp}"
        return {}, [(name, why) for name, fact in facts.items() if fact.is_known], {}
    if most.rule is None:
        return facts, [], {}
    masked: dict[str, int] = {}

    def hide(text: Text) -> Text:
        items = [Item("vi", tlp, text.vi), Item("en", tlp, text.en)]
        found = share(source.policy.sharing, items, recipient=most.rule or "", key=audience.key, internal_names=_names(source))
        for each in found.masked:
            if each.id == "vi":
                masked[each.kind] = masked.get(each.kind, 0) + each.count
        return Text(vi=found.items[0].text, en=found.items[1].text)

    shown = {
        name: Fact(
            fact.label,
            tuple(hide(line) for line in fact.lines),
            fact.heads,
            tuple(tuple(hide(cell) for cell in row) for row in fact.rows),
        )
        for name, fact in facts.items()
    }
    return shown, [], masked


def _names(source: Source) -> tuple[str, ...]:
    """Machines by their own names, which other units and the public do not learn."""
    return tuple(sorted({host.name for host in source.organisation.hosts}))
