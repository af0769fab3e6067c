"""Why a path cannot be read as a file, said so that a person knows what to do about it."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from khien.errors import KhienError
from khien.text import shown_path


def refuse_special(path: str) -> None:
    """Raise what a path is that no reader can open: an empty name, a folder, a socket, a link that leads nowhere but to itself."""
    if not path:
        raise KhienError("input.no_name")
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        raise KhienError("input.folder", path=shown_path(path))
    if stat.S_ISSOCK(mode):
        raise KhienError("input.socket", path=shown_path(path))


def refuse_unrepeatable(path: str) -> None:
    """Raise `input.not_regular` for what can be read only once, or never ends: standard input, a pipe, a device."""
    mode = _mode(path)
    if path == "-" or stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise KhienError("input.not_regular", path=shown_path(path))


def _mode(path: str) -> int:
    """The kind of file; zero where the system does not say: whoever opens it will hear why."""
    try:
        return Path(path).stat().st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KhienError("input.link_loop", path=shown_path(path)) from error
        return 0
