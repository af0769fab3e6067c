"""The files of a policy as somebody sends them: named texts, or a folder packed as zip or tar. Hostile until proved otherwise.

Only the names that a policy has are taken; what is something else is refused by name, so that nobody signs what was left out.
"""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping

from incident_api.coordination.policy import ALL_PARTS
from incident_api.coordination.signatures import FILE
from khien.errors import KhienError

#: The largest policy of ours has 20 files and 80 kB.
MOST_FILES = 64
LARGEST_FILE = 1 << 20
LARGEST_WHOLE = 4 << 20
_YEAR = re.compile(r"calendar/[0-9]{4}\.yaml")
#: What the standard library raises at a damaged archive, a cut gzip header (TypeError) included.
_UNPACKING = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    TypeError,
)
_NAMES = frozenset({*(f"{part}.yaml" for part in ALL_PARTS), FILE})


def files_of_texts(texts: Mapping[str, str]) -> dict[str, bytes]:
    """From named texts. Raises `policy.upload`."""
    return _taken((name, text.encode("utf-8")) for name, text in texts.items())


def files_of_archive(content: bytes) -> dict[str, bytes]:
    """From a zip or a tar (plain, gzip, bzip2, xz). Raises `policy.upload`."""
    try:
        if content.startswith(b"PK"):
            return _taken(_of_zip(content))
        return _taken(_of_tar(content))
    except _UNPACKING as error:
        raise KhienError("policy.upload", name="–", reason=" ".join(str(error).split())[:120] or type(error).__name__) from error


def _of_zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                raise KhienError("policy.upload", name=info.filename, reason="a link")
            # The size in the header is the sender's word: what is read is bounded, whatever it unpacks to.
            with archive.open(info) as file:
                yield info.filename, file.read(LARGEST_FILE + 1)


def _of_tar(content: bytes) -> Iterator[tuple[str, bytes]]:
    # As a stream: a packed bomb is unpacked only as far as files are read.
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|*") as archive:
        for number, member in enumerate(archive):
            if number > 2 * MOST_FILES or member.size > LARGEST_FILE:
                raise KhienError("policy.upload", name=member.name, reason="too many or too large files")
            if member.isdir():
                continue
            file = archive.extractfile(member) if member.isreg() else None
            if file is None:
                raise KhienError("policy.upload", name=member.name, reason="a link or a device")
            yield member.name, file.read(LARGEST_FILE + 1)


def _taken(members: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for name, content in members:
        total += len(content)
        if len(found) >= MOST_FILES or len(content) > LARGEST_FILE or total > LARGEST_WHOLE:
            raise KhienError("policy.upload", name=name, reason="too many or too large files")
        inside = _inside(name)
        if inside in found:
            raise KhienError("policy.upload", name=name, reason="twice")
        found[inside] = content
    return found


def _inside(name: str) -> str:
    """The name in the policy's folder; one folder around it all is allowed, anything else is not."""
    parts = name.removeprefix("./").split("/")
    for start in (0, 1):
        inside = "/".join(parts[start:])
        if inside in _NAMES or _YEAR.fullmatch(inside):
            if start and parts[0] in {"", ".", ".."}:
                break
            return inside
    raise KhienError("policy.upload", name=name[:120], reason="no file of a policy")
