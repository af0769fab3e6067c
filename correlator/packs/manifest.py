"""What is known of an imported pack: name, digest, licence, source, and each file's hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from khien.errors import KhienError

MANIFEST = "pack.json"
_DRL = "detection rule license"
_KNOWN_LICENCES = {"apache license": "Apache-2.0", "mit license": "MIT", "bsd 3-clause": "BSD-3-Clause"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The pack's own record; `digest` is over names and hashes of all files, so a changed byte changes it."""

    name: str
    digest: str
    licence: str
    licence_file: str
    source: str
    imported: str
    files: Mapping[str, str]
    #: The fingerprint of the key that signed it; empty when nobody did.
    signer: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "name": self.name,
            "digest": self.digest,
            "licence": self.licence,
            "licence_file": self.licence_file,
            "source": self.source,
            "imported": self.imported,
            "files": dict(self.files),
            "signer": self.signer,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Manifest:
        """Raises KeyError or TypeError for what is none."""
        texts = {key: str(document[key]) for key in ("name", "digest", "licence", "licence_file", "source", "imported")}
        files = {str(name): str(value) for name, value in document["files"].items()}
        return cls(**texts, files=files, signer=str(document.get("signer", "")))


def hashes_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def digest_of(hashes: Mapping[str, str]) -> str:
    """One digest for the pack: canonical JSON (RFC 8785) of its names and hashes."""
    return hashlib.sha256(rfc8785.dumps(dict(hashes))).hexdigest()


def licence_of(files: Mapping[str, bytes], *, path: str) -> tuple[str, str]:
    """The licence's name and its file. Raises `pack.no_licence`: rules of unknown licence may not be given to a city."""
    for name in sorted(files, key=lambda one: (one.count("/"), one)):
        last = name.rpartition("/")[2].lower()
        if not last.startswith(("license", "licence", "copying")):
            continue
        text = files[name].decode("utf-8", errors="replace").lower()
        if _DRL in text:
            return "DRL-1.1", name
        known = next((licence for words, licence in _KNOWN_LICENCES.items() if words in text), None)
        return known or text.strip().partition("\n")[0][:80], name
    raise KhienError("pack.no_licence", path=path)
