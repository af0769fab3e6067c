//! What happened on a connection, in the letters that Zeek's users read.

use crate::decode::transport::{Tcp, flag};

const LENGTH: usize = 20;
/// Letters that appear again at their 10th, 100th, … occurrence: bad sums, gaps, retransmissions.
const COUNTED: [u8; 3] = *b"cgt";

/// First appearances, in order, and the facts behind `conn_state`. Upper case is the originator.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    letters: [u8; LENGTH],
    count: u8,
    seen: [u32; 2],
    counts: [[u16; COUNTED.len()]; 2],
}

impl History {
    /// Notes a letter of one end, once.
    pub fn note(&mut self, letter: u8, is_source: bool) {
        let bit = 1_u32 << (letter.to_ascii_lowercase() & 31);
        let [source, destination] = &mut self.seen;
        let seen = if is_source { source } else { destination };
        if *seen & bit != 0 {
            return;
        }
        *seen |= bit;
        self.append(letter, is_source);
    }

    /// Notes one more occurrence of a letter that is counted: written at the 1st, 10th, 100th, …
    pub fn count(&mut self, letter: u8, is_source: bool) {
        let [source, destination] = &mut self.counts;
        let counts = if is_source { source } else { destination };
        let place = COUNTED.iter().position(|counted| *counted == letter);
        let Some(count) = place.and_then(|place| counts.get_mut(place)) else {
            return;
        };
        *count = count.saturating_add(1);
        match *count {
            1 => self.note(letter, is_source),
            times if 10_u16.checked_pow(times.ilog10()) == Some(times) => {
                self.append(letter, is_source);
            }
            _ => {}
        }
    }

    fn append(&mut self, letter: u8, is_source: bool) {
        if let Some(place) = self.letters.get_mut(usize::from(self.count)) {
            *place = if is_source {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            };
            self.count += 1;
        }
    }

    /// Notes what a TCP header shows.
    pub fn note_tcp(&mut self, tcp: &Tcp, has_payload: bool, is_source: bool) {
        let flags = tcp.flags;
        match (flags & flag::SYN != 0, flags & flag::ACK != 0) {
            (true, false) => self.note(b's', is_source),
            (true, true) => self.note(b'h', is_source),
            (false, true) if !has_payload && flags & (flag::FIN | flag::RST) == 0 => {
                self.note(b'a', is_source);
            }
            _ => {}
        }
        if has_payload {
            self.note(b'd', is_source);
        }
        if flags & flag::FIN != 0 {
            self.note(b'f', is_source);
        }
        if flags & flag::RST != 0 {
            self.note(b'r', is_source);
        }
    }

    /// Whether an end showed a letter.
    #[must_use]
    pub fn has(&self, letter: u8, is_source: bool) -> bool {
        let [source, destination] = self.seen;
        let seen = if is_source { source } else { destination };
        seen & 1 << (letter.to_ascii_lowercase() & 31) != 0
    }

    /// The originator was not the first to be seen.
    pub fn mark_flip(&mut self) {
        self.note(b'^', false);
    }

    /// The ends have changed places.
    pub fn flip(&mut self) {
        self.seen.reverse();
        self.counts.reverse();
        for letter in self.letters.iter_mut().filter(|letter| **letter != b'^') {
            *letter = if letter.is_ascii_uppercase() {
                letter.to_ascii_lowercase()
            } else {
                letter.to_ascii_uppercase()
            };
        }
    }

    /// The letters.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.letters
            .get(..usize::from(self.count))
            .unwrap_or_default()
    }

    /// Zeek's `conn_state` of a TCP connection.
    #[must_use]
    pub fn tcp_state(&self) -> &'static str {
        let source = |letter| self.has(letter, true);
        let destination = |letter| self.has(letter, false);
        // A SYN from the other end too is a handshake of its own kind (RFC 9293, figure 8).
        let is_answered = destination(b'h') || destination(b's');
        if source(b's') && !is_answered {
            return match (destination(b'r'), source(b'r'), source(b'f')) {
                (true, _, _) => "REJ",
                (_, true, _) => "RSTOS0",
                (_, _, true) => "SH",
                _ if destination(b'd') || destination(b'a') => "OTH",
                _ => "S0",
            };
        }
        let is_heard = source(b'a') || source(b'd') || source(b'f');
        if destination(b'h') && !source(b's') && !is_heard {
            return match (destination(b'r'), destination(b'f')) {
                (true, _) => "RSTRH",
                (_, true) => "SHR",
                _ => "OTH",
            };
        }
        if !source(b's') && !destination(b'h') {
            return "OTH";
        }
        match (
            source(b'r'),
            destination(b'r'),
            source(b'f'),
            destination(b'f'),
        ) {
            (_, _, true, true) => "SF",
            (true, _, _, _) => "RSTO",
            (_, true, _, _) => "RSTR",
            (_, _, true, false) => "S2",
            (_, _, false, true) => "S3",
            _ => "S1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::History;

    fn history(letters: &[u8]) -> History {
        let mut history = History::default();
        for letter in letters {
            history.note(*letter, letter.is_ascii_uppercase());
        }
        history
    }

    // States as the Zeek manual defines them for conn.log.
    #[test]
    fn states_follow_the_letters() {
        for (letters, state) in [
            (&b"S"[..], "S0"),
            (b"Sr", "REJ"),
            (b"ShAdDafFa", "SF"),
            (b"ShADd", "S1"),
            (b"ShADdR", "RSTO"),
            (b"ShADdr", "RSTR"),
            (b"SR", "RSTOS0"),
            (b"ShADF", "S2"),
            (b"ShADf", "S3"),
            (b"SF", "SH"),
            (b"hf", "SHR"),
            (b"hADadFf", "SF"),
            (b"SsAD", "S1"),
            (b"Dd", "OTH"),
        ] {
            assert_eq!(
                history(letters).tcp_state(),
                state,
                "{}",
                String::from_utf8_lossy(letters)
            );
        }
    }

    #[test]
    fn a_counted_letter_is_written_at_powers_of_ten() {
        let mut history = History::default();
        for _ in 0..10 {
            history.count(b't', false);
        }
        history.count(b't', true);
        assert_eq!(history.text(), b"ttT");
        for _ in 0..989 {
            history.count(b't', false);
        }
        assert_eq!(history.text(), b"ttTt", "999 are fewer than 1,000");
        history.count(b't', false);
        assert_eq!(history.text(), b"ttTtt");
    }

    #[test]
    fn a_flip_changes_case_and_ends() {
        let mut flipped = history(b"sHad");
        flipped.mark_flip();
        flipped.flip();
        assert_eq!(flipped.text(), b"ShAD^");
        assert_eq!(flipped.tcp_state(), "S1");
    }
}
