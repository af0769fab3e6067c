//! Which of several engines follows a flow. All of them see every frame.
//!
//! TCP and UDP flows are divided by their pair of addresses, so that whatever two hosts have to do with each other stays
//! in one engine. Everything else is followed by all: tunnels, whose inner packets may belong to anybody; ICMP, which
//! speaks of other flows; and what has no flow. Of that the first engine writes the events.

use super::Engine;
use super::owners::{Gift, Owners};
use crate::bytes::be16;
use crate::decode::{Packet, transport, tunnel};
use crate::emit::output::Output;
use crate::emit::portion::{Account, Order, PortionSink, Stage};
use crate::ids::{FlowKey, halves};
use crate::settings::Settings;

/// One engine's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which engine, from 0.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

/// What an engine has to do with a packet or a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Another engine follows it.
    Foreign,
    /// Only this engine follows it.
    Own,
    /// All engines follow it.
    Common,
}

impl Share {
    /// All of a capture.
    pub(super) const WHOLE: Self = Self { index: 0, count: 1 };
}

impl Engine {
    /// One of several engines that read the same capture.
    #[must_use]
    pub fn sharing(mut settings: Settings, share: Share, sink: PortionSink) -> Self {
        // Together they may hold what one might.
        let parts = share.count.max(1);
        settings.max_flows = (settings.max_flows / parts).max(16);
        settings.max_stream_bytes /= u64::from(parts);
        settings.max_parser_bytes /= u64::from(parts);
        let out = Output::shared(&settings, sink);
        let mut engine = Self::with_output(settings, false, out);
        engine.share = share;
        engine.owners = Owners::new(share.count);
        engine.shared.rate.is_open = share.count > 1;
        engine.out.is_muted = share.index > 0;
        engine
    }

    /// Hands on what was written since the last time.
    pub fn hand_on(&mut self, is_last: bool) {
        let account = Account {
            common: (*self.shared.ledger).clone(),
            own: (*self.own_ledger).clone(),
            written: self.out.written,
        };
        self.out.hand_on(self.packet, account, is_last);
    }

    pub(super) fn is_sharing(&self) -> bool {
        self.share.count > 1
    }

    /// Takes what the dealer gave away, before the frames that come next.
    pub fn learn(&mut self, gifts: &[Gift]) {
        self.owners.learn(gifts);
    }

    /// What this engine has to do with a whole packet.
    pub(super) fn role(&mut self, packet: &Packet<'_>, is_tunnelled: bool) -> Role {
        if let Some(role) = self.known_role.take() {
            return role;
        }
        if !self.is_sharing() || !is_alone(packet) {
            return Role::Common;
        }
        self.role_of(&packet.source, &packet.destination, is_tunnelled)
    }

    /// What this engine has to do with a flow, by its key.
    pub(super) fn role_of_key(&self, key: &FlowKey) -> Role {
        if !is_divided_by(key.protocol, [key.low_port, key.high_port]) {
            return Role::Common;
        }
        self.role_of(&key.low, &key.high, key.domain != 0)
    }

    fn role_of(&self, low: &[u8; 16], high: &[u8; 16], is_tunnelled: bool) -> Role {
        if self.owners.owner(low, high, is_tunnelled) == self.share.index {
            Role::Own
        } else {
            Role::Foreign
        }
    }

    /// Events and counts of a flow that only this engine follows are its own.
    pub(super) fn enter(&mut self, role: Role) {
        if role == Role::Own && self.is_sharing() {
            std::mem::swap(&mut self.shared.ledger, &mut self.own_ledger);
            self.shared.ledger.checksums_on = self.own_ledger.checksums_on;
            self.out.is_muted = false;
            self.is_inside = true;
        }
    }

    /// The other end of [`Self::enter`].
    pub(super) fn leave(&mut self, role: Role) {
        if role == Role::Own && self.is_sharing() {
            std::mem::swap(&mut self.shared.ledger, &mut self.own_ledger);
            self.out.is_muted = self.share.index > 0;
            self.is_inside = false;
        }
    }

    /// Whether this engine tells of a packet that all engines take; of one that quotes a flow, who follows that.
    pub(super) fn teller(&self, quoted: Option<Role>) -> bool {
        match quoted {
            _ if !self.is_sharing() => !self.out.is_muted,
            Some(Role::Own) => true,
            Some(Role::Foreign) => false,
            Some(Role::Common) | None => self.share.index == 0,
        }
    }

    /// Where the lines belong that come next.
    pub(super) fn order(&mut self, stage: Stage, first: u64, second: u64) {
        self.out.set_order(Order {
            packet: self.packet,
            stage,
            first,
            second,
        });
    }
}

/// A number of a pair of addresses: the same whichever comes first.
pub(super) fn hash_of(low: &[u8; 16], high: &[u8; 16]) -> u64 {
    let [low, high] = [low, high].map(|address| {
        let [first, second] = halves(address);
        first ^ second.rotate_left(32)
    });
    // The multiplier is that of Knuth's multiplicative hashing, for 64 bits.
    let mixed = (low ^ high)
        .wrapping_add(low.wrapping_mul(high))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 33
}

/// Whether a packet belongs to a flow that one engine follows, and to nothing else.
pub(super) fn is_alone(packet: &Packet<'_>) -> bool {
    let port = |at| be16(packet.payload, at).unwrap_or(0);
    packet.fragment.is_none()
        && packet.broken.is_none()
        && is_divided_by(packet.protocol, [port(0), port(2)])
        && transport::decode(packet).is_ok()
}

fn is_divided_by(protocol: u8, ports: [u16; 2]) -> bool {
    match protocol {
        6 => true,
        17 => !ports.iter().any(|port| tunnel::is_port(*port)),
        _ => false,
    }
}
