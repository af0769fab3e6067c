"""The own CA: who gets a certificate, for how long, and who is refused."""

from __future__ import annotations

import datetime as dt
import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from khien.certificates import CertificateAuthority, Identity, Kind, Peer
from khien.clock import MICROSECONDS, ManualClock, SystemClock, parse_utc
from khien.errors import KhienError

DAY_SECONDS = 86_400


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_utc("2026-11-10T02:00:00+00:00"))


@pytest.fixture
def authority(tmp_path: Path, clock: ManualClock) -> CertificateAuthority:
    return CertificateAuthority(tmp_path / "ca", city="hue", clock=clock)


def test_a_sensor_certificate_names_the_sensor_in_one_spiffe_uri_and_serves_clients_only(authority: CertificateAuthority) -> None:
    certificate = authority.issue_sensor("gateway").read()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.UniformResourceIdentifier("spiffe://khien/hue/sensor/gateway")]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_sensor_certificate_lives_seven_days(authority: CertificateAuthority) -> None:
    certificate = authority.issue_sensor("gateway").read()
    assert certificate.not_valid_after_utc == dt.datetime(2026, 11, 17, 2, 0, tzinfo=dt.UTC)


def test_every_private_key_is_for_the_owner_alone(authority: CertificateAuthority) -> None:
    authority.issue_sensor("gateway")
    authority.issue_server("ingest")
    holders = [path for path in authority.folder.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert sorted(path.name for path in holders) == ["identity.pem", "identity.pem", "intermediate.key", "root.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}


def test_openssl_itself_accepts_the_chains_for_their_purpose_and_for_no_other(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path / "ca", city="hue", clock=SystemClock())
    sensor = authority.issue_sensor("gateway").certificate
    server = authority.issue_server("ingest", names=["khien.hue.gov.vn"]).certificate

    def verify(path: Path, *options: str) -> int:
        command = [
            "openssl",
            "verify",
            "-x509_strict",
            "-CAfile",
            str(authority.authority),
            "-untrusted",
            str(path),
            *options,
            str(path),
        ]
        return subprocess.run(command, check=False, capture_output=True, timeout=10).returncode

    assert verify(sensor, "-purpose", "sslclient") == 0
    assert verify(sensor, "-purpose", "sslserver") != 0
    assert verify(server, "-purpose", "sslserver", "-verify_hostname", "khien.hue.gov.vn") == 0
    assert verify(server, "-purpose", "sslserver", "-verify_ip", "127.0.0.1") == 0
    assert verify(server, "-purpose", "sslserver", "-verify_hostname", "elsewhere.vn") != 0
    assert verify(server, "-purpose", "sslclient") != 0


def test_issuing_again_in_the_first_half_of_the_life_changes_no_file(authority: CertificateAuthority) -> None:
    first = authority.issue_sensor("gateway").certificate.read_bytes()
    again = CertificateAuthority(authority.folder, city="hue", clock=ManualClock(parse_utc("2026-11-13T01:00:00+00:00")))
    assert again.issue_sensor("gateway").certificate.read_bytes() == first


def test_issuing_after_the_half_of_the_life_gives_a_new_key(authority: CertificateAuthority, clock: ManualClock) -> None:
    first = authority.issue_sensor("gateway").read()
    clock.advance(seconds=3.6 * DAY_SECONDS)
    second = authority.issue_sensor("gateway").read()
    assert second.public_key() != first.public_key()
    assert second.serial_number != first.serial_number


def test_a_server_certificate_is_made_again_when_its_names_change(authority: CertificateAuthority) -> None:
    first = authority.issue_server("ingest").read()
    second = authority.issue_server("ingest", names=["192.0.2.1"]).read()
    assert second.serial_number != first.serial_number


def test_the_ca_works_without_its_root_key_until_the_intermediate_ends(authority: CertificateAuthority, clock: ManualClock) -> None:
    (authority.folder / "root" / "root.key").unlink()
    clock.advance(seconds=1.5 * 365 * DAY_SECONDS)
    assert CertificateAuthority(authority.folder, city="hue", clock=clock).issue_sensor("gateway").certificate.is_file()
    clock.advance(seconds=365 * DAY_SECONDS)
    with pytest.raises(KhienError) as caught:
        CertificateAuthority(authority.folder, city="hue", clock=clock)
    assert caught.value.code == "certificate.root_key_missing"


def test_no_certificate_outlives_the_one_that_signed_it(authority: CertificateAuthority, clock: ManualClock) -> None:
    (authority.folder / "root" / "root.key").unlink()
    clock.advance(seconds=(2 * 365 - 3) * DAY_SECONDS)
    certificate = authority.issue_sensor("gateway").read()
    assert certificate.not_valid_after_utc == dt.datetime(2028, 11, 9, 2, 0, tzinfo=dt.UTC)


def test_a_new_intermediate_makes_the_leaves_new(authority: CertificateAuthority, clock: ManualClock) -> None:
    clock.advance(seconds=100 * DAY_SECONDS)
    old = authority.issue_server("ingest", life=dt.timedelta(days=620)).read()
    clock.advance(seconds=270 * DAY_SECONDS)
    assert authority.issue_server("ingest").read().issuer == old.issuer
    renewed = CertificateAuthority(authority.folder, city="hue", clock=clock).issue_server("ingest").read()
    assert renewed.issuer != old.issuer


def test_a_revoked_certificate_is_on_the_list_at_once_and_its_holder_gets_a_new_one(authority: CertificateAuthority) -> None:
    watcher = authority.deny_list
    peer = authority.issue_sensor("gateway").peer()
    assert not watcher.contains(peer.serial)
    authority.revoke(peer.serial, reason="lost\nnotebook")
    assert watcher.contains(peer.serial)
    assert not watcher.contains(authority.issue_sensor("gateway").peer().serial)


@pytest.mark.parametrize("name", ["", "Gateway", "a-b", "../x", "a/b", "x" * 64, "ä"])
def test_a_name_outside_the_scheme_gets_no_certificate(authority: CertificateAuthority, name: str) -> None:
    with pytest.raises(KhienError) as caught:
        authority.issue_sensor(name)
    assert caught.value.code == "certificate.invalid_name"
    assert not (authority.folder / "issued").exists()


@pytest.mark.parametrize("host", ["", "*.hue.gov.vn", "a b", "-x.vn", "x" * 254])
def test_a_host_name_that_is_none_gets_no_certificate(authority: CertificateAuthority, host: str) -> None:
    with pytest.raises(KhienError) as caught:
        authority.issue_server("ingest", names=[host])
    assert caught.value.code == "certificate.invalid_name"


def test_the_folder_of_one_city_refuses_another(authority: CertificateAuthority) -> None:
    with pytest.raises(KhienError) as caught:
        CertificateAuthority(authority.folder, city="da-nang")
    assert caught.value.code == "certificate.other_city"
    assert caught.value.params["found"] == "hue"


def test_a_peer_is_read_from_the_uri_and_a_server_certificate_names_a_server(authority: CertificateAuthority) -> None:
    sensor = authority.issue_sensor("gateway")
    assert sensor.peer() == Peer(Kind.SENSOR, "hue", "gateway", f"{sensor.read().serial_number:x}")
    component = authority.issue_component("correlator")
    assert component.peer().kind is Kind.COMPONENT
    der = authority.issue_server("ingest").read().public_bytes(serialization.Encoding.DER)
    found = Peer.of_certificate(der)
    assert found is not None
    assert found.kind is Kind.SERVER


def test_a_root_names_no_peer(authority: CertificateAuthority) -> None:
    root = x509.load_pem_x509_certificate(authority.authority.read_bytes())
    assert Peer.of_certificate(root.public_bytes(serialization.Encoding.DER)) is None


def test_an_identity_is_loaded_from_its_folder_or_its_file(authority: CertificateAuthority) -> None:
    issued = authority.issue_sensor("gateway")
    assert Identity.load(issued.certificate.parent) == issued
    assert Identity.load(issued.certificate) == issued


def test_a_key_that_others_can_read_is_refused(authority: CertificateAuthority) -> None:
    issued = authority.issue_sensor("gateway")
    issued.certificate.chmod(0o640)
    with pytest.raises(KhienError) as caught:
        Identity.load(issued.certificate)
    assert caught.value.code == "certificate.exposed_key"


def test_a_missing_and_a_broken_certificate_are_told_apart(tmp_path: Path, authority: CertificateAuthority) -> None:
    with pytest.raises(KhienError) as missing:
        Identity.load(tmp_path / "nowhere")
    assert missing.value.code == "certificate.not_found"
    issued = authority.issue_sensor("gateway")
    issued.certificate.write_bytes(b"not a certificate")
    with pytest.raises(KhienError) as broken:
        Identity.load(issued.certificate)
    assert broken.value.code == "certificate.unreadable"


def test_an_expired_certificate_says_so_with_its_day(authority: CertificateAuthority, clock: ManualClock) -> None:
    issued = authority.issue_sensor("gateway")
    issued.check_valid(clock)
    clock.us += 7 * DAY_SECONDS * MICROSECONDS
    with pytest.raises(KhienError) as caught:
        issued.check_valid(clock)
    assert caught.value.code == "certificate.expired"
    assert dict(caught.value.params) == {"name": "gateway", "date": "2026-11-17"}


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(KhienError) as caught:
        CertificateAuthority(tmp_path / "file" / "ca", city="hue")
    assert (caught.value.code, caught.value.entry.exit_status) == ("certificate.not_writable", 7)


def test_a_full_disk_is_one_clear_error_and_leaves_no_half_of_a_certificate(
    authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_space)
        with pytest.raises(KhienError) as caught:
            authority.issue_sensor("gateway")
    assert caught.value.code == "certificate.not_writable"
    assert "No space left on device" in str(caught.value)
    assert authority.issue_sensor("gateway").peer().name == "gateway"
