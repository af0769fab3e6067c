//! The event of a Remote Desktop connection.

use super::Context;
use super::rdp::Rdp;
use super::rdp_data::{Client, Server};
use super::tls_event::{write_leaf, write_rest};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Names of machines and people.
const MAX_NAME: usize = 512;

/// Protocols of a negotiation (MS-RDPBCGR, section 2.2.1.1.1), by bit.
const PROTOCOLS: [(u32, &str); 5] = [
    (1, "SSL"),
    (2, "HYBRID"),
    (4, "RDSTLS"),
    (8, "HYBRID_EX"),
    (16, "RDSAAD"),
];

/// Writes what is known of a connection.
pub fn write(context: &mut Context<'_>, rdp: &Rdp, start_us: Option<u64>) {
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Rdp,
        "rdp-connection",
        moment.time_us,
        moment.packet,
    );
    event.categories = &["session"];
    event.types = &["start"];
    event.success = match (rdp.failure, rdp.result) {
        (Some(_), _) => Some(false),
        (None, Some(result)) => Some(result == 0),
        // Under TLS the rest cannot be seen.
        (None, None) => None,
    };
    event.start_us = start_us;
    event.duration_us = start_us.map(|start_us| moment.received_us.saturating_sub(start_us));
    event.protocol = Some("rdp");
    let name = rdp.client.as_ref().map_or("", |client| &client.name);
    let leaf = rdp
        .server
        .as_ref()
        .and_then(|server| server.chain.certificates.first());
    let hosts = [name.as_bytes()];
    let users = [&*rdp.cookie];
    let hashes: [&[u8]; 2] = leaf.map_or([b"", b""], |leaf| [&leaf.sha1, &leaf.sha256]);
    event.related = Related {
        hosts: &hosts,
        users: &users,
        hashes: &hashes,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            if let Some(server) = &rdp.server {
                let (tls, end) = (line.open("tls"), line.open("server"));
                write_leaf(line, &server.chain);
                line.close(end);
                line.close(tls);
            }
            write_rdp(line, rdp);
        },
        |line| {
            if let Some(server) = &rdp.server {
                let (tls, end) = (line.open("tls"), line.open("server"));
                write_rest(line, &server.chain);
                line.close(end);
                line.close(tls);
            }
        },
    );
}

fn write_rdp(line: &mut Line<'_>, rdp: &Rdp) {
    let mark = line.open("rdp");
    line.text_within("cookie", &rdp.cookie, MAX_NAME);
    if let Some(requested) = rdp.requested {
        let list = line.open_list("requested_protocols");
        for (bit, name) in PROTOCOLS {
            if requested & bit != 0 {
                line.item_word(name);
            }
        }
        line.close_list(list);
    }
    if let Some(selected) = rdp.selected {
        let known = PROTOCOLS.iter().find(|(bit, _)| *bit == selected);
        line.word(
            "security_protocol",
            match (selected, known) {
                (0, _) => "RDP",
                (_, Some((_, name))) => name,
                _ => "unknown",
            },
        );
    }
    if let Some(failure) = rdp.failure {
        line.word("failure", failure_name(failure));
    }
    if let Some(result) = rdp.result {
        line.word("result", result_name(result));
    }
    if let Some(client) = &rdp.client {
        write_client(line, client);
    }
    if let Some(server) = &rdp.server {
        write_server(line, server);
    }
    line.close(mark);
}

fn write_client(line: &mut Line<'_>, client: &Client) {
    let mark = line.open("client");
    line.word("version", version_name(client.version));
    line.text_within("client_name", client.name.as_bytes(), MAX_NAME);
    line.number("build", u64::from(client.build));
    let [width, height] = client.desktop;
    line.number("desktop_width", u64::from(width));
    line.number("desktop_height", u64::from(height));
    if let Some(depth) = client.color_depth {
        line.number("color_depth", u64::from(depth));
    }
    line.word(
        "keyboard_layout",
        &format!("0x{:08x}", client.keyboard_layout),
    );
    let [kind, _, keys] = client.keyboard;
    line.number("keyboard_type", u64::from(kind));
    line.number("function_keys", u64::from(keys));
    line.text_within("ime", client.input_method.as_bytes(), MAX_NAME);
    line.text_within("id", client.product_id.as_bytes(), MAX_NAME);
    line.close(mark);
    let list = line.open_list("channels");
    for channel in &client.channels {
        line.item_text(channel, 64);
    }
    if client.has_more_channels {
        line.note_truncated("");
    }
    line.close_list(list);
}

fn write_server(line: &mut Line<'_>, server: &Server) {
    line.word(
        "encryption_method",
        match server.method {
            0 => "none",
            1 => "40bit",
            2 => "128bit",
            8 => "56bit",
            16 => "FIPS",
            _ => "unknown",
        },
    );
    line.word(
        "encryption_level",
        match server.level {
            0 => "none",
            1 => "low",
            2 => "client compatible",
            3 => "high",
            4 => "FIPS",
            _ => "unknown",
        },
    );
    if let Some(kind) = server.certificate_kind {
        line.word("cert_type", if kind == 2 { "X.509" } else { "RSA" });
        line.number(
            "cert_count",
            crate::bytes::count(server.chain.certificates.len()),
        );
        line.flag("cert_permanent", server.is_permanent);
    }
}

/// Section 2.2.1.2.2.
fn failure_name(code: u32) -> &'static str {
    match code {
        1 => "SSL_REQUIRED_BY_SERVER",
        2 => "SSL_NOT_ALLOWED_BY_SERVER",
        3 => "SSL_CERT_NOT_ON_SERVER",
        4 => "INCONSISTENT_FLAGS",
        5 => "HYBRID_REQUIRED_BY_SERVER",
        6 => "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
        _ => "unknown",
    }
}

/// T.125, `Result`.
fn result_name(result: u8) -> &'static str {
    match result {
        0 => "success",
        1 => "domain_merging",
        2 => "domain_not_hierarchical",
        3 => "no_such_channel",
        4 => "no_such_domain",
        5 => "no_such_user",
        6 => "not_admitted",
        7 => "other_user_id",
        8 => "parameters_unacceptable",
        9 => "token_not_available",
        10 => "token_not_possessed",
        11 => "too_many_channels",
        12 => "too_many_tokens",
        13 => "too_many_users",
        14 => "unspecified_failure",
        15 => "user_rejected",
        _ => "unknown",
    }
}

/// Section 2.2.1.3.2.
fn version_name(version: u32) -> &'static str {
    match version {
        0x0008_0001 => "4.0",
        0x0008_0004 => "5.0 to 8.1",
        0x0008_0005 => "10.0",
        0x0008_0006 => "10.1",
        0x0008_0007 => "10.2",
        0x0008_0008 => "10.3",
        0x0008_0009 => "10.4",
        0x0008_000a => "10.5",
        0x0008_000b => "10.6",
        0x0008_000c => "10.7",
        0x0008_000d => "10.8",
        0x0008_000e => "10.9",
        0x0008_000f => "10.10",
        0x0008_0010 => "10.11",
        0x0008_0011 => "10.12",
        _ => "unknown",
    }
}
