"""Reads a pack, a folder or a zip, as hostile: bounded files, bytes and names; nothing is written while reading."""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from khien.errors import KhienError

#: SigmaHQ's whole repository is 4,600 rule files of 15 MB; its largest file has 295 KB.
MOST_FILES = 20_000
LARGEST_FILE = 2 << 20
LARGEST_PACK = 128 << 20
_WANTED = re.compile(
    r".*\.(ya?ml|jsonl|json|log|evtx|pcap|pcapng)|.*/?(licen[cs]e|copying|notice|version|readme)[^/]*", re.IGNORECASE
)
_LONGEST_NAME = 240


def read_pack(source: Path) -> dict[str, bytes]:
    """The files of a pack by their path inside, sorted. Raises KhienError `pack.*`; what is no part of a pack is left out."""
    if source.is_dir():
        members = _of_folder(source)
    elif source.is_file() and zipfile.is_zipfile(source):
        members = _of_zip(source)
    elif not source.exists():
        raise KhienError("input.not_found", path=str(source))
    elif source.suffix.lower() == ".zip":
        raise KhienError("pack.damaged", path=str(source), reason="no end of a zip archive")
    else:
        raise KhienError("pack.no_pack", path=str(source))
    found: dict[str, bytes] = {}
    total = 0
    for name, content in members:
        if name in found:
            raise KhienError("pack.unsafe", path=str(source), member=name, reason="twice")
        total += len(content)
        if len(found) >= MOST_FILES or total > LARGEST_PACK:
            raise KhienError("pack.too_large", path=str(source), files=MOST_FILES, megabytes=LARGEST_PACK >> 20)
        found[name] = content
    return dict(sorted(found.items()))


def _of_folder(source: Path) -> Iterator[tuple[str, bytes]]:
    for above, folders, files in os.walk(source, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(above) / name
            member = path.relative_to(source).as_posix()
            if not _WANTED.fullmatch(member) or name.startswith("."):
                continue
            if path.is_symlink() or not path.is_file():
                raise KhienError("pack.unsafe", path=str(source), member=member, reason="link")
            with path.open("rb") as file:
                yield member, _bounded(source, member, file.read(LARGEST_FILE + 1))


def _of_zip(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(source) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                member = _safe_name(source, info)
                if not _WANTED.fullmatch(member) or any(part.startswith(".") for part in PurePosixPath(member).parts):
                    continue
                # The size in the header is the sender's word: what is read is bounded, whatever it unpacks to.
                with archive.open(info) as file:
                    yield member, _bounded(source, member, file.read(LARGEST_FILE + 1))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise KhienError("pack.damaged", path=str(source), reason=str(error) or type(error).__name__) from error


def _safe_name(source: Path, info: zipfile.ZipInfo) -> str:
    name = info.filename
    path = PurePosixPath(name)
    is_outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name
    if is_outside or len(name) > _LONGEST_NAME or not name.isprintable():
        raise KhienError("pack.unsafe", path=str(source), member=name, reason="path")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise KhienError("pack.unsafe", path=str(source), member=name, reason="link")
    return str(path)


def _bounded(source: Path, member: str, content: bytes) -> bytes:
    if len(content) > LARGEST_FILE:
        raise KhienError("pack.unsafe", path=str(source), member=member, reason=f"> {LARGEST_FILE >> 20} MiB")
    return content
