"""Sigma's field names and ours (events design, sections 3 and 7): one table for the compiler and for sigma-cli's pipeline.

Rules of our own (`product: khien`) use the ECS names of the events directly. A name that may stand in several fields stands in
each of them: its values are those of all. A name that no table knows and that is not a dotted one is kept verbatim and reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from correlator.compiler import windows
from correlator.compiler.logsource import Logsource, object_of
from correlator.compiler.windows import Names

#: List 2 of the events design; `cs-uri-query` is the whole URL because 170 of its 368 values in SigmaHQ name a path.
WEB: Names = {
    "cs-method": "http.request.method",
    "cs-uri-query": "url.original",
    "cs-uri-stem": "url.path",
    "cs-uri": "url.original",
    "c-uri": ("url.full", "url.original"),
    "c-uri-query": "url.query",
    "c-uri-stem": "url.path",
    "c-uri-extension": "url.extension",
    "cs-host": "url.domain",
    "r-dns": "url.domain",
    "c-useragent": "user_agent.original",
    "cs-user-agent": "user_agent.original",
    "cs-referer": "http.request.referrer",
    "cs-referrer": "http.request.referrer",
    "sc-status": "http.response.status_code",
    "cs-username": "user.name",
    "cs-cookie": "khien.http.cookie",
    "cs-content-type": "http.request.mime_type",
    "sc-bytes": "http.response.bytes",
    "cs-bytes": "http.request.bytes",
    "c-ip": "source.ip",
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
}
DNS: Names = {
    "query": "dns.question.name",
    "QueryName": "dns.question.name",
    "record_type": "dns.question.type",
    "answer": "dns.answers.data",
    "parent_domain": "dns.question.registered_domain",
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
}
FIREWALL: Names = {
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
    "src_port": "source.port",
    "dst_port": "destination.port",
    "action": "event.action",
    "protocol": "network.transport",
    "username": "user.name",
}
ANTIVIRUS: Names = {
    # Defender's own names, which lose their spaces, beside what other scanners say.
    "Signature": ("rule.name", "winlog.event_data.ThreatName"),
    "Filename": ("file.path", "winlog.event_data.Path"),
    "ComputerName": "host.hostname",
    "User": ("user.name", "winlog.event_data.DetectionUser"),
}
#: Only what differs between ECS and Sigma's generic names for Linux hosts (list 1 of the events design).
LINUX_PROCESS: Names = {
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "CurrentDirectory": "process.working_directory",
    "TargetFilename": "file.path",
    "ProcessId": "process.pid",
    "User": "user.name",
    "LogonId": "user.audit.id",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationHostname": "destination.domain",
}
LINUX_LOG: Names = {"USER": "user.effective.name", "user": "user.name", "program": "process.name", "pid": "process.pid"}
_ZEEK_ADDRESSES: Names = {
    "id.orig_h": "source.ip",
    "id.orig_p": "source.port",
    "id.resp_h": "destination.ip",
    "id.resp_p": "destination.port",
    "proto": "network.transport",
    "community_id": "network.community_id",
}
#: The Zeek column of section 3 of the events design, for the logs that SigmaHQ has rules for.
ZEEK: Mapping[str, Names] = {
    "conn": {"service": "network.protocol", "conn_state": "khien.flow.conn_state", "history": "khien.flow.history"},
    "dns": {
        "query": "dns.question.name",
        "qtype_name": "dns.question.type",
        "answers": "dns.answers.data",
        "rcode_name": "dns.response_code",
        "Z": "khien.dns.z",
        "rejected": "khien.dns.rejected",
    },
    "http": {
        "host": "url.domain",
        "uri": "url.original",
        "method": "http.request.method",
        "user_agent": "user_agent.original",
        "c-useragent": "user_agent.original",
        "c-uri": "url.original",
        "cs-method": "http.request.method",
        "referrer": "http.request.referrer",
        "status_code": "http.response.status_code",
        "sc-status": "http.response.status_code",
        "resp_mime_types": "khien.http.resp_mime_types",
        "username": "url.username",
        "client_header_names": "khien.http.request_headers.name",
        "request_body_len": "http.request.body.bytes",
        "response_body_len": "http.response.body.bytes",
    },
    "ssl": {
        "server_name": "tls.client.server_name",
        "version": "tls.version",
        "cipher": "tls.cipher",
        "validation_status": "khien.tls.validation",
        "ja3": "tls.client.ja3",
    },
    "x509": {"certificate.serial": "tls.server.x509.serial_number", "san.dns": "tls.server.x509.alternative_names"},
    "ssh": {"client": "ssh.client.software_version", "server": "ssh.server.software_version", "auth_attempts": "ssh.auth_attempts"},
    "smtp": {"mailfrom": "smtp.mail_from", "rcptto": "smtp.rcpt_to", "helo": "smtp.helo", "subject": "email.subject"},
    "smb_files": {"path": "smb.share", "name": "file.path", "size": "file.size", "action": "smb.action"},
    "smb_mapping": {"path": "smb.share"},
    "dce_rpc": {"endpoint": "dcerpc.endpoint", "operation": "dcerpc.operation", "named_pipe": "dcerpc.named_pipe"},
    "kerberos": {
        "client": "user.name",
        "service": "service.name",
        "request_type": "krb5.request_type",
        "cipher": "krb5.ticket_encryption",
        "error_msg": "krb5.error_code",
    },
    "rdp": {"cookie": "rdp.cookie", "security_protocol": "rdp.security_protocol", "result": "rdp.result"},
    "files": {"filename": "file.name", "mime_type": "file.mime_type", "md5": "file.hash.md5", "sha256": "file.hash.sha256"},
}


_URLS = frozenset({"url.original", "url.full", "url.path", "url.query"})
_LINUX_LOGS = frozenset({"auth", "sshd", "sudo", "syslog", "cron", "pam"})
#: Our names at the top level of an event.
_TOP_LEVEL = frozenset({"message", "@timestamp", "tags"})


@dataclass(frozen=True, slots=True)
class Fields:
    """The field names of one logsource. `prefix` is for names that the table does not have; None: they stay as they are."""

    names: Names
    prefix: str | None = None
    #: Whether a dotted name is one of ours already.
    keeps_dotted: bool = True
    #: Fields of ours that say in words what rules say in numbers.
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[str, ...]:
        """Where the values of a rule's field are, in our events."""
        found = self.names.get(name)
        if found is not None:
            return (found,) if isinstance(found, str) else found
        if self.prefix is None or (self.keeps_dotted and "." in name) or name.startswith(self.prefix):
            return (name,)
        # Windows writes some names with spaces; in our events they have none.
        return (self.prefix + (name.replace(" ", "") if self.prefix == windows.EVENT_DATA else name),)

    def is_known(self, field: str) -> bool:
        """Whether a mapped name is one that our events can have."""
        return "." in field or field in _TOP_LEVEL


def is_url(field: str) -> bool:
    """Whether its values are compared as seen and percent-decoded (events design, section 7)."""
    return field in _URLS


@cache
def fields_of(logsource: Logsource) -> Fields:  # noqa: PLR0911 - one line a kind of source
    """The names of a logsource."""
    product, category, service = logsource.product, logsource.category, logsource.service
    match product:
        case "khien":
            return Fields({})
        case "windows":
            return Fields(windows.names_of(category), prefix=windows.EVENT_DATA, words=windows.WORDS)
        case "linux" if service == "auditd":
            return Fields({"type": "auditd.type"}, prefix="auditd.data.", keeps_dotted=False)
        case "linux":
            return Fields(LINUX_PROCESS if category is not None else LINUX_LOG if service in _LINUX_LOGS else {})
        case "zeek" if service is not None:
            return Fields({**_ZEEK_ADDRESSES, **ZEEK.get(service, {})})
        case "macos":
            return Fields(windows.names_of(category))
        case _ if category in _BY_CATEGORY:
            return Fields(_BY_CATEGORY[category])
        case None if category is not None:
            return Fields({**LINUX_PROCESS, **windows.names_of(category)})
        case None | "apache" | "nginx" | "postfix" | "dovecot":
            return Fields({})
        case _:
            # The pipeline of `ecs_kubernetes` names the audit log's own object.
            own = "kubernetes.audit" if product == "kubernetes" else object_of(product)
            return Fields({}, prefix=f"{own}.", keeps_dotted=False)


_BY_CATEGORY: Mapping[str | None, Names] = {
    "webserver": WEB,
    "proxy": WEB,
    "dns": DNS,
    "firewall": FIREWALL,
    "antivirus": ANTIVIRUS,
    "database": {},
}
