//! LDAP requests and answers as they wait: the bytes that an event will tell, and no more.

use super::Context;
use super::ldap_event;
use super::ldap_message::Message;

/// Bytes of a request that are kept.
pub const MAX_REQUEST: usize = 8 << 10;
/// Bytes of an answer that are kept.
const MAX_RESPONSE: usize = 4 << 10;
/// Bytes of all answers to one request.
const MAX_RESPONSES_HELD: usize = 16 << 10;
/// Answers to one request that are kept; the last one always is.
const MAX_RESPONSES: usize = 32;

/// An operation as far as it is kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Identifier octet.
    pub operation: u8,
    /// Contents.
    pub content: Box<[u8]>,
    /// Whether there was more.
    pub is_cut: bool,
    /// Object identifiers of the controls.
    pub controls: Vec<Box<[u8]>>,
}

impl Stored {
    /// Keeps `limit` bytes.
    #[must_use]
    pub fn new(operation: u8, content: &[u8], limit: usize, is_cut: bool) -> Self {
        let kept = content.get(..limit).unwrap_or(content);
        Self {
            operation,
            content: kept.into(),
            is_cut: is_cut || kept.len() < content.len(),
            controls: Vec::new(),
        }
    }

    /// Keeps `limit` bytes of a message.
    #[must_use]
    pub fn of(message: &Message<'_>, limit: usize) -> Self {
        let mut stored = Self::new(message.operation, message.content, limit, message.is_cut);
        stored.controls = message.controls.iter().map(|one| Box::from(*one)).collect();
        stored
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let controls: usize = self.controls.iter().map(|one| one.len() + 16).sum();
        size_of::<Self>() + self.content.len() + controls
    }
}

/// A request with its answers.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Number in the flow.
    pub number: u64,
    /// When it began, µs.
    pub start_us: u64,
    /// Message number.
    pub id: u32,
    /// What is asked for; `None` when only answers were seen.
    pub request: Option<Stored>,
    /// Answers that are kept.
    pub responses: Vec<Stored>,
    /// Entries found.
    pub entries: u64,
    /// Whether there were more answers.
    pub is_cut: bool,
    /// Bytes of the answers.
    pub held: usize,
}

impl Transaction {
    /// An empty one.
    #[must_use]
    pub fn new(context: &mut Context<'_>, id: u32) -> Self {
        Self {
            number: context.begin_transaction(),
            start_us: context.moment.received_us,
            id,
            request: None,
            responses: Vec::new(),
            entries: 0,
            is_cut: false,
            held: 0,
        }
    }

    /// Code of the final answer.
    #[must_use]
    pub fn result(&self) -> Option<i64> {
        self.responses.last().and_then(ldap_event::result_of)
    }

    /// Keeps an answer if there is room; the last one always.
    pub fn add(&mut self, message: &Message<'_>, is_last: bool) -> bool {
        let has_room = self.responses.len() < MAX_RESPONSES && self.held < MAX_RESPONSES_HELD;
        if is_last || has_room {
            let stored = Stored::of(message, MAX_RESPONSE);
            self.held += stored.held();
            self.responses.push(stored);
        }
        is_last || has_room
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn total(&self) -> usize {
        let request = self.request.as_ref().map_or(0, Stored::held);
        size_of::<Self>() + request + self.held
    }
}
