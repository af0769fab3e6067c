//! Requests that wait for their answers, in the order they were sent.
//!
//! Caps: 512 open requests, 512 KiB of their heads; the oldest is told without its answer.

use std::collections::VecDeque;

use super::http_event;
use super::http_field::holds;
use super::http_message::{Request, Response, Transaction};
use super::{Context, Direction};
use crate::anomaly::Anomaly;

/// Requests that wait for their answer.
const MAX_OPEN: usize = 512;
/// Bytes of their heads.
const MAX_OPEN_BYTES: usize = 512 << 10;

/// The transactions of one connection that are under way.
#[derive(Default)]
pub struct Exchange {
    open: VecDeque<Transaction>,
    held: usize,
    /// The last answer that was told: a body that should not be there may follow.
    last: Option<Box<Transaction>>,
}

impl Exchange {
    /// Bytes of memory.
    pub fn held(&self) -> usize {
        self.held + self.last.as_ref().map_or(0, |last| last.held())
    }

    /// Whether a request waits.
    pub fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether the request that waits first named no version: its answer may be a body alone.
    pub fn is_bare(&self) -> bool {
        self.open
            .front()
            .and_then(|transaction| transaction.request.as_ref())
            .is_some_and(|request| request.version.is_empty())
    }

    /// A new request; its number.
    pub fn ask(&mut self, context: &mut Context<'_>, request: Request) -> u64 {
        self.last = None;
        self.held = self.held.saturating_add(request.held());
        while self.open.len() >= MAX_OPEN || (self.held > MAX_OPEN_BYTES && !self.open.is_empty()) {
            context.limit("http_open_transactions");
            self.tell_first(context);
        }
        let number = context.begin_transaction();
        self.open.push_back(Transaction::asked(number, request));
        number
    }

    /// An answer; the transaction that it belongs to.
    pub fn answer(
        &mut self,
        context: &mut Context<'_>,
        response: Response,
    ) -> Option<&Transaction> {
        // An answer to a request whose body still came: it is told now.
        if self
            .open
            .front()
            .is_some_and(|transaction| transaction.response.is_some())
        {
            self.tell_first(context);
        }
        if self.open.is_empty() {
            context.anomaly(Anomaly::HttpUnmatchedResponse);
            let number = context.begin_transaction();
            self.open.push_back(Transaction {
                number,
                ..Transaction::default()
            });
        }
        self.last = None;
        self.held = self.held.saturating_add(response.held());
        let transaction = self.open.front_mut()?;
        if response.is_interim() {
            transaction.interim = Some(Box::new(response));
        } else {
            transaction.response = Some(response);
        }
        Some(transaction)
    }

    /// The interim answer turns out to be the answer: it has a body.
    pub fn promote_interim(&mut self) -> Option<&Transaction> {
        let transaction = self.open.front_mut()?;
        transaction.response = Some(*transaction.interim.take()?);
        Some(transaction)
    }

    /// Whether the last answer that was told should have had no body.
    pub fn may_have_late_body(&self) -> bool {
        self.last
            .as_ref()
            .and_then(|last| last.response.as_ref())
            .is_some_and(|response| response.body.packed == 0)
    }

    /// The request of the last transaction that was told, if its answer makes the connection HTTP/2.
    pub fn take_upgrade(&mut self) -> Option<Request> {
        let transaction = self.last.take()?;
        let response = transaction.response?;
        holds(response.fields.get(b"upgrade"), b"h2c").then_some(transaction.request?)
    }

    /// The transaction whose body this end sends.
    pub fn carrier(&mut self, sender: Direction) -> Option<&mut Transaction> {
        match sender {
            Direction::FromSource => self.open.back_mut(),
            Direction::FromDestination => self.open.front_mut(),
        }
    }

    /// The first transaction has its answer, without a body: tells it, unless its request `is_asking` still. What comes next may be
    /// a body all the same.
    pub fn complete(&mut self, context: &mut Context<'_>, is_asking: bool) {
        if is_asking && self.open.len() == 1 {
            return;
        }
        if let Some(transaction) = self.pop() {
            http_event::write(context, &transaction, "http");
            self.last = Some(Box::new(transaction));
        }
    }

    /// The body of a request has come after its answer: tells them.
    pub fn tell_if_answered(&mut self, context: &mut Context<'_>) {
        if self.open.len() == 1
            && self
                .open
                .front()
                .is_some_and(|transaction| transaction.response.is_some())
        {
            self.tell_first(context);
        }
    }

    /// The first transaction was told; whoever takes it adds to it.
    pub fn take_first(&mut self) -> Option<Box<Transaction>> {
        self.pop().map(Box::new)
    }

    /// The last answer that was told.
    pub fn take_last(&mut self) -> Option<Box<Transaction>> {
        self.last.take()
    }

    /// The first transaction was told. What comes next may still be a part of its body.
    pub fn forget_first(&mut self) {
        self.last = self.pop().map(Box::new);
    }

    fn pop(&mut self) -> Option<Transaction> {
        let transaction = self.open.pop_front()?;
        self.held = self.held.saturating_sub(transaction.held());
        Some(transaction)
    }

    /// Tells the first transaction as far as it is known.
    pub fn tell_first(&mut self, context: &mut Context<'_>) {
        if let Some(transaction) = self.pop() {
            http_event::write(context, &transaction, "http");
        }
    }

    /// Tells all.
    pub fn tell_all(&mut self, context: &mut Context<'_>) {
        while !self.open.is_empty() {
            self.tell_first(context);
        }
        self.held = 0;
    }
}
