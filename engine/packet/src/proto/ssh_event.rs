//! The event of an SSH connection.

use super::ssh::{End, Ssh};
use super::{Context, Direction, Pair};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Names of algorithms.
const MAX_NAME: usize = 256;

/// Writes what is known of a connection.
pub fn write(context: &mut Context<'_>, ssh: &Ssh, start_us: Option<u64>) {
    let moment = context.moment;
    let outcome = ssh.has_logged_in();
    let action = if outcome.is_some() {
        "ssh-login"
    } else {
        "ssh-connection"
    };
    let mut event = Event::new(Dataset::Ssh, action, moment.time_us, moment.packet);
    if outcome.is_some() {
        event.categories = &["authentication"];
        event.types = &["start"];
    }
    event.success = outcome;
    event.start_us = start_us;
    event.duration_us = start_us.map(|start_us| moment.received_us.saturating_sub(start_us));
    event.protocol = Some("ssh");
    let Pair {
        source: client,
        destination: server,
    } = &ssh.ends;
    let client_hash = hassh(client, Direction::FromSource);
    let server_hash = hassh(server, Direction::FromDestination);
    let hashes: [&[u8]; 2] = [&client_hash, &server_hash];
    event.related = Related {
        hashes: &hashes,
        ..Related::default()
    };
    context.emit(&event, |line| write_ssh(line, ssh), |_| {});
}

fn hassh(end: &End, direction: Direction) -> Vec<u8> {
    end.offer
        .as_ref()
        .map(|offer| offer.hassh(direction).0)
        .unwrap_or_default()
}

fn write_ssh(line: &mut Line<'_>, ssh: &Ssh) {
    let mark = line.open("ssh");
    let Pair {
        source: client,
        destination: server,
    } = &ssh.ends;
    for (name, end, direction) in [
        ("client", client, Direction::FromSource),
        ("server", server, Direction::FromDestination),
    ] {
        let mark = line.open(name);
        write_end(line, end, direction);
        line.close(mark);
    }
    if ssh.attempts() > 0 {
        line.number("auth_attempts", ssh.attempts());
    }
    for (name, place) in [
        ("kex_alg", 0),
        ("host_key_alg", 1),
        ("cipher_alg", 2),
        ("mac_alg", 4),
        ("compression_alg", 6),
    ] {
        line.text_within(name, ssh.agreed(place), MAX_NAME);
    }
    line.text_within("host_key", &ssh.host_key, 64);
    line.close(mark);
}

fn write_end(line: &mut Line<'_>, end: &End, direction: Direction) {
    line.text_within("banner", &end.banner, 1_024);
    // `SSH-protoversion-softwareversion comments` (RFC 4253, section 4.2).
    let mut parts = end.banner.splitn(3, |byte| *byte == b'-').skip(1);
    line.text_within("proto_version", parts.next().unwrap_or_default(), 64);
    // Comments follow after a space.
    let software = parts.next().unwrap_or_default();
    let software = software.split(|byte| *byte == b' ').next();
    line.text_within("software_version", software.unwrap_or_default(), MAX_NAME);
    if let Some(offer) = &end.offer {
        let (hash, text) = offer.hassh(direction);
        let mark = line.open("hassh");
        line.plain("hash", &hash);
        line.text("string", &text);
        line.close(mark);
    }
}
