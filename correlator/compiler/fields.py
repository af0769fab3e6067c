"""Sigma's field names, mapped to ours by pySigma processing pipelines (events design, sections 3 and 7).

Rules of our own (`product: khien`) use the ECS names of the events directly. A name that no table knows and that is not a
dotted one is kept verbatim and reported as unmapped.
"""

from __future__ import annotations

from collections.abc import Mapping

from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldFunctionTransformation, FieldMappingTransformation

Names = Mapping[str, str | list[str]]

#: List 2 of the events design; `cs-uri-query` is the whole URL because 170 of its 368 values in SigmaHQ name a path.
WEB: Names = {
    "cs-method": "http.request.method",
    "cs-uri-query": "url.original",
    "cs-uri-stem": "url.path",
    "cs-uri": "url.original",
    "c-uri": ["url.full", "url.original"],
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
ANTIVIRUS: Names = {"Signature": "rule.name", "Filename": "file.path", "ComputerName": "host.hostname", "User": "user.name"}
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


def pipeline() -> ProcessingPipeline:
    """Our mappings as one pySigma pipeline; a site's own pipelines go before it."""
    items = [
        *(_mapped(WEB, category=category) for category in ("webserver", "proxy")),
        _mapped(DNS, category="dns"),
        _mapped(FIREWALL, category="firewall"),
        _mapped(ANTIVIRUS, category="antivirus"),
        *(_mapped({**_ZEEK_ADDRESSES, **names}, product="zeek", service=log) for log, names in ZEEK.items()),
        *(_mapped(LINUX_LOG, product="linux", service=service) for service in ("auth", "sshd", "sudo", "syslog", "cron", "pam")),
        *(
            _mapped(LINUX_PROCESS, product="linux", category=category)
            for category in ("process_creation", "file_event", "file_create", "file_delete", "file_change", "file_access")
        ),
        _auditd(),
    ]
    return ProcessingPipeline(name="khien", priority=50, items=items)


def _mapped(names: Names, **logsource: str) -> ProcessingItem:
    mapping: dict[str | None, str | list[str]] = dict(names.items())
    return ProcessingItem(FieldMappingTransformation(mapping), rule_conditions=[LogsourceCondition(**logsource)])


def _auditd() -> ProcessingItem:
    """`type` is the record's type, every other key is the record's own (events design, section 6)."""
    return ProcessingItem(
        FieldFunctionTransformation({"type": "auditd.type"}, transform_func=lambda name: f"auditd.data.{name}"),
        rule_conditions=[LogsourceCondition(product="linux", service="auditd")],
    )
