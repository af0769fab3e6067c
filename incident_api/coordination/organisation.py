"""The city: units, people, assets, networks and duty, as a folder of YAML that the city writes (`coordination/example/`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError, model_validator

from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.documents import read_document
from incident_api.duty.rota import Rota
from incident_api.organisation.parts import (
    Asset,
    ContactEntry,
    Dated,
    Day,
    Host,
    Identifier,
    Network,
    Ownership,
    Part,
    RosterPerson,
    SigningKey,
    Text,
    Tlp,
    Unit,
)
from incident_api.organisation.registry import Registry
from khien.errors import KhienError

__all__ = [
    "Asset",
    "ContactEntry",
    "Day",
    "Host",
    "Identifier",
    "Network",
    "Organisation",
    "Ownership",
    "Part",
    "RosterPerson",
    "SigningKey",
    "Text",
    "Tlp",
    "Unit",
    "validated",
]

_Model = TypeVar("_Model", bound=BaseModel)
#: Place of a name in the document, the name, what is known, and what it is.
_Reference = tuple[tuple[str | int, ...], str, Container[str], str]


class Misplaced(ValueError):  # noqa: N818 - what is wrong, not that something is
    """What is wrong between two parts, with the place of one of them."""

    def __init__(self, message: str, place: tuple[str | int, ...]) -> None:
        super().__init__(message)
        self.place = place


class Organisation(Part):
    """The whole city."""

    id: Identifier
    version: str
    name: Text
    domain: str
    parties: dict[Identifier, Identifier]
    units: dict[Identifier, Unit]
    assets: dict[Identifier, Asset]
    networks: tuple[Network, ...]
    hosts: tuple[Host, ...] = ()
    people: dict[Identifier, RosterPerson]
    contacts: tuple[ContactEntry, ...] = ()
    keys: dict[Identifier, SigningKey]
    rota: Rota

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        units, people = self.units, self.people
        for place, name, known, what in (*self._names_of_units(), *self._names_of_people()):
            if name not in known:
                msg = f"{what}: `{name}` is not known"
                raise Misplaced(msg, place)
        for party, unit in self.parties.items():
            _must_be(unit, units, f"unit of party {party}")
        for layer in self.rota.layers:
            for member in layer.members:
                _must_be(member, people, f"member of rota layer {layer.id}")
        for key_id, key in self.keys.items():
            _must_be(key.person, people, f"person of key {key_id}")
        return self

    def _names_of_units(self) -> Iterator[_Reference]:
        """Where the files name units and assets."""
        units = self.units
        for unit_id, unit in units.items():
            for each in unit.successors:
                yield ("units", unit_id, "successors"), each, units, f"successor of unit {unit_id}"
        for asset_id, asset in self.assets.items():
            for owner, operator in asset.owners_and_operators:
                yield ("assets", asset_id), owner, units, f"owner of asset {asset_id}"
                yield ("assets", asset_id), operator, units, f"operator of asset {asset_id}"
        for number, network in enumerate(self.networks):
            yield ("networks", number), network.asset, self.assets, f"asset of network {network.cidr}"
        for number, host in enumerate(self.hosts):
            yield ("hosts", number), host.asset, self.assets, f"asset of host {host.name}"

    def _names_of_people(self) -> Iterator[_Reference]:
        """Where people and contacts name units and one another."""
        for person_id, person in self.people.items():
            yield ("people", person_id), person.home, self.units, f"home of {person_id}"
            for each in person.units:
                yield ("people", person_id), each, self.units, f"unit that {person_id} may handle"
        reachable = {each.id for each in self.contacts} | set(self.people)
        for number, contact in enumerate(self.contacts):
            if contact.unit is not None:
                yield ("contacts", number), contact.unit, self.units, f"unit of contact {contact.id}"
            for deputy in contact.deputies:
                yield ("contacts", number), deputy, reachable, f"deputy of contact {contact.id}"

    @model_validator(mode="after")
    def _owners_live(self) -> Self:
        for asset_id, asset in self.assets.items():
            for unit_id, time in asset.times_of_owners():
                if not self.units[unit_id].covers(time):
                    span = f"{time.from_ or '–'} to {time.to or '–'}"
                    msg = f"`{unit_id}` does not exist all the time in which it has the asset ({span})"
                    raise Misplaced(msg, ("assets", asset_id))
        return self

    @model_validator(mode="after")
    def _one_of_a_name_at_a_time(self) -> Self:
        _must_not_overlap("networks", [(ipaddress.ip_network(each.cidr).compressed, each) for each in self.networks])
        _must_not_overlap("hosts", [(each.name, each) for each in self.hosts])
        _must_not_overlap("contacts", [(each.id, each) for each in self.contacts])
        return self

    def contact_on(self, name: str, day: str) -> ContactEntry | None:
        """The entry of that name that holds on a day."""
        return next((each for each in self._contacts.get(name, ()) if each.holds(day)), None)

    @cached_property
    def _contacts(self) -> dict[str, list[ContactEntry]]:
        found: dict[str, list[ContactEntry]] = {}
        for each in self.contacts:
            found.setdefault(each.id, []).append(each)
        return found

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `organisation.yaml`, `rota.yaml` and `keys.yaml`. Raises `policy.unreadable` or `policy.invalid`."""
        document = read_document(folder / "organisation.yaml")
        document["rota"] = read_document(folder / "rota.yaml")
        keys = folder / "keys.yaml"
        document["keys"] = read_document(keys) if keys.exists() else {}
        return validated(cls, document, path=folder / "organisation.yaml")

    def with_parts(self, **parts: Any) -> Self:
        """Another organisation in which these parts are others, checked as a whole; `model_copy` would keep what was looked up."""
        return type(self)(**({name: getattr(self, name) for name in type(self).model_fields} | parts))

    def inventory_on(self, day: str) -> dict[str, Any]:
        """What ingest stamps from (contracts, section 5), as of a day; `unit` is the owner then."""
        if day not in self._inventories:
            # Kept for the day that is asked about again and again; a day later it goes.
            self._inventories.clear()
            self._inventories[day] = self._inventory(day)
        return self._inventories[day]

    def _inventory(self, day: str) -> dict[str, Any]:
        standing = {asset_id: found for asset_id, asset in self.assets.items() if (found := asset.on(day)) is not None}

        def rows(parts: Sequence[Network] | Sequence[Host], name: str) -> list[dict[str, Any]]:
            present = (each for each in parts if each.holds(day) and each.asset in standing)
            return [{name: getattr(each, name), "asset": each.asset, "unit": standing[each.asset].owner} for each in present]

        networks, hosts = rows(self.networks, "cidr"), rows(self.hosts, "name")
        assets = {
            asset_id: {
                "name": self.assets[asset_id].name.model_dump(),
                "level": found.level,
                "owner": found.owner,
                "operator": found.operator,
            }
            for asset_id, found in standing.items()
        }
        version = sha256_of([networks, hosts, assets])[:16]
        return {"version": version, "networks": networks, "hosts": hosts, "assets": assets}

    @cached_property
    def _inventories(self) -> dict[str, dict[str, Any]]:
        return {}

    def is_inside(self, address: str) -> bool:
        """Whether an address belongs, or ever belonged, to a registered network of the city."""
        return self.registry.knows(address)

    @cached_property
    def registry(self) -> Registry:
        """Addresses and machines, by day."""
        return Registry(networks=self.networks, hosts=self.hosts)


def validated(kind: type[_Model], document: dict[str, Any], *, path: Path) -> _Model:
    """The model, or one clear `policy.invalid` that names the file and the place in it."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(each) for each in first["loc"]) or "document"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise KhienError("policy.invalid", path=str(path), place=place, reason=message, count=error.error_count()) from error


def _must_not_overlap(table: str, rows: Sequence[tuple[str, Dated]]) -> None:
    known: dict[str, list[Dated]] = {}
    for number, (name, row) in enumerate(rows):
        if any(row.overlaps(each) for each in known.setdefault(name, [])):
            msg = f"`{name}` stands twice on one day"
            raise Misplaced(msg, (table, number))
        known[name].append(row)


def _must_be(name: str, known: Any, what: str) -> None:
    if name not in known:
        msg = f"{what}: `{name}` is not known"
        raise ValueError(msg)
