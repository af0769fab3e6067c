"""Two signatures make a policy: one person of each side, of different homes, over the same hash (coordination design, section 2).

`signatures.yaml` beside the policy lists `{party, person, signed_at, method, key_id, sha256, signature}`; the signature is
Ed25519 (RFC 8032) over the ASCII bytes `khien-policy-v1:<sha256 in hex>`. Public keys come from the organisation's `keys.yaml`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Identifier, Organisation, Part, validated
from incident_api.coordination.policy import Policy
from khien.errors import KhienError

FILE = "signatures.yaml"


class Signature(Part):
    """One signature as the file has it."""

    party: Identifier
    person: Identifier
    signed_at: str
    method: Literal["ed25519"]
    key_id: Identifier
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(min_length=88, max_length=88)]


class Signatures(Part):
    """The file."""

    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that holds, with the side and the home of who gave it."""

    signature: Signature
    side: Literal["A", "B"]
    home: str


def read_signatures(folder: Path) -> tuple[Signature, ...]:
    """What stands beside the policy; nothing there is the same as no signature."""
    path = folder / FILE
    if not path.exists():
        return ()
    return validated(Signatures, read_document(path), path=path).signatures


def message(sha256: str) -> bytes:
    """The bytes that are signed; the prefix keeps a signature from meaning anything else."""
    return f"khien-policy-v1:{sha256}".encode("ascii")


def sign(key: Ed25519PrivateKey, sha256: str) -> str:
    """The base64 signature over a policy's hash."""
    return base64.b64encode(key.sign(message(sha256))).decode("ascii")


def verify(
    *, policy: Policy, sha256: str, signatures: tuple[Signature, ...], organisation: Organisation
) -> tuple[VerifiedSignature, ...]:
    """The two signatures that put it in force. Raises a `policy.*` error that says what is missing."""
    verified = tuple(_verified(each, policy=policy, sha256=sha256, organisation=organisation) for each in signatures)
    for first in verified:
        for second in verified:
            if first.side == "A" and second.side == "B" and first.home != second.home:
                return (first, second)
    sides = " ".join(sorted({each.side for each in verified})) or "–"
    raise KhienError("policy.not_signed_by_both", policy=policy.id, sides=sides)


def _verified(signature: Signature, *, policy: Policy, sha256: str, organisation: Organisation) -> VerifiedSignature:
    if signature.sha256 != sha256:
        raise KhienError("policy.changed_after_signing", policy=policy.id, signed=signature.sha256[:16], found=sha256[:16])
    key = organisation.keys.get(signature.key_id)
    if key is None or key.person != signature.person or not _holds(key.public, signature, sha256):
        raise KhienError("policy.bad_signature", policy=policy.id, person=signature.person)
    party = policy.parties.get(signature.party)
    person = organisation.people[signature.person]
    home_of_party = organisation.parties.get(signature.party)
    if party is None or party.side is None or home_of_party != person.home:
        raise KhienError("policy.wrong_signer", policy=policy.id, person=signature.person, party=signature.party)
    if not set(person.roles) & set(policy.signers[party.side]):
        raise KhienError("policy.wrong_signer", policy=policy.id, person=signature.person, party=signature.party)
    return VerifiedSignature(signature=signature, side=party.side, home=person.home)


def _holds(public: str, signature: Signature, sha256: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature.signature, validate=True), message(sha256))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
