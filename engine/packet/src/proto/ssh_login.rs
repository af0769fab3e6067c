//! How a log-in over SSH went, by the lengths of what is encrypted: all that a passive reader has (the idea is that of
//! Zeek's authors; the rules here are our own).
//!
//! The server's first answer accepts the service. Refusals are equally long, an acceptance is shorter than any of them. A
//! length that was seen once proves nothing.

use super::Direction;

/// A refusal is at most this much longer than the acceptance of the service: longer answers are something else.
const REFUSAL_SLACK: u64 = 48;
/// The packet that says "logged in" is this much shorter than the acceptance, under every cipher in use.
const SUCCESS_BELOW_ACCEPT: u64 = 16;

/// What may be the length of a refusal.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    length: u64,
    /// Whether it was the answer to the first question: which methods there are.
    is_first: bool,
    is_confirmed: bool,
}

/// The answers of the server so far.
#[derive(Debug, Default)]
pub struct Login {
    has_client_spoken: bool,
    answer: u64,
    accept: Option<u64>,
    refusal: Option<Refusal>,
    answers: u32,
    refused: u64,
    has_succeeded: bool,
}

impl Login {
    /// Whether somebody logged in; `None` when it cannot be told.
    #[must_use]
    pub fn outcome(&self) -> Option<bool> {
        match (self.has_succeeded, self.refused) {
            (true, _) => Some(true),
            (false, 1..) => Some(false),
            (false, 0) => None,
        }
    }

    /// Refused log-ins, and the one that was not.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.refused.saturating_add(u64::from(self.has_succeeded))
    }

    /// Bytes of one end; what the server says between two words of the client is one answer.
    pub fn see(&mut self, direction: Direction, length: u64) {
        match direction {
            Direction::FromSource => {
                self.settle();
                self.has_client_spoken = true;
            }
            // Before the client asks for anything the server may announce extensions (RFC 8308).
            Direction::FromDestination if self.has_client_spoken && self.answer == 0 => {
                self.answer = length;
            }
            Direction::FromDestination => {}
        }
    }

    /// Judges the last answer.
    pub fn settle(&mut self) {
        let answer = std::mem::take(&mut self.answer);
        if answer == 0 || self.has_succeeded {
            return;
        }
        let Some(accept) = self.accept else {
            self.accept = Some(answer);
            return;
        };
        self.answers = self.answers.saturating_add(1);
        if answer + SUCCESS_BELOW_ACCEPT == accept {
            self.has_succeeded = true;
            return;
        }
        match &mut self.refusal {
            Some(refusal) if refusal.length == answer => {
                let is_late = !refusal.is_confirmed && !refusal.is_first;
                refusal.is_confirmed = true;
                self.refused = self.refused.saturating_add(1 + u64::from(is_late));
            }
            Some(refusal) if refusal.is_confirmed => {}
            refusal if answer <= accept + REFUSAL_SLACK => {
                *refusal = Some(Refusal {
                    length: answer,
                    is_first: self.answers == 1,
                    is_confirmed: false,
                });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome after answers of these lengths, each to a word of the client.
    fn login(answers: &[u64]) -> (Option<bool>, u64) {
        let mut login = Login::default();
        login.see(Direction::FromDestination, 200);
        for length in answers {
            login.see(Direction::FromSource, 68);
            login.see(Direction::FromDestination, *length);
        }
        login.settle();
        (login.outcome(), login.attempts())
    }

    // Lengths under chacha20-poly1305: service accept 44, refusal 60, success 28.
    #[test]
    fn two_refusals_and_a_success_are_told_apart_by_length() {
        assert_eq!(login(&[44, 60, 60, 60, 28]), (Some(true), 3));
        assert_eq!(login(&[44, 60, 60, 60]), (Some(false), 2));
        assert_eq!(login(&[44, 60]), (None, 0));
    }

    #[test]
    fn a_length_that_was_seen_once_proves_nothing() {
        // The first answer came with other messages; a key is refused, another one taken.
        assert_eq!(login(&[44, 288, 76, 588, 28]), (Some(true), 1));
        assert_eq!(login(&[64, 336, 96]), (None, 0));
        assert_eq!(login(&[64, 336, 96, 96]), (Some(false), 2));
    }
}
