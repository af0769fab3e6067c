"""The list of revoked certificates: one serial (lower-case hex) a line, then what people want to know about it.

    # serial date reason
    5f2c9a…  2026-11-23  notebook stolen from commune 12

Asked at every batch, so that a revocation works at once; the file is read again only when it changed. When it cannot be
read nobody is let in: a list that fails open protects nobody.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from khien.errors import KhienError

_SERIAL = re.compile(r"[0-9a-f]{1,40}")  # RFC 5280, section 4.1.2.2: at most 20 octets
#: More than a city will ever revoke; a larger file is a mistake.
_LARGEST_BYTES = 4 << 20


class DenyList:
    """The serials in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._serials: frozenset[str] = frozenset()

    def create(self) -> None:
        """An empty list, unless there is one."""
        if not self.path.exists():
            self._append("# serial date reason\n")

    def contains(self, serial: str) -> bool:
        """Whether this certificate is revoked now. Raises `certificate.deny_list_unreadable`."""
        try:
            status = self.path.stat()
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
            if stamp != self._stamp:
                self._serials = self._read(status.st_size)
                self._stamp = stamp
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else str(error)) or "unreadable"
            raise KhienError("certificate.deny_list_unreadable", path=str(self.path), reason=reason) from error
        return serial in self._serials

    def add(self, serial: str, *, date: str, reason: str) -> None:
        """Put a serial on the list; durable on return. A second time changes nothing."""
        if not _SERIAL.fullmatch(serial):
            raise KhienError("certificate.invalid_name", name=serial, kind="serial")
        if not self.contains(serial):
            self._append(f"{serial}  {date}  {' '.join(reason.split())}\n")

    def _read(self, size: int) -> frozenset[str]:
        if size > _LARGEST_BYTES:
            message = f"larger than {_LARGEST_BYTES} bytes"
            raise ValueError(message)
        serials = set()
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), start=1):
            content = line.partition("#")[0].split()
            if not content:
                continue
            if not _SERIAL.fullmatch(content[0]):
                message = f"line {number} does not begin with a serial in lower-case hex"
                raise ValueError(message)
            serials.add(content[0])
        return frozenset(serials)

    def _append(self, text: str) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
