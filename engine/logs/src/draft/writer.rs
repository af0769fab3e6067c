//! The line of a draft: keys in schema order, long values cut and named in `khien.truncated`.

use std::fmt::Write as _;

use super::{Draft, Endpoint, SyslogHeader, TimeSource};
use crate::time::write_utc;

/// How much of the raw line is kept.
const MAX_ORIGINAL: usize = 16_384;
/// Longest message.
const MAX_MESSAGE: usize = 8_192;
/// Longest other value.
const MAX_VALUE: usize = 4_096;
/// All limits, when the line is still too long: escapes can make six bytes of one.
const MAX_CRAMPED: usize = 1_024;

/// Writes members, opening and closing objects as dotted names need them.
pub(super) struct Writer<'o> {
    out: &'o mut String,
    is_cramped: bool,
    cut: Vec<&'static str>,
    /// Whether the innermost object has a member yet.
    needs_comma: bool,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut String, is_cramped: bool) -> Self {
        Self {
            out,
            is_cramped,
            cut: Vec::new(),
            needs_comma: false,
        }
    }

    pub(super) fn event(&mut self, draft: &Draft<'_>, source: &str) {
        self.out.push_str("{\"@timestamp\":\"");
        write_utc(self.out, draft.time_us);
        self.out.push_str("\",\"event\":{\"kind\":\"event\"");
        self.needs_comma = true;
        self.words("category", draft.category);
        self.words("type", draft.kind_types);
        self.word("dataset", draft.dataset);
        self.word("module", draft.module);
        if let Some(action) = draft.action {
            self.word("action", action);
        }
        if let Some(outcome) = draft.outcome {
            self.word("outcome", outcome);
        }
        self.text("reason", "event.reason", draft.reason.as_deref());
        self.text("code", "event.code", draft.code.as_deref());
        self.text_up_to(
            MAX_ORIGINAL,
            "original",
            "event.original",
            Some(draft.original),
        );
        self.out.push_str("},\"ecs\":{\"version\":\"8.17.0\"}");
        self.needs_comma = true;
        self.text_up_to(MAX_MESSAGE, "message", "message", draft.message.as_deref());
        self.log(draft, source);
        self.object("host", |writer| {
            writer.text("hostname", "host.hostname", draft.hostname.as_deref());
        });
        self.endpoint("source", &draft.source);
        self.endpoint("destination", &draft.destination);
        self.object("network", |writer| {
            if let Some(protocol) = draft.protocol {
                writer.word("protocol", protocol);
            }
        });
        self.web(draft);
        self.object("user", |writer| {
            writer.text("name", "user.name", draft.user.as_deref());
            writer.object("effective", |writer| {
                writer.text(
                    "name",
                    "user.effective.name",
                    draft.effective_user.as_deref(),
                );
            });
        });
        self.object("process", |writer| {
            writer.text("name", "process.name", draft.process_name.as_deref());
            writer.number("pid", draft.process_pid.map(u64::from));
            writer.text(
                "command_line",
                "process.command_line",
                draft.command_line.as_deref(),
            );
            writer.text(
                "working_directory",
                "process.working_directory",
                draft.working_directory.as_deref(),
            );
            writer.object("tty", |writer| {
                writer.text("name", "process.tty.name", draft.tty.as_deref());
            });
        });
        self.mail(draft);
        self.related(draft);
        self.khien(draft, source);
        self.out.push_str("}\n");
    }

    fn log(&mut self, draft: &Draft<'_>, source: &str) {
        self.object("log", |writer| {
            if source.starts_with('/') {
                writer.object("file", |writer| {
                    writer.text("path", "log.file.path", Some(source));
                });
            }
            writer.text("level", "log.level", draft.level.as_deref());
            writer.object("syslog", |writer| writer.syslog(&draft.syslog));
        });
    }

    fn syslog(&mut self, header: &SyslogHeader<'_>) {
        if let Some(priority) = header.priority {
            self.object("facility", |writer| {
                writer.number("code", Some(u64::from(priority / 8)));
                if let Some(name) = FACILITIES.get(usize::from(priority / 8)) {
                    writer.word("name", name);
                }
            });
            self.object("severity", |writer| {
                writer.number("code", Some(u64::from(priority % 8)));
                if let Some(name) = SEVERITIES.get(usize::from(priority % 8)) {
                    writer.word("name", name);
                }
            });
            self.number("priority", Some(u64::from(priority)));
        }
        self.text("hostname", "log.syslog.hostname", header.hostname);
        self.text("appname", "log.syslog.appname", header.appname);
        self.text("procid", "log.syslog.procid", header.procid);
        self.text("msgid", "log.syslog.msgid", header.msgid);
        self.text("version", "log.syslog.version", header.version);
        if header.structured.is_cut {
            self.cut.push("log.syslog.structured_data");
        }
        self.object("structured_data", |writer| {
            for (id, parameters) in &header.structured.elements {
                writer.object(id, |writer| {
                    for (name, value) in parameters {
                        writer.key(name);
                        writer.quoted("log.syslog.structured_data", value, MAX_CRAMPED);
                    }
                });
            }
        });
    }

    fn endpoint(&mut self, name: &str, endpoint: &Endpoint<'_>) {
        self.object(name, |writer| {
            if let Some(ip) = endpoint.ip {
                writer.key("ip");
                let _ = write!(writer.out, "\"{ip}\"");
            }
            writer.number("port", endpoint.port.map(u64::from));
            let is_source = name == "source";
            let domain = if is_source {
                "source.domain"
            } else {
                "destination.domain"
            };
            writer.text("domain", domain, endpoint.domain.as_deref());
            let address = if is_source {
                "source.address"
            } else {
                "destination.address"
            };
            writer.text("address", address, endpoint.address.as_deref());
        });
    }

    fn web(&mut self, draft: &Draft<'_>) {
        self.object("http", |writer| {
            writer.text("version", "http.version", draft.http_version.as_deref());
            writer.object("request", |writer| {
                writer.text(
                    "method",
                    "http.request.method",
                    draft.http_method.as_deref(),
                );
                writer.text(
                    "referrer",
                    "http.request.referrer",
                    draft.http_referrer.as_deref(),
                );
            });
            writer.object("response", |writer| {
                writer.number("status_code", draft.http_status.map(u64::from));
                writer.object("body", |writer| writer.number("bytes", draft.http_bytes));
            });
        });
        self.object("url", |writer| {
            writer.text("original", "url.original", draft.url_original.as_deref());
            writer.text("domain", "url.domain", draft.url_domain.as_deref());
            writer.text("path", "url.path", draft.url_path.as_deref());
            writer.text("query", "url.query", draft.url_query.as_deref());
            writer.text("extension", "url.extension", draft.url_extension.as_deref());
        });
        self.object("user_agent", |writer| {
            writer.text(
                "original",
                "user_agent.original",
                draft.user_agent.as_deref(),
            );
        });
    }

    fn mail(&mut self, draft: &Draft<'_>) {
        self.object("email", |writer| {
            writer.object("from", |writer| {
                writer.list(
                    "address",
                    "email.from.address",
                    &[draft.mail_from.as_deref()],
                );
            });
            writer.object("to", |writer| {
                writer.list("address", "email.to.address", &[draft.mail_to.as_deref()]);
            });
            writer.text(
                "message_id",
                "email.message_id",
                draft.mail_message_id.as_deref(),
            );
            writer.text("local_id", "email.local_id", draft.mail_queue_id.as_deref());
        });
    }

    fn related(&mut self, draft: &Draft<'_>) {
        self.object("related", |writer| {
            let source = draft.source.ip.map(|ip| ip.to_string());
            let destination = draft.destination.ip.map(|ip| ip.to_string());
            writer.list(
                "ip",
                "related.ip",
                &[source.as_deref(), destination.as_deref()],
            );
            writer.list(
                "user",
                "related.user",
                &[draft.user.as_deref(), draft.effective_user.as_deref()],
            );
            writer.list("hosts", "related.hosts", &[draft.hostname.as_deref()]);
        });
    }

    fn khien(&mut self, draft: &Draft<'_>, source: &str) {
        self.key("khien");
        self.out.push_str("{\"schema\":1");
        self.needs_comma = true;
        self.text("source", "khien.source", Some(source));
        let time = match draft.time_source {
            TimeSource::Log => "log",
            TimeSource::YearInferred => "year-inferred",
            TimeSource::ZoneConfigured => "zone-configured",
        };
        self.word("time", time);
        self.object("auth", |writer| {
            writer.text("method", "khien.auth.method", draft.auth_method.as_deref());
        });
        let mut cut = std::mem::take(&mut self.cut);
        cut.sort_unstable();
        cut.dedup();
        if !cut.is_empty() {
            self.words("truncated", &cut);
        }
        self.out.push('}');
    }

    fn key(&mut self, name: &str) {
        if self.needs_comma {
            self.out.push(',');
        }
        self.needs_comma = true;
        self.out.push('"');
        escape_into(self.out, name);
        self.out.push_str("\":");
    }

    /// An object; one without members is not written.
    fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        let (before, had_comma) = (self.out.len(), self.needs_comma);
        self.key(name);
        self.out.push('{');
        self.needs_comma = false;
        let inside = self.out.len();
        write(self);
        if self.out.len() == inside {
            self.out.truncate(before);
            self.needs_comma = had_comma;
        } else {
            self.out.push('}');
            self.needs_comma = true;
        }
    }

    fn word(&mut self, name: &str, word: &str) {
        self.key(name);
        self.out.push('"');
        self.out.push_str(word);
        self.out.push('"');
    }

    fn words(&mut self, name: &str, words: &[&str]) {
        self.key(name);
        for (index, word) in words.iter().enumerate() {
            self.out.push_str(if index == 0 { "[\"" } else { ",\"" });
            self.out.push_str(word);
            self.out.push('"');
        }
        self.out.push(']');
    }

    fn number(&mut self, name: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.key(name);
            let _ = write!(self.out, "{number}");
        }
    }

    fn text(&mut self, name: &str, path: &'static str, text: Option<&str>) {
        self.text_up_to(MAX_VALUE, name, path, text);
    }

    fn text_up_to(&mut self, limit: usize, name: &str, path: &'static str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| is_said(text)) {
            self.key(name);
            self.quoted(path, text, limit);
        }
    }

    /// A list of the distinct texts that are there.
    fn list(&mut self, name: &str, path: &'static str, texts: &[Option<&str>]) {
        let mut written: Vec<&str> = Vec::new();
        for text in texts.iter().flatten().filter(|text| is_said(text)) {
            if written.contains(text) {
                continue;
            }
            if written.is_empty() {
                self.key(name);
                self.out.push('[');
            } else {
                self.out.push(',');
            }
            self.quoted(path, text, MAX_VALUE);
            written.push(text);
        }
        if !written.is_empty() {
            self.out.push(']');
        }
    }

    fn quoted(&mut self, path: &'static str, text: &str, limit: usize) {
        let limit = if self.is_cramped {
            limit.min(MAX_CRAMPED)
        } else {
            limit
        };
        let kept = floor_boundary(text, limit);
        if kept.len() < text.len() {
            self.cut.push(path);
        }
        self.out.push('"');
        escape_into(self.out, kept);
        self.out.push('"');
    }
}

/// Absent means unknown: an empty text and `-` say nothing.
fn is_said(text: &str) -> bool {
    !text.is_empty() && text != "-"
}

fn floor_boundary(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// JSON's escapes, and no more.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = tail.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\t') => out.push_str("\\t"),
            Some('\r') => out.push_str("\\r"),
            Some(control) => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// RFC 5424, table 1, by their usual keywords.
const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];
/// RFC 5424, table 2.
const SEVERITIES: [&str; 8] = [
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
];
