//! Events of SMTP: a mail, a log-in, a session without a mail.

use std::net::IpAddr;

use super::mail_event;
use super::mime_mail::{Mail, Progress};
use super::sasl::Login;
use super::smtp_command::{bare, queue_id};
use super::{Context, Direction};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Names and paths.
const MAX_NAME: usize = 1_024;
/// Replies.
const MAX_REPLY: usize = 1_024;
/// Values of `related`.
const MAX_RELATED: usize = 64;

/// A reply of the server: its code and its last line.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// What follows them.
    pub text: Vec<u8>,
}

/// What holds for the whole connection.
#[derive(Debug, Default)]
pub struct Session {
    /// The client's name for itself.
    pub hello: Vec<u8>,
    /// Whether TLS was agreed on.
    pub has_tls: bool,
    /// The last reply.
    pub reply: Option<Reply>,
    /// When the first byte was seen, µs.
    pub start_us: u64,
}

/// Who sends to whom.
#[derive(Debug, Default)]
pub struct Envelope {
    /// Number of the transaction.
    pub number: u64,
    /// When it began, µs.
    pub start_us: u64,
    /// MAIL FROM, as sent.
    pub sender: Option<Vec<u8>>,
    /// RCPT TO, as sent.
    pub recipients: Vec<Vec<u8>>,
    /// Whether recipients were left out.
    pub is_cut: bool,
    /// Whether the server refused the sender.
    pub is_refused: bool,
}

impl Envelope {
    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        let recipients: usize = self.recipients.iter().map(|path| path.len() + 24).sum();
        recipients + self.sender.as_ref().map_or(0, Vec::len) + 64
    }
}

/// Writes the event of a mail, or of an attempt at one; then those of its files.
pub fn write_mail(
    context: &mut Context<'_>,
    session: &Session,
    envelope: &Envelope,
    mail: Option<Mail>,
    reply: Option<&Reply>,
) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Smtp, "mail-message", moment.time_us, moment.packet);
    event.categories = &["email"];
    event.types = &["info"];
    event.protocol = Some("smtp");
    event.transaction = Some(envelope.number);
    event.start_us = Some(envelope.start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(envelope.start_us));
    let is_sent = mail
        .as_ref()
        .is_some_and(|mail| mail.progress == Progress::Done);
    event.success = match reply {
        Some(reply) if reply.code >= 400 => Some(false),
        Some(_) if is_sent => Some(true),
        _ => None,
    };
    let mut mail = mail;
    let path = path(context, mail.as_ref());
    let users = users(envelope, mail.as_ref());
    let users: Vec<&[u8]> = users.iter().map(Vec::as_slice).collect();
    let addresses: Vec<_> = path.iter().copied().map(octets).collect();
    let hosts = [session.hello.as_slice()];
    event.related = Related {
        addresses: &addresses,
        users: &users,
        hosts: &hosts,
        ..Related::default()
    };
    let queue = reply.map_or(&b""[..], |reply| queue_id(&reply.text));
    context.emit(
        &event,
        |line| {
            if let Some(mail) = &mail {
                mail_event::write(line, mail, queue);
            }
            write_smtp(line, session, Some(envelope), reply, &path);
        },
        |line| {
            if let Some(mail) = &mail {
                mail_event::write_own(line, mail);
            }
        },
    );
    if let Some(mail) = &mut mail {
        let describe = |line: &mut Line<'_>| write_smtp(line, session, Some(envelope), None, &[]);
        let sender = Direction::FromSource;
        mail_event::report_files(context, mail, envelope.number, sender, &describe);
    }
}

/// Writes the event of a connection in which no mail was sent.
pub fn write_session(context: &mut Context<'_>, session: &Session) {
    let number = context.begin_transaction();
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Smtp,
        "smtp-connection",
        moment.time_us,
        moment.packet,
    );
    event.categories = &["email"];
    event.types = &["info"];
    event.protocol = Some("smtp");
    event.transaction = Some(number);
    event.start_us = Some(session.start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(session.start_us));
    event.success = session.reply.as_ref().map(|reply| reply.code < 400);
    let hosts = [session.hello.as_slice()];
    event.related = Related {
        hosts: &hosts,
        ..Related::default()
    };
    let path = path(context, None);
    context.emit(
        &event,
        |line| write_smtp(line, session, None, session.reply.as_ref(), &path),
        |_| {},
    );
}

/// Writes the event of a log-in.
pub fn write_login(context: &mut Context<'_>, session: &Session, login: &Login, success: bool) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Smtp, "smtp-login", moment.time_us, moment.packet);
    event.categories = &["authentication", "email"];
    event.types = &["start"];
    event.protocol = Some("smtp");
    event.success = Some(success);
    let (users, hosts) = ([login.user.as_slice()], [session.hello.as_slice()]);
    event.related = Related {
        hosts: &hosts,
        users: &users,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            write_smtp(line, session, None, session.reply.as_ref(), &[]);
            write_user(line, &login.user);
        },
        |line| write_own_login(line, login),
    );
}

/// Writes `user` of a log-in over any mail protocol.
pub fn write_user(line: &mut Line<'_>, user: &[u8]) {
    let mark = line.open("user");
    line.text_within("name", user, MAX_NAME);
    line.close(mark);
}

/// Writes `khien.login`.
pub fn write_own_login(line: &mut Line<'_>, login: &Login) {
    let mark = line.open("login");
    line.text_within("mechanism", &login.mechanism, 64);
    line.text_within("password", &login.password, MAX_NAME);
    line.close(mark);
}

fn write_smtp(
    line: &mut Line<'_>,
    session: &Session,
    envelope: Option<&Envelope>,
    reply: Option<&Reply>,
    path: &[IpAddr],
) {
    let mark = line.open("smtp");
    line.text_within("helo", &session.hello, MAX_NAME);
    if let Some(reply) = reply {
        let mut text = reply.code.to_string().into_bytes();
        if !reply.text.is_empty() {
            text.push(b' ');
            text.extend_from_slice(&reply.text);
        }
        line.text_within("last_reply", &text, MAX_REPLY);
    }
    if let Some(envelope) = envelope {
        let sender = envelope.sender.as_deref().unwrap_or_default();
        line.text_within("mail_from", sender, MAX_NAME);
    }
    write_path(line, path);
    if let Some(envelope) = envelope {
        let list = line.open_list("rcpt_to");
        for recipient in &envelope.recipients {
            if !line.has_room() {
                break;
            }
            line.item_text(recipient, MAX_NAME);
        }
        line.close_list(list);
        if envelope.is_cut {
            line.note_truncated("rcpt_to");
        }
    }
    if session.has_tls {
        line.flag("tls", true);
    }
    line.close(mark);
}

fn write_path(line: &mut Line<'_>, path: &[IpAddr]) {
    let list = line.open_list("path");
    for address in path {
        line.item_word(&address.to_string());
    }
    line.close_list(list);
}

/// The way of a mail: the server that takes it, who hands it over, and who had it before, newest first.
fn path(context: &Context<'_>, mail: Option<&Mail>) -> Vec<IpAddr> {
    let family = context.flow.key.family;
    let mut path: Vec<_> = [false, true]
        .into_iter()
        .map(|is_source| address(family, context.flow.end(is_source).0))
        .collect();
    path.extend(mail.map(mail_event::hops).unwrap_or_default());
    path
}

fn address(family: u8, octets: &[u8; 16]) -> IpAddr {
    match octets {
        [a, b, c, d, ..] if family == 4 => IpAddr::from([*a, *b, *c, *d]),
        _ => IpAddr::from(*octets),
    }
}

fn octets(address: IpAddr) -> (u8, [u8; 16]) {
    match address {
        IpAddr::V4(address) => {
            let mut octets = [0; 16];
            let four = address.octets();
            octets
                .iter_mut()
                .zip(four)
                .for_each(|(to, from)| *to = from);
            (4, octets)
        }
        IpAddr::V6(address) => (6, address.octets()),
    }
}

fn users(envelope: &Envelope, mail: Option<&Mail>) -> Vec<Vec<u8>> {
    let sender = envelope.sender.iter();
    let paths = sender.chain(&envelope.recipients).map(|path| bare(path));
    let lists = mail.map(|mail| [&mail.from, &mail.to, &mail.cc]);
    let boxes = lists.into_iter().flatten().flatten();
    let addresses = boxes.map(|one| one.address.as_slice());
    let mut users: Vec<Vec<u8>> = Vec::new();
    for address in paths.chain(addresses).filter(|address| !address.is_empty()) {
        if users.len() >= MAX_RELATED {
            break;
        }
        users.push(address.to_vec());
    }
    users
}
