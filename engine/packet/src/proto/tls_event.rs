//! The event of a TLS or DTLS handshake, and the parts of it that QUIC's shares.

use super::Context;
use super::tls_fingerprint::{Carrier, ja3, ja3s, ja4};
use super::tls_handshake::{Chain, Handshake};
use super::tls_names::{alert_name, cipher_name, group_name};
use super::x509::{Certificate, Key};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Names of hosts and people.
const MAX_NAME: usize = 1_024;
/// Subjects and issuers.
const MAX_DISTINGUISHED: usize = 4_096;
/// Fingerprints in full.
const MAX_PRINT: usize = 4_096;

/// Fingerprints of both hellos, made once.
#[derive(Default)]
pub struct Prints {
    ja3: (String, Vec<u8>),
    ja3s: (String, Vec<u8>),
    ja4: Vec<u8>,
}

impl Prints {
    /// Makes what there are hellos for.
    pub fn of(handshake: &Handshake) -> Self {
        let mut prints = Self::default();
        // SSL 2's format says too little for any of them.
        if let Some(client) = handshake.client.as_ref().filter(|hello| !hello.is_ssl2) {
            prints.ja3 = ja3(client);
            prints.ja4 = ja4(client, handshake.carrier);
        }
        if let Some(server) = handshake.server.as_ref().filter(|hello| !hello.is_ssl2) {
            prints.ja3s = ja3s(server);
        }
        prints
    }
}

/// Writes what is known of a connection.
pub fn write(context: &mut Context<'_>, handshake: &Handshake, start_us: Option<u64>) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Tls, "tls-handshake", moment.time_us, moment.packet);
    event.success = handshake.is_established;
    event.start_us = start_us;
    event.duration_us = start_us.map(|start_us| moment.received_us.saturating_sub(start_us));
    event.protocol = Some(match handshake.carrier {
        Carrier::Datagram => "dtls",
        _ => "tls",
    });
    let prints = Prints::of(handshake);
    let from = context.flow.from_protocol.map_or("", |from| from.name());
    let (hosts, hashes) = (hosts(handshake), hashes(handshake, &prints));
    event.related = Related {
        hosts: &hosts,
        hashes: &hashes,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| write_tls(line, handshake, &prints),
        |line| write_own(line, handshake, &prints, from),
    );
}

/// Names for `related.hosts`.
pub fn hosts(handshake: &Handshake) -> [&[u8]; 1] {
    let client = handshake.client.as_ref();
    [client.map_or(&b""[..], |client| &client.server_name)]
}

/// Digests for `related.hash`.
pub fn hashes<'a>(handshake: &'a Handshake, prints: &'a Prints) -> [&'a [u8]; 6] {
    let digests = |is_client| {
        let leaf = handshake.chain(is_client).certificates.first();
        leaf.map_or((&b""[..], &b""[..]), |leaf| (&leaf.sha1, &leaf.sha256))
    };
    let ((server1, server2), (client1, client2)) = (digests(false), digests(true));
    [
        &prints.ja3.1,
        &prints.ja3s.1,
        server1,
        server2,
        client1,
        client2,
    ]
}

/// The object `tls`.
pub fn write_tls(line: &mut Line<'_>, handshake: &Handshake, prints: &Prints) {
    let mark = line.open("tls");
    if let Some(server) = &handshake.server {
        let (protocol, version) = version_name(server.agreed_version());
        line.word("version", version);
        line.word("version_protocol", protocol);
        if !server.is_ssl2 {
            line.raw("cipher", |out| cipher_name(out, server.cipher));
        }
        if let Some(group) = server.group.or(handshake.group) {
            line.raw("curve", |out| group_name(out, group));
        }
        line.text_within("next_protocol", &server.protocol, 255);
    }
    if let Some(is_established) = handshake.is_established {
        line.flag("established", is_established);
    }
    line.flag("resumed", handshake.is_resumed());
    let client = line.open("client");
    if let Some(hello) = &handshake.client {
        line.text_within("server_name", &hello.server_name, MAX_NAME);
        line.text_within("ja3", &prints.ja3.1, 32);
        line.text_within("ja4", &prints.ja4, 64);
    }
    write_leaf(line, handshake.chain(true));
    line.close(client);
    let server = line.open("server");
    line.text_within("ja3s", &prints.ja3s.1, 32);
    write_leaf(line, handshake.chain(false));
    line.close(server);
    line.close(mark);
}

/// The first certificate of an end, in the schema's members.
pub fn write_leaf(line: &mut Line<'_>, chain: &Chain) {
    let Some(certificate) = chain.certificates.first() else {
        return;
    };
    line.text_within("subject", &certificate.subject, MAX_DISTINGUISHED);
    line.text_within("issuer", &certificate.issuer, MAX_DISTINGUISHED);
    line.text_within("not_before", &certificate.not_before, 64);
    line.text_within("not_after", &certificate.not_after, 64);
    let mark = line.open("hash");
    line.plain("sha1", &certificate.sha1);
    line.plain("sha256", &certificate.sha256);
    line.close(mark);
    let mark = line.open("x509");
    line.text_within("serial_number", &certificate.serial, 128);
    if certificate.version > 0 {
        line.number_text("version_number", certificate.version);
    }
    line.text_within("signature_algorithm", &certificate.signature_algorithm, 128);
    write_key(line, &certificate.key);
    write_names(line, certificate);
    line.close(mark);
}

fn write_key(line: &mut Line<'_>, key: &Key) {
    line.text_within("public_key_algorithm", &key.algorithm, 128);
    if key.bits > 0 {
        line.number("public_key_size", key.bits);
    }
    if let Some(exponent) = key.exponent {
        line.number("public_key_exponent", exponent);
    }
    line.text_within("public_key_curve", &key.curve, 128);
}

fn write_names(line: &mut Line<'_>, certificate: &Certificate) {
    let list = line.open_list("alternative_names");
    for name in &certificate.names {
        if !line.has_room() {
            break;
        }
        line.item_text(name, MAX_NAME);
    }
    if certificate.has_more_names {
        line.note_truncated("");
    }
    line.close_list(list);
}

/// The object `khien.tls`; `from` is the protocol that went over to TLS.
pub fn write_own(line: &mut Line<'_>, handshake: &Handshake, prints: &Prints, from: &str) {
    let mark = line.open("tls");
    line.word("from_proto", from);
    if let Some(server) = &handshake.server {
        line.number("version_code", u64::from(server.agreed_version()));
        if server.is_early_draft() {
            line.flag("early_draft", true);
        }
    }
    line.text_within("history", &handshake.history, 64);
    if let Some(client) = &handshake.client {
        let list = line.open_list("client_alpns");
        for protocol in &client.protocols {
            line.item_text(protocol, 255);
        }
        line.close_list(list);
        if client.has_encrypted_hello {
            line.flag("ech", true);
        }
        if client.has_encrypted_name {
            line.flag("esni", true);
        }
        if !client.session_id.is_empty() {
            line.hex("client_session_id", &client.session_id);
        }
    }
    if let Some(server) = handshake
        .server
        .as_ref()
        .filter(|hello| !hello.session_id.is_empty())
    {
        line.hex("server_session_id", &server.session_id);
    }
    line.text_within("ja3_string", prints.ja3.0.as_bytes(), MAX_PRINT);
    line.text_within("ja3s_string", prints.ja3s.0.as_bytes(), MAX_PRINT);
    if let Some(alert) = handshake.alert {
        line.raw("alert", |out| alert_name(out, alert));
    }
    for (name, is_client) in [("client", true), ("server", false)] {
        let end = line.open(name);
        write_rest(line, handshake.chain(is_client));
        line.close(end);
    }
    line.close(mark);
}

/// What the schema has no place for: constraints of the first certificate, and all of the others.
pub fn write_rest(line: &mut Line<'_>, chain: &Chain) {
    let Some((leaf, others)) = chain.certificates.split_first() else {
        return;
    };
    write_constraints(line, leaf);
    let list = line.open_list("chain");
    for certificate in others {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.text_within("subject", &certificate.subject, MAX_NAME);
        line.text_within("issuer", &certificate.issuer, MAX_NAME);
        line.text_within("serial_number", &certificate.serial, 128);
        line.text_within("not_before", &certificate.not_before, 64);
        line.text_within("not_after", &certificate.not_after, 64);
        line.plain("sha1", &certificate.sha1);
        line.plain("sha256", &certificate.sha256);
        if certificate.version > 0 {
            line.number_text("version_number", certificate.version);
        }
        line.text_within("signature_algorithm", &certificate.signature_algorithm, 128);
        write_key(line, &certificate.key);
        write_constraints(line, certificate);
        write_names(line, certificate);
        line.close(item);
    }
    if chain.has_more {
        line.note_truncated("");
    }
    line.close_list(list);
}

fn write_constraints(line: &mut Line<'_>, certificate: &Certificate) {
    if let Some(is_authority) = certificate.is_authority {
        line.flag("authority", is_authority);
    }
    if let Some(length) = certificate.path_length {
        line.number("path_length", length);
    }
}

/// `tls.version_protocol` and `tls.version`.
fn version_name(version: u16) -> (&'static str, &'static str) {
    match version {
        0x0002 => ("ssl", "2.0"),
        0x0300 => ("ssl", "3.0"),
        0x0301 => ("tls", "1.0"),
        0x0302 => ("tls", "1.1"),
        0x0303 => ("tls", "1.2"),
        0x0304 | 0x7e00..=0x7fff => ("tls", "1.3"),
        0xfeff => ("dtls", "1.0"),
        0xfefd => ("dtls", "1.2"),
        0xfefc => ("dtls", "1.3"),
        _ => ("tls", "unknown"),
    }
}
