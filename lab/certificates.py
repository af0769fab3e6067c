"""The lab's certificate authority: made anew for each recording, so that no key is ever kept."""

from dataclasses import dataclass
from pathlib import Path

from lab.command import run

_CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Authority:
    """The city's own certificate authority; `folder` is scratch and ends with the recording."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Authority":
        """Makes the authority's key and self-signed certificate in an empty folder."""
        folder.mkdir(parents=True)
        subject = "/C=VN/O=Thanh pho Ben Sen (lab)/CN=Ben Sen lab CA"
        _self_sign(subject, days=30, key=folder / "ca.key", certificate=folder / "ca.pem")
        return cls(folder)

    @property
    def certificate(self) -> str:
        """The authority's certificate, which every ordinary client trusts."""
        return (self.folder / "ca.pem").read_text(encoding="ascii")

    def issue(self, name: str, *, organisation: str) -> KeyPair:
        """A server certificate for one DNS name, signed by the authority."""
        key, request, certificate = (self.folder / f"{name}.{part}" for part in ("key", "csr", "pem"))
        subject = ("-subj", f"/C=VN/O={organisation}/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
        _openssl("req", "-new", *_CURVE, *subject, "-keyout", key, "-out", request)
        signer = ("-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key")
        _openssl("x509", "-req", "-in", request, "-days", "30", "-copy_extensions", "copy", *signer, "-out", certificate)
        return KeyPair(certificate.read_text(encoding="ascii"), key.read_text(encoding="ascii"))

    def self_signed(self, name: str) -> KeyPair:
        """A certificate that nobody vouches for, as a quickly built command server shows it."""
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        _self_sign(f"/CN={name}", days=365, key=key, certificate=certificate)
        return KeyPair(certificate.read_text(encoding="ascii"), key.read_text(encoding="ascii"))


def _self_sign(subject: str, *, days: int, key: Path, certificate: Path) -> None:
    _openssl("req", "-x509", *_CURVE, "-days", str(days), "-subj", subject, "-keyout", key, "-out", certificate)


def _openssl(*words: str | Path) -> None:
    run(["openssl", *map(str, words)])
