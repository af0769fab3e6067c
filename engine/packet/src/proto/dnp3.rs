//! DNP3 (IEEE 1815-2012, clause 9: the data link layer), recognised and named; what it says is not read yet.
//!
//! A frame begins with 05 64, a length of at least 5, control, two addresses, and a checksum of these eight bytes: eighty
//! bits that other traffic does not have by chance.

use super::{Context, Direction, Parser, Probe, Role, Step};

/// Port of DNP3 over TCP and UDP.
pub const PORTS: &[u16] = &[20_000];
/// Bytes of a link header that its checksum covers, and all of it.
const COVERED: usize = 8;
const HEADER: usize = 10;
const START: [u8; 2] = [0x05, 0x64];
/// Control, source and destination: the least that a length counts.
const LEAST_LENGTH: u8 = 5;
/// The frame comes from a master, which is the client.
const FROM_MASTER: u8 = 0x80;
/// The polynomial of the checksum (clause 9.2.4.3.1), its bits turned round.
const POLYNOMIAL: u16 = 0xa6bc;

/// Whether bytes are DNP3, sent by a master or an outstation.
#[must_use]
pub fn probe(data: &[u8], _: bool) -> Probe {
    if !data.iter().zip(START).all(|(found, start)| *found == start) {
        return Probe::No;
    }
    let Some(header) = data.get(..HEADER) else {
        return Probe::More;
    };
    let (covered, sum) = header.split_at(COVERED);
    let &[_, _, length, control, ..] = covered else {
        return Probe::No;
    };
    if length < LEAST_LENGTH || sum != checksum(covered).to_le_bytes() {
        return Probe::No;
    }
    Probe::Yes(if control & FROM_MASTER != 0 {
        Role::Client
    } else {
        Role::Server
    })
}

/// State of a flow: none.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Dnp3)
}

struct Dnp3;

impl Parser for Dnp3 {
    fn data(&mut self, _: &mut Context<'_>, _: Direction, bytes: &[u8]) -> Step {
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        true
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        0
    }
}

fn checksum(bytes: &[u8]) -> u16 {
    let folded = bytes.iter().fold(0, |sum: u16, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| {
            if sum & 1 == 0 {
                sum >> 1
            } else {
                sum >> 1 ^ POLYNOMIAL
            }
        })
    });
    !folded
}

#[cfg(test)]
mod tests {
    use super::{Probe, Role, checksum, probe};

    #[test]
    fn the_checksum_has_the_value_that_catalogues_give_for_its_test_text() {
        // CRC-16/DNP of "123456789".
        assert_eq!(checksum(b"123456789"), 0xea82);
    }

    #[test]
    fn a_link_header_with_its_checksum_is_recognised_and_tells_who_speaks() {
        let mut frame = vec![0x05, 0x64, 5, 0xc0, 1, 0, 2, 0];
        let sum = checksum(&frame).to_le_bytes();
        frame.extend_from_slice(&sum);
        assert_eq!(probe(&frame, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&frame[..9], true), Probe::More);
        assert_eq!(probe(&frame[..1], false), Probe::More);
        frame[3] = 0x40;
        assert_eq!(
            probe(&frame, true),
            Probe::No,
            "the checksum is of other bytes"
        );
        let sum = checksum(&frame[..8]).to_le_bytes();
        frame[8..].copy_from_slice(&sum);
        assert_eq!(probe(&frame, true), Probe::Yes(Role::Server));
    }

    #[test]
    fn other_bytes_are_refused_at_the_first_that_differs() {
        assert_eq!(probe(b"\x05\x65", true), Probe::No);
        assert_eq!(
            probe(b"\x05\x64\x04\xc0\x01\x00\x02\x00\x00\x00", true),
            Probe::No
        );
    }
}
