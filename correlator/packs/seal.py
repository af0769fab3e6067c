"""What a folder of rules says its files are: the record of its import (`pack.json`), its signature (`pack.sig.json`), or both.

The compiler asks for every file that it reads, at the start and at every reload. A file that is not as recorded is refused by name;
the others of the pack run. A record that cannot be believed vouches for nothing, and nothing of that pack runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from correlator.packs.manifest import MANIFEST, Manifest, digest_of
from correlator.packs.signature import SIGNATURE, read_signature
from khien.errors import KhienError

#: The largest record: 20,000 files of 240 characters and a hash each.
_LARGEST_RECORD = 16 << 20


@dataclass(frozen=True, slots=True)
class Seal:
    """The hashes that files must have, by record; `fault` names a record that cannot be believed."""

    records: Mapping[str, Mapping[str, str]]
    fault: str = ""
    signer: str = ""

    def objection(self, member: str, content: bytes) -> str:
        """What is wrong with a file, in a few words; empty when it is as recorded."""
        if self.fault:
            return self.fault
        found = hashlib.sha256(content).hexdigest()
        for record, files in self.records.items():
            if member not in files:
                return f"not in {record}"
            if files[member] != found:
                return f"changed since {record} was written"
        return ""

    def missing(self, members: Iterable[str], *, endings: tuple[str, ...]) -> list[str]:
        """Recorded files with these endings that are not there."""
        recorded = {member for files in self.records.values() for member in files if member.endswith(endings)}
        return sorted(recorded.difference(members))


def seal_of(folder: Path) -> Seal | None:
    """The seal of a folder; None when it has no record."""
    records: dict[str, Mapping[str, str]] = {}
    signer = ""
    try:
        if (folder / MANIFEST).is_file():
            manifest = Manifest.from_json(orjson.loads(_read(folder / MANIFEST)))
            if digest_of(manifest.files) != manifest.digest:
                return Seal({}, fault=f"{MANIFEST} was changed")
            records[MANIFEST] = manifest.files
        if (folder / SIGNATURE).is_file():
            signature = read_signature(_read(folder / SIGNATURE), path=str(folder / SIGNATURE))
            records[SIGNATURE] = signature.files
            signer = signature.signer
    except KhienError:
        return Seal({}, fault=f"the signature in {SIGNATURE} does not hold")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Seal({}, fault=f"{MANIFEST} cannot be read")
    return Seal(records, signer=signer) if records else None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_LARGEST_RECORD + 1)
    if len(content) > _LARGEST_RECORD:
        message = "too large"
        raise ValueError(message)
    return content
