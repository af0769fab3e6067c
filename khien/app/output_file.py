"""The file that a person named for a result: written beside its place, put there when it is whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from khien.errors import KhienError


@contextmanager
def output_file(target: str, *, inputs: Iterable[str] = ()) -> Iterator[BinaryIO]:
    """Open `target` for writing; what was there stays until everything is written.

    A device or a pipe is written to as it is. Raises `output.is_input` before anything is opened when `target` is one of the
    inputs under whatever name, and `output.not_writable`.
    """
    refuse_inputs(target, inputs)
    place = Path(target)
    try:
        if place.exists() and not place.is_file():
            with place.open("wb") as file:
                yield file
            return
        yield from _beside(Path(os.path.realpath(place)))
    except BrokenPipeError:
        # Whoever read the pipe has gone (`--events /dev/stdout | head`): the boundary of the command ends it like any other.
        raise
    except OSError as error:
        raise KhienError("output.not_writable", path=target, reason=error.strerror or str(error)) from error


def refuse_inputs(target: str, inputs: Iterable[str]) -> None:
    """Raise `output.is_input` when a result would be written over what it is made of, a file in an input folder included."""
    place = Path(os.path.realpath(target))
    for given in inputs:
        source = Path("/dev/stdin" if given == "-" else given)
        if _is_same(place, source) or (source.is_dir() and place.exists() and Path(os.path.realpath(source)) in place.parents):
            raise KhienError("output.is_input", path=target)


def _beside(place: Path) -> Iterator[BinaryIO]:
    """A new file in the same folder with the rights that a new file gets there; it takes the place in one step."""
    part = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
        with suppress(FileNotFoundError):
            part.chmod(place.stat().st_mode & 0o7777)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _is_same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False
