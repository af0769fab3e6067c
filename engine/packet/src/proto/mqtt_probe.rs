//! Recognising MQTT by its first packet (MQTT 3.1.1 and 5): CONNECT and its answer on any port, the others on its own.

use super::mqtt_property::variable;
use super::{Probe, Role};
use crate::bytes::Bytes;

/// Whether an end speaks MQTT: a CONNECT with its name, or its answer; at the usual port any well-formed packet.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    let mut bytes = Bytes::new(data);
    let Some(first) = bytes.u8() else {
        return Probe::More;
    };
    if !is_flags_right(first) {
        return Probe::No;
    }
    let length = match variable(&mut bytes) {
        Ok(Some(length)) => length,
        Ok(None) => return Probe::More,
        Err(()) => return Probe::No,
    };
    match first >> 4 {
        1 => is_connect(bytes.rest()),
        2 => is_connect_answer(length, bytes.rest()),
        3 | 14 if is_usual_port => Probe::Yes(Role::Either),
        8 | 10 if is_usual_port => Probe::Yes(Role::Client),
        9 | 11 if is_usual_port && length >= 2 => Probe::Yes(Role::Server),
        4..=7 if is_usual_port && length >= 2 => Probe::Yes(Role::Either),
        12 if is_usual_port && length == 0 => Probe::Yes(Role::Client),
        13 if is_usual_port && length == 0 => Probe::Yes(Role::Server),
        _ => Probe::No,
    }
}

/// Longest answer to a CONNECT that is believed at first sight.
const MAX_ANSWER: u32 = 1_024;

/// The low bits that are fixed for every type but PUBLISH (MQTT 3.1.1, table 2.2); 3.1 clients set others too.
fn is_flags_right(first: u8) -> bool {
    match first >> 4 {
        0 => false,
        3 => first & 6 != 6,
        6 | 8 | 10 => first & 0x05 == 0,
        _ => first.trailing_zeros() >= 4,
    }
}

/// A CONNACK: of version 3 with its codes, nothing else (MQTT 3.1.1, section 3.2), of version 5 with its own codes and
/// properties that fill the rest exactly (MQTT 5, section 3.2.2). What comes with it must begin another packet.
fn is_connect_answer(length: u32, body: &[u8]) -> Probe {
    let mut bytes = Bytes::new(body);
    let (Some(flags), Some(code)) = (bytes.u8(), bytes.u8()) else {
        return Probe::More;
    };
    let is_version_3 = length == 2;
    let is_code = if is_version_3 {
        code <= 5
    } else {
        code == 0 || (0x80..=0x9f).contains(&code)
    };
    // A session is kept only where the client was let in.
    if flags > 1 || !is_code || flags == 1 && code != 0 || length > MAX_ANSWER {
        return Probe::No;
    }
    if !is_version_3 {
        let before = bytes.len();
        match variable(&mut bytes) {
            Ok(Some(properties)) => {
                let used = u32::try_from(2 + before - bytes.len()).unwrap_or(u32::MAX);
                if used.checked_add(properties) != Some(length) {
                    return Probe::No;
                }
            }
            Ok(None) => return Probe::More,
            Err(()) => return Probe::No,
        }
    }
    let next = usize::try_from(length).ok().and_then(|end| body.get(end));
    if next.is_some_and(|first| !is_flags_right(*first)) {
        return Probe::No;
    }
    Probe::Yes(Role::Server)
}

fn is_connect(body: &[u8]) -> Probe {
    let names: [&[u8]; 2] = [b"\0\x04MQTT", b"\0\x06MQIsdp"];
    for name in names {
        let seen = body.get(..name.len()).unwrap_or(body);
        if name.starts_with(seen) {
            return if seen.len() == name.len() {
                Probe::Yes(Role::Client)
            } else {
                Probe::More
            };
        }
    }
    Probe::No
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_is_known_on_any_port_and_a_ping_only_on_its_own() {
        let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04myid";
        assert_eq!(probe(connect, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&connect[..5], false), Probe::More);
        assert_eq!(probe(b"\x20\x02\0\0", false), Probe::Yes(Role::Server));
        assert_eq!(probe(b"\x20\x03\x01\0\0", false), Probe::Yes(Role::Server));
        assert_eq!(probe(b"\xc0\0", false), Probe::No);
        assert_eq!(probe(b"\xc0\0", true), Probe::Yes(Role::Client));
        assert_eq!(probe(b"GET / HTTP/1.1", true), Probe::No);
    }

    // RFC 8855, section 5.1: version 1 in three bits, primitive, length in words, conference, transaction, user. Hello is 11,
    // FloorRelease 2, FloorRequestStatus 4.
    #[test]
    fn the_begin_of_a_floor_control_message_is_no_answer_to_a_connect() {
        let messages: [&[u8]; 3] = [
            b"\x20\x0b\0\0\0\0\0\x01\0\x02\0\x05",
            b"\x20\x02\0\x01\0\0\0\x01\0\x02\0\x05\x04\x04\0\x01",
            b"\x20\x04\0\x01\0\0\0\x01\0\x02\0\x05\x05\x04\0\x01",
        ];
        for message in messages {
            assert_eq!(probe(message, false), Probe::No, "{message:x?}");
        }
    }

    #[test]
    fn an_answer_to_a_connect_is_as_long_as_its_properties_say_and_another_packet_follows() {
        let server = Probe::Yes(Role::Server);
        // Maximum QoS 1 (property 0x24), then PINGRESP.
        assert_eq!(probe(b"\x20\x05\0\0\x02\x24\x01\xd0\0", false), server);
        assert_eq!(probe(b"\x20\x05\0\0\x03\x24\x01", false), Probe::No);
        assert_eq!(probe(b"\x20\x02\0\0\0", false), Probe::No);
        assert_eq!(probe(b"\x20\x05\0\0", false), Probe::More);
        // Not let in, and a session all the same (MQTT-3.2.2-4).
        assert_eq!(probe(b"\x20\x02\x01\x05", false), Probe::No);
    }
}
