"""Sigma's logsource, lowered to `event.dataset` values (events design, section 7).

Routing is a question of correctness: a keyword rule that meets foreign logs fires on them. A logsource without a row here is
reported by name, never guessed. The Windows rows come with the Windows reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HOST = ("host.auth", "host.account", "host.process", "host.file", "host.service", "host.syslog")
_MAIL = ("mail.transfer", "mail.auth")
_AUTHENTICATION = (
    "host.auth",
    "mail.auth",
    "db.audit",
    "network.ssh",
    "network.ftp",
    "network.smtp",
    "network.imap",
    "network.pop3",
    "network.rdp",
    "network.smb",
    "network.kerberos",
    "network.ntlm",
    "network.ldap",
    "windows.security",
)
_DATASET = re.compile(r"(?:network|host|web|mail|net|db|app|cloud|linux|windows|sensor)\.[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Logsource:
    """The three dimensions; None = not stated."""

    product: str | None
    category: str | None
    service: str | None

    def __str__(self) -> str:
        parts = [f"{name}: {value}" for name in ("product", "category", "service") if (value := getattr(self, name)) is not None]
        return ", ".join(parts)


_CATEGORIES: dict[str, tuple[str, ...]] = {
    "webserver": ("web.access", "network.http"),
    "proxy": ("web.proxy", "network.http"),
    "dns": ("network.dns", "net.dns_server"),
    "firewall": ("net.firewall",),
    "antivirus": ("windows.defender", "app.clamav"),
    "database": ("db.audit",),
    "authentication": _AUTHENTICATION,
}
_LINUX_CATEGORIES: dict[str, tuple[str, ...]] = {
    "process_creation": ("host.process",),
    "file_event": ("host.file",),
    "file_create": ("host.file",),
    "file_delete": ("host.file",),
    "file_change": ("host.file",),
    "file_access": ("host.file",),
}
_LINUX_SERVICES: dict[str, tuple[str, ...]] = {
    "auditd": ("linux.auditd",),
    "auth": ("host.auth", "host.account", "host.syslog"),
    "sshd": ("host.auth", "host.syslog"),
    "sudo": ("host.auth",),
    "pam": ("host.auth",),
    "cron": ("host.service", "host.syslog"),
    "syslog": (*_HOST, *_MAIL),
    "clamav": ("app.clamav",),
    "guacamole": ("host.auth", "app.guacamole"),
    "vsftpd": ("network.ftp", "app.vsftpd", "host.auth"),
    "modsecurity": ("web.error",),
    "postfix": _MAIL,
    "dovecot": ("mail.auth",),
}
_PRODUCTS: dict[str, tuple[str, ...]] = {
    "apache": ("web.error", "web.access"),
    "nginx": ("web.error", "web.access"),
    "postfix": _MAIL,
    "dovecot": ("mail.auth",),
}
#: A Zeek log's name → our dataset (events design, section 2).
_ZEEK: dict[str, tuple[str, ...]] = {
    "conn": ("network.flow",),
    "dns": ("network.dns",),
    "http": ("network.http",),
    "ssl": ("network.tls", "network.quic"),
    "x509": ("network.tls",),
    "ssh": ("network.ssh",),
    "smtp": ("network.smtp",),
    "ftp": ("network.ftp",),
    "smb_files": ("network.smb",),
    "smb_mapping": ("network.smb",),
    "dce_rpc": ("network.dcerpc",),
    "kerberos": ("network.kerberos",),
    "ntlm": ("network.ntlm",),
    "ldap": ("network.ldap",),
    "ldap_search": ("network.ldap",),
    "rdp": ("network.rdp",),
    "dhcp": ("network.dhcp",),
    "snmp": ("network.snmp",),
    "sip": ("network.sip",),
    "files": ("network.file",),
    "weird": ("network.anomaly",),
    "notice": ("network.alert",),
}


def datasets_of(logsource: Logsource) -> tuple[str, ...] | None:
    """The `event.dataset` values that a rule of this logsource may see; None when no row covers it."""
    match logsource.product:
        case "khien":
            return _own(logsource)
        case "zeek":
            return _ZEEK.get(logsource.service or "") if logsource.category is None else None
        case "linux":
            return _linux(logsource)
        case "windows" | "macos" | "kubernetes":
            return None
        case _:
            return _general(logsource)


def _own(logsource: Logsource) -> tuple[str, ...] | None:
    """Our own datasets, by their name; `category` is one of the general ones."""
    if logsource.service is not None:
        is_dataset = _DATASET.fullmatch(logsource.service) is not None and logsource.category is None
        return (logsource.service,) if is_dataset else None
    return _CATEGORIES.get(logsource.category or "")


def _linux(logsource: Logsource) -> tuple[str, ...] | None:
    if logsource.category is not None:
        return _LINUX_CATEGORIES.get(logsource.category) if logsource.service is None else None
    return _HOST if logsource.service is None else _LINUX_SERVICES.get(logsource.service)


def _general(logsource: Logsource) -> tuple[str, ...] | None:
    if logsource.category is not None:
        # A category speaks for every product that feeds it: `webserver` with product `apache` sees what other web servers log.
        return _CATEGORIES.get(logsource.category)
    return _PRODUCTS.get(logsource.product or logsource.service or "")
