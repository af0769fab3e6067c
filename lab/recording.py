"""The recording as files: capture, the hosts' logs, `manifest.yaml`; and the answer key beside the folder."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.capture import CaptureSummary
from lab.day import Diary
from lab.host import Host
from lab.key import CAPTURE, answer_key
from lab.plan import TIME_ZONE
from lab.world import World

_KEY_COMMENT = """\
# The answer key of the recorded lab day. Written by `python -m lab.record` from what the scenario does
# (lab/scenario.py, lab/ordinary.py) and the recorder's clock; never from what a product found. Do not edit.
# Times are UTC, whole seconds, rounded outward (ordinary windows: inward). Each entry of `must_name` has to be named by
# an alert of the act; any one of its fields with any one of its values is enough. In the `ordinary` windows, `from`
# included and `to` not, nothing above low may fire.
"""
_MANIFEST_COMMENT = """\
# The files of the recorded lab day. Log lines without a zone are in `time_zone`; the year is the capture's.
"""


@dataclass(frozen=True, slots=True)
class RecordedLog:
    """One log of one host: where it is in the host, and how it is written."""

    name: str
    host: Host
    inside: str
    format: str

    @property
    def file(self) -> str:
        """Its path in the recording."""
        return f"{self.host.name}/{self.inside}"

    @property
    def path(self) -> Path:
        """Where it is while it is being written, seen from outside the host."""
        return self.host.log_path(self.inside)


def logs(world: World) -> tuple[RecordedLog, ...]:
    """The logs that the day records and that a live sensor may follow."""
    return (
        RecordedLog("portal-access", world.portal, "nginx/access.log", "nginx_access"),
        RecordedLog("portal-error", world.portal, "nginx/error.log", "nginx_error"),
        RecordedLog("portal-auth", world.portal, "auth.log", "syslog"),
        RecordedLog("mail-mail", world.mail, "mail.log", "syslog"),
        RecordedLog("mail-auth", world.mail, "auth.log", "syslog"),
        RecordedLog("admin-auth", world.admin, "auth.log", "syslog"),
        RecordedLog("resolver-daemon", world.resolver, "daemon.log", "syslog"),
    )


def empty_logs(world: World) -> None:
    """Lets the logs begin with the day: what the hosts wrote while they were being set up is not part of it."""
    for log in logs(world):
        log.host.run("truncate", "--size=0", f"/var/log/{log.inside}", check=True)


def collect(world: World, folder: Path) -> None:
    """Copies the logs, each with its host's folder."""
    for log in logs(world):
        place = folder / log.file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log.path, place)


def write_manifest(world: World, folder: Path, *, capture: CaptureSummary, diary: Diary) -> None:
    """Names each file with its format, host, zone, size and digest."""
    files: list[dict[str, object]] = [
        {"path": CAPTURE, "format": "pcapng", "host": "gw", "time_zone": "UTC", **_digest(folder / CAPTURE)}
        | {"packets": capture.packets, "dropped": capture.dropped}
    ]
    for log in logs(world):
        described = {"path": log.file, "format": log.format, "host": log.host.name, "time_zone": TIME_ZONE}
        lines = (folder / log.file).read_bytes().count(b"\n")
        files.append(described | _digest(folder / log.file) | {"lines": lines})
    document = {"schema": 1, "recorded": diary.whole.as_times(), "files": files}
    _write(folder / "manifest.yaml", _MANIFEST_COMMENT, document)


def write_key(path: Path, diary: Diary) -> None:
    """Writes the answer key."""
    acts = sorted(diary.acts, key=lambda pair: pair[1].start_us)
    document = answer_key(acts=acts, near_misses=diary.near_misses, ordinary=diary.ordinary, whole=diary.whole)
    _write(path, _KEY_COMMENT, document)


def replace(new: Path, target: Path) -> None:
    """Puts a finished folder in the place of an older one."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(new, target)


def _digest(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _write(path: Path, comment: str, document: dict[str, object]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(comment + text, encoding="utf-8")
