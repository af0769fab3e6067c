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

    def install(self, source: Path, *, name: str, licence: Path | None = None) -> Manifest:
        """Read, hash and write a pack; off until it is activated. The same bytes again are the same pack."""
        if _NAME.fullmatch(name) is None:
            raise KhienError("pack.name", name=name)
        files = read_pack(source)
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
        )
        target = self.folder_of(manifest)
        if not target.is_dir():
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
            raise KhienError("pack.altered", name="active.json", member="active.json") from error

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
        """Compare every file with its hash. Raises `pack.altered` with the first that differs, is new, or is gone."""
        folder = self.folder_of(manifest)
        if digest_of(manifest.files) != manifest.digest or self._manifest(folder) != manifest:
            raise KhienError("pack.altered", name=manifest.name, member=MANIFEST)
        here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()} - {
            MANIFEST
        }
        for member in sorted(here | set(manifest.files)):
            path = folder / member
            is_same = member in manifest.files and path.is_file() and not path.is_symlink()
            if not is_same or hashes_of({member: path.read_bytes()})[member] != manifest.files[member]:
                raise KhienError("pack.altered", name=manifest.name, member=member)

    def active_folders(self) -> tuple[list[Path], list[KhienError]]:
        """The folders to run, each verified now, and why others are left out: one altered pack never stops the rest."""
        folders, errors = [], []
        for name, digest in sorted(self.active().items()):
            try:
                manifest = self._manifest(self._folder / name / digest[:_SHORT])
                self.verify(manifest)
                folders.append(self.folder_of(manifest))
            except (KhienError, OSError) as error:
                errors.append(error if isinstance(error, KhienError) else KhienError("pack.altered", name=name, member=str(error)))
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
            raise KhienError("pack.altered", name=folder.parent.name, member=MANIFEST) from error

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
