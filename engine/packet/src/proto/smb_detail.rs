//! The members that a command adds to an SMB event.

use super::ntlm_event;
use super::smb_event::{MAX_NAME, write_long};
use super::smb_names as names;
use super::smb_state::{Choice, Detail, FileFacts, Kind, Negotiation, Setup, State};
use crate::bytes::count;
use crate::emit::line::Line;
use crate::emit::time::TimeText;

/// Seconds between 1601 and 1970 in microseconds.
const EPOCH_US: u64 = 11_644_473_600_000_000;
/// `FILE_DELETE_ON_CLOSE`.
const DELETE_ON_CLOSE: u32 = 0x1000;

/// The file that a request is about.
#[must_use]
pub fn facts(detail: &Detail) -> Option<&FileFacts> {
    match detail {
        Detail::Create(facts, _)
        | Detail::File(_, facts)
        | Detail::Find(facts, ..)
        | Detail::Control(_, facts, _)
        | Detail::Rename(_, facts, _)
        | Detail::Delete(facts) => Some(facts),
        _ => None,
    }
}

/// Whether size and times belong into the event: where the file is opened.
#[must_use]
pub fn is_whole(detail: &Detail) -> bool {
    matches!(detail, Detail::Create(..))
}

/// Names of hosts in a request.
#[must_use]
pub fn hosts(detail: &Detail) -> [&[u8]; 4] {
    match detail {
        Detail::Setup(setup) => {
            let client = setup.exchange.authenticate.as_ref();
            let server = setup.exchange.challenge.as_ref();
            [
                client.map_or(b"", |message| &message.host),
                server.map_or(b"", |message| &message.netbios_computer),
                server.map_or(b"", |message| &message.dns_computer),
                b"",
            ]
        }
        Detail::Negotiate(one) => [&one.server_name, b"", b"", b""],
        Detail::Tree(tree, _) => {
            // `\\server\share`
            let server = tree.share.split(|byte| *byte == b'\\').nth(2);
            [server.unwrap_or_default(), b"", b"", b""]
        }
        _ => [b""; 4],
    }
}

/// `file`: path and name, and where it is opened also size and times.
pub fn write_file(line: &mut Line<'_>, facts: &FileFacts, is_whole: bool) {
    let mark = line.open("file");
    line.text_within("path", &facts.path, 4_096);
    if facts.is_path_cut {
        line.note_truncated("path");
    }
    let name = facts.path.rsplit(|byte| *byte == b'\\').next();
    line.text_within("name", name.unwrap_or_default(), 1_024);
    if facts.is_directory {
        line.word("type", "dir");
    }
    if is_whole {
        if let Some(size) = facts.size {
            write_long(line, "size", size);
        }
        let mut text = TimeText::default();
        for (name, time) in ["created", "accessed", "mtime", "ctime"]
            .into_iter()
            .zip(facts.times)
        {
            if let Some(time_us) = (time / 10).checked_sub(EPOCH_US)
                && time_us < MAX_TIME_US
            {
                line.plain(name, text.write(time_us));
            }
        }
    }
    line.close(mark);
}

/// The year 9999.
const MAX_TIME_US: u64 = 253_402_300_799_000_000;

/// Share, its kind and the file's id.
pub fn write_share(line: &mut Line<'_>, facts: &FileFacts) {
    line.text_within("share", &facts.tree.share, MAX_NAME);
    line.word("share_type", facts.tree.kind.name());
    if let Some(id) = &facts.id {
        line.raw("fuid", |out| append_id(out, id));
    }
}

/// What a request adds to the object `smb`.
pub fn write(line: &mut Line<'_>, state: &State, detail: &Detail) {
    if let Some(facts) = facts(detail) {
        write_share(line, facts);
    }
    match detail {
        Detail::Negotiate(one) => write_negotiation(line, state, one),
        Detail::Setup(setup) => write_setup(line, setup),
        Detail::Tree(tree, [request, response]) => {
            line.text_within("share", &tree.share, MAX_NAME);
            line.word("share_type", tree.kind.name());
            let mark = line.open("service");
            line.text_within("request", request, 64);
            line.text_within("response", response, 64);
            line.close(mark);
        }
        Detail::Create(facts, choice) => write_choice(line, facts, choice),
        Detail::Find(_, listing) => {
            line.text_within("search_pattern", &listing.pattern, MAX_NAME);
            let mark = line.open_list("names");
            for name in &listing.names {
                if !line.has_room() {
                    break;
                }
                line.item_text(name, 256);
            }
            line.close_list(mark);
            if count(listing.names.len()) < listing.total {
                line.note_truncated("names");
            }
            line.number("entries", listing.total);
        }
        Detail::Control(_, _, code) => match names::function(*code) {
            Some(name) => line.word("function", name),
            None => line.word("function", &format!("{code:#010x}")),
        },
        Detail::Rename(_, facts, to) => {
            let mark = line.open("rename");
            line.text_within("from", &facts.path, 1_024);
            line.text_within("to", to, 1_024);
            line.close(mark);
        }
        Detail::Transaction(name, _) => line.word("function", name),
        _ => {}
    }
}

fn write_negotiation(line: &mut Line<'_>, state: &State, one: &Negotiation) {
    let list = line.open_list("client_dialects");
    for dialect in &one.dialects {
        line.item_text(dialect, 64);
    }
    line.close_list(list);
    for (name, id) in [
        ("client_guid", &one.client_guid),
        ("server_guid", &one.server_guid),
    ] {
        if let Some(id) = id {
            line.raw(name, |out| append_id(out, id));
        }
    }
    line.text_within("server_name", &one.server_name, 256);
    line.text_within("domain", &one.domain, 256);
    line.word("cipher", one.cipher);
    if let [_, Some(signing)] = one.signing {
        line.flag("signing_required", signing & 2 != 0);
    }
    if let Some([transaction, read, write]) = one.sizes {
        line.number("max_transaction_size", u64::from(transaction));
        line.number("max_read_size", u64::from(read));
        line.number("max_write_size", u64::from(write));
    }
    for (name, value) in ["client_capabilities", "server_capabilities"]
        .into_iter()
        .zip(one.capabilities)
    {
        if let Some(value) = value {
            line.number(name, u64::from(value));
        }
    }
    write_netbios(line, state);
}

/// Names of a `NetBIOS` session request.
pub fn write_netbios(line: &mut Line<'_>, state: &State) {
    if let Some([called, calling]) = &state.netbios {
        let mark = line.open("netbios");
        line.text_within("called", called, 64);
        line.text_within("calling", calling, 64);
        line.close(mark);
    }
}

fn write_setup(line: &mut Line<'_>, setup: &Setup) {
    line.word("authentication", setup.method);
    for (object, [system, software, domain]) in
        [("request", &setup.client), ("response", &setup.server)]
    {
        let mark = line.open(object);
        line.text_within("native_os", system, 256);
        line.text_within("native_lm", software, 256);
        line.text_within("domain", domain, 256);
        line.close(mark);
    }
    if setup.flags & 1 != 0 {
        line.flag("guest", true);
    }
    if setup.flags & 2 != 0 {
        line.flag("anonymous", true);
    }
    if setup.flags & 4 != 0 {
        line.flag("encrypted", true);
    }
}

/// The object `ntlm` of a log-in step.
pub fn write_ntlm(line: &mut Line<'_>, setup: &Setup) {
    let mark = line.open("ntlm");
    if let Some(message) = &setup.exchange.authenticate {
        line.text_within("host", &message.host, 256);
        line.word("method", message.method);
        ntlm_event::write_version(line, message.version);
    }
    line.close(mark);
}

fn write_choice(line: &mut Line<'_>, facts: &FileFacts, choice: &Choice) {
    if let Some(disposition) = choice.disposition {
        line.word("disposition", names::disposition(disposition));
    }
    line.word(
        "access",
        if facts.deletes {
            "delete on close"
        } else {
            "normal"
        },
    );
    line.word("access_mask", &format!("{:#010x}", choice.access));
    if let Some(action) = choice.action.filter(|_| facts.tree.kind != Kind::Pipe) {
        line.word("create_action", names::create_action(action));
    }
}

/// Whether options ask for a file to be deleted when it is closed.
#[must_use]
pub fn is_delete_on_close(options: u32) -> bool {
    options & DELETE_ON_CLOSE != 0
}

/// A file or machine id in the groups of a GUID, every number lowest byte first, as EVE writes it.
fn append_id(out: &mut Vec<u8>, id: &[u8; 16]) {
    const GROUPS: [(usize, usize); 6] = [(0, 4), (4, 2), (6, 2), (8, 2), (10, 2), (12, 4)];
    out.push(b'"');
    for (start, length) in GROUPS {
        if !matches!(start, 0 | 12) {
            out.push(b'-');
        }
        for byte in id.iter().skip(start).take(length).rev() {
            out.extend_from_slice(&crate::emit::text::hex(*byte));
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_id_is_written_as_in_eve() {
        let mut out = Vec::new();
        super::append_id(&mut out, b"\x4d\0\0\0\0\0\0\0\x05\0\0\0\xff\xff\xff\xff");
        assert_eq!(out, b"\"0000004d-0000-0000-0005-0000ffffffff\"");
    }
}
