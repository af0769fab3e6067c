//! The first frames of a capture, kept until they tell whether checksums mean anything in it.
//!
//! A machine that captures its own traffic sees packets before its network card has filled the sums in: its own packets
//! look wrong, those that it receives are right. So each source host is judged by what it sent. The frames are kept in
//! memory, so that standard input is surveyed like a file and no file is read twice. Only what was recorded is surveyed: of
//! live packets the kernel says which sums the card is still to fill in.

use std::sync::Arc;

use crate::decode::checksum::{self, Verdict};
use crate::decode::{Content, Packet, link};
use crate::source::Frame;

/// Frames that decide.
const MAX_FRAMES: usize = 1_000;
/// Bytes of them that are kept; those so far decide then.
const MAX_BYTES: usize = 4 << 20;
/// Of this many packets with a sum, all but one must be wrong before those of their host are given up. A card fills in all
/// or none; who wants wrong packets of his to be believed has to send nine of them for each right one.
const HOST_PACKETS: usize = 10;

/// Who sent a packet: family and address.
type Host = (u8, [u8; 16]);

/// Whether sums mean anything, in all of a capture and from one host.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Whether they are checked.
    pub are_on: bool,
    /// Hosts whose sums are not, in order: at most as many as a survey has frames.
    left_to_cards: Arc<[Host]>,
}

impl Sums {
    /// The same for all hosts.
    #[must_use]
    pub fn all(are_on: bool) -> Self {
        Self {
            are_on,
            ..Self::default()
        }
    }

    /// Whether the sender of a packet leaves its sums to its card.
    #[must_use]
    pub fn is_left(&self, packet: &Packet<'_>) -> bool {
        let host = (packet.family, packet.source);
        self.left_to_cards.binary_search(&host).is_ok()
    }

    /// Hosts whose sums are not checked.
    #[must_use]
    pub fn hosts_left(&self) -> u64 {
        crate::bytes::count(self.left_to_cards.len())
    }
}

/// Frames so far, and what their sums said.
#[derive(Debug, Default)]
pub struct Survey {
    bytes: Vec<u8>,
    frames: Vec<Kept>,
    checked: u32,
    bad: u32,
    /// Who sent each TCP or UDP packet, and whether its sum was left to a card or wrong.
    senders: Vec<(Host, bool)>,
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
            self.judge(&packet, verdict);
        }
        self.frames.len() >= MAX_FRAMES || self.bytes.len() >= MAX_BYTES
    }

    fn judge(&mut self, packet: &Packet<'_>, verdict: Verdict) {
        if verdict == Verdict::Unknown {
            return;
        }
        self.checked += 1;
        self.bad += u32::from(verdict == Verdict::Bad);
        // Of ICMP the system computes the sum itself.
        if matches!(packet.protocol, 6 | 17) {
            let host = (packet.family, packet.source);
            self.senders.push((host, verdict != Verdict::Good));
        }
    }

    /// Whether to check sums: not when over half of those seen are wrong, and not those of a host that sends next to no
    /// right one. Hosts that come later are checked unless the capture is not.
    #[must_use]
    pub fn verdict(&self) -> Sums {
        let are_on = self.bad.saturating_mul(2) <= self.checked;
        let mut senders = if are_on {
            self.senders.clone()
        } else {
            Vec::new()
        };
        senders.sort_unstable();
        let hosts = senders.chunk_by(|(one, _), (other, _)| one == other);
        let left = hosts.filter(|packets| {
            let right = packets.iter().filter(|(_, is_left)| !is_left).count();
            right.saturating_mul(HOST_PACKETS) < packets.len()
        });
        Sums {
            are_on,
            left_to_cards: left
                .filter_map(|packets| Some(packets.first()?.0))
                .collect(),
        }
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
        assert!(survey.verdict().are_on);
        survey.add(&frame(&wrong));
        assert!(!survey.verdict().are_on);
    }

    /// A datagram from 10.0.0.`host` whose own sum is right, wrong, or that of the pseudo-header alone (RFC 768).
    fn datagram(host: u8, sum: Verdict) -> [u8; 28] {
        let mut data = GOOD;
        data[15] = host;
        data[11] = data[11].wrapping_sub(host - 1);
        // 0a00 + 00hh + 0a00 + 0002 + 0011 + 0008; the ports 1 and 2 and the length follow.
        let pseudo = 0x141b + u16::from(host);
        let field = match sum {
            Verdict::Good => !(pseudo + 3 + 8),
            Verdict::Offloaded => pseudo,
            _ => 0x1234,
        };
        data[26..].copy_from_slice(&field.to_be_bytes());
        data
    }

    fn is_left(sums: &Sums, data: &[u8]) -> bool {
        match link::decode(&frame(data)) {
            Ok(Content::Ip(packet)) => sums.is_left(&packet),
            _ => panic!("a whole packet"),
        }
    }

    #[test]
    fn a_host_that_sends_no_right_sum_is_not_checked_and_the_others_are() {
        let mut survey = Survey::default();
        for _ in 0..10 {
            survey.add(&frame(&datagram(1, Verdict::Bad)));
            survey.add(&frame(&datagram(1, Verdict::Offloaded)));
            for _ in 0..2 {
                survey.add(&frame(&datagram(2, Verdict::Good)));
            }
        }
        survey.add(&frame(&datagram(2, Verdict::Bad)));
        let sums = survey.verdict();
        assert!(sums.are_on);
        assert_eq!(sums.hosts_left(), 1);
        assert!(is_left(&sums, &datagram(1, Verdict::Bad)));
        assert!(!is_left(&sums, &datagram(2, Verdict::Bad)));
        assert!(!is_left(&sums, &datagram(3, Verdict::Bad)));
    }

    #[test]
    fn a_tenth_of_right_sums_keeps_a_host_checked() {
        let mut survey = Survey::default();
        for _ in 0..20 {
            survey.add(&frame(&datagram(2, Verdict::Good)));
        }
        for _ in 0..9 {
            survey.add(&frame(&datagram(1, Verdict::Bad)));
        }
        survey.add(&frame(&datagram(1, Verdict::Good)));
        assert!(!is_left(&survey.verdict(), &datagram(1, Verdict::Bad)));
        survey.add(&frame(&datagram(1, Verdict::Bad)));
        assert!(is_left(&survey.verdict(), &datagram(1, Verdict::Bad)));
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
