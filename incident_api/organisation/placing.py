"""What an alert is about as of its own time: system, level, unit and contact (response design, section 5; city design).

Ingest stamps with the inventory of today; what happened before a network changed hands belongs to those who had it then. Where
nobody registered anything it is "chưa xác định chủ quản": it counts as the level and has the owner that the policy states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy
from incident_api.organisation import contacts
from incident_api.organisation.contacts import Contact
from incident_api.organisation.parts import day_of
from khien.alert import Alert, Entity, EntityKind, EntityRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A system on a day. `asset` and `unit` None: nobody registered it, and the policy says who answers."""

    asset: str | None
    level: int
    unit: str | None
    operator: str | None
    contact: Contact | None

    @property
    def is_known(self) -> bool:
        """Whether somebody registered it."""
        return self.asset is not None


def placed(organisation: Organisation, alert: Alert, *, now_us: int) -> Alert:
    """The alert with its systems and units as they were when it happened; ingest knew only those of today."""
    day, today = day_of(alert.first_us), day_of(now_us)
    assets = tuple(sorted(_assets(organisation, alert, day=day, today=today)))
    units = tuple(sorted(_units(organisation, alert, assets, day=day, today=today)))
    if (assets, units) == (tuple(sorted(alert.assets)), tuple(sorted(alert.units))):
        return alert
    return alert.model_copy(update={"assets": assets, "units": units})


def chief_of(organisation: Organisation, alert: Alert) -> tuple[str | None, str | None]:
    """The one system and unit that a row has room for: what was attacked, else our machine that did it, else the first of all."""
    day = day_of(alert.first_us)
    roles = (EntityRole.TARGET, EntityRole.SOURCE)
    named = (_asset_of(organisation, each, day=day) for role in roles for each in _named(alert.entities) if each.role is role)
    asset = next((each for each in named if each in alert.assets), min(alert.assets, default=None))
    standing = organisation.assets[asset].on(day) if asset in organisation.assets else None
    owner = None if standing is None else standing.owner
    return asset, owner if owner in alert.units else min(alert.units, default=None)


def places(organisation: Organisation, policy: Policy, assets: Iterable[str], *, at_us: int) -> tuple[Place, ...]:
    """System → level → unit → contact of these assets at a time; one unknown place when none of them is registered."""
    day = day_of(at_us)
    found = []
    for asset_id in sorted(set(assets)):
        asset = organisation.assets.get(asset_id)
        standing = None if asset is None else asset.on(day)
        if standing is None:
            continue
        found.append(
            Place(
                asset=asset_id,
                level=standing.level,
                unit=standing.owner,
                operator=standing.operator,
                contact=contacts.find(organisation, f"owner:{standing.owner}", at_us=at_us),
            )
        )
    return tuple(found) or (_unknown(organisation, policy, at_us=at_us),)


def place_of(
    organisation: Organisation, policy: Policy, *, address: str | None = None, host: str | None = None, at_us: int
) -> Place:
    """Whose an address or a machine was at a time."""
    day, registry = day_of(at_us), organisation.registry
    asset = None if address is None else registry.asset_of_address(address, day=day)
    if asset is None and host is not None:
        asset = registry.asset_of_host(host, day=day)
    return places(organisation, policy, () if asset is None else (asset,), at_us=at_us)[0]


def _unknown(organisation: Organisation, policy: Policy, *, at_us: int) -> Place:
    return Place(
        asset=None,
        level=policy.unknown_asset_level,
        unit=None,
        operator=None,
        contact=contacts.find(organisation, f"owner:{policy.severity.unknown_owner}", at_us=at_us),
    )


def _assets(organisation: Organisation, alert: Alert, *, day: str, today: str) -> set[str]:
    then = {each: _asset_of(organisation, each, day=day) for each in _named(alert.entities)}
    if not alert.assets:
        return {asset for asset in then.values() if asset is not None}
    if day == today:
        return set(alert.assets)
    moved: dict[str, set[str | None]] = {}
    for entity, asset in then.items():
        now = _asset_of(organisation, entity, day=today)
        if now is not None:
            moved.setdefault(now, set()).add(asset)
    found: set[str] = set()
    for asset_id in alert.assets:
        # What no entity names was stamped from a log's own host: it stays.
        found |= {each for each in moved.get(asset_id, {asset_id}) if each is not None}
    return found


def _units(organisation: Organisation, alert: Alert, assets: Iterable[str], *, day: str, today: str) -> set[str]:
    """The owners on the day, and what was stamped for another reason than an owner of today."""
    known = organisation.assets
    of_today = {standing.owner for each in alert.assets if each in known and (standing := known[each].on(today)) is not None}
    then = {standing.owner for each in assets if each in known and (standing := known[each].on(day)) is not None}
    return then | (set(alert.units) - of_today)


def _named(entities: Iterable[Entity]) -> Iterator[Entity]:
    return (each for each in entities if each.kind in {EntityKind.IP, EntityKind.HOST})


def _asset_of(organisation: Organisation, entity: Entity, *, day: str) -> str | None:
    registry = organisation.registry
    if entity.kind is EntityKind.IP:
        return registry.asset_of_address(entity.value, day=day)
    return registry.asset_of_host(entity.value, day=day)
