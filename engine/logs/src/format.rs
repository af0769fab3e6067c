//! The formats of lines, by their names.

/// A log format of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 3164, RFC 5424, rsyslog's files; then by program.
    Syslog,
    /// The combined access log.
    NginxAccess,
    /// The error log.
    NginxError,
    /// Events of Windows, one JSON object a line.
    WindowsJson,
    /// The audit log of Linux.
    Auditd,
    /// Squid's native access log.
    Squid,
    /// `FortiGate`'s `key=value` lines.
    Fortigate,
    /// Apache's error log.
    ApacheError,
    /// Asterisk's own files.
    Asterisk,
    /// BIND's own files.
    Bind,
    /// Logs of Exchange that name their columns, with commas.
    Exchange,
    /// `HAProxy`'s HTTP log without a header.
    Haproxy,
    /// Lines of Huawei's firewalls without a header of syslog.
    Huawei,
    /// Logs of IIS that name their columns, with spaces (W3C).
    Iis,
    /// SQL Server's `ERRORLOG`.
    Mssql,
    /// The error log of `MySQL` and `MariaDB`.
    Mysql,
    /// Lines of Palo Alto Networks' firewalls without a header of syslog.
    PaloAlto,
    /// `PostgreSQL`'s server log.
    Postgresql,
    /// vsftpd's own file.
    Vsftpd,
    /// Events of Windows, one XML element a line.
    WindowsXml,
    /// Zimbra's mailbox and audit logs.
    Zimbra,
}

/// Names and formats; the order is that of trying.
pub(crate) const FORMATS: [(&str, Format); 21] = [
    ("apache_error", Format::ApacheError),
    ("asterisk", Format::Asterisk),
    ("auditd", Format::Auditd),
    ("bind", Format::Bind),
    ("exchange", Format::Exchange),
    ("fortigate", Format::Fortigate),
    ("haproxy", Format::Haproxy),
    ("huawei", Format::Huawei),
    ("iis", Format::Iis),
    ("mssql", Format::Mssql),
    ("mysql", Format::Mysql),
    ("nginx_access", Format::NginxAccess),
    ("nginx_error", Format::NginxError),
    ("palo_alto", Format::PaloAlto),
    ("postgresql", Format::Postgresql),
    ("squid", Format::Squid),
    ("vsftpd", Format::Vsftpd),
    ("windows_json", Format::WindowsJson),
    ("windows_xml", Format::WindowsXml),
    ("zimbra", Format::Zimbra),
    ("syslog", Format::Syslog),
];

/// The names of all formats.
#[must_use]
pub fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|(name, _)| *name).collect()
}
