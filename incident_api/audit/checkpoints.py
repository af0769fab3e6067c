"""A signed checkpoint: so many records, this Merkle root, this end of the chain, at this time (response design, section 13).

Signed with Ed25519 (RFC 8032) is the canonical JSON (RFC 8785) of everything but the signature, behind a text that no other
signature of ours begins with. Each names the one before, so that none can be taken out. The public key travels
with it; whose key it is says whoever verifies (`khien audit verify --key`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from incident_api.audit.chain import GENESIS
from incident_api.coordination.canonical import canonical_bytes, sha256_of

_CONTEXT = b"khien-audit-checkpoint-v1:"
_FINGERPRINT_DIGITS = 32
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: The name of the first one's predecessor.
NONE_BEFORE = GENESIS


class Checkpoint(BaseModel):
    """One checkpoint as it is signed, stored, copied and exported. `at`: microseconds since 1970, as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    city: Annotated[str, Field(max_length=63)]
    number: Annotated[int, Field(ge=1, lt=2**53)]
    size: Annotated[int, Field(ge=1, lt=2**53)]
    root: Sha256
    head: Sha256
    at: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]
    previous: Sha256
    key: Annotated[str, Field(min_length=44, max_length=44)]
    signature: Annotated[str, Field(max_length=88)]

    @property
    def sha256(self) -> str:
        """How the next one names it."""
        return sha256_of(self.model_dump())

    @property
    def document(self) -> bytes:
        """Its one form in a file."""
        return canonical_bytes(self.model_dump())

    @property
    def signer(self) -> str:
        """The fingerprint of the key, short enough to read aloud."""
        return fingerprint(base64.b64decode(self.key))

    @property
    def holds(self) -> bool:
        """Whether the signature is of this key over these words."""
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.key, validate=True))
            public.verify(base64.b64decode(self.signature, validate=True), _message(self))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def signed(
    key: Ed25519PrivateKey, *, city: str, size: int, root: str, head: str, at_us: int, before: Checkpoint | None
) -> Checkpoint:
    """The next checkpoint after `before`."""
    unsigned = Checkpoint(
        city=city,
        number=before.number + 1 if before else 1,
        size=size,
        root=root,
        head=head,
        at=str(at_us),
        previous=before.sha256 if before else NONE_BEFORE,
        key=base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii"),
        signature="",
    )
    signature = base64.b64encode(key.sign(_message(unsigned))).decode("ascii")
    return unsigned.model_copy(update={"signature": signature})


def parsed(document: Any) -> Checkpoint | None:
    """A checkpoint from outside; None when it is none."""
    try:
        return Checkpoint.model_validate(document)
    except ValidationError:
        return None


def fingerprint(public: bytes) -> str:
    """Of a raw public key."""
    return hashlib.sha256(public).hexdigest()[:_FINGERPRINT_DIGITS]


def _message(checkpoint: Checkpoint) -> bytes:
    return _CONTEXT + canonical_bytes(checkpoint.model_dump(exclude={"signature"}))
