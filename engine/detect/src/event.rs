//! One event while rules look at it.

use std::net::IpAddr;

use crate::fields::Found;
use crate::inventory::parse_address;
use crate::json::{Kind, Tape};
use crate::number::Decimal;
use crate::values::Texts;

/// Borrowed parts of one parsed line; texts are prepared when they are first asked for.
#[derive(Debug)]
pub struct Event<'a> {
    /// The line.
    pub text: &'a str,
    /// Its tape.
    pub tape: &'a Tape,
    /// Its values by field.
    pub found: &'a Found,
    /// Values that keywords look at; empty when no rule of its dataset has keywords.
    pub keywords: &'a [usize],
    /// Prepared texts.
    pub texts: &'a mut Texts,
}

impl Event<'_> {
    /// NFC and folded.
    pub fn normal(&mut self, node: usize) -> &str {
        self.texts.normal(self.text, self.tape, node)
    }

    /// NFC only.
    pub fn nfc(&mut self, node: usize) -> &str {
        self.texts.nfc(self.text, self.tape, node)
    }

    /// Percent-decoded, NFC and folded; `None` when nothing in it is encoded.
    pub fn decoded_normal(&mut self, node: usize) -> Option<&str> {
        self.is_encoded(node)
            .then(|| self.texts.decoded_normal(self.text, self.tape, node))
    }

    /// Percent-decoded, NFC only; `None` when nothing in it is encoded.
    pub fn decoded_nfc(&mut self, node: usize) -> Option<&str> {
        self.is_encoded(node)
            .then(|| self.texts.decoded_nfc(self.text, self.tape, node))
    }

    fn is_encoded(&self, node: usize) -> bool {
        self.tape.node(node).is_some_and(|value| match value.kind {
            // An escape of JSON may hide the percent sign.
            Kind::Text(true) => value.text(self.text).contains('%'),
            Kind::Text(false) => memchr::memchr(b'%', value.raw(self.text).as_bytes()).is_some(),
            _ => false,
        })
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(&self, node: usize) -> Option<Kind> {
        self.tape.node(node).map(|node| node.kind)
    }

    /// The value as an exact number, if it is one or is written like one.
    #[must_use]
    pub fn number(&self, node: usize) -> Option<Decimal> {
        let value = self.tape.node(node)?;
        match value.kind {
            Kind::Number => Decimal::parse(value.raw(self.text)),
            Kind::Text(_) => Decimal::parse(&value.text(self.text)),
            _ => None,
        }
    }

    /// The value as an address.
    #[must_use]
    pub fn address(&self, node: usize) -> Option<IpAddr> {
        let value = self.tape.node(node)?;
        matches!(value.kind, Kind::Text(_))
            .then(|| parse_address(&value.text(self.text)))
            .flatten()
    }
}
