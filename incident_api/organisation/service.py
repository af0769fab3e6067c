"""The organisation as people may see it: all of it, or the systems and contacts of one's own unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from incident_api.coordination.organisation import Organisation
from incident_api.http.schemas import LocalText
from incident_api.organisation import contacts, importing, placing, versions, writing
from incident_api.organisation.comparing import counts
from incident_api.organisation.contacts import Contact
from incident_api.organisation.models import OrganisationRefusal
from incident_api.organisation.parts import Asset, Standing, Text, day_of
from incident_api.organisation.schemas import (
    AssetsAnswer,
    AssetView,
    ChannelView,
    ContactsAnswer,
    ContactView,
    OrganisationAnswer,
    OrganisationChange,
    OrganisationFiles,
    OrganisationPreviewAnswer,
    PersonalDataView,
    PlaceAnswer,
    RefusedOrganisation,
    UnitsAnswer,
    UnitView,
)
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

#: Rows of a dry run that are listed; the rest is counted.
LISTED = 500
_OWN_UNIT = frozenset({"unit.contact", "owner.approver", "owner.dpo"})
_OPERATED = frozenset({"ops.admin"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the organisation exists for somebody. `home` None: all of it. `operated`: what the own unit runs belongs to it."""

    home: str | None
    operated: bool = False

    @classmethod
    def of(cls, caller: Caller) -> Scope:
        """By the roles: whoever has another role besides sees all."""
        roles = set(caller.person.roles)
        if not roles <= _OWN_UNIT | _OPERATED:
            return cls(None)
        return cls(caller.person.home, operated=bool(roles & _OPERATED))

    def has(self, standing: Standing) -> bool:
        """Whether a system exists for them."""
        return self.home is None or standing.owner == self.home or (self.operated and standing.operator == self.home)

    def units(self, organisation: Organisation, *, day: str) -> frozenset[str] | None:
        """The agencies that exist for them; None: all."""
        if self.home is None:
            return None
        standing = (found for asset in organisation.assets.values() if (found := asset.on(day)) is not None and self.has(found))
        return frozenset({self.home, *(each.owner for each in standing)})


def overview(runtime: Runtime, *, caller: Caller) -> OrganisationAnswer:
    """The version in force; counts and warnings cover what this person may see."""
    now = runtime.clock.now_us()
    day, organisation, scope = day_of(now), runtime.organisation, Scope.of(caller)
    with runtime.database.read() as session:
        row = versions.current(session)
        refusal = session.scalar(select(OrganisationRefusal).order_by(OrganisationRefusal.id.desc()).limit(1))
    if row is None:
        raise KhienError("organisation.preview_unknown")
    units = scope.units(organisation, day=day)
    assets = {key for key, asset in organisation.assets.items() if (found := asset.on(day)) is not None and scope.has(found)}
    shown = [each for each in organisation.contacts if each.holds(day) and _is_in(each.unit or _home(organisation, each.id), units)]
    is_whole = scope.home is None
    return OrganisationAnswer(
        id=organisation.id,
        name=_text(organisation.name),
        version=organisation.version,
        number=row.number,
        sha256=row.sha256,
        origin="import" if row.origin == "import" else "folder",
        since_us=row.since_us,
        adopted_by=row.adopted_by,
        units=len([key for key, unit in organisation.units.items() if unit.holds(day) and _is_in(key, units)]),
        assets=len(assets),
        networks=len([each for each in organisation.networks if each.holds(day) and each.asset in assets]),
        people=len([each for each in organisation.people.values() if _is_in(each.home, units)]),
        contacts=len(shown),
        inventory_version=str(organisation.inventory_on(day)["version"]),
        stale_contacts=[each.id for each in contacts.stale(organisation, at_us=now) if each in shown],
        unreached=list(contacts.unreached(organisation, runtime.policy.policy, at_us=now)) if is_whole else [],
        refused=_refused(refusal, since_us=row.since_us) if is_whole else None,
    )


def units(runtime: Runtime, *, caller: Caller, at_us: int) -> UnitsAnswer:
    """Agencies, those of today and those that were."""
    day, organisation = day_of(at_us), runtime.organisation
    visible = Scope.of(caller).units(organisation, day=day)
    return UnitsAnswer(
        at_us=at_us,
        units=[
            UnitView(
                id=key,
                name=_text(unit.name),
                from_day=unit.from_,
                to_day=unit.to,
                is_present=unit.holds(day),
                successors=list(unit.successors),
                contact=_id(contacts.find(organisation, f"unit:{key}", at_us=at_us)),
            )
            for key, unit in organisation.units.items()
            if _is_in(key, visible)
        ],
    )


def assets(runtime: Runtime, *, caller: Caller, at_us: int, unit: str | None, after: str | None, limit: int) -> AssetsAnswer:
    """Systems as they stood, in the order of their ids."""
    day, organisation, scope = day_of(at_us), runtime.organisation, Scope.of(caller)
    found = {
        key: (asset, standing)
        for key, asset in sorted(organisation.assets.items())
        if (standing := asset.on(day)) is not None and scope.has(standing) and unit in {None, standing.owner}
    }
    keys = [key for key in found if after is None or key > after]
    shown = set(keys[:limit])
    networks: dict[str, list[str]] = {}
    hosts: dict[str, list[str]] = {}
    for network in organisation.networks:
        if network.asset in shown and network.holds(day):
            networks.setdefault(network.asset, []).append(network.cidr)
    for host in organisation.hosts:
        if host.asset in shown and host.holds(day):
            hosts.setdefault(host.asset, []).append(host.name)
    return AssetsAnswer(
        at_us=at_us,
        assets=[
            _asset(organisation, key, *found[key], networks=networks.get(key, []), hosts=hosts.get(key, []), at_us=at_us)
            for key in keys[:limit]
        ],
        total=len(found),
        next=keys[limit - 1] if len(keys) > limit else None,
    )


def contacts_on(runtime: Runtime, *, caller: Caller, at_us: int) -> ContactsAnswer:
    """Entries that hold on the day; parties of the rules belong to no unit and exist for those who see all."""
    day, organisation = day_of(at_us), runtime.organisation
    visible = Scope.of(caller).units(organisation, day=day)
    entries = [
        each for each in organisation.contacts if each.holds(day) and _is_in(each.unit or _home(organisation, each.id), visible)
    ]
    found = [contact for each in entries if (contact := contacts.find(organisation, each.id, at_us=at_us)) is not None]
    return ContactsAnswer(at_us=at_us, contacts=[_contact(each) for each in found])


def place(runtime: Runtime, *, caller: Caller, address: str | None, host: str | None, at_us: int) -> PlaceAnswer:
    """Whose an address or a machine was; what is another unit's does not exist for whoever sees only their own."""
    if address is None and host is None:
        raise KhienError("organisation.place_unknown")
    found = placing.place_of(runtime.organisation, runtime.policy.policy, address=address, host=host, at_us=at_us)
    scope = Scope.of(caller)
    if scope.home is not None:
        standing = None if found.unit is None else Standing(found.unit, found.operator or found.unit, found.level)
        if standing is None or not scope.has(standing):
            raise KhienError("alert.not_found", object=address or host or "–")
    return PlaceAnswer(
        at_us=at_us,
        is_known=found.is_known,
        asset=found.asset,
        level=found.level,
        unit=found.unit,
        operator=found.operator,
        contact=None if found.contact is None else _contact(found.contact),
    )


def preview(runtime: Runtime, *, caller: Caller, files: dict[str, str]) -> OrganisationPreviewAnswer:
    """The dry run."""
    return report(importing.preview(runtime, files=files, person=caller.person.id))


def report(found: importing.Preview) -> OrganisationPreviewAnswer:
    """A dry run as the API and the command line say it."""
    return OrganisationPreviewAnswer(
        token=found.token,
        base=found.base,
        expires_us=found.expires_us,
        counts=counts(found.changes),
        changes=[
            OrganisationChange.model_validate({"table": each.table, "id": each.id, "kind": each.kind, "fields": list(each.fields)})
            for each in found.changes[:LISTED]
        ],
        left_off=max(0, len(found.changes) - LISTED),
        stale_contacts=list(found.stale),
        working=list(found.working),
    )


def adopt(runtime: Runtime, *, caller: Caller, token: str) -> OrganisationAnswer:
    """Put a previewed import in force."""
    importing.adopt(runtime, token=token, actor=Actor.of(caller.person))
    return overview(runtime, caller=caller)


def export(runtime: Runtime, *, form: str) -> OrganisationFiles:
    """The organisation in force as files."""
    organisation = runtime.organisation
    return OrganisationFiles(files=writing.as_csv(organisation) if form == "csv" else writing.as_yaml(organisation))


def _asset(
    organisation: Organisation,
    key: str,
    asset: Asset,
    standing: Standing,
    *,
    networks: list[str],
    hosts: list[str],
    at_us: int,
) -> AssetView:
    data = asset.personal_data
    return AssetView(
        id=key,
        name=_text(asset.name),
        level=standing.level,
        owner=standing.owner,
        operator=standing.operator,
        flags=list(asset.flags),
        tlp=asset.tlp,
        personal_data=None if data is None else PersonalDataView(kind=data.kind, subjects=data.subjects, sensitive=data.sensitive),
        networks=networks,
        hosts=hosts,
        contact=_id(contacts.find(organisation, f"owner:{standing.owner}", at_us=at_us)),
    )


def _contact(found: Contact) -> ContactView:
    return ContactView(
        id=found.id,
        name=_text(found.name),
        unit=found.unit,
        channels=[ChannelView(kind=each.kind, address=each.address) for each in found.channels],
        deputies=list(found.deputies),
        verified_on=None if found.verified_on is None else found.verified_on.isoformat(),
        is_stale=found.is_stale,
    )


def _refused(row: OrganisationRefusal | None, *, since_us: int) -> RefusedOrganisation | None:
    """Only what was refused after the present version came into force matters now."""
    if row is None or row.at_us < since_us:
        return None
    return RefusedOrganisation(at_us=row.at_us, code=row.code, text=LocalText(vi=row.text_vi, en=row.text_en))


def _home(organisation: Organisation, person: str) -> str | None:
    known = organisation.people.get(person)
    return None if known is None else known.home


def _is_in(unit: str | None, visible: Iterable[str] | None) -> bool:
    return visible is None or (unit is not None and unit in visible)


def _id(found: Contact | None) -> str | None:
    return None if found is None else found.id


def _text(text: Text) -> LocalText:
    return LocalText(vi=text.vi, en=text.en)
