//! Messages of SMB 1 (MS-CIFS, section 2.2.3; MS-SMB): the header, chains of commands, texts of both kinds.
//!
//! Caps: 10 commands in a chain (clients send up to five); a chain that does not lead forward ends.

use super::smb_state::{Command, MAX_NAME, OpenKey, State, Status};
use super::{Context, smb1_request, smb1_response};
use crate::anomaly::Anomaly;
use crate::bytes::{le16, le32, utf16le};

/// Length of the header.
const HEADER: usize = 32;
/// Commands in one message.
const MAX_CHAIN: u64 = 10;
/// The message is an answer.
const REPLY: u8 = 0x80;
/// Texts have two bytes a unit.
const UNICODE: u16 = 0x8000;
/// The status is NT's.
const NT_STATUS: u16 = 0x4000;

/// The header of a message.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// First command.
    pub command: u8,
    /// Status, in answers.
    pub status: Status,
    flags: u8,
    flags2: u16,
    /// Tree.
    pub tree: u16,
    /// User: the session.
    pub user: u16,
    /// Process and multiplex id, and eight bits for the place in a chain.
    pub key: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEADER)?;
        let flags2 = le16(bytes, 10)?;
        let process = (u64::from(le16(bytes, 12)?) << 16) | u64::from(le16(bytes, 26)?);
        Some(Self {
            command: *bytes.get(4)?,
            status: if flags2 & NT_STATUS == 0 {
                Status::Dos(*bytes.get(5)?, le16(bytes, 7)?)
            } else {
                Status::Nt(le32(bytes, 5)?)
            },
            flags: *bytes.get(9)?,
            flags2,
            tree: le16(bytes, 24)?,
            user: le16(bytes, 28)?,
            key: (process << 24) | (u64::from(le16(bytes, 30)?) << 8),
        })
    }

    /// Whether texts have two bytes a unit.
    #[must_use]
    pub fn is_unicode(&self) -> bool {
        self.flags2 & UNICODE != 0
    }

    /// Session, as both versions have it.
    #[must_use]
    pub fn session(&self) -> u64 {
        u64::from(self.user)
    }
}

/// One command of a message: its words and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Command.
    pub command: u8,
    /// The whole message: offsets count from its header.
    pub message: &'a [u8],
    /// Parameters.
    pub words: &'a [u8],
    /// Data.
    pub bytes: &'a [u8],
    /// Where they begin in the message.
    pub bytes_at: usize,
    /// Key of the request: that of the message and the place in the chain.
    pub key: u64,
    /// File that a command before it in the chain opens.
    pub opened: Option<OpenKey>,
}

impl<'a> Block<'a> {
    fn read(message: &'a [u8], at: usize, command: u8, key: u64) -> Option<Self> {
        let count = usize::from(*message.get(at)?) * 2;
        let words_at = at + 1;
        let words = message.get(words_at..words_at + count)?;
        let bytes_at = words_at + count + 2;
        // Large writes say less here than they carry; a message may end after its words.
        let length = usize::from(le16(message, words_at + count).unwrap_or(0));
        let bytes = message.get(bytes_at..).unwrap_or_default();
        Some(Self {
            command,
            message,
            words,
            bytes: bytes.get(..length).unwrap_or(bytes),
            bytes_at,
            key,
            opened: None,
        })
    }

    /// Command as both versions have it.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::One(self.command)
    }

    /// Bytes whose place from the header and length a command tells; as many of them as there are.
    #[must_use]
    pub fn data(&self, offset: usize, length: usize) -> &'a [u8] {
        let data = self.message.get(offset..).unwrap_or_default();
        data.get(..length).unwrap_or(data)
    }

    /// Texts from `at` in the bytes.
    #[must_use]
    pub fn texts(&self, at: usize, is_unicode: bool) -> Texts<'a> {
        Texts {
            rest: self.bytes.get(at..).unwrap_or_default(),
            is_odd: (self.bytes_at + at) % 2 == 1,
            is_unicode,
        }
    }
}

/// Texts one after the other, each with its end.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    rest: &'a [u8],
    is_odd: bool,
    is_unicode: bool,
}

impl Texts<'_> {
    /// The same, where texts follow without filling (the answer to a negotiation).
    #[must_use]
    pub fn unaligned(self) -> Self {
        Self {
            is_odd: false,
            ..self
        }
    }

    /// The next text; empty when there is none.
    pub fn next_text(&mut self) -> Vec<u8> {
        if !self.is_unicode {
            return self.next_oem();
        }
        // Units stand at even places from the header.
        if std::mem::take(&mut self.is_odd) {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        let units = self.rest.as_chunks::<2>().0;
        let end = units
            .iter()
            .position(|unit| *unit == [0, 0])
            .unwrap_or(units.len());
        let (text, rest) = self.rest.split_at_checked(end * 2).unwrap_or_default();
        self.rest = rest.get(2..).unwrap_or_default();
        utf16le(text.get(..2 * MAX_NAME).unwrap_or(text))
    }

    /// The next text in one byte a character.
    pub fn next_oem(&mut self) -> Vec<u8> {
        let end = memchr::memchr(0, self.rest).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        self.rest = rest.get(1..).unwrap_or_default();
        self.is_odd ^= end.is_multiple_of(2);
        text.get(..MAX_NAME).unwrap_or(text).to_vec()
    }

    /// Steps over a byte that tells what kind of field follows.
    pub fn skip_format(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
        self.is_odd = !self.is_odd;
    }
}

/// Reads a whole message. False when it breaks its format.
pub fn message(context: &mut Context<'_>, state: &mut State, bytes: &[u8]) -> bool {
    let Some(header) = Header::read(bytes) else {
        return false;
    };
    let is_reply = header.flags & REPLY != 0;
    let (mut at, mut command, mut opened) = (HEADER, header.command, None);
    for place in 0..MAX_CHAIN {
        let key = header.key | place;
        let Some(mut block) = Block::read(bytes, at, command, key) else {
            return false;
        };
        block.opened = opened;
        let is_good = if is_reply {
            smb1_response::read(context, state, &header, &block)
        } else {
            smb1_request::read(context, state, &header, &block, &mut opened)
        }
        .is_some();
        if !is_good {
            return false;
        }
        let next = le16(block.words, 0).filter(|_| is_chained(command));
        let Some((next, offset)) = next.and_then(|next| {
            let [next, _] = next.to_le_bytes();
            (next != 0xff).then_some((next, usize::from(le16(block.words, 2)?)))
        }) else {
            if is_reply {
                drop_chain(context, state, header.key, place);
            }
            return true;
        };
        if offset <= at {
            context.anomaly(Anomaly::SmbChainTooLong);
            return true;
        }
        (at, command) = (offset, next);
    }
    context.limit("smb_chain");
    context.anomaly(Anomaly::SmbChainTooLong);
    true
}

/// Commands behind the last one that was answered were not carried out.
fn drop_chain(context: &mut Context<'_>, state: &mut State, key: u64, last: u64) {
    for place in last + 1..MAX_CHAIN {
        let Some(request) = state.requests.remove(&(1, key | place)) else {
            return;
        };
        state.tell(context, &request, None);
    }
}

fn is_chained(command: u8) -> bool {
    matches!(
        command,
        0x24 | 0x2d | 0x2e | 0x2f | 0x73 | 0x74 | 0x75 | 0xa2
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_two_bytes_begin_at_even_places() {
        let message = b"....\0A\0B\0\0\0C\0\0\0";
        let block = Block {
            command: 0x73,
            message,
            words: b"",
            bytes: &message[5..],
            bytes_at: 5,
            key: 0,
            opened: None,
        };
        // Place 5 is odd: one byte is filling.
        let mut texts = Block {
            bytes: b"\0A\0B\0\0\0C\0\0\0",
            ..block
        }
        .texts(0, true);
        assert_eq!(texts.next_text(), b"AB");
        assert_eq!(texts.next_text(), b"C");
        assert_eq!(texts.next_text(), b"");
    }

    #[test]
    fn a_dos_error_is_told_from_an_nt_status_by_the_flags() {
        let mut bytes = [0; HEADER];
        bytes[5] = 2;
        bytes[7] = 91;
        let header = Header::read(&bytes).expect("whole");
        assert_eq!(header.status, Status::Dos(2, 91));
        bytes[11] = 0x40;
        bytes[5..9].copy_from_slice(&0xc000_0016_u32.to_le_bytes());
        let header = Header::read(&bytes).expect("whole");
        assert_eq!(header.status, Status::Nt(0xc000_0016));
    }
}
