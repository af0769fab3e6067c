"""The city: units, people, assets, networks and duty, as a folder of YAML that the city writes (`coordination/example/`)."""

from __future__ import annotations

import ipaddress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.documents import read_document
from incident_api.duty.rota import Rota
from incident_api.people.rights import ROLE_CAPACITY
from khien.errors import KhienError

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
_Model = TypeVar("_Model", bound=BaseModel)
Tlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]


class Part(BaseModel):
    """A piece of a file that people write: what is misspelt is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Part):
    """A text in both languages."""

    vi: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Unit(Part):
    """An agency of the city; units come and go by date."""

    name: Text
    from_: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None


class Asset(Part):
    """A monitored system."""

    name: Text
    level: Annotated[int, Field(ge=1, le=5)]
    owner: Identifier
    operator: Identifier
    flags: tuple[Literal["military", "city_portal"], ...] = ()


class Network(Part):
    """Addresses of an asset."""

    cidr: str
    asset: Identifier

    @model_validator(mode="after")
    def _is_a_network(self) -> Self:
        ipaddress.ip_network(self.cidr)
        return self


class Host(Part):
    """A machine of an asset, by the name that its own logs carry."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    asset: Identifier


class RosterPerson(Part):
    """Somebody by role. `identities`: their accounts on monitored systems, for conflicts of interest."""

    name: Text
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    home: Identifier
    skills: tuple[Identifier, ...] = ()
    desk: tuple[Identifier, ...] = ()
    clearance: Tlp = "AMBER+STRICT"
    identities: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _roles_are_known(self) -> Self:
        for role in self.roles:
            if role not in ROLE_CAPACITY:
                msg = f"`{role}` is not a role"
                raise ValueError(msg)
        return self


class SigningKey(Part):
    """A public Ed25519 key (32 bytes, base64) and whose it is."""

    person: Identifier
    public: Annotated[str, Field(min_length=44, max_length=44)]


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
    keys: dict[Identifier, SigningKey]
    rota: Rota

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        for asset_id, asset in self.assets.items():
            _must_be(asset.owner, self.units, f"owner of asset {asset_id}")
            _must_be(asset.operator, self.units, f"operator of asset {asset_id}")
        for network in self.networks:
            _must_be(network.asset, self.assets, f"asset of network {network.cidr}")
        for host in self.hosts:
            _must_be(host.asset, self.assets, f"asset of host {host.name}")
        for person_id, person in self.people.items():
            _must_be(person.home, self.units, f"home of {person_id}")
        for key_id, key in self.keys.items():
            _must_be(key.person, self.people, f"person of key {key_id}")
        for party, unit in self.parties.items():
            _must_be(unit, self.units, f"unit of party {party}")
        for layer in self.rota.layers:
            for member in layer.members:
                _must_be(member, self.people, f"member of rota layer {layer.id}")
        return self

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `organisation.yaml`, `rota.yaml` and `keys.yaml`. Raises `policy.unreadable` or `policy.invalid`."""
        document = read_document(folder / "organisation.yaml")
        document["rota"] = read_document(folder / "rota.yaml")
        keys = folder / "keys.yaml"
        document["keys"] = read_document(keys) if keys.exists() else {}
        return validated(cls, document, path=folder / "organisation.yaml")

    @cached_property
    def inventory(self) -> dict[str, Any]:
        """What ingest stamps from (contracts, section 5): `unit` is the asset's owner."""
        networks = [
            {"cidr": network.cidr, "asset": network.asset, "unit": self.assets[network.asset].owner} for network in self.networks
        ]
        hosts = [{"name": host.name, "asset": host.asset, "unit": self.assets[host.asset].owner} for host in self.hosts]
        assets = {
            asset_id: {"name": asset.name.model_dump(), "level": asset.level, "owner": asset.owner, "operator": asset.operator}
            for asset_id, asset in self.assets.items()
        }
        version = sha256_of([networks, hosts, assets])[:16]
        return {"version": version, "networks": networks, "hosts": hosts, "assets": assets}

    def is_inside(self, address: str) -> bool:
        """Whether an address belongs to a registered network of the city."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks if network.version == found.version)

    @cached_property
    def _networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        return tuple(ipaddress.ip_network(network.cidr) for network in self.networks)


def validated(kind: type[_Model], document: dict[str, Any], *, path: Path) -> _Model:
    """The model, or one clear `policy.invalid` that names the file and the place in it."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(each) for each in first["loc"]) or "document"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise KhienError("policy.invalid", path=str(path), place=place, reason=message, count=error.error_count()) from error


def _must_be(name: str, known: Any, what: str) -> None:
    if name not in known:
        msg = f"{what}: `{name}` is not known"
        raise ValueError(msg)
