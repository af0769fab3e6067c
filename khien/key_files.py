"""Files that hold keys and certificates: born with their rights, replaced in one rename, durable on return."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from khien.errors import KhienError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the disk refuses in here is `certificate.not_writable`: read-only, full, or somebody else's."""
    try:
        yield
    except OSError as error:
        raise KhienError("certificate.not_writable", path=str(path), reason=error.strerror or str(error)) from error


def make_folder(path: Path) -> None:
    """A folder for its owner alone. Raises `certificate.not_writable`."""
    with writing(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """Replace a file in one rename, durable on return; the key never exists with wider rights."""
    with writing(path):
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
