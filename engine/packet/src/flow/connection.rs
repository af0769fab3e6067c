//! What a flow remembers of its TCP connection beside sequence numbers, and the state that follows (RFC 9293, section 3.3.2).

use super::{Flow, Phase};
use crate::decode::transport::flag;

/// A reset that the receiver would accept.
#[derive(Clone, Copy, Debug)]
pub struct Reset {
    /// Side that sent it.
    pub side: u8,
    /// Its number.
    pub sequence: u32,
    /// What that side had acknowledged by then.
    pub acknowledged: Option<u32>,
}

/// A SYN inside a connection: another one begins if it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Side that sent it.
    pub side: u8,
    /// Its number.
    pub sequence: u32,
}

/// Facts about the connection.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Whether it was picked up in the middle although that is switched off: packets are counted, nothing else.
    pub is_untracked: bool,
    /// All flags seen, by side.
    pub flags: [u8; 2],
    /// Side whose FIN came first.
    pub first_end: Option<u8>,
    /// The reset that ended it.
    pub reset: Option<Box<Reset>>,
    /// Time of its last segment that is more than an acknowledgement of the end, µs.
    pub active_us: u64,
    /// A SYN that is not answered yet.
    pub attempt: Option<Box<Attempt>>,
}

/// `khien.tcp.state` in Suricata's words: the state of the end that closes first or, before that, of the originator.
#[must_use]
pub fn state(flow: &Flow) -> &'static str {
    if flow.connection.is_untracked {
        return "none";
    }
    if flow.connection.reset.is_some() {
        return "closed";
    }
    let source = flow.sequence_of(true);
    let destination = flow.sequence_of(false);
    let is_source_first = flow.connection.first_end == Some(flow.source_side);
    let are_acknowledged = (
        source.is_end_acknowledged(),
        destination.is_end_acknowledged(),
    );
    match (source.has_end, destination.has_end) {
        (true, true) => match (are_acknowledged, is_source_first) {
            ((true, true), _) => "closed",
            (_, true) => "last_ack",
            ((_, true), false) => "time_wait",
            ((_, false), false) => "closing",
        },
        (true, false) => "close_wait",
        (false, true) if destination.is_end_acknowledged() => "fin_wait2",
        (false, true) => "fin_wait1",
        (false, false) => opening(flow),
    }
}

fn opening(flow: &Flow) -> &'static str {
    let (source, destination) = (flow.flags_of(true), flow.flags_of(false));
    let has = |flags: u8, wanted: u8| flags & wanted != 0;
    if flow.phase == Phase::Established || has(source, flag::ACK) {
        return "established";
    }
    if has(destination, flag::SYN) {
        "syn_recv"
    } else if has(source, flag::SYN) {
        "syn_sent"
    } else {
        "established"
    }
}
