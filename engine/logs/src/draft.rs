//! An event while it is made, and its line in the frame (docs/concepts/contracts.md, section 1), keys in schema order.

use std::borrow::Cow;
use std::net::IpAddr;

mod writer;

use writer::Writer;

pub(crate) use writer::escape_into;

/// Longest line, newline included.
const MAX_LINE: usize = 65_536;

/// Texts borrowed from the line where possible.
pub type Text<'a> = Cow<'a, str>;

/// Where the time comes from (`khien.time`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeSource {
    /// Date and zone stand in the line.
    Log,
    /// The year does not.
    YearInferred,
    /// The zone does not.
    ZoneConfigured,
}

/// One end of a connection.
#[derive(Debug, Clone, Default)]
pub struct Endpoint<'a> {
    /// An address as it is written in RFC 5952, IPv4 when mapped.
    pub ip: Option<IpAddr>,
    /// What was written when it is no address.
    pub address: Option<Text<'a>>,
    /// A name beside the address.
    pub domain: Option<Text<'a>>,
    /// Its port.
    pub port: Option<u16>,
}

impl<'a> Endpoint<'a> {
    /// From an address or a name.
    #[must_use]
    pub fn new(host: &'a str, port: Option<u16>) -> Self {
        let ip = parse_address(host);
        let address = (ip.is_none() && !host.is_empty()).then_some(Cow::Borrowed(host));
        Self {
            ip,
            address,
            domain: None,
            port,
        }
    }
}

/// Reads an address; a mapped one is the IPv4 one.
#[must_use]
pub fn parse_address(text: &str) -> Option<IpAddr> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V6(address) => Some(
            address
                .to_ipv4_mapped()
                .map_or(IpAddr::V6(address), IpAddr::V4),
        ),
        address @ IpAddr::V4(_) => Some(address),
    }
}

/// Syslog's own header fields.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "ECS's names")]
pub struct SyslogHeader<'a> {
    pub priority: Option<u8>,
    pub version: Option<&'a str>,
    pub hostname: Option<&'a str>,
    pub appname: Option<&'a str>,
    pub procid: Option<&'a str>,
    pub msgid: Option<&'a str>,
    pub structured: Structured<'a>,
}

/// Structured data of RFC 5424.
#[derive(Debug, Clone, Default)]
pub struct Structured<'a> {
    /// Elements with their parameters, each name once.
    pub elements: Vec<(&'a str, Vec<(&'a str, String)>)>,
    /// Whether some were left out.
    pub is_cut: bool,
}

/// Everything an event may hold; absent members are not written.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "ECS's names")]
pub struct Draft<'a> {
    pub time_us: i64,
    pub time_source: TimeSource,
    pub category: &'static [&'static str],
    pub kind_types: &'static [&'static str],
    pub dataset: &'static str,
    pub module: &'static str,
    pub action: Option<&'static str>,
    pub outcome: Option<&'static str>,
    pub reason: Option<Text<'a>>,
    pub code: Option<Text<'a>>,
    pub original: &'a str,
    pub message: Option<Text<'a>>,
    pub level: Option<Text<'a>>,
    pub syslog: SyslogHeader<'a>,
    pub hostname: Option<Text<'a>>,
    pub source: Endpoint<'a>,
    pub destination: Endpoint<'a>,
    pub protocol: Option<&'static str>,
    pub http_version: Option<Text<'a>>,
    pub http_method: Option<Text<'a>>,
    pub http_referrer: Option<Text<'a>>,
    pub http_status: Option<u16>,
    pub http_bytes: Option<u64>,
    pub url_original: Option<Text<'a>>,
    pub url_domain: Option<Text<'a>>,
    pub url_path: Option<Text<'a>>,
    pub url_query: Option<Text<'a>>,
    pub url_extension: Option<Text<'a>>,
    pub user_agent: Option<Text<'a>>,
    pub user: Option<Text<'a>>,
    pub effective_user: Option<Text<'a>>,
    pub process_name: Option<Text<'a>>,
    pub process_pid: Option<u32>,
    pub command_line: Option<Text<'a>>,
    pub working_directory: Option<Text<'a>>,
    pub tty: Option<Text<'a>>,
    pub mail_from: Option<Text<'a>>,
    pub mail_to: Option<Text<'a>>,
    pub mail_message_id: Option<Text<'a>>,
    pub mail_queue_id: Option<Text<'a>>,
    pub auth_method: Option<Text<'a>>,
}

impl<'a> Draft<'a> {
    /// A plain log line at a time.
    #[must_use]
    pub fn new(original: &'a str, time_us: i64, time_source: TimeSource) -> Self {
        Self {
            time_us,
            time_source,
            category: &["host"],
            kind_types: &["info"],
            dataset: "host.syslog",
            module: "syslog",
            action: None,
            outcome: None,
            reason: None,
            code: None,
            original,
            message: None,
            level: None,
            syslog: SyslogHeader::default(),
            hostname: None,
            source: Endpoint::default(),
            destination: Endpoint::default(),
            protocol: None,
            http_version: None,
            http_method: None,
            http_referrer: None,
            http_status: None,
            http_bytes: None,
            url_original: None,
            url_domain: None,
            url_path: None,
            url_query: None,
            url_extension: None,
            user_agent: None,
            user: None,
            effective_user: None,
            process_name: None,
            process_pid: None,
            command_line: None,
            working_directory: None,
            tty: None,
            mail_from: None,
            mail_to: None,
            mail_message_id: None,
            mail_queue_id: None,
            auth_method: None,
        }
    }

    /// Appends the event's line; `source` names the input.
    pub fn write(&self, out: &mut String, source: &str) {
        let start = out.len();
        Writer::new(out, false).event(self, source);
        if out.len() - start > MAX_LINE {
            out.truncate(start);
            Writer::new(out, true).event(self, source);
        }
    }
}
