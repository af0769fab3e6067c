"""Which of Arkime's session fields are which of ours, by family. What stands in neither column the other engine lacks."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _same(value: str) -> str:
    return value


def _hex(value: str) -> str:
    return value.replace(":", "").lstrip("0")


def _when(value: str) -> str:
    """Milliseconds there, RFC 3339 here: both as seconds."""
    if value.lstrip("-").isdecimal():
        return str(int(value) // 1000)
    return str(int(datetime.fromisoformat(value).astimezone(UTC).timestamp() // 1))


def _version(value: str) -> str:
    """`TLSv1.3-draft-18` there, `1.3` here."""
    number = value.upper().replace("TLSV", "").replace("SSLV", "").partition("-")[0]
    return number if "." in number else f"{number}.0"


def _address(value: str) -> str:
    """Addresses only: the same places in our events hold names too."""
    try:
        return ipaddress.ip_address(value).compressed
    except ValueError:
        return ""


def _host(value: str) -> str:
    """A name in its ASCII form, without a port."""
    name = re.sub(r":\d+$", "", value)
    return name if name.isascii() else name.encode("idna").decode()


@dataclass(frozen=True, slots=True)
class Field:
    """One of theirs, the places in our events that hold the same, and how both are brought to one spelling."""

    theirs: str
    ours: tuple[str, ...]
    turn: Callable[[str], str] = _same
    #: A place of ours that may lack its last member, and their word for that.
    unnamed: tuple[str, str] | None = None


def _common_name(value: str) -> str:
    """The common name of a distinguished name; a bare one is itself."""
    if "=" not in value:
        return value
    return next((part[3:] for part in value.split(", ") if part.startswith("CN=")), "")


def _certificate(member: str) -> tuple[str, ...]:
    """Where both ends' own certificates have a member, and those of their chains."""
    own = tuple(f"tls.{end}.{member}" for end in ("server", "client"))
    return own + tuple(f"khien.tls.{end}.chain.{member.rpartition('.')[2]}" for end in ("server", "client"))


FIELDS: dict[str, tuple[Field, ...]] = {
    "dns": (
        Field("dns.queryHost", ("dns.question.name",), _host),
        Field("dns.qt", ("dns.question.type",)),
        Field("dns.qc", ("dns.question.class",)),
        Field("dns.opcode", ("dns.op_code",)),
        Field("dns.status", ("dns.response_code",)),
        Field("dns.answers.ip", ("dns.resolved_ip", "khien.dns.additionals.data"), _address),
    ),
    "http": (
        Field("http.method", ("http.request.method",)),
        Field("http.host", ("url.domain", "tls.client.server_name"), _host),
        Field("http.path", ("url.path",)),
        Field("http.statuscode", ("http.response.status_code", "khien.http.info_code")),
        Field("http.useragent", ("user_agent.original",)),
        Field("http.request-referer", ("http.request.referrer",)),
        Field("http.response-location", ("khien.http.location",)),
        Field("http.clientVersion", ("http.version",)),
        Field("http.bodyMagic", ("file.mime_type",)),
        Field("http.md5", ("file.hash.md5",)),
        Field("http.sha256", ("file.hash.sha256",)),
        Field("http.user", ("url.username",)),
    ),
    "tls": (
        Field("tls.version", ("tls.version",), _version),
        Field("tls.cipher", ("tls.cipher",)),
        Field("tls.ja3", ("tls.client.ja3",)),
        Field("tls.ja3s", ("tls.server.ja3s",)),
        Field("tls.ja4", ("tls.client.ja4",)),
    ),
    "cert": (
        Field("cert.serial", _certificate("x509.serial_number"), _hex),
        Field("cert.hash", _certificate("hash.sha1"), _hex),
        Field("cert.notBefore", _certificate("not_before"), _when),
        Field("cert.notAfter", _certificate("not_after"), _when),
        Field("cert.subjectCN", _certificate("subject"), _common_name),
        Field("cert.issuerCN", _certificate("issuer"), _common_name),
        Field("cert.alt", _certificate("x509.alternative_names")),
    ),
    "email": (
        Field("email.src", ("email.from.address", "smtp.mail_from"), lambda value: value.strip("<>")),
        Field("email.dst", ("email.to.address", "email.cc.address", "smtp.rcpt_to"), lambda value: value.strip("<>")),
        Field("email.subject", ("email.subject",), str.strip),
        Field("email.id", ("email.message_id",)),
        Field("email.filename", ("email.attachments.file.name",)),
        Field("email.useragent", ("email.x_mailer", "user_agent.original")),
        Field("email.smtpHello", ("smtp.helo",)),
    ),
    "smb": (
        Field("smb.filename", ("file.path",)),
        Field("smb.share", ("smb.share",)),
        Field("smb.user", ("user.name",)),
        Field("smb.domain", ("user.domain", "smb.request.domain")),
        Field("smb.host", ("ntlm.host",)),
        Field("smb.os", ("smb.request.native_os",)),
    ),
    "krb5": (
        Field("krb5.cname", ("krb5.cname",)),
        Field("krb5.realm", ("krb5.realm",)),
        Field("krb5.sname", ("krb5.sname",)),
        Field("krb5.error", ("krb5.error_code",)),
    ),
    "ldap": (Field("ldap.bindname", ("ldap.request.bind_request.name",), unnamed=("ldap.request.bind_request.name", "<ROOT>")),),
}
