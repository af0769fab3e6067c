"""A pack's signature, `pack.sig.json`: SHA-256 of every file, signed with Ed25519 (RFC 8032).

Signed is the canonical JSON (RFC 8785) of name, time and hashes behind a text that no other signature of ours begins with. The
public key travels with the pack, so that a changed byte shows without any preparation; whose key it is, the first import pins.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from khien.errors import KhienError
from khien.key_files import write_file

SIGNATURE = "pack.sig.json"
_CONTEXT = "khien rule pack signature 1"
_LARGEST_KEY = 16 << 10
#: Enough of the key's hash to read it aloud on the telephone.
_FINGERPRINT_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature whose bytes have been checked; `signer` is the key's fingerprint."""

    name: str
    signed: str
    files: Mapping[str, str]
    signer: str


def sign(files: Mapping[str, str], *, name: str, signed: str, key: Ed25519PrivateKey) -> bytes:
    """The signature file for these hashes."""
    public = _raw(key.public_key())
    document = {
        "version": 1,
        "name": name,
        "signed": signed,
        "files": dict(sorted(files.items())),
        "public_key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(_message(name, signed, files))).decode(),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_signature(content: bytes, *, path: str) -> Signature:
    """Parse and check. Raises `pack.signature_invalid`."""
    try:
        document: Any = orjson.loads(content)
        if document["version"] != 1:
            raise _invalid(path, "version")
        name, signed = str(document["name"]), str(document["signed"])
        files = {str(member): str(value) for member, value in document["files"].items()}
        public = base64.b64decode(document["public_key"], validate=True)
        signature = base64.b64decode(document["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _message(name, signed, files))
    except InvalidSignature as error:
        raise _invalid(path, "signature") from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise _invalid(path, "form") from error
    return Signature(name=name, signed=signed, files=files, signer=_fingerprint(public))


def new_key(path: Path) -> Ed25519PrivateKey:
    """A fresh private key for its owner alone, and the public one beside it (`.pub`). Raises `certificate.not_writable`."""
    key = Ed25519PrivateKey.generate()
    write_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    write_file(path.with_name(f"{path.name}.pub"), _pem(key.public_key()), mode=0o644)
    return key


def private_key(path: Path) -> Ed25519PrivateKey:
    """Raises `pack.key_unreadable`."""
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KhienError("pack.key_unreadable", path=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KhienError("pack.key_unreadable", path=str(path))
    return key


def fingerprint_of(path: Path) -> str:
    """The fingerprint of a public key file. Raises `pack.key_unreadable`."""
    try:
        key = load_pem_public_key(_read(path))
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KhienError("pack.key_unreadable", path=str(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KhienError("pack.key_unreadable", path=str(path))
    return _fingerprint(_raw(key))


def fingerprint(key: Ed25519PrivateKey) -> str:
    """The same of a private key's other half."""
    return _fingerprint(_raw(key.public_key()))


def _message(name: str, signed: str, files: Mapping[str, str]) -> bytes:
    return rfc8785.dumps({"context": _CONTEXT, "name": name, "signed": signed, "files": dict(files)})


def _fingerprint(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:_FINGERPRINT_DIGITS]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_KEY)


def _invalid(path: str, reason: str) -> KhienError:
    return KhienError("pack.signature_invalid", path=path, reason=reason)
