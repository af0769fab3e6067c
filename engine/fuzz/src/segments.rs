//! A TCP connection from 10.0.0.1 to 10.0.0.2, every word acknowledged at once.

use crate::watched::Watched;
use crate::words;

const SYN: u8 = 2;
const ACK: u8 = 16;
/// Bytes that go missing before a word that says so.
const LOST: u32 = 7;

/// Both ends of a connection and what they send next.
pub struct Connection {
    /// Client and server: last byte of the address, port.
    ends: [(u8, u16); 2],
    next: [u32; 2],
}

impl Connection {
    /// Shakes hands.
    pub fn open(watched: &mut Watched, ends: [(u8, u16); 2]) -> Self {
        let connection = Self { ends, next: [1, 1] };
        watched.packet(&connection.segment(0, [0, 0], SYN, b""));
        watched.packet(&connection.segment(1, [0, 1], SYN | ACK, b""));
        watched.packet(&connection.segment(0, [1, 1], ACK, b""));
        connection
    }

    /// One end speaks, in segments of at most `most` bytes.
    pub fn say(&mut self, watched: &mut Watched, is_client: bool, said: &[u8], most: usize) {
        let [own, other] = if is_client { [0, 1] } else { [1, 0] };
        for part in said.chunks(most.max(1)) {
            watched.packet(&self.segment(own, [self.next[own], self.next[other]], ACK, part));
            self.next[own] = self.next[own].wrapping_add(u32::try_from(part.len()).unwrap_or(0));
            watched.packet(&self.segment(other, [self.next[other], self.next[own]], ACK, b""));
        }
    }

    /// Bytes of one end never arrive; what follows is acknowledged as if they had.
    pub fn lose(&mut self, is_client: bool) {
        let own = usize::from(!is_client);
        self.next[own] = self.next[own].wrapping_add(LOST);
    }

    fn segment(&self, from: usize, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
        let [(own, own_port), (other, other_port)] = [self.ends[from], self.ends[1 - from]];
        let length = u16::try_from(40 + payload.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![0x45, 0];
        bytes.extend(length.to_be_bytes());
        bytes.extend([0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, own, 10, 0, 0, other]);
        bytes.extend([own_port, other_port].map(u16::to_be_bytes).as_flattened());
        bytes.extend(numbers.map(u32::to_be_bytes).as_flattened());
        bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    }
}

/// A connection to a port: first what it opens with (whether the client speaks, what), then the fuzzer's words.
pub fn converse(port: u16, opening: &[(bool, &[u8])], bytes: &[u8]) {
    let mut watched = Watched::new();
    let mut connection = Connection::open(&mut watched, [(1, 40_000), (2, port)]);
    for (is_client, said) in opening {
        connection.say(&mut watched, *is_client, said, 1_400);
    }
    for word in words(bytes, 7) {
        if word.is_after_loss {
            connection.lose(word.is_client);
        }
        connection.say(&mut watched, word.is_client, word.said, 2_048);
    }
    watched.finish();
}
