//! The event of a TLS handshake.

use super::tls::Tls;
use super::tls_names::{alert_name, cipher_name, group_name};
use super::x509::Certificate;
use super::{Context, Direction};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Names of hosts and people.
const MAX_NAME: usize = 1_024;

/// Writes what is known of a connection.
pub fn write(context: &mut Context<'_>, tls: &Tls, start_us: Option<u64>) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Tls, "tls-handshake", moment.time_us, moment.packet);
    event.success = Some(tls.is_established);
    event.start_us = start_us;
    event.duration_us = start_us.map(|start_us| moment.time_us.saturating_sub(start_us));
    event.protocol = Some("tls");
    let client = tls.client.as_ref();
    let certificate = tls.certificate(Direction::FromDestination);
    let ja3 = client
        .map(super::tls_hello::ClientHello::ja3)
        .unwrap_or_default();
    let ja3s = tls
        .server
        .as_ref()
        .map(super::tls_hello::ServerHello::ja3s)
        .unwrap_or_default();
    let hosts = [client.map_or(&b""[..], |client| &client.server_name)];
    let (sha1, sha256) =
        certificate.map_or((&b""[..], &b""[..]), |known| (&known.sha1, &known.sha256));
    let hashes: [&[u8]; 4] = [&ja3, &ja3s, sha1, sha256];
    event.related = Related {
        hosts: &hosts,
        hashes: &hashes,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| write_tls(line, tls, &ja3, &ja3s),
        |line| write_own(line, tls),
    );
}

fn write_tls(line: &mut Line<'_>, tls: &Tls, ja3: &[u8], ja3s: &[u8]) {
    let mark = line.open("tls");
    if let Some(server) = &tls.server {
        let (protocol, version) = version_name(server.agreed_version());
        line.word("version", version);
        line.word("version_protocol", protocol);
        line.raw("cipher", |out| cipher_name(out, server.cipher));
        if let Some(group) = server.group.or(tls.group) {
            line.raw("curve", |out| group_name(out, group));
        }
        line.text_within("next_protocol", &server.protocol, 255);
    }
    line.flag("established", tls.is_established);
    line.flag("resumed", tls.is_resumed());
    let client = line.open("client");
    if let Some(hello) = &tls.client {
        line.text_within("server_name", &hello.server_name, MAX_NAME);
        line.plain("ja3", ja3);
        line.plain("ja4", &hello.ja4());
    }
    if let Some(certificate) = tls.certificate(Direction::FromSource) {
        write_certificate(line, certificate);
    }
    line.close(client);
    let server = line.open("server");
    if tls.server.is_some() {
        line.plain("ja3s", ja3s);
    }
    if let Some(certificate) = tls.certificate(Direction::FromDestination) {
        write_certificate(line, certificate);
    }
    line.close(server);
    line.close(mark);
}

fn write_certificate(line: &mut Line<'_>, certificate: &Certificate) {
    line.text_within("subject", &certificate.subject, 4_096);
    line.text_within("issuer", &certificate.issuer, 4_096);
    line.text_within("not_before", &certificate.not_before, 64);
    line.text_within("not_after", &certificate.not_after, 64);
    let mark = line.open("hash");
    line.plain("sha1", &certificate.sha1);
    line.plain("sha256", &certificate.sha256);
    line.close(mark);
    let mark = line.open("x509");
    line.text_within("serial_number", &certificate.serial, 128);
    let list = line.open_list("alternative_names");
    for name in &certificate.names {
        if !line.has_room() {
            break;
        }
        line.item_text(name, MAX_NAME);
    }
    line.close_list(list);
    line.close(mark);
}

fn write_own(line: &mut Line<'_>, tls: &Tls) {
    let mark = line.open("tls");
    if let Some(client) = &tls.client {
        let list = line.open_list("client_alpns");
        for protocol in &client.protocols {
            line.item_text(protocol, 255);
        }
        line.close_list(list);
        if client.has_encrypted_hello {
            line.flag("ech", true);
        }
    }
    if let Some(alert) = tls.alert {
        line.raw("alert", |out| alert_name(out, alert));
    }
    line.close(mark);
}

/// `tls.version_protocol` and `tls.version`.
fn version_name(version: u16) -> (&'static str, &'static str) {
    match version {
        0x0300 => ("ssl", "3.0"),
        0x0301 => ("tls", "1.0"),
        0x0302 => ("tls", "1.1"),
        0x0303 => ("tls", "1.2"),
        0x0304 | 0x7f00..=0x7fff => ("tls", "1.3"),
        _ => ("tls", "unknown"),
    }
}
