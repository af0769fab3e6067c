//! The first frames of a capture, kept until they tell whether checksums mean anything in it.
//!
//! A machine that captures its own traffic sees packets before its network card has filled the sums in. The frames are
//! kept in memory, so that standard input is surveyed like a file and no file is read twice. Only what was recorded is
//! surveyed: of live packets the kernel says which sums the card is still to fill in.

use std::collections::HashMap;

use crate::decode::checksum::{self, Verdict};
use crate::decode::{Content, link};
use crate::source::Frame;

/// Frames that decide.
const MAX_FRAMES: usize = 1_000;
/// Bytes of them that are kept; those so far decide then.
const MAX_BYTES: usize = 4 << 20;

/// Packets of one sender that make its share of wrong sums mean something.
const LEAST_OF_SENDER: u32 = 8;

/// Frames so far, and what their sums said.
#[derive(Debug, Default)]
pub struct Survey {
    bytes: Vec<u8>,
    frames: Vec<Kept>,
    sums: Sums,
    /// By sender: the machine that records leaves all its own sums to its card, and often sends less than half.
    senders: HashMap<[u8; 16], Sums>,
}

/// Sums seen, and how many of them were wrong.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    checked: u32,
    bad: u32,
}

impl Sums {
    fn add(&mut self, is_bad: bool) {
        self.checked += 1;
        self.bad += u32::from(is_bad);
    }

    fn mostly_bad(self) -> bool {
        self.bad.saturating_mul(2) > self.checked
    }
}

/// A frame whose bytes are kept beside those of the others.
#[derive(Clone, Copy, Debug)]
struct Kept {
    end: usize,
    time_us: u64,
    wire_length: u32,
    link_type: u32,
    interface: u32,
    checksums_offloaded: bool,
    vlan_tag: Option<u16>,
}

impl Survey {
    /// Keeps a frame and checks its sums; true when it was the last that is needed.
    pub fn add(&mut self, frame: &Frame<'_>) -> bool {
        self.bytes.extend_from_slice(frame.data);
        self.frames.push(Kept {
            end: self.bytes.len(),
            time_us: frame.time_us,
            wire_length: frame.wire_length,
            link_type: frame.link_type,
            interface: frame.interface,
            checksums_offloaded: frame.checksums_offloaded,
            vlan_tag: frame.vlan_tag,
        });
        if let Ok(Content::Ip(packet)) = link::decode(frame) {
            let verdict = if packet.header_sum_good {
                checksum::check(&packet)
            } else {
                Verdict::Bad
            };
            if verdict != Verdict::Unknown {
                let is_bad = verdict == Verdict::Bad;
                self.sums.add(is_bad);
                self.senders.entry(packet.source).or_default().add(is_bad);
            }
        }
        self.frames.len() >= MAX_FRAMES || self.bytes.len() >= MAX_BYTES
    }

    /// Whether to check sums: not when over half of those seen are wrong, of all packets or of one sender's.
    #[must_use]
    pub fn verdict(&self) -> bool {
        let leaves_to_card = |sums: &Sums| sums.checked >= LEAST_OF_SENDER && sums.mostly_bad();
        !self.sums.mostly_bad() && !self.senders.values().any(leaves_to_card)
    }

    /// Gives every frame back, in order.
    pub fn replay(self, mut take: impl FnMut(&Frame<'_>)) {
        let mut start = 0;
        for kept in &self.frames {
            take(&Frame {
                time_us: kept.time_us,
                wire_length: kept.wire_length,
                link_type: kept.link_type,
                interface: kept.interface,
                checksums_offloaded: kept.checksums_offloaded,
                vlan_tag: kept.vlan_tag,
                data: self.bytes.get(start..kept.end).unwrap_or_default(),
            });
            start = kept.end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(data: &[u8]) -> Frame<'_> {
        Frame {
            time_us: 1,
            wire_length: 28,
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data,
        }
    }

    const GOOD: [u8; 28] = [
        0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0x66, 0xce, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 8,
        0, 0,
    ];

    #[test]
    fn over_half_must_be_wrong_before_sums_are_given_up() {
        let mut wrong = GOOD;
        wrong[11] = 0;
        let mut survey = Survey::default();
        assert!(!survey.add(&frame(&GOOD)));
        survey.add(&frame(&wrong));
        assert!(survey.verdict());
        survey.add(&frame(&wrong));
        assert!(!survey.verdict());
    }

    #[test]
    fn one_sender_whose_sums_are_wrong_is_enough_when_it_said_enough() {
        // The same packet of another sender, and wrong; 0.1 more in the source is 0.1 less in the header's sum.
        let mut wrong = GOOD;
        (wrong[15], wrong[11]) = (9, 0xc6);
        let mut other = wrong;
        other[11] = 0;
        let mut survey = Survey::default();
        for _ in 0..90 {
            survey.add(&frame(&GOOD));
        }
        for _ in 0..7 {
            survey.add(&frame(&other));
        }
        assert!(survey.verdict(), "seven packets are too few");
        survey.add(&frame(&other));
        assert!(!survey.verdict());
        for _ in 0..8 {
            survey.add(&frame(&wrong));
        }
        assert!(survey.verdict(), "half of them are right");
    }

    #[test]
    fn frames_come_back_as_they_were_and_a_thousand_are_enough() {
        let mut survey = Survey::default();
        for number in 0..1_000_usize {
            assert_eq!(survey.add(&frame(&GOOD[..number % 29])), number == 999);
        }
        let mut lengths = Vec::new();
        survey.replay(|frame| lengths.push(frame.data.len()));
        assert!(
            lengths
                .iter()
                .copied()
                .eq((0..1_000).map(|number| number % 29))
        );
        let mut survey = Survey::default();
        let large = vec![0; 1 << 18];
        assert_eq!((1..99).find(|_| survey.add(&frame(&large))), Some(16));
    }
}
