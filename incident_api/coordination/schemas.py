"""Bodies of the coordination policy and of the inventory."""

from __future__ import annotations

from typing import Literal

from incident_api.http.schemas import Answer, LocalText, Microseconds
from incident_api.people.schemas import PersonBrief


class PartyView(Answer):
    """A party to the rules and the side it stands on."""

    id: str
    name: LocalText
    side: Literal["A", "B"] | None


class SignatureView(Answer):
    """A verified signature over the policy's hash."""

    party: str
    person: PersonBrief
    side: Literal["A", "B"]
    signed_at: str
    method: Literal["ed25519"]
    key_id: str
    sha256: str


class RefusedPolicy(Answer):
    """A policy on disk that was not put in force, and why; the one before stays."""

    at_us: Microseconds
    code: str
    text: LocalText


class PolicyAnswer(Answer):
    """The coordination policy in force."""

    id: str
    version: str
    profile: str
    title: LocalText
    document_number: str | None
    effective_from: str
    effective_to: str | None
    sha256: str
    in_force_since_us: Microseconds
    parties: list[PartyView]
    signatures: list[SignatureView]
    assignment_rules: int
    refused: RefusedPolicy | None


class InventoryNetwork(Answer):
    """A network of the city; the longest prefix that holds an address speaks for it."""

    cidr: str
    asset: str | None
    unit: str | None


class InventoryHost(Answer):
    """A machine, by the name that its own logs carry."""

    name: str
    asset: str | None
    unit: str | None


class InventoryAsset(Answer):
    """A monitored system."""

    name: LocalText
    level: int
    owner: str | None
    operator: str | None


class InventoryAnswer(Answer):
    """What ingest stamps events from; the version is the hash of the rest."""

    version: str
    networks: list[InventoryNetwork]
    hosts: list[InventoryHost]
    assets: dict[str, InventoryAsset]
