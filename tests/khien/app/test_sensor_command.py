"""What `--certificates` may name."""

from __future__ import annotations

from pathlib import Path

from khien.app.sensor_command import own_certificate
from khien.certificates import CertificateAuthority, Identity


def test_certificates_names_the_folder_of_the_authority_or_the_sensors_own_copied_folder(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    issued = CertificateAuthority(folder, city="hue").issue_sensor("gw1")
    assert Identity.load(own_certificate(folder, name="gw1")) == issued
    copied = issued.certificate.parent.rename(tmp_path / "copied")
    assert Identity.load(own_certificate(copied, name="gw1")).certificate == copied / "identity.pem"
