//! The event of a log-in by NTLM, whatever protocol carries it.

use super::Context;
use super::ntlm::{Exchange, Version};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Longest name written.
const MAX_NAME: usize = 256;

/// Writes what an exchange told; `is_success` is what the transport says became of it. Nothing seen writes nothing.
pub fn write(context: &mut Context<'_>, exchange: &Exchange, is_success: Option<bool>) {
    if exchange.is_empty() {
        return;
    }
    let moment = context.moment;
    let mut event = Event::new(Dataset::Ntlm, "ntlm-login", moment.time_us, moment.packet);
    event.categories = &["authentication"];
    event.types = &["start"];
    event.success = is_success;
    event.start_us = exchange.start_us;
    event.duration_us = exchange
        .start_us
        .map(|start_us| moment.received_us.saturating_sub(start_us));
    let user = exchange
        .authenticate
        .as_ref()
        .map_or(&b""[..], |message| &message.user);
    let host = exchange
        .authenticate
        .as_ref()
        .map_or(&b""[..], |message| &message.host);
    let (server, server_dns) = exchange
        .challenge
        .as_ref()
        .map_or((&b""[..], &b""[..]), |one| {
            (&one.netbios_computer[..], &one.dns_computer[..])
        });
    let users = [user];
    let hosts = [host, server, server_dns];
    event.related = Related {
        users: &users,
        hosts: &hosts,
        ..Related::default()
    };
    context.emit(&event, |line| write_body(line, exchange), |_| {});
}

fn write_body(line: &mut Line<'_>, exchange: &Exchange) {
    write_user(line, exchange);
    let mark = line.open("ntlm");
    if let Some(message) = &exchange.authenticate {
        line.text_within("host", &message.host, MAX_NAME);
        line.word("method", message.method);
        write_version(line, message.version);
    }
    if let Some(challenge) = &exchange.challenge {
        let mark = line.open("server");
        line.text_within("netbios", &challenge.netbios_computer, MAX_NAME);
        line.text_within("netbios_domain", &challenge.netbios_domain, MAX_NAME);
        line.text_within("dns", &challenge.dns_computer, MAX_NAME);
        line.text_within("dns_domain", &challenge.dns_domain, MAX_NAME);
        line.text_within("tree", &challenge.dns_tree, MAX_NAME);
        line.text_within("target", &challenge.target, MAX_NAME);
        write_version(line, challenge.version);
        line.close(mark);
    }
    line.close(mark);
}

/// `user.name` and `user.domain`, for the event of the carrier too.
pub fn write_user(line: &mut Line<'_>, exchange: &Exchange) {
    if let Some(message) = &exchange.authenticate {
        let mark = line.open("user");
        line.text_within("domain", &message.domain, MAX_NAME);
        line.text_within("name", &message.user, MAX_NAME);
        line.close(mark);
    }
}

/// `version`: as `10.0 build 19041 rev 15`.
pub fn write_version(line: &mut Line<'_>, version: Option<Version>) {
    if let Some(version) = version {
        let text = format!(
            "{}.{} build {} rev {}",
            version.major, version.minor, version.build, version.revision
        );
        line.word("version", &text);
    }
}
