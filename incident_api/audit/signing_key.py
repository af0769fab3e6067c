"""The key that signs checkpoints: in the folder of data, for its owner alone, made when it is first needed."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from incident_api.audit.checkpoints import fingerprint
from khien.errors import KhienError
from khien.home import Home
from khien.key_files import make_folder, write_file

_LARGEST = 16 << 10
#: Rights of the group and of others.
_FOREIGN = 0o077


def key_file(home: Home) -> Path:
    """Where it lies."""
    return home.incident_api / "audit-key.pem"


def public_file(home: Home) -> Path:
    """What auditors keep elsewhere."""
    return home.incident_api / "audit-key.pem.pub"


def signing_key(home: Home) -> Ed25519PrivateKey:
    """The key of this installation. Raises `audit.key_unreadable`, `audit.key_exposed`."""
    path = key_file(home)
    if not path.exists():
        make_folder(path.parent)
        new_private_key(path)
    return private_key(path)


def new_private_key(path: Path) -> Ed25519PrivateKey:
    """A fresh key for its owner alone, and the public one beside it. Raises `certificate.not_writable`."""
    key = Ed25519PrivateKey.generate()
    write_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_file(path.with_name(f"{path.name}.pub"), public, mode=0o644)
    return key


def private_key(path: Path) -> Ed25519PrivateKey:
    """From its file; one that others may read is refused. Raises `audit.key_unreadable`, `audit.key_exposed`."""
    try:
        with path.open("rb") as file:
            if path.stat().st_mode & _FOREIGN:
                raise KhienError("audit.key_exposed", path=str(path))
            key = load_pem_private_key(file.read(_LARGEST), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KhienError("audit.key_unreadable", path=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KhienError("audit.key_unreadable", path=str(path))
    return key


def fingerprint_in(path: Path) -> str:
    """The fingerprint of a public key file. Raises `audit.key_unreadable`."""
    try:
        with path.open("rb") as file:
            key = load_pem_public_key(file.read(_LARGEST))
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KhienError("audit.key_unreadable", path=str(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KhienError("audit.key_unreadable", path=str(path))
    return fingerprint(key.public_bytes_raw())
