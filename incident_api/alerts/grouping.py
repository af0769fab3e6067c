"""Which alerts belong together: the triage key, and what a group can be found by.

The key is the rule with the assets it is about, and with the city's own address where the trouble starts inside: a thousand
attackers of one portal are one row, two infected workstations in one LAN are two. Where no asset is known the
entities themselves count. Never
the rule alone over all entities (response design, section 5).
"""

from __future__ import annotations

import hashlib
import re

import rfc8785

from incident_api.alerts.models import TriageGroup
from incident_api.coordination.organisation import Organisation
from khien.alert import Alert, Entity, EntityKind, EntityRole
from khien.text import fold, normalise

#: Values kept for a group's row, its search text and its labels; beyond it they are only counted.
VALUES_KEPT = 50
_VALUE_CHARACTERS = 300
_SEARCH_CHARACTERS = 8_000
#: A technique of MITRE ATT&CK as Sigma writes it.
_TECHNIQUE = re.compile(r"attack\.t\d{4}(\.\d{3})?")


def triage_key(alert: Alert, organisation: Organisation) -> str:
    """SHA-256 over the RFC 8785 array [rule id, what it is about], in hex."""
    inside = sorted(
        {
            entity.value
            for entity in alert.entities
            if entity.role is EntityRole.SOURCE and entity.kind is EntityKind.IP and organisation.is_inside(entity.value)
        }
    )
    about = [*(f"asset {asset}" for asset in sorted(set(alert.assets))), *(f"inside {value}" for value in inside)]
    if not about:
        about = sorted({f"{entity.kind} {entity.role} {entity.value}" for entity in alert.entities if _is_party(entity)})
    if not about:
        about = [f"{field}={value}" for field, value in zip(alert.group.fields, alert.group.values, strict=False)]
    return hashlib.sha256(rfc8785.dumps([alert.rule.id, about])).hexdigest()


def group_id(*, dataset: str, key: str, first_alert_id: str) -> str:
    """16 hex digits: the same replay makes the same groups."""
    return hashlib.sha256(rfc8785.dumps([dataset, key, first_alert_id])).hexdigest()[:16]


def sources(alert: Alert) -> list[str]:
    """Who did it, addresses first."""
    return _values(alert, EntityRole.SOURCE)


def destinations(alert: Alert) -> list[str]:
    """To whom or what; where nothing was a target, what was seen, domains first: a beacon's other side is the name it asks for."""
    return _values(alert, EntityRole.TARGET) or _values(alert, EntityRole.OBSERVED, first=EntityKind.DOMAIN)


def identities(alert: Alert) -> list[str]:
    """Accounts and mail addresses in it, for conflicts of interest."""
    return sorted({fold(entity.value) for entity in alert.entities if entity.kind in {EntityKind.USER, EntityKind.MAIL}})


def merged(old: list[str], new: list[str]) -> list[str]:
    """The old values, then new ones, as far as there is room."""
    return list(dict.fromkeys([*old, *new]))[:VALUES_KEPT]


def labels(group: TriageGroup) -> set[tuple[str, str]]:
    """What the group is found and bundled by."""
    by_kind = {
        "unit": group.units,
        "asset": group.assets,
        "source": group.sources,
        "destination": group.destinations,
        "technique": [tag.removeprefix("attack.").upper() for tag in group.tags if _TECHNIQUE.fullmatch(tag)],
    }
    return {(kind, value[:_VALUE_CHARACTERS]) for kind, values in by_kind.items() for value in values}


def search_text(group: TriageGroup, alert: Alert) -> str:
    """Folded words of everything a person may type: titles, rule, entities, asset, unit, tags."""
    parts = [
        group.title_vi,
        group.title_en,
        group.rule_name,
        *group.tags,
        *group.assets,
        *group.units,
        *group.sources,
        *group.destinations,
        *(entity.value for entity in alert.entities[:VALUES_KEPT]),
    ]
    old = group.search_text.split("\n") if group.search_text else []
    words = dict.fromkeys([*old, *(fold(normalise(part)).replace("\n", " ")[:_VALUE_CHARACTERS] for part in parts)])
    return "\n".join(words)[:_SEARCH_CHARACTERS]


def _values(alert: Alert, role: EntityRole, *, first: EntityKind = EntityKind.IP) -> list[str]:
    order = (EntityKind.IP, EntityKind.HOST, EntityKind.DOMAIN, EntityKind.USER, EntityKind.MAIL, EntityKind.URL)
    found = [entity for entity in alert.entities if entity.role is role]
    places = {first: -1} | {kind: place for place, kind in enumerate(order) if kind is not first}
    ranked = sorted(found, key=lambda entity: places.get(entity.kind, len(order)))
    return [entity.value[:_VALUE_CHARACTERS] for entity in ranked][:VALUES_KEPT]


def _is_party(entity: Entity) -> bool:
    return entity.role is not EntityRole.OBSERVED
