//! Connections that another one announced (FTP data): who opens them to whom, and what will be in them.
//!
//! One ordered map by (opener, listener, port), looked up when the first bytes of a TCP flow are to be recognised: no
//! pairing of lists. That is later than the flow's first packet, on purpose: a client connects before the capture shows
//! that it has taken the reply that told it where. What nobody opens expires on packet time; when full, the oldest goes.

use std::collections::BTreeMap;

use super::{Application, Context, Parsing, Protocol};

/// Announcements kept at once.
const MAX_EXPECTED: usize = 8_192;
/// How long one stays, µs: a client connects at once or never.
const LIFETIME_US: u64 = 300_000_000;

/// Between whom a connection is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    /// 4 or 6.
    pub family: u8,
    /// Who opens it.
    pub opener: [u8; 16],
    /// Who waits for it.
    pub listener: [u8; 16],
    /// The listener's port.
    pub port: u16,
}

/// A connection about to be opened.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// Between whom.
    pub ends: Ends,
    /// What it will speak.
    pub protocol: Protocol,
    /// The flow that announced it.
    pub parent: u64,
}

/// What is to be transferred, as the announcing flow learns it; and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Transfer {
    /// The command.
    pub command: Vec<u8>,
    /// Its path, as sent.
    pub path: Vec<u8>,
    /// Who is logged in.
    pub user: Vec<u8>,
    /// The flow that announced it.
    pub parent: u64,
    /// Bytes that passed.
    pub size: u64,
    /// Their type by content.
    pub mime_type: &'static str,
}

struct Entry {
    ends: Ends,
    protocol: Protocol,
    expires_us: u64,
    transfer: Transfer,
}

/// All that is expected.
#[derive(Default)]
pub struct Expected {
    by_ends: BTreeMap<Ends, u64>,
    entries: BTreeMap<u64, Entry>,
    next: u64,
    /// How often something was forgotten because there was too much.
    pub dropped: u64,
}

impl Expected {
    /// Remembers an announcement; gives its number.
    pub fn announce(&mut self, expectation: &Expectation, now_us: u64) -> u64 {
        self.expire(now_us);
        if self.entries.len() >= MAX_EXPECTED
            && let Some(oldest) = self.entries.keys().next().copied()
        {
            self.release(oldest);
            self.dropped += 1;
        }
        let number = self.next;
        self.next += 1;
        // A new announcement for the same ends replaces the old one.
        if let Some(old) = self.by_ends.insert(expectation.ends, number) {
            self.entries.remove(&old);
        }
        let transfer = Transfer {
            parent: expectation.parent,
            ..Transfer::default()
        };
        let entry = Entry {
            ends: expectation.ends,
            protocol: expectation.protocol,
            expires_us: now_us.saturating_add(LIFETIME_US),
            transfer,
        };
        self.entries.insert(number, entry);
        number
    }

    /// The announcement of a connection that begins now; it counts once.
    pub fn meet(&mut self, ends: &Ends, now_us: u64) -> Option<(Protocol, u64)> {
        if self.by_ends.is_empty() {
            return None;
        }
        self.expire(now_us);
        let number = self.by_ends.remove(ends)?;
        let entry = self.entries.get_mut(&number)?;
        Some((entry.protocol, number))
    }

    /// What is known of a transfer, while it is.
    pub fn transfer(&mut self, number: u64) -> Option<&mut Transfer> {
        self.entries
            .get_mut(&number)
            .map(|entry| &mut entry.transfer)
    }

    /// Whether nobody has opened the connection yet.
    #[must_use]
    pub fn is_waiting(&self, number: u64) -> bool {
        let entry = self.entries.get(&number);
        entry.is_some_and(|entry| self.by_ends.get(&entry.ends) == Some(&number))
    }

    /// Forgets an announcement.
    pub fn release(&mut self, number: u64) {
        if let Some(entry) = self.entries.remove(&number)
            && self.by_ends.get(&entry.ends) == Some(&number)
        {
            self.by_ends.remove(&entry.ends);
        }
    }

    /// Numbers rise with time, so the oldest come first.
    fn expire(&mut self, now_us: u64) {
        while let Some((number, entry)) = self.entries.first_key_value()
            && entry.expires_us <= now_us
        {
            let number = *number;
            self.release(number);
        }
    }
}

/// Gives a flow that another one announced to its parser; true when it was.
pub fn meet(context: &mut Context<'_>) -> bool {
    let (source, destination) = (context.flow.end(true), context.flow.end(false));
    let [forth, back] = [(source, destination), (destination, source)].map(|(from, to)| Ends {
        family: context.flow.key.family,
        opener: *from.0,
        listener: *to.0,
        port: to.1,
    });
    let (expected, now_us) = (&mut context.shared.expected, context.moment.time_us);
    let met = expected.meet(&forth, now_us);
    // Picked up in the middle, the flow may stand the other way round.
    let met = met.or_else(|| expected.meet(&back, now_us));
    let Some((protocol, number)) = met else {
        return false;
    };
    let Some(parsing) = Parsing::expected(protocol, number) else {
        return false;
    };
    context.flow.set_protocol(protocol);
    context.flow.application = Application::Parsing(parsing);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectation(port: u16) -> Expectation {
        Expectation {
            ends: Ends {
                family: 4,
                opener: [1; 16],
                listener: [2; 16],
                port,
            },
            protocol: Protocol::FtpData,
            parent: 7,
        }
    }

    #[test]
    fn an_announcement_counts_once_and_only_for_its_ends() {
        let mut expected = Expected::default();
        let number = expected.announce(&expectation(20), 0);
        assert!(expected.is_waiting(number));
        assert_eq!(expected.meet(&expectation(21).ends, 1), None);
        let met = expected.meet(&expectation(20).ends, 1);
        assert_eq!(met, Some((Protocol::FtpData, number)));
        assert_eq!(expected.meet(&expectation(20).ends, 1), None);
        assert_eq!(
            expected.transfer(number).map(|transfer| transfer.parent),
            Some(7)
        );
    }

    #[test]
    fn what_nobody_opens_expires_and_too_much_drops_the_oldest() {
        let mut expected = Expected::default();
        for port in 0..u16::MAX {
            expected.announce(&expectation(port), 0);
        }
        assert_eq!(expected.entries.len(), MAX_EXPECTED);
        assert_eq!(expected.by_ends.len(), MAX_EXPECTED);
        assert_eq!(expected.dropped, 65_535 - 8_192);
        assert_eq!(expected.meet(&expectation(0).ends, 1), None);
        assert_eq!(expected.meet(&expectation(65_534).ends, LIFETIME_US), None);
        assert!(expected.entries.is_empty() && expected.by_ends.is_empty());
    }

    #[test]
    fn the_same_ends_again_replace_what_was_said_before() {
        let mut expected = Expected::default();
        let first = expected.announce(&expectation(20), 0);
        let second = expected.announce(&expectation(20), 1);
        assert!(expected.transfer(first).is_none());
        assert_eq!(
            expected.meet(&expectation(20).ends, 2).map(|met| met.1),
            Some(second)
        );
    }
}
