"""An incident as a bundle of STIX 2.1 (OASIS, 10 June 2021), for one recipient.

The case is an `incident`, its observables are `indicator`s (those of the city itself stay out), its techniques `attack-pattern`s.
Ids are UUIDs version 5 of what they name, so that the same case exported twice updates instead of doubling. Markings are TLP 2.0 by
OASIS' extension definition; what may leave is decided by the same function as for reports.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import stix2
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.casework.indicators import Kind
from incident_api.casework.models import Observable
from incident_api.coordination.sharing import TLP_ORDER, Item, share
from incident_api.incidents.models import IncidentLink
from incident_api.reports.composing import Audience
from incident_api.reports.facts import Source
from khien.clock import MICROSECONDS

#: Namespace of every id here.
_NAMESPACE = uuid.UUID("c3f1b4f2-8a52-5c55-9c0e-6f9a3b8f2d11")
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_IDS = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
#: STIX patterning, section 9: the path of each kind. A CVE is a vulnerability, not a pattern.
_PATTERNS: dict[str, str] = {
    Kind.IPV4: "ipv4-addr:value",
    Kind.IPV6: "ipv6-addr:value",
    Kind.DOMAIN: "domain-name:value",
    Kind.URL: "url:value",
    Kind.MAIL: "email-addr:value",
    Kind.MD5: "file:hashes.'MD5'",
    Kind.SHA1: "file:hashes.'SHA-1'",
    Kind.SHA256: "file:hashes.'SHA-256'",
    Kind.FILE: "file:name",
}


def bundle(source: Source, audience: Audience) -> str:
    """The bundle as JSON. A copy above whose ceiling the case lies holds the city's identity and nothing of the case."""
    city = stix2.Identity(
        id=_id("identity", source.organisation.id),
        created=_time(0),
        modified=_time(0),
        name=source.organisation.name.en,
        identity_class="organization",
    )
    objects: list[Any] = [city]
    if _may_leave(source.incident.tlp, audience):
        objects += _case(source, audience, city=city.id)
    found = stix2.Bundle(objects=objects, id=_id("bundle", f"{source.incident.id} {audience.recipient} {source.incident.version}"))
    text: str = found.serialize(sort_keys=True)
    return text


def _case(source: Source, audience: Audience, *, city: str) -> Iterator[Any]:
    incident = source.incident
    times = {"created": _time(incident.opened_us), "modified": _time(max(source.now_us, incident.opened_us))}
    common = {"created_by_ref": city, **times}
    title, kind = _hidden(source, audience, [incident.title, incident.type or "undetermined"])
    marking = _marking(incident.tlp)
    yield marking
    case = stix2.Incident(
        id=_id("incident", incident.id),
        name=incident.id,
        description=title,
        labels=sorted({kind, *([incident.severity] if incident.severity else [])}),
        object_marking_refs=[marking.id],
        **common,
    )
    yield case
    for technique in _techniques(source):
        pattern = stix2.AttackPattern(
            id=_id("attack-pattern", technique),
            name=technique,
            external_references=[{"source_name": "mitre-attack", "external_id": technique}],
            **common,
        )
        yield pattern
        yield _relation(case.id, "uses", pattern.id, common)
    for row in _observables(source):
        if row.tlp in TLP_ORDER and _may_leave(row.tlp, audience):
            yield from _indicator(source, row, audience, case=case.id, common=common)


def _indicator(source: Source, row: Observable, audience: Audience, *, case: str, common: dict[str, Any]) -> Iterator[Any]:
    marking = _marking(row.tlp)
    if row.tlp != source.incident.tlp:
        yield marking
    if row.kind == Kind.CVE:
        found: Any = stix2.Vulnerability(
            id=_id("vulnerability", row.value),
            name=row.value,
            external_references=[{"source_name": "cve", "external_id": row.value}],
            object_marking_refs=[marking.id],
            **common,
        )
    else:
        (value,) = _hidden(source, audience, [row.value])
        if value != row.value:
            # A masked address is no pattern: what cannot be said to this recipient is left out.
            return
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        found = stix2.Indicator(
            id=_id("indicator", f"{source.incident.id} {row.kind} {row.value}"),
            pattern=f"[{_PATTERNS[row.kind]} = '{escaped}']",
            pattern_type="stix",
            valid_from=_time(row.first_us),
            object_marking_refs=[marking.id],
            **common,
        )
    yield found
    yield _relation(found.id, "related-to", case, common)


def _relation(source: str, kind: str, target: str, common: dict[str, Any]) -> Any:
    return stix2.Relationship(
        id=_id("relationship", f"{source} {kind} {target}"),
        source_ref=source,
        relationship_type=kind,
        target_ref=target,
        **common,
    )


def _techniques(source: Source) -> list[str]:
    query = (
        select(TriageGroup)
        .join(IncidentLink, IncidentLink.group_id == TriageGroup.id)
        .where(IncidentLink.incident_id == source.incident.id, IncidentLink.unlinked_us.is_(None))
    )
    tags = {tag for group in source.session.scalars(query) for tag in group.tags}
    return sorted(tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t") and tag[8:12].isdigit())


def _observables(source: Source) -> Sequence[Observable]:
    query = select(Observable).where(
        Observable.incident_id == source.incident.id, Observable.dismissed_us.is_(None), Observable.is_internal.is_(False)
    )
    return source.session.scalars(query.order_by(Observable.id)).all()


def _may_leave(tlp: str, audience: Audience) -> bool:
    if audience.ceiling is None:
        return True
    return tlp in TLP_ORDER and TLP_ORDER.index(tlp) <= TLP_ORDER.index(audience.ceiling.tlp)


def _hidden(source: Source, audience: Audience, texts: list[str]) -> list[str]:
    """The texts as this recipient may read them."""
    if audience.ceiling is None or audience.ceiling.rule is None:
        return texts
    items = [Item(str(place), "CLEAR", text) for place, text in enumerate(texts)]
    return [item.text for item in share(source.policy.sharing, items, recipient=audience.ceiling.rule, key=audience.key).items]


def _marking(tlp: str) -> Any:
    return stix2.MarkingDefinition(
        id=_TLP_IDS[tlp],
        created="2022-10-01T00:00:00.000Z",
        name=f"TLP:{tlp}",
        extensions={_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.lower()}},
    )


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, f'{kind} {name}')}"


def _time(at_us: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_us / MICROSECONDS, tz=dt.UTC)
