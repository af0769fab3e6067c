//! UDP between 10.0.0.1 and 10.0.0.2.

use crate::watched::Watched;
use crate::words;

/// A packet of IPv4 with one datagram.
#[must_use]
pub fn datagram(is_client: bool, ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = |extra: usize| {
        u16::try_from(extra + payload.len())
            .unwrap_or(u16::MAX)
            .to_be_bytes()
    };
    let [client, server] = ports;
    let [own, other] = if is_client {
        [(1, client), (2, server)]
    } else {
        [(2, server), (1, client)]
    };
    let mut bytes = vec![0x45, 0];
    bytes.extend(length(28));
    bytes.extend([0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, own.0, 10, 0, 0, other.0]);
    bytes.extend([own.1, other.1].map(u16::to_be_bytes).as_flattened());
    bytes.extend(length(8));
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

/// First what the flow opens with (whether the client speaks, what), then the fuzzer's words, a datagram each.
pub fn converse(ports: [u16; 2], opening: &[(bool, &[u8])], bytes: &[u8]) {
    let mut watched = Watched::new();
    for (is_client, said) in opening {
        watched.packet(&datagram(*is_client, ports, said));
    }
    for word in words(bytes, 15) {
        watched.packet(&datagram(word.is_client, ports, word.said));
    }
    watched.finish();
}
