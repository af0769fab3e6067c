"""Two signatures make a policy: one person of each side, of different homes, over the same hash (coordination design, section 2).

`signatures.yaml` beside the policy lists `{party, person, signed_at, method, key_id, sha256, signature}`; the signature is
Ed25519 (RFC 8032) over the ASCII bytes `khien-policy-v1:<sha256 in hex>`. Public keys come from the organisation's `keys.yaml`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, TypeAdapter, ValidationError

from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Identifier, Organisation, Part, validated
from incident_api.coordination.policy import Policy
from khien.errors import KhienError

FILE = "signatures.yaml"
_SHORT_DIGITS = 16


class Signature(Part):
    """One signature as the file has it."""

    party: Identifier
    person: Identifier
    signed_at: str
    method: Literal["ed25519"]
    key_id: Identifier
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(min_length=88, max_length=88)]


class PaperSignature(Part):
    """A signature on paper, entered by two persons of different homes who both typed the hash (coordination design, section 2).

    `audit_seq` is the record of the second entry: a row of the store that nobody entered has none.
    """

    party: Identifier
    person: Identifier
    signed_at: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    method: Literal["paper"]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    document_number: Annotated[str, Field(min_length=1, max_length=80)]
    scan_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    entered_by: tuple[str, str]
    audit_seq: int


#: As the store keeps them.
AnySignature = Signature | PaperSignature
_stored: TypeAdapter[AnySignature] = TypeAdapter(Annotated[AnySignature, Field(discriminator="method")])


class Signatures(Part):
    """The file. `parts`: SHA-256 of each part when it was signed, so that a change can be named; it proves nothing by itself."""

    signatures: tuple[Signature, ...]
    parts: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that holds, with the side and the home of who gave it."""

    signature: AnySignature
    side: Literal["A", "B"]
    home: str


def read_signatures(folder: Path) -> tuple[Signature, ...]:
    """What stands beside the policy; nothing there is the same as no signature."""
    return read_file(folder).signatures


def read_file(folder: Path) -> Signatures:
    """The whole file."""
    path = folder / FILE
    return validated(Signatures, read_document(path), path=path) if path.exists() else Signatures(signatures=())


def stored_signature(row: dict[str, Any]) -> AnySignature | None:
    """A signature from the store; None for what is none."""
    try:
        return _stored.validate_python(row)
    except ValidationError:
        return None


def part_hashes(document: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of every part of a policy."""
    return {part: sha256_of(content) for part, content in document.items()}


def changed_parts(document: dict[str, Any], signed: Mapping[str, str]) -> tuple[str, ...]:
    """The files whose content is not what was signed, as far as the signers wrote it down."""
    found = part_hashes(document) if signed else {}
    return tuple(f"{part}.yaml" for part in sorted(found.keys() | signed.keys()) if found.get(part) != signed.get(part))


def message(sha256: str) -> bytes:
    """The bytes that are signed; the prefix keeps a signature from meaning anything else."""
    return f"khien-policy-v1:{sha256}".encode("ascii")


def sign(key: Ed25519PrivateKey, sha256: str) -> str:
    """The base64 signature over a policy's hash."""
    return base64.b64encode(key.sign(message(sha256))).decode("ascii")


def verify(
    *,
    policy: Policy,
    sha256: str,
    signatures: Sequence[AnySignature],
    organisation: Organisation,
    changed: tuple[str, ...] = (),
) -> tuple[VerifiedSignature, ...]:
    """The two signatures that put it in force. Raises a `policy.*` error that says what is missing; `changed`: files it names."""
    verified = tuple(
        verified_signature(each, policy=policy, sha256=sha256, organisation=organisation, changed=changed) for each in signatures
    )
    for first in verified:
        for second in verified:
            if first.side == "A" and second.side == "B" and first.home != second.home:
                return (first, second)
    sides = " ".join(sorted({each.side for each in verified})) or "–"
    if {each.side for each in verified} == {"A", "B"}:
        raise KhienError("policy.same_home", policy=policy.id, home=verified[0].home)
    raise KhienError("policy.not_signed_by_both", policy=policy.id, sides=sides)


def verified_signature(
    signature: AnySignature, *, policy: Policy, sha256: str, organisation: Organisation, changed: tuple[str, ...] = ()
) -> VerifiedSignature:
    """One signature that holds. Raises a `policy.*` error."""
    if signature.sha256 != sha256:
        place = ", ".join(changed) or "–"
        raise KhienError(
            "policy.changed_after_signing", policy=policy.id, signed=signature.sha256[:16], found=sha256[:16], place=place
        )
    if isinstance(signature, Signature):
        key = organisation.keys.get(signature.key_id)
        if key is None or key.person != signature.person or not _holds(key.public, signature, sha256):
            raise KhienError("policy.bad_signature", policy=policy.id, person=signature.person)
    side, home = signer(signature.party, signature.person, policy=policy, organisation=organisation)
    return VerifiedSignature(signature=signature, side=side, home=home)


def signer(party_id: str, person_id: str, *, policy: Policy, organisation: Organisation) -> tuple[Literal["A", "B"], str]:
    """Side and home of somebody who may sign for a party. Raises `policy.wrong_signer`."""
    party, person = policy.parties.get(party_id), organisation.people.get(person_id)
    home_of_party = organisation.parties.get(party_id)
    if party is None or party.side is None or person is None or home_of_party != person.home:
        raise KhienError("policy.wrong_signer", policy=policy.id, person=person_id, party=party_id)
    if not set(person.roles) & set(policy.signers[party.side]):
        raise KhienError("policy.wrong_signer", policy=policy.id, person=person_id, party=party_id)
    return party.side, person.home


def short_form(sha256: str) -> str:
    """What people read to one another and type: the first sixteen digits in fours."""
    return "-".join(sha256[at : at + 4] for at in range(0, _SHORT_DIGITS, 4))


def is_short_form(typed: str, sha256: str) -> bool:
    """Whether what somebody typed is that, whatever separates the fours and however it is written."""
    digits = "".join(each for each in typed.lower() if each not in " -:.·")
    return digits == sha256[:_SHORT_DIGITS]


def _holds(public: str, signature: Signature, sha256: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature.signature, validate=True), message(sha256))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
