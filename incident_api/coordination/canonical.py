"""One form of a policy, and its hash: NFC text, RFC 8785 canonical JSON, SHA-256. What both parties sign."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

import rfc8785

_MOST = 2**53 - 1
#: Within it Python and ECMAScript write the same shortest digits without an exponent (RFC 8785, section 3.2.2.3).
_LEAST_PLAIN, _MOST_PLAIN = 1e-4, 1e16


class _NotPlainError(Exception):
    """A value whose canonical form is not what Python's own encoder writes."""


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 JSON with every text, keys included, in Unicode normalisation form C.

    An audit record is hashed with every act, so what is plain goes through Python's encoder in C; the rest through `rfc8785`.
    """
    try:
        return _ENCODER.encode(_plain(value)).encode()
    except (_NotPlainError, UnicodeEncodeError):
        return rfc8785.dumps(_composed(value))


def sha256_of(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


#: Sorts by code point where RFC 8785 sorts by UTF-16 unit: the same for keys in ASCII, and others are not plain.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False)


def _plain(value: Any) -> Any:
    """The value composed, if Python's encoder writes it canonically."""
    kind = type(value)
    if isinstance(value, str):
        # A member of a StrEnum is written as its text.
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if kind is dict:
        return {_plain_key(key): _plain(each) for key, each in value.items()}
    if kind is list or kind is tuple:
        return [_plain(each) for each in value]
    if value is None or kind is bool:
        return value
    if kind is int and -_MOST <= value <= _MOST:
        return value
    if kind is float and (value == 0 or _LEAST_PLAIN <= abs(value) < _MOST_PLAIN):
        return int(value) if value.is_integer() else value
    raise _NotPlainError


def _plain_key(key: Any) -> str:
    if type(key) is str and key.isascii():
        return key
    raise _NotPlainError


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_composed(key): _composed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_composed(each) for each in value]
    return value
