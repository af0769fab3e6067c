//! The events of a QUIC connection: its handshake as soon as it is through, the whole when it ends.

use super::Context;
use super::quic::Quic;
use super::tls_event::{Prints, hashes, hosts, write_own, write_tls};
use super::tls_hello::{ALPN, ClientHello, SERVER_NAME};
use super::tls_names::extension_name;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Extensions that are listed.
const MAX_EXTENSIONS: usize = 64;
/// Names of hosts and programs.
const MAX_NAME: usize = 1_024;
/// Tags in full.
const MAX_TAGS: usize = 1_024;

/// Writes what the hellos tell.
pub fn write_handshake(context: &mut Context<'_>, quic: &Quic) {
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Quic,
        "quic-handshake",
        moment.time_us,
        moment.packet,
    );
    event.success = quic
        .handshake
        .is_established
        .filter(|_| quic.google.is_none());
    event.start_us = quic.start_us;
    event.protocol = Some("quic");
    let prints = Prints::of(&quic.handshake);
    let hosts = quic
        .google
        .as_ref()
        .map_or_else(|| hosts(&quic.handshake), |hello| [&hello.server_name]);
    let hashes = hashes(&quic.handshake, &prints);
    event.related = Related {
        hosts: &hosts,
        hashes: &hashes,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            if let Some(google) = &quic.google {
                let agent = line.open("user_agent");
                line.text_within("original", &google.user_agent, MAX_NAME);
                line.close(agent);
                let (tls, client) = (line.open("tls"), line.open("client"));
                line.text_within("server_name", &google.server_name, MAX_NAME);
                line.close(client);
                line.close(tls);
            } else {
                write_tls(line, &quic.handshake, &prints);
            }
            write_quic(line, quic, true);
        },
        |line| {
            if quic.google.is_none() {
                write_own(line, &quic.handshake, &prints, "");
            }
            write_hellos(line, quic);
        },
    );
}

/// Writes the whole connection.
pub fn write_connection(context: &mut Context<'_>, quic: &Quic) {
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Quic,
        "quic-connection",
        moment.time_us,
        moment.packet,
    );
    event.start_us = quic.start_us;
    event.duration_us = quic
        .start_us
        .map(|start_us| moment.received_us.saturating_sub(start_us));
    event.protocol = Some("quic");
    let client = quic.handshake.client.as_ref();
    let google = quic.google.as_ref();
    let name = client.map_or_else(
        || google.map_or(&b""[..], |hello| &hello.server_name),
        |hello| &hello.server_name,
    );
    let hosts = [name];
    event.related.hosts = &hosts;
    context.emit(
        &event,
        |line| {
            let (tls, inner) = (line.open("tls"), line.open("client"));
            line.text_within("server_name", name, MAX_NAME);
            line.close(inner);
            line.close(tls);
            write_quic(line, quic, false);
        },
        |line| {
            let mark = line.open("tls");
            let list = line.open_list("client_alpns");
            for protocol in client.iter().flat_map(|hello| &hello.protocols) {
                line.item_text(protocol, 255);
            }
            line.close_list(list);
            line.close(mark);
        },
    );
}

fn write_quic(line: &mut Line<'_>, quic: &Quic, has_hellos: bool) {
    let mark = line.open("quic");
    if let Some(version) = quic.version {
        line.word("version", &version.name());
    }
    for (name, id) in [
        ("client_initial_dcid", &quic.destination),
        ("client_scid", &quic.client_id),
        ("server_scid", &quic.server_id),
    ] {
        if !id.is_empty() {
            line.hex(name, id);
        }
    }
    line.text_within("history", &quic.history, 100);
    if has_hellos {
        if let Some(google) = &quic.google {
            let list = line.open_list("cyu");
            let item = line.open_item();
            line.plain("hash", &google.cyu_hash);
            line.text_within("string", &google.cyu, MAX_TAGS);
            line.close(item);
            line.close_list(list);
        }
        let client = quic.handshake.client.as_ref();
        write_extensions(
            line,
            "extensions",
            client.map(|hello| &*hello.extensions),
            client,
        );
        let server = quic.handshake.server.as_ref();
        write_extensions(
            line,
            "server_extensions",
            server.map(|hello| &*hello.extensions),
            None,
        );
    } else {
        line.number("short_packets", quic.short_packets());
    }
    line.close(mark);
}

fn write_extensions(
    line: &mut Line<'_>,
    key: &'static str,
    extensions: Option<&[u16]>,
    hello: Option<&ClientHello>,
) {
    let list = line.open_list(key);
    let extensions = extensions.unwrap_or_default();
    for kind in extensions.iter().take(MAX_EXTENSIONS) {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.word("name", extension_name(*kind));
        line.number("type", u64::from(*kind));
        let values = line.open_list("values");
        match (kind, hello) {
            (&SERVER_NAME, Some(hello)) => line.item_text(&hello.server_name, MAX_NAME),
            (&ALPN, Some(hello)) => hello
                .protocols
                .iter()
                .for_each(|name| line.item_text(name, 255)),
            _ => {}
        }
        line.close_list(values);
        line.close(item);
    }
    if extensions.len() > MAX_EXTENSIONS {
        line.note_truncated("");
    }
    line.close_list(list);
}

/// `khien.quic.hellos`: in which packet each was complete.
fn write_hellos(line: &mut Line<'_>, quic: &Quic) {
    let mark = line.open("quic");
    let list = line.open_list("hellos");
    for hello in &quic.hellos {
        let item = line.open_item();
        line.number("packet", hello.packet);
        line.flag("client", hello.is_client);
        line.close(item);
    }
    line.close_list(list);
    line.close(mark);
}
