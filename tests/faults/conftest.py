"""What the sensor's fault cases share: one CA and one correlator double a test, over real TLS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from khien.certificates import CertificateAuthority
from khien.listener import ThreadedServer
from tests.sensor.correlator_double import CorrelatorDouble, serving


@dataclass(frozen=True, slots=True)
class Ingest:
    """A correlator double that is up, and the certificate of the sensor `gateway`."""

    double: CorrelatorDouble
    server: ThreadedServer
    certificate: Path


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    authority = CertificateAuthority(tmp_path / "ca", city="hue")
    double = CorrelatorDouble()
    certificate = authority.issue_sensor("gateway").certificate
    with serving(double, authority) as server:
        yield Ingest(double, server, certificate)
