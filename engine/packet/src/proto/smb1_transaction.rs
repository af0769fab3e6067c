//! Transactions of SMB 1 (MS-CIFS, sections 2.2.4.33, 2.2.4.46 and 2.2.4.62): pipes, directories, names, deletions.
//!
//! Caps: the first message of each way; what later messages add is counted as `smb_transaction_parts`.

use std::sync::Arc;

use super::smb_connection::Sink;
use super::smb_find;
use super::smb_state::{Choice, Detail, Listing, OpenKey, Request, State, Status, cut};
use super::smb1::{Block, Header};
use super::smb1_request::facts;
use super::{Context, Direction};
use crate::bytes::{le16, le32, utf16le};

/// `TransactNmPipe`.
const TRANSACT_PIPE: u16 = 0x26;

/// Setup words, parameters and data of a transaction.
struct Parts<'a> {
    setup: &'a [u8],
    parameters: &'a [u8],
    data: &'a [u8],
}

fn parts<'a>(block: &Block<'a>, is_nt: bool) -> Option<Parts<'a>> {
    let words = block.words;
    let number = |at: usize| {
        if is_nt {
            le32(words, at).and_then(|value| usize::try_from(value).ok())
        } else {
            le16(words, at).map(usize::from)
        }
    };
    let (first, step, setup) = if is_nt { (19, 4, 36) } else { (18, 2, 28) };
    Some(Parts {
        parameters: block.data(number(first + step)?, number(first)?),
        data: block.data(number(first + 3 * step)?, number(first + 2 * step)?),
        setup: words.get(setup..)?,
    })
}

/// Reads a transaction's request.
pub fn request(
    context: &mut Context<'_>,
    state: &mut State,
    header: &Header,
    block: &Block<'_>,
) -> Option<Detail> {
    let is_nt = block.command == 0xa0;
    let parts = parts(block, is_nt)?;
    if is_nt {
        return Some(nt(state, &parts));
    }
    if block.command == 0x25 {
        return Some(pipe(context, state, header, block, &parts));
    }
    let subcommand = le16(parts.setup, 0)?;
    let name = |at: usize| {
        let bytes = parts.parameters.get(at..).unwrap_or_default();
        if header.is_unicode() {
            let text = utf16le(bytes);
            let end = memchr::memchr(0, &text).unwrap_or(text.len());
            text.get(..end).unwrap_or_default().to_vec()
        } else {
            let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
            bytes.get(..end).unwrap_or_default().to_vec()
        }
    };
    Some(match subcommand {
        1 | 2 => {
            let pattern = name(12);
            let level = le16(parts.parameters, if subcommand == 1 { 6 } else { 4 })?;
            let end = pattern.iter().rposition(|byte| *byte == b'\\').unwrap_or(0);
            let directory = pattern.get(..end).unwrap_or_default().to_vec();
            let listing = Listing {
                class: class(level),
                pattern: cut(pattern.get(end + 1..).unwrap_or(&pattern)),
                ..Listing::default()
            };
            let facts = Arc::new(facts(state, header, &directory, true));
            Detail::Find(facts, Box::new(listing))
        }
        6 => {
            let facts = Arc::new(facts(state, header, &name(6), false));
            change(le16(parts.parameters, 0)?, parts.data, None, facts)
        }
        8 => {
            let key = OpenKey::fid(le16(parts.parameters, 0)?);
            let facts = state.facts(&key);
            change(le16(parts.parameters, 2)?, parts.data, Some(key), facts)
        }
        13 => {
            let choice = Choice {
                disposition: Some(2),
                ..Choice::default()
            };
            let facts = Arc::new(facts(state, header, &name(4), true));
            Detail::Create(facts, Box::new(choice))
        }
        0 => Detail::Transaction("OPEN2", None),
        3 => Detail::Transaction("QUERY_FS_INFORMATION", None),
        5 => Detail::Transaction("QUERY_PATH_INFORMATION", None),
        4 => Detail::Transaction("SET_FS_INFORMATION", None),
        7 => Detail::Transaction("QUERY_FILE_INFORMATION", None),
        9 => Detail::Transaction("FSCTL", None),
        10 => Detail::Transaction("IOCTL2", None),
        // Reserved and never implemented; back doors answer to it.
        14 => Detail::Transaction("SESSION_SETUP", None),
        16 => Detail::Transaction("GET_DFS_REFERRAL", None),
        _ => Detail::Transaction("TRANS2", None),
    })
}

/// `TRANS2_SET_PATH_INFORMATION` and `TRANS2_SET_FILE_INFORMATION`: levels from 1000 are NT's classes (MS-SMB, 2.2.2.3.5).
fn change(
    level: u16,
    data: &[u8],
    key: Option<OpenKey>,
    facts: Arc<super::smb_state::FileFacts>,
) -> Detail {
    match level {
        0x0102 | 1013 if data.first().is_some_and(|flag| *flag != 0) => Detail::Delete(facts),
        1010 => {
            let length = le32(data, 8).and_then(|length| usize::try_from(length).ok());
            let name = data.get(12..).unwrap_or_default();
            let name = name.get(..length.unwrap_or(0)).unwrap_or(name);
            Detail::Rename(key, facts, cut(&utf16le(name)))
        }
        _ => Detail::Transaction("SET_INFORMATION", key),
    }
}

/// The class whose layout a level of information has (MS-CIFS, section 2.2.8.1).
fn class(level: u16) -> u8 {
    match level {
        0x101 => 1,
        0x102 => 2,
        0x103 => 12,
        0x104 => 3,
        0x105 => 38,
        0x106 => 37,
        _ => 0,
    }
}

fn nt(state: &State, parts: &Parts<'_>) -> Detail {
    // The function stands before the setup words proper.
    match le16(parts.setup, 0) {
        Some(1) => Detail::Transaction("NT_CREATE", None),
        Some(2) => {
            let code = le32(parts.setup, 2).unwrap_or(0);
            let key = OpenKey::fid(le16(parts.setup, 6).unwrap_or(0));
            Detail::Control(key, state.facts(&key), code)
        }
        Some(3) => Detail::Transaction("SET_SECURITY", None),
        Some(4) => Detail::Transaction("NOTIFY_CHANGE", None),
        Some(5) => Detail::Transaction("NT_RENAME", None),
        Some(6) => Detail::Transaction("QUERY_SECURITY", None),
        _ => Detail::Transaction("NT_TRANSACTION", None),
    }
}

fn pipe(
    context: &mut Context<'_>,
    state: &mut State,
    header: &Header,
    block: &Block<'_>,
    parts: &Parts<'_>,
) -> Detail {
    let function = le16(parts.setup, 0).filter(|_| block.words.len() > 28);
    if let (Some(TRANSACT_PIPE), Some(fid)) = (function, le16(parts.setup, 2)) {
        let sink = sink(header, block, OpenKey::fid(fid), Direction::FromSource);
        state.begin_transfer(context, &sink);
        state.carry(context, &sink, 0, parts.data);
        if state.has_parser(&sink.key) {
            return Detail::Transceive(sink.key);
        }
        return Detail::Transaction("TRANSACT_NMPIPE", Some(sink.key));
    }
    Detail::Transaction(
        match function {
            Some(0x01) => "SET_NMPIPE_STATE",
            Some(0x21) => "QUERY_NMPIPE_STATE",
            Some(0x22) => "QUERY_NMPIPE_INFO",
            Some(0x23) => "PEEK_NMPIPE",
            Some(0x53) => "WAIT_NMPIPE",
            Some(0x54) => "CALL_NMPIPE",
            _ => "TRANS",
        },
        None,
    )
}

fn sink(header: &Header, block: &Block<'_>, key: OpenKey, direction: Direction) -> Sink {
    Sink {
        key,
        direction,
        command: block.command(),
        session: header.session(),
        tree: u32::from(header.tree),
    }
}

/// Reads a transaction's answer.
pub fn response(
    context: &mut Context<'_>,
    state: &mut State,
    header: &Header,
    block: &Block<'_>,
    request: &mut Request,
) -> Option<()> {
    let words = block.words;
    if words.is_empty() {
        return Some(());
    }
    let (total, length, offset) = if block.command == 0xa0 {
        (le32(words, 7)?, le32(words, 23)?, le32(words, 27)?)
    } else {
        let number = |at| le16(words, at).map(u32::from);
        (number(2)?, number(12)?, number(14)?)
    };
    if total > length {
        context.limit("smb_transaction_parts");
    }
    let data = block.data(usize::try_from(offset).ok()?, usize::try_from(length).ok()?);
    match &mut request.detail {
        Detail::Transaction("TRANSACT_NMPIPE", Some(key)) | Detail::Transceive(key) => {
            if let Some(open) = state.opens.get_mut(key) {
                open.answered(Direction::FromSource, header.status);
                open.answered(Direction::FromDestination, header.status);
                if let Some((_, last)) = &mut open.last {
                    *last = Some(header.status);
                }
            }
            let sink = sink(header, block, *key, Direction::FromDestination);
            state.begin_transfer(context, &sink);
            state.carry(context, &sink, 0, data);
        }
        Detail::Find(_, listing) => smb_find::names(data, listing),
        Detail::Create(_, choice) if header.status.is_plain_success() => choice.action = Some(2),
        Detail::Rename(Some(key), _, to) if matches!(header.status, Status::Nt(0)) => {
            if let Some(open) = state.opens.get_mut(key) {
                Arc::make_mut(&mut open.facts).path.clone_from(to);
            }
        }
        _ => {}
    }
    Some(())
}
