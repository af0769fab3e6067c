"""The folder that the child may read: a copy of the capture, unpacked, bounded, and nobody else's to read."""

from __future__ import annotations

import gzip
import os
import pwd
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from khien.errors import KhienError

_USER = "nobody"
_PIECE = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Copy:
    """`user` is whom the child becomes; none when we are not root and it stays what we are."""

    folder: Path
    file: Path
    user: str | None


@contextmanager
def scratch(path: Path, *, most: int) -> Iterator[Copy]:
    """A folder with the copy, removed at the end. Raises `KhienError` when the capture cannot be read or is too large."""
    folder = Path(tempfile.mkdtemp(prefix="khien-opinion-"))
    try:
        file = folder / "capture"
        with file.open("wb") as target:
            _unpack(path, target, most=most)
        user = _USER if os.geteuid() == 0 else None
        if user is not None:
            # The group of the child may read and not write; the rest of the machine may do neither.
            group = pwd.getpwnam(user).pw_gid
            for place, mode in ((folder, 0o750), (file, 0o640)):
                os.chown(place, 0, group)
                place.chmod(mode)
        yield Copy(folder=folder, file=file, user=user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(path: Path, target: BinaryIO, *, most: int) -> None:
    try:
        with path.open("rb") as packed:
            begin = packed.read(len(_ZSTD))
            packed.seek(0)
            _copy(_opened(packed, begin), target, path=path, most=most)
    except FileNotFoundError as error:
        raise KhienError("input.not_found", path=str(path)) from error
    except OSError as error:
        raise KhienError("input.unreadable", path=str(path), reason=error.strerror or str(error)) from error


def _opened(packed: BinaryIO, begin: bytes) -> BinaryIO:
    if begin.startswith(_GZIP):
        return gzip.open(packed)  # type: ignore[return-value]  # a reader of bytes, by another name
    if begin == _ZSTD:
        return zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    return packed


def _copy(source: BinaryIO, target: BinaryIO, *, path: Path, most: int) -> None:
    copied = 0
    while True:
        try:
            piece = source.read(_PIECE)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError):
            # A damaged pack: what is whole is compared, as our own reader does.
            return
        if not piece:
            return
        copied += len(piece)
        if copied > most:
            raise KhienError("opinion.too_large", path=str(path), most=most >> 20)
        target.write(piece)
