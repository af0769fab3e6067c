//! SIP messages taken apart (RFC 3261, sections 7 and 20; compact forms of section 7.3.3).
//!
//! Caps: 256 header fields, 8 Via fields, 1,024 bytes a value.

use memchr::{memchr, memmem};

/// Fields of one message that are looked at.
const MAX_FIELDS: usize = 256;
/// Via fields that are told.
const MAX_VIA: usize = 8;
/// Bytes of a value that are kept.
const MAX_VALUE: usize = 1_024;

/// First line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// `METHOD uri SIP/2.0`
    Request {
        /// What is asked for.
        method: &'a [u8],
        /// Of whom.
        uri: &'a [u8],
        /// Version of the protocol.
        version: &'a [u8],
    },
    /// `SIP/2.0 200 OK`
    Response {
        /// Version of the protocol.
        version: &'a [u8],
        /// Three digits.
        code: &'a [u8],
        /// In words.
        reason: &'a [u8],
    },
}

/// Methods of RFC 3261 and its extensions; any other token is believed behind a well-formed line only.
const METHODS: &[&[u8]] = &[
    b"INVITE",
    b"ACK",
    b"BYE",
    b"CANCEL",
    b"OPTIONS",
    b"REGISTER",
    b"PRACK",
    b"SUBSCRIBE",
    b"NOTIFY",
    b"PUBLISH",
    b"INFO",
    b"REFER",
    b"MESSAGE",
    b"UPDATE",
];

impl<'a> Start<'a> {
    /// Reads a first line; `None` when it is none.
    #[must_use]
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (first, second, third) = (
            words.next()?,
            words.next()?,
            words.next().unwrap_or_default(),
        );
        if is_version(first) {
            let is_code = second.len() == 3 && second.iter().all(u8::is_ascii_digit);
            return is_code.then_some(Self::Response {
                version: first,
                code: second,
                reason: third,
            });
        }
        let is_method = !first.is_empty()
            && first.len() <= 32
            && first
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
        (is_method && is_version(third) && !second.is_empty()).then_some(Self::Request {
            method: first,
            uri: second,
            version: third,
        })
    }

    /// Whether the method is one of those that are registered.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        match self {
            Self::Request { method, .. } => METHODS.contains(method),
            Self::Response { .. } => true,
        }
    }
}

fn is_version(word: &[u8]) -> bool {
    matches!(word, [b'S', b'I', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// A value as sent, cut at [`MAX_VALUE`].
pub type Value<'a> = &'a [u8];

/// What is told of a message's fields.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    /// Who asks.
    pub from: Value<'a>,
    /// Who is asked.
    pub to: Value<'a>,
    /// Name of the dialog.
    pub call_id: Value<'a>,
    /// Number and method of the request.
    pub sequence: Value<'a>,
    /// Way of the message, nearest hop first.
    pub via: Vec<Value<'a>>,
    /// Where to reach the sender.
    pub contact: Value<'a>,
    /// Software of a client or a server.
    pub agent: Value<'a>,
    /// What it is about.
    pub subject: Value<'a>,
    /// When it was sent.
    pub date: Value<'a>,
    /// Where to answer to.
    pub reply_to: Value<'a>,
    /// What went not quite well.
    pub warning: Value<'a>,
    /// Type of the body.
    pub content_type: Value<'a>,
    /// User of an `Authorization` field.
    pub user: Value<'a>,
    /// Length of the body, when stated.
    pub length: Option<u64>,
    /// Whether anything was cut or left out.
    pub is_cut: bool,
    /// Whether a line is no field.
    pub is_malformed: bool,
}

impl<'a> Fields<'a> {
    /// Reads the lines behind the first one.
    #[must_use]
    pub fn read(head: &'a [u8]) -> Self {
        let mut fields = Self::default();
        let mut rest = head;
        let mut number = 0;
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            rest = after;
            if line.is_empty() || line.starts_with(b" ") || line.starts_with(b"\t") {
                continue;
            }
            number += 1;
            if number > MAX_FIELDS {
                fields.is_cut = true;
                break;
            }
            let Some(colon) = memchr(b':', line) else {
                fields.is_malformed = true;
                continue;
            };
            let (name, value) = line.split_at(colon);
            fields.see(
                name.trim_ascii(),
                value.get(1..).unwrap_or_default().trim_ascii(),
            );
        }
        fields
    }

    fn see(&mut self, name: &[u8], value: &'a [u8]) {
        let kept = value.get(..MAX_VALUE).unwrap_or(value);
        self.is_cut |= kept.len() < value.len();
        let name = name.to_ascii_lowercase();
        let place = match name.as_slice() {
            b"from" | b"f" => &mut self.from,
            b"to" | b"t" => &mut self.to,
            b"call-id" | b"i" => &mut self.call_id,
            b"cseq" => &mut self.sequence,
            b"contact" | b"m" => &mut self.contact,
            b"user-agent" | b"server" => &mut self.agent,
            b"subject" | b"s" => &mut self.subject,
            b"date" => &mut self.date,
            b"reply-to" => &mut self.reply_to,
            b"warning" => &mut self.warning,
            b"content-type" | b"c" => &mut self.content_type,
            b"authorization" | b"proxy-authorization" => {
                self.user = user_of(kept);
                return;
            }
            b"content-length" | b"l" => {
                self.length = number(kept);
                self.is_malformed |= self.length.is_none();
                return;
            }
            b"via" | b"v" => {
                if self.via.len() < MAX_VIA {
                    self.via.push(kept);
                } else {
                    self.is_cut = true;
                }
                return;
            }
            _ => return,
        };
        *place = kept;
    }
}

/// A line without its end, and what follows.
#[must_use]
pub fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some(at) = memchr(b'\n', bytes) else {
        return (bytes, b"");
    };
    let line = bytes.get(..at).unwrap_or_default();
    (
        line.strip_suffix(b"\r").unwrap_or(line),
        bytes.get(at + 1..).unwrap_or_default(),
    )
}

/// Length of the head with its empty line; the first `scanned` bytes were looked at in vain.
#[must_use]
pub fn head_length(bytes: &[u8], scanned: usize) -> Option<usize> {
    let from = scanned.saturating_sub(3);
    let tail = bytes.get(from..)?;
    memmem::find(tail, b"\r\n\r\n").map(|at| from + at + 4)
}

/// `username="…"` of digest credentials (RFC 3261, section 22.4).
fn user_of(value: &[u8]) -> &[u8] {
    let Some(at) = memmem::find(value, b"username=\"") else {
        return b"";
    };
    let rest = value.get(at + 10..).unwrap_or_default();
    let end = memchr(b'"', rest).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 3261, section 24.1: F1, shortened.
    const REGISTER: &[u8] = b"REGISTER sip:registrar.biloxi.com SIP/2.0\r\n\
        Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7\r\n\
        t: Bob <sip:bob@biloxi.com>\r\nFrom: Bob <sip:bob@biloxi.com>;tag=456248\r\n\
        Call-ID: 843817637684230@998sdasdh09\r\nCSeq: 1826 REGISTER\r\n\
        Authorization: Digest username=\"bob\", realm=\"biloxi.com\"\r\nContent-Length: 0\r\n\r\n";

    #[test]
    fn long_and_compact_fields_are_read() {
        let (line, rest) = split_line(REGISTER);
        assert!(matches!(
            Start::read(line),
            Some(Start::Request {
                method: b"REGISTER",
                uri: b"sip:registrar.biloxi.com",
                ..
            })
        ));
        let fields = Fields::read(rest);
        assert_eq!(fields.to, b"Bob <sip:bob@biloxi.com>");
        assert_eq!(fields.user, b"bob");
        assert_eq!((fields.length, fields.via.len()), (Some(0), 1));
        assert_eq!(head_length(REGISTER, 0), Some(REGISTER.len()));
        assert_eq!(head_length(&REGISTER[..REGISTER.len() - 1], 0), None);
    }

    #[test]
    fn other_protocols_are_no_sip() {
        for line in [
            &b"GET / HTTP/1.1"[..],
            b"HTTP/1.1 200 OK",
            b"SIP/2.0 20 OK",
            b"INVITE  SIP/2.0",
            b"EHLO x",
        ] {
            assert_eq!(Start::read(line), None);
        }
        assert!(matches!(
            Start::read(b"SIP/2.0 401 Unauthorized"),
            Some(Start::Response {
                code: b"401",
                reason: b"Unauthorized",
                ..
            })
        ));
    }
}
