"""Gives up root once the sockets are open (sensing design, section 11): a parser that is fooled then owns nothing."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from khien_engine import EngineError, packet

from khien.certificates import Identity
from khien.errors import KhienError, registry
from sensor.recovery import Notice


def prepare_folder(folder: Path, *, user: str | None) -> None:
    """Make the sensor's folder, and give it to the user that root is about to become."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KhienError("spool.unusable", path=str(folder), reason=error.strerror or str(error)) from error
    if user is None or os.geteuid() != 0:
        return
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise KhienError("sensor.invalid_input", value=user, option="--user", reason="there is no such user") from None
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    for parent in folder.absolute().parents:
        if not parent.stat().st_mode & stat.S_IXOTH and parent.stat().st_uid != account.pw_uid:
            raise KhienError("sensor.folder_closed", path=str(parent), user=user)


def own_identity(identity: Identity, *, folder: Path, user: str | None) -> Identity:
    """A copy of the identity in the sensor's own folder, when root is about to become somebody who could not read it again."""
    if user is None or os.geteuid() != 0:
        return identity
    own = folder / "certificate"
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = Identity(own / identity.certificate.name, own / identity.authority.name)
        for source, target in ((identity.certificate, copied.certificate), (identity.authority, copied.authority)):
            if source != target:
                target.unlink(missing_ok=True)
                # Born with its mode: a key is readable by nobody else at no moment.
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(source.read_bytes())
    except OSError as error:
        raise KhienError("spool.unusable", path=str(own), reason=error.strerror or str(error)) from error
    return copied


def drop_privileges(user: str | None, *, notice: Notice) -> None:
    """Become `user` without any capability; must be called before any thread is begun.

    An interface has done it already, before its own thread began. Root without a user goes on as root and says so: the logs and
    the folder may be root's own, and a sensor that stops watching for want of an account would be the worse failure.
    """
    # Read now what may be out of reach afterwards: the texts of every error.
    registry()
    if os.geteuid() == 0:
        if user is None:
            notice("privileges_kept", {"reason": "no user is named"})
            return
        try:
            packet.drop_privileges(user)
        except EngineError as error:
            raise KhienError("sensor.privileges_kept", reason=str(error)) from error
    if user is not None:
        notice("privileges_dropped", {"user": user, "uid": os.geteuid()})
