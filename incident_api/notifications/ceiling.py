"""How much a recipient may be told: the class of `sharing.yaml` that somebody belongs to, or the clearance of a member of the team.

Total and default deny (coordination design, section 8): whoever is not named anywhere is the public.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from incident_api.coordination.sharing import TLP_ORDER, Item, SharingRules, share
from incident_api.people.models import PersonRow

#: The classes of `sharing.yaml` by party (coordination design, sections 1 and 8).
_PARTIES: dict[str, str] = {
    "city_police": "police",
    "mps": "police",
    "city_pc_office": "affected_unit",
    "national_centre": "partner",
    "military_partner": "partner",
    "provider": "partner",
    "cipher_issuer": "partner",
    "gov_office_peer": "partner",
    "pd_authority": "partner",
    "controller": "partner",
    "specialised_unit": "partner",
    # The unit whose official signature was misused: the case is about it, whatever systems it touches.
    "holder": "affected_unit",
}
#: Roles that read all alerts and incidents of the team (response design, section 16).
_TEAM = frozenset({"irt.analyst", "irt.shift_lead", "irt.leader", "irt.deputy", "irt.forensic", "irt.liaison"})
_POLICE = frozenset({"police.duty", "police.investigator"})
_STEERING = frozenset({"pc_office.head", "pc_office.deputy"})
#: Subjects that are the organisation's own affairs and carry nothing of a case.
_OWN_AFFAIRS = ("system/", "duty/")


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What somebody may be told. `rule`: the class of `sharing.yaml`; None for the team, from whom nothing is masked."""

    tlp: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """The values that may leave, or nothing and why."""

    values: dict[str, str] | None
    masked: dict[str, int]
    why: str | None


def of(
    rules: SharingRules,
    recipient: str,
    *,
    person: PersonRow | None,
    unit: str | None,
    units: Collection[str],
    subject: str,
) -> Ceiling:
    """The ceiling of a recipient. `unit`: the home of whoever the name led to; `units`: owners and operators of the case."""
    if person is not None and set(person.roles) & _TEAM:
        return Ceiling(person.clearance, None)
    if person is not None:
        name = _of_person(person, units=units, subject=subject)
    else:
        name = _of_endpoint(recipient, unit=unit, units=units)
    known = rules.recipients.get(name)
    # A policy that does not name the class shares nothing with it but what is public.
    return Ceiling("CLEAR", "public") if known is None else Ceiling(known.tlp, name)


def _of_person(person: PersonRow, *, units: Collection[str], subject: str) -> str:
    roles = set(person.roles)
    if subject.startswith(_OWN_AFFAIRS) or roles & _STEERING:
        return "affected_unit"
    if roles & _POLICE:
        return "police"
    return "affected_unit" if person.home in units else "other_unit"


def _of_endpoint(recipient: str, *, unit: str | None, units: Collection[str]) -> str:
    head = recipient.partition(":")[0]
    party, _, function = head.partition(".")
    known = _PARTIES.get(head) or _PARTIES.get(party)
    if known is not None:
        return known
    if party == "irt" and function:
        # An endpoint of the team that is no person: a duty telephone, a mailbox that several read, whoever houses it.
        return "affected_unit"
    if unit is not None:
        return "affected_unit" if unit in units else "other_unit"
    return "public"


def told(rules: SharingRules, ceiling: Ceiling, values: dict[str, str], *, tlp: str, key: bytes) -> Told:
    """What of the values may leave to somebody with this ceiling, masked for them."""
    if ceiling.rule is None:
        if tlp in TLP_ORDER and TLP_ORDER.index(tlp) <= TLP_ORDER.index(ceiling.tlp):
            return Told(values, {}, None)
        return Told(None, {}, f"TLP:{tlp} > TLP:{ceiling.tlp}")
    shared = share(rules, [Item(name, tlp, text) for name, text in values.items()], recipient=ceiling.rule, key=key)
    if shared.withheld or (not values and tlp not in TLP_ORDER[: TLP_ORDER.index(ceiling.tlp) + 1]):
        return Told(None, {}, f"TLP:{tlp} > TLP:{ceiling.tlp}")
    masked: dict[str, int] = {}
    for each in shared.masked:
        masked[each.kind] = masked.get(each.kind, 0) + each.count
    return Told({item.id: item.text for item in shared.items}, masked, None)


def highest(*markings: str) -> str:
    """The most closed of some markings; what is no marking of TLP is above them all."""
    unknown = [each for each in markings if each not in TLP_ORDER]
    return unknown[0] if unknown else max(markings, key=TLP_ORDER.index)
