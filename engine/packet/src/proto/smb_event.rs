//! Events of SMB: one for each command that tells something, one for all reads or writes of an open file.

use super::smb_names as names;
use super::smb_state::{Command, Detail, FileFacts, Kind, Request, State, Status};
use super::smb_transfer::Transfer;
use super::{Context, Direction, kerberos_event, ntlm_event, smb_detail};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;
use crate::file::{self, Facts};

/// Longest share, user or host written.
pub const MAX_NAME: usize = 512;

/// What an event is called and which kind it is.
struct Title {
    action: &'static str,
    categories: &'static [&'static str],
    types: &'static [&'static str],
    /// What Zeek calls it, without `SMB::FILE_` or `SMB::PIPE_`.
    verb: &'static str,
}

const fn title(
    action: &'static str,
    categories: &'static [&'static str],
    types: &'static [&'static str],
    verb: &'static str,
) -> Title {
    Title {
        action,
        categories,
        types,
        verb,
    }
}

/// A command that has no event of its own when nothing more is known of it: reads, writes and questions about a file.
#[must_use]
pub fn is_told(request: &Request) -> bool {
    match (&request.detail, request.command) {
        (Detail::Rename(..) | Detail::Delete(..), _) => true,
        (Detail::Read(..) | Detail::Write(..) | Detail::Transceive(_), _)
        | (_, Command::Two(8 | 9 | 16 | 17) | Command::One(0x0a | 0x0b | 0x2e | 0x2f)) => false,
        (Detail::Transaction(name, _), _) => !name.starts_with("QUERY") && !name.starts_with("SET"),
        _ => true,
    }
}

/// Writes a request with the answer to it, if one came.
pub fn write(context: &mut Context<'_>, state: &State, request: &Request, status: Option<Status>) {
    let title = title_of(request, status);
    let moment = context.moment;
    let mut event = Event::new(Dataset::Smb, title.action, moment.time_us, moment.packet);
    event.categories = title.categories;
    event.types = title.types;
    event.success = match status {
        Some(Status::Nt(0xc000_0016)) | None => None,
        Some(status) => Some(status.is_success()),
    };
    event.start_us = Some(request.start_us);
    event.duration_us = status.map(|_| moment.received_us.saturating_sub(request.start_us));
    event.protocol = Some("smb");
    event.transaction = Some(request.transaction);
    let session = state.sessions.get(&request.session);
    let known_user = session.map(|one| (&one.domain[..], &one.user[..]));
    let (domain, user) = match &request.detail {
        Detail::Setup(setup) => match &setup.exchange.authenticate {
            Some(message) => (&message.domain[..], &message.user[..]),
            None => (&setup.domain[..], &setup.account[..]),
        },
        _ => known_user.unwrap_or_default(),
    };
    let users = [user];
    let hosts = smb_detail::hosts(&request.detail);
    event.related = Related {
        users: &users,
        hosts: &hosts,
        ..Related::default()
    };
    let kind = smb_detail::facts(&request.detail).map_or(Kind::Unknown, |facts| facts.tree.kind);
    context.emit(
        &event,
        |line| {
            write_user(line, domain, user);
            if let Some(facts) = smb_detail::facts(&request.detail) {
                smb_detail::write_file(line, facts, smb_detail::is_whole(&request.detail));
            }
            let mark = line.open("smb");
            write_action(line, kind, title.verb);
            line.word("command", request.command.name());
            if let Some(status) = status {
                write_status(line, status);
            }
            write_place(line, &state.dialect, request.session, request.tree);
            smb_detail::write(line, state, &request.detail);
            line.close(mark);
            if let Detail::Setup(setup) = &request.detail {
                smb_detail::write_ntlm(line, setup);
            }
        },
        |_| {},
    );
    if let Detail::Setup(setup) = &request.detail
        && setup.exchange.authenticate.is_some()
        && status != Some(Status::Nt(0xc000_0016))
    {
        ntlm_event::write(context, &setup.exchange, status.map(Status::is_success));
    }
    if let Detail::Setup(setup) = &request.detail {
        // A step that only asks for more has no outcome yet.
        let outcome = status.filter(|status| *status != Status::Nt(0xc000_0016));
        let is_success = outcome.map(Status::is_success);
        kerberos_event::write(context, &setup.kerberos, is_success);
    }
}

fn title_of(request: &Request, status: Option<Status>) -> Title {
    const FILE: &[&str] = &["file"];
    const NOTHING: &[&str] = &[];
    match (&request.detail, request.command) {
        // A step that only asks for more is no log-in yet.
        (Detail::Setup(_), _) if status == Some(Status::Nt(0xc000_0016)) => {
            title("smb-session", NOTHING, NOTHING, "")
        }
        (Detail::Setup(_), _) => title("smb-session", &["authentication"], &["start"], ""),
        (_, Command::Two(4) | Command::One(0x71)) => {
            title("smb-tree-disconnect", NOTHING, NOTHING, "")
        }
        (Detail::Tree(..), _) => title("smb-tree", NOTHING, &["access"], ""),
        (Detail::Create(facts, _), _) if facts.tree.kind == Kind::Pipe => {
            title("smb-open", NOTHING, &["access"], "OPEN")
        }
        (Detail::Create(_, choice), _) => title(
            "smb-open",
            FILE,
            match choice.action {
                Some(2) => &["creation"],
                Some(0 | 3) => &["change"],
                _ => &["access"],
            },
            "OPEN",
        ),
        (Detail::Find(..), _) => title("smb-list", FILE, &["access"], ""),
        (Detail::Rename(..), _) => title("smb-rename", FILE, &["change"], "RENAME"),
        (Detail::Delete(..), _) => title("smb-delete", FILE, &["deletion"], "DELETE"),
        (_, Command::Two(0) | Command::One(0x72)) => title("smb-negotiate", NOTHING, NOTHING, ""),
        (_, Command::Two(1) | Command::One(0x73)) => title("smb-session", NOTHING, NOTHING, ""),
        (_, Command::Two(2) | Command::One(0x74)) => {
            title("smb-logoff", &["authentication"], &["end"], "")
        }
        (_, Command::Two(3) | Command::One(0x70 | 0x75)) => title("smb-tree", NOTHING, NOTHING, ""),
        (_, Command::Two(5) | Command::One(0x02 | 0x03 | 0x0f | 0x2d | 0xa2)) => {
            title("smb-open", NOTHING, NOTHING, "")
        }
        (_, Command::Two(6) | Command::One(0x04)) => title("smb-close", FILE, &["access"], "CLOSE"),
        (_, Command::Two(7) | Command::One(0x05)) => title("smb-flush", NOTHING, NOTHING, ""),
        (_, Command::Two(10) | Command::One(0x24)) => title("smb-lock", NOTHING, NOTHING, ""),
        (Detail::Control(..), _) | (_, Command::Two(11)) => {
            title("smb-control", NOTHING, NOTHING, "")
        }
        (_, Command::Two(12) | Command::One(0xa4)) => title("smb-cancel", NOTHING, NOTHING, ""),
        (_, Command::Two(13) | Command::One(0x2b)) => title("smb-echo", NOTHING, NOTHING, ""),
        (_, Command::Two(14)) => title("smb-list", FILE, &["access"], ""),
        (_, Command::Two(15)) => title("smb-notify", NOTHING, NOTHING, ""),
        (_, Command::Two(18)) => title("smb-oplock-break", NOTHING, NOTHING, ""),
        (_, Command::One(0x00)) => title("smb-open", FILE, &["creation"], "OPEN"),
        (_, Command::One(0x25 | 0x32 | 0xa0)) => title("smb-transaction", NOTHING, NOTHING, ""),
        _ => title("smb-command", NOTHING, NOTHING, ""),
    }
}

/// What the reads or the writes of an open file came to.
pub struct Carried<'a> {
    /// The file.
    pub facts: &'a FileFacts,
    /// Who sent the bytes.
    pub direction: Direction,
    /// Version of the protocol.
    pub command: Command,
    /// Answer to the operations.
    pub status: Option<Status>,
    /// Whether the file was closed.
    pub is_closed: bool,
}

/// Writes the event of all reads or writes, and the file that they carried.
pub fn write_transfer(
    context: &mut Context<'_>,
    state: &State,
    carried: &Carried<'_>,
    mut transfer: Transfer,
) {
    transfer.settle_all();
    let facts = carried.facts;
    let moment = context.moment;
    let is_write = carried.direction == Direction::FromSource;
    let (action, verb): (_, _) = if is_write {
        ("smb-write", "WRITE")
    } else {
        ("smb-read", "READ")
    };
    let mut event = Event::new(Dataset::Smb, action, moment.time_us, moment.packet);
    if facts.tree.kind != Kind::Pipe {
        event.categories = &["file"];
    }
    event.types = if is_write { &["change"] } else { &["access"] };
    event.success = carried.status.map(Status::is_success);
    event.start_us = Some(transfer.start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(transfer.start_us));
    event.protocol = Some("smb");
    event.transaction = Some(transfer.transaction);
    let session = state.sessions.get(&facts.session);
    let (domain, user) = session.map_or((&b""[..], &b""[..]), |one| (&one.domain, &one.user));
    let users = [user];
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    let (operations, bytes) = (transfer.operations, transfer.bytes);
    let describe = |line: &mut Line<'_>| {
        let mark = line.open("smb");
        write_action(line, facts.tree.kind, verb);
        line.word("command", carried.command.name());
        if let Some(status) = carried.status {
            write_status(line, status);
        }
        write_place(line, &state.dialect, facts.session, facts.tree_id);
        smb_detail::write_share(line, facts);
        line.number("operations", operations);
        line.number("payload_bytes", bytes);
        line.close(mark);
    };
    context.emit(
        &event,
        |line| {
            write_user(line, domain, user);
            smb_detail::write_file(line, facts, true);
            describe(line);
        },
        |_| {},
    );
    if facts.tree.kind == Kind::Pipe || facts.tree.kind == Kind::Print && !is_write {
        return;
    }
    let describe = |line: &mut Line<'_>| {
        write_user(line, domain, user);
        describe(line);
    };
    // A part of a file that is known to be longer is not the file.
    let end = facts.size.filter(|_| !is_write);
    let is_partial = end.is_some_and(|end| transfer.next() < end);
    let is_whole = end.is_some_and(|end| end > 0 && transfer.next() >= end);
    let (number, file) = (transfer.transaction, transfer.finish());
    file.report(
        context,
        &Facts {
            name: &facts.path,
            transaction: number,
            part: 0,
            sender: carried.direction,
            state: if is_whole || carried.is_closed && !is_partial {
                file::State::Closed
            } else {
                file::State::Truncated
            },
            describe: &describe,
        },
    );
}

/// `smb.action`, as Zeek names it.
fn write_action(line: &mut Line<'_>, kind: Kind, verb: &str) {
    if verb.is_empty() {
        return;
    }
    let kind = match kind {
        Kind::Pipe => "PIPE",
        Kind::Print => "PRINT",
        Kind::Unknown | Kind::Disk => "FILE",
    };
    line.word("action", &format!("SMB::{kind}_{verb}"));
}

/// `smb.status` and `smb.status_code`.
pub fn write_status(line: &mut Line<'_>, status: Status) {
    let (name, code) = match status {
        Status::Nt(status) => (names::status(status), format!("{status:#x}")),
        Status::Dos(class, code) => (names::dos_error(class, code), format!("{code:#06x}")),
    };
    line.word("status", name.unwrap_or_default());
    line.word("status_code", &code);
}

/// Dialect, session and tree.
pub fn write_place(line: &mut Line<'_>, dialect: &str, session: u64, tree: u32) {
    line.text_within("dialect", dialect.as_bytes(), 64);
    write_long(line, "session_id", session);
    line.number("tree_id", u64::from(tree));
}

/// A number of the wire where stores have signed ones of 64 bits: a larger one is left out and listed as cut.
pub fn write_long(line: &mut Line<'_>, key: &'static str, value: u64) {
    if i64::try_from(value).is_ok() {
        line.number(key, value);
    } else {
        line.note_truncated(key);
    }
}

/// `user.domain` and `user.name`.
pub fn write_user(line: &mut Line<'_>, domain: &[u8], user: &[u8]) {
    let mark = line.open("user");
    line.text_within("domain", domain, MAX_NAME);
    line.text_within("name", user, MAX_NAME);
    line.close(mark);
}

/// What was sealed or packed: nobody on the wire can read it.
pub fn write_opaque(context: &mut Context<'_>, state: &State) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Smb, "smb-sealed", moment.time_us, moment.packet);
    event.start_us = Some(state.opaque_us);
    event.duration_us = Some(moment.received_us.saturating_sub(state.opaque_us));
    event.protocol = Some("smb");
    context.emit(
        &event,
        |line| {
            let mark = line.open("smb");
            line.text_within("dialect", state.dialect.as_bytes(), 64);
            line.number("encrypted_messages", state.encrypted);
            line.number("compressed_messages", state.compressed);
            line.number("payload_bytes", state.opaque_bytes);
            line.close(mark);
        },
        |_| {},
    );
}

/// A session request of `NetBIOS` that was refused.
pub fn write_refusal(context: &mut Context<'_>, state: &State, code: u8) {
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Smb,
        "netbios-session",
        moment.time_us,
        moment.packet,
    );
    event.success = Some(false);
    event.protocol = Some("smb");
    let empty = [Vec::new(), Vec::new()];
    let [called, calling] = state.netbios.as_ref().unwrap_or(&empty);
    let hosts = [&called[..], &calling[..]];
    event.related = Related {
        hosts: &hosts,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            let mark = line.open("smb");
            smb_detail::write_netbios(line, state);
            line.word("status_code", &format!("{code:#x}"));
            line.close(mark);
        },
        |_| {},
    );
}
