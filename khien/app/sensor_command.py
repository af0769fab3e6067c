"""`khien sensor run`."""

from __future__ import annotations

from pathlib import Path

from khien.app.command import Context
from sensor.run import run_sensor as run
from sensor.settings import SensorSettings


def own_certificate(folder: Path, *, name: str) -> Path:
    """The sensor's own folder: the one given, when it is that, else its place in the folder of the CA."""
    return folder if (folder / "identity.pem").exists() else folder / "issued" / "sensor" / name


def run_sensor(context: Context) -> int:
    """Watch interfaces, logs and syslog, or read recorded files, and deliver."""
    given = context.arguments
    certificates = Path(given.certificates) if given.certificates else context.home.certificates
    settings = SensorSettings.parse(
        name=given.name,
        folder=context.home.sensor(given.name),
        server=given.server,
        certificate=own_certificate(certificates, name=given.name),
        dataset=given.dataset,
        interfaces=tuple(given.interface),
        logs=tuple(given.log),
        recorded=tuple(given.read),
        syslog=tuple(given.syslog),
        is_once=given.once,
        year=given.year,
        utc_offset_minutes=given.utc_offset,
        user=given.user,
    )
    return run(settings)
