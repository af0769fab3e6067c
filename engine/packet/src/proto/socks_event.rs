//! The event of a connection through a SOCKS proxy: asked by whom, for where, and the answer.

use super::Context;
use super::socks::Socks;
use super::socks_address::{Address, Host};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;
use crate::emit::output::append_address;

/// Longest user and host, as the formats allow.
const MAX_NAME: usize = 512;

/// Answers of version 5 (RFC 1928, section 6), from 0.
const REPLIES: [&str; 9] = [
    "succeeded",
    "general SOCKS server failure",
    "connection not allowed by ruleset",
    "network unreachable",
    "host unreachable",
    "connection refused",
    "TTL expired",
    "command not supported",
    "address type not supported",
];
/// Answers of version 4, from 0x5a.
const REPLIES_4: [&str; 4] = [
    "succeeded",
    "rejected or failed",
    "no identification at the client",
    "another identification at the client",
];

/// Writes what is known of a connection.
pub fn write(context: &mut Context<'_>, socks: &Socks) {
    let moment = context.moment;
    let shows_secrets = context.shared.settings.capture_secrets;
    let mut event = Event::new(
        Dataset::Socks,
        "socks-request",
        moment.time_us,
        moment.packet,
    );
    event.categories = &["session"];
    event.types = &["start"];
    event.success = socks.is_success();
    event.start_us = socks.start_us;
    event.duration_us = socks
        .start_us
        .map(|start_us| moment.received_us.saturating_sub(start_us));
    event.protocol = Some("socks");
    let ends = [&socks.target, &socks.bound].map(Option::as_ref);
    let addresses: Vec<_> = ends
        .iter()
        .flatten()
        .filter_map(|end| match end.host {
            Host::Address(family, address) if address != [0; 16] => Some((family, address)),
            _ => None,
        })
        .collect();
    let hosts = ends.map(|end| end.and_then(Address::name).unwrap_or_default());
    let users = [&*socks.user];
    event.related = Related {
        addresses: &addresses,
        hosts: &hosts,
        users: &users,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            if !socks.user.is_empty() {
                let mark = line.open("user");
                line.text_within("name", &socks.user, MAX_NAME);
                line.close(mark);
            }
            write_socks(line, socks, shows_secrets);
        },
        |_| {},
    );
}

fn write_socks(line: &mut Line<'_>, socks: &Socks, shows_secrets: bool) {
    let mark = line.open("socks");
    line.number("version", u64::from(socks.version));
    if let Some(method) = socks.method {
        line.word("method", method_name(method));
    }
    if let Some(password) = &socks.password {
        let told = if shows_secrets { password } else { &b"***"[..] };
        line.text_within("password", told, MAX_NAME);
    }
    if let Some(command) = socks.command {
        let name = match command {
            1 => "connect",
            2 => "bind",
            3 => "udp-associate",
            _ => "unknown",
        };
        line.word("command", name);
    }
    write_end(line, "request", socks.target.as_ref());
    if let Some(status) = socks.login {
        line.flag("logged_in", status == 0);
    }
    if let Some(reply) = socks.reply {
        let known = if socks.version == 4 {
            REPLIES_4.get(usize::from(reply.wrapping_sub(0x5a)))
        } else {
            REPLIES.get(usize::from(reply))
        };
        line.word("reply", known.copied().unwrap_or("unknown"));
    }
    write_end(line, "bound", socks.bound.as_ref());
    line.close(mark);
}

fn write_end(line: &mut Line<'_>, key: &'static str, end: Option<&Address>) {
    let Some(end) = end else {
        return;
    };
    let mark = line.open(key);
    match &end.host {
        Host::Address(family, address) => {
            line.raw("host", |out| append_address(out, *family, address));
        }
        Host::Name(name) => line.text_within("host", name, MAX_NAME),
    }
    line.number("port", u64::from(end.port));
    line.close(mark);
}

/// Ways to log in (IANA, SOCKS methods).
fn method_name(method: u8) -> &'static str {
    match method {
        0 => "none",
        1 => "gssapi",
        2 => "password",
        3 => "chap",
        5 => "challenge-response",
        6 => "tls",
        7 => "nds",
        8 => "multi-authentication",
        9 => "json-parameters",
        0x80..=0xfe => "private",
        0xff => "refused",
        _ => "unassigned",
    }
}
