"""One form of a policy, and its hash: NFC text, RFC 8785 canonical JSON, SHA-256. What both parties sign."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import rfc8785


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 JSON with every text, keys included, in Unicode normalisation form C."""
    return rfc8785.dumps(_composed(value))


def sha256_of(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_composed(key): _composed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_composed(each) for each in value]
    return value
