"""The installed packs of one home: `packs/<name>/<digest>/`, and which of them is active.

Files are written once, read-only, and compared with the manifest's hashes whenever the pack is loaded.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from correlator.compiler.documents import Document, parse_documents
from correlator.compiler.rejection import RejectedDocumentError
from correlator.packs.archive import read_pack
from correlator.packs.manifest import MANIFEST, Manifest, digest_of, hashes_of, licence_of
from correlator.packs.seal import seal_of
from correlator.packs.signature import SIGNATURE, read_signature
from khien.clock import Clock, format_utc
from khien.errors import KhienError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Difference:
    """Rules by id: what the new pack adds, takes away, and changes in any byte of the document's content."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    titles: Mapping[str, str]


class PackStore:
    """One folder of packs."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def install(self, source: Path, *, name: str, licence: Path | None = None, signer: str | None = None) -> Manifest:
        """Read, hash and write a pack; off until it is activated. The same bytes again are the same pack.

        `signer`: the fingerprint that must have signed it. Without one, who signed the last pack of this name must have signed this
        one too. Raises `pack.signature_invalid` and `pack.signer_changed`.
        """
        if _NAME.fullmatch(name) is None:
            raise KhienError("pack.name", name=name)
        files = read_pack(source)
        files.pop(MANIFEST, None)  # the record of another import
        signed_by = _signed_by(files, path=str(source))
        expected = signer if signer is not None else self._last_signer(name)
        if expected and signed_by != expected:
            raise KhienError("pack.signer_changed", name=name, expected=expected, found=signed_by or "-")
        if licence is not None:
            files["LICENSE"] = licence.read_bytes()
        if not any(member.endswith((".yml", ".yaml")) for member in files):
            raise KhienError("pack.no_pack", path=str(source))
        found, licence_file = licence_of(files, path=str(source))
        hashes = hashes_of(files)
        manifest = Manifest(
            name=name,
            digest=digest_of(hashes),
            licence=found,
            licence_file=licence_file,
            source=source.name,
            imported=format_utc(self._clock.now_us()),
            files=hashes,
            signer=signed_by,
        )
        target = self.folder_of(manifest)
        if target.is_dir():
            try:
                kept = self._manifest(target)
                self.verify(kept)
            except KhienError:
                # Somebody changed it since: what was just read is what the publisher wrote.
                shutil.rmtree(target)
            else:
                return kept
        self._write(target, files, manifest)
        return manifest

    def packs(self) -> list[Manifest]:
        """Every installed pack whose record can be read, by name, oldest first."""
        found = []
        for path in sorted(self._folder.glob(f"*/*/{MANIFEST}")):
            try:
                found.append(self._manifest(path.parent))
            except KhienError:
                continue  # `active_folders` names it if it should run
        return sorted(found, key=lambda one: (one.name, one.imported))

    def find(self, name: str) -> Manifest:
        """The newest pack of this name, or the one of `name@digest`. Raises `pack.unknown`."""
        wanted, _, digest = name.partition("@")
        found = [one for one in self.packs() if one.name == wanted and one.digest.startswith(digest)]
        if not found:
            raise KhienError("pack.unknown", name=name)
        return found[-1]

    def active(self) -> dict[str, str]:
        """The digest of the active pack of each name."""
        try:
            found = orjson.loads((self._folder / "active.json").read_bytes())
            return {str(name): str(digest) for name, digest in found.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError) as error:
            raise KhienError("pack.record_altered", name="*", record="active.json") from error

    def activate(self, manifest: Manifest) -> None:
        """Make this pack the one of its name. Raises `pack.altered` when a byte changed since the import."""
        self.verify(manifest)
        self._keep_active({**self.active(), manifest.name: manifest.digest})

    def deactivate(self, name: str) -> None:
        """Switch a pack off; it stays installed."""
        active = self.active()
        if active.pop(name, None) is None:
            raise KhienError("pack.unknown", name=name)
        self._keep_active(active)

    def verify(self, manifest: Manifest) -> None:
        """Compare every file with its hash. Raises `pack.record_altered`, or `pack.altered` with the first that differs."""
        self._check_record(manifest, digest=manifest.digest)
        for member in self._changed(manifest):
            raise KhienError("pack.altered", name=manifest.name, member=member)

    def active_folders(self) -> tuple[list[Path], list[KhienError]]:
        """The folders to run, each verified now, and what is wrong in them.

        A changed file is named here and refused by the compiler (`seal`); a pack whose record cannot be believed is left out whole.
        Neither stops the rest.
        """
        folders, errors = [], []
        for name, digest in sorted(self.active().items()):
            try:
                manifest = self._manifest(self._folder / name / digest[:_SHORT])
                self._check_record(manifest, digest=digest)
                folders.append(self.folder_of(manifest))
                errors += [KhienError("pack.altered", name=name, member=member) for member in self._changed(manifest)]
            except (KhienError, OSError) as error:
                record = KhienError("pack.record_altered", name=name, record=str(error))
                errors.append(error if isinstance(error, KhienError) else record)
        return folders, errors

    def folder_of(self, manifest: Manifest) -> Path:
        """Where its files are."""
        return self._folder / manifest.name / manifest.digest[:_SHORT]

    def difference(self, new: Manifest) -> Difference | None:
        """Against the active pack of the name; None when there is none."""
        digest = self.active().get(new.name)
        if digest is None or digest == new.digest:
            return None
        before, after = self._rules(self.find(f"{new.name}@{digest}")), self._rules(new)
        changed = tuple(sorted(name for name in before.keys() & after.keys() if before[name].content != after[name].content))
        return Difference(
            added=tuple(sorted(after.keys() - before.keys())),
            removed=tuple(sorted(before.keys() - after.keys())),
            changed=changed,
            titles={name: document.title for name, document in (before | after).items()},
        )

    def _last_signer(self, name: str) -> str:
        known = [one for one in self.packs() if one.name == name]
        return known[-1].signer if known else ""

    def _check_record(self, manifest: Manifest, *, digest: str) -> None:
        folder = self.folder_of(manifest)
        is_own = digest_of(manifest.files) == manifest.digest == digest
        if not is_own or self._manifest(folder) != manifest:
            raise KhienError("pack.record_altered", name=manifest.name, record=MANIFEST)
        if manifest.signer:
            seal = seal_of(folder)
            if seal is None or seal.fault or seal.signer != manifest.signer:
                raise KhienError("pack.record_altered", name=manifest.name, record=SIGNATURE)

    def _changed(self, manifest: Manifest) -> list[str]:
        """The files that are not as they were imported: changed, new or gone."""
        folder = self.folder_of(manifest)
        here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
        return [member for member in sorted((here | set(manifest.files)) - {MANIFEST}) if not _is_same(folder, member, manifest)]

    def _rules(self, manifest: Manifest) -> dict[str, Document]:
        folder = self.folder_of(manifest)
        found: dict[str, Document] = {}
        for member in manifest.files:
            if member.endswith((".yml", ".yaml")) and not member.endswith(".test.yml"):
                try:
                    text = (folder / member).read_text(encoding="utf-8")
                    found |= {str(one.content["id"]): one for one in parse_documents(text, shown_as=member) if "id" in one.content}
                except (RejectedDocumentError, UnicodeDecodeError):
                    continue  # the load accounting names it
        return found

    def _manifest(self, folder: Path) -> Manifest:
        try:
            return Manifest.from_json(orjson.loads((folder / MANIFEST).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise KhienError("pack.record_altered", name=folder.parent.name, record=MANIFEST) from error

    def _write(self, target: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
        """Beside its place first, then renamed: a crash leaves no half pack."""
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".import-", dir=self._folder))
        try:
            for member, content in files.items():
                path = scratch / member
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                path.chmod(0o444)
            (scratch / MANIFEST).write_bytes(orjson.dumps(manifest.as_json(), option=orjson.OPT_INDENT_2))
            scratch.chmod(0o755)
            os.replace(scratch, target)  # noqa: PTH105 - the same call by its known name
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _keep_active(self, active: Mapping[str, str]) -> None:
        path = self._folder / "active.json"
        scratch = path.with_suffix(".new")
        scratch.write_bytes(orjson.dumps(dict(sorted(active.items())), option=orjson.OPT_INDENT_2))
        scratch.replace(path)


def _is_same(folder: Path, member: str, manifest: Manifest) -> bool:
    path = folder / member
    if member not in manifest.files or path.is_symlink() or not path.is_file():
        return False
    return hashes_of({member: path.read_bytes()})[member] == manifest.files[member]


def _signed_by(files: Mapping[str, bytes], *, path: str) -> str:
    """Who signed these very files; empty without one. Raises `pack.signature_invalid` with the first file it does not cover."""
    if SIGNATURE not in files:
        return ""
    signature = read_signature(files[SIGNATURE], path=path)
    found = hashes_of({member: content for member, content in files.items() if member != SIGNATURE})
    for member in sorted(found.keys() | signature.files.keys()):
        if found.get(member) != signature.files.get(member):
            raise KhienError("pack.signature_invalid", path=path, reason=member)
    return signature.signer
