"""Sigma's logsource, lowered to routes (events design, section 7; docs/concepts/contracts.md, section 4).

Routing is a question of correctness: a keyword rule that meets foreign logs fires on them. A logsource that no events of ours
belong to gets no route: its rules compile, are counted and listed, and never match. A logsource of our own that does not exist is
a mistake, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from correlator import ir
from correlator.compiler import windows

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
    "process_termination": ("host.process",),
    "file_event": ("host.file",),
    "file_create": ("host.file",),
    "file_delete": ("host.file",),
    "file_change": ("host.file",),
    "file_access": ("host.file",),
    # Sysmon for Linux, event 3: no reader of ours writes it yet, and a flow seen on the wire does not know its process.
    "network_connection": ("host.network",),
}
#: What of a dataset's events a category means, by `event.type`.
_LINUX_TYPES: Mapping[str, tuple[str, ...]] = {
    "process_creation": ("start",),
    "process_termination": ("end",),
    "file_event": ("creation", "change"),
    "file_create": ("creation",),
    "file_delete": ("deletion",),
    "file_change": ("change",),
    "file_access": ("access",),
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
    "socks": ("network.socks",),
    "sip": ("network.sip",),
    "files": ("network.file",),
    "weird": ("network.anomaly",),
    "notice": ("network.alert",),
}


#: Products whose logs come from somebody's cloud; every other product is an appliance or an application.
_CLOUDS = frozenset(
    {"aws", "azure", "bitbucket", "gcp", "github", "google_workspace", "kubernetes", "m365", "okta", "onelogin", "salesforce"}
)
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a logsource's events are: routes, and what they must say besides. Without a route nothing of ours belongs to it."""

    routes: tuple[str, ...] = ()
    condition: ir.Node | None = None


@cache
def source_of(logsource: Logsource) -> Source | None:
    """The source of a logsource; None for one of our own that does not exist."""
    match logsource.product:
        case "khien":
            routes = _own(logsource)
            return None if routes is None else Source(routes)
        case "zeek":
            return Source(_zeek(logsource))
        case "linux":
            return _linux(logsource)
        case "windows":
            routes = windows.routes_of(logsource.category, logsource.service)
            return Source(routes, windows.CONDITIONS.get(logsource.category or ""))
        case "macos":
            return Source()
        case _:
            return Source(_general(logsource))


def object_of(product: str) -> str:
    """The object that the fields of a cloud service, an appliance or an application stand under."""
    return _SLUG.sub("_", product.lower()).strip("_")


def _own(logsource: Logsource) -> tuple[str, ...] | None:
    """Our own datasets, by their name; `category` is one of the general ones."""
    if logsource.service is not None:
        is_dataset = _DATASET.fullmatch(logsource.service) is not None and logsource.category is None
        return (logsource.service,) if is_dataset else None
    return _CATEGORIES.get(logsource.category or "")


def _zeek(logsource: Logsource) -> tuple[str, ...]:
    if logsource.category is not None:
        return _CATEGORIES.get(logsource.category, ())
    return ("network.*",) if logsource.service is None else _ZEEK.get(logsource.service, ())


def _linux(logsource: Logsource) -> Source:
    category, service = logsource.category, logsource.service
    if category is not None:
        types = _LINUX_TYPES.get(category, ())
        leaves = tuple(ir.Text("event.type", (name,)) for name in types)
        condition = leaves[0] if len(leaves) == 1 else ir.Or(leaves) if leaves else None
        return Source(_LINUX_CATEGORIES.get(category, ()) if service is None else (), condition)
    if service is None:
        return Source(_HOST)
    return Source(_LINUX_SERVICES.get(service) or (f"app.{object_of(service)}",))


def _general(logsource: Logsource) -> tuple[str, ...]:
    product, category, service = logsource.product, logsource.category, logsource.service
    if category in _CATEGORIES:
        # A category speaks for every product that feeds it: `webserver` with product `apache` sees what other web servers log.
        return _CATEGORIES[category]
    named = _PRODUCTS.get(product or service or "")
    if named is not None and category is None:
        return named
    if product is None:
        both = (*windows.routes_of(category, None), *_LINUX_CATEGORIES.get(category or "", ())) if category is not None else ()
        return both if service is None else ()
    return _by_product(product, service)


def _by_product(product: str, service: str | None) -> tuple[str, ...]:
    """`cloud.azure`, and `cloud.azure_signinlogs` when the source's settings know the service too."""
    own = object_of(product)
    if not own:
        return ()
    dataset = f"{'cloud' if own in _CLOUDS else 'app'}.{own}"
    if service is None:
        return (dataset,)
    part = object_of(service)
    part = part.removeprefix(own).strip("_") or part
    return (dataset, f"{dataset}_{part}")
