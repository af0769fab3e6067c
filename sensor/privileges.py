"""Gives up root once the sockets are open (sensing design, section 11): a parser that is fooled then owns nothing."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from khien.errors import KhienError
from sensor.recovery import Notice


def drop_privileges(user: str | None, *, folder: Path, notice: Notice) -> None:
    """Become `user`, who owns `folder` from then on; without root there is nothing to give up.

    Root without a user goes on as root and says so: the folder may be root's own, and a sensor that stops watching because
    nobody made an account would be the worse failure.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KhienError("spool.unusable", path=str(folder), reason=error.strerror or str(error)) from error
    if os.geteuid() != 0:
        return
    if user is None:
        notice("privileges_kept", {"reason": "no user is named"})
        return
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise KhienError("sensor.invalid_input", value=user, option="--user", reason="there is no such user") from None
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    notice("privileges_dropped", {"user": user})
