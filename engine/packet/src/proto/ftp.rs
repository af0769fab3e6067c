//! FTP's control connection (RFC 959) with FEAT (RFC 2389), EPRT and EPSV (RFC 2428) and AUTH (RFC 4217): commands with
//! their replies, log-ins, and the data connections that they announce.
//!
//! The server's side is in `ftp_server.rs`, the data connections in `ftp_data.rs`.
//!
//! Caps: a line 4 KiB (setting `max_line`), 128 commands without a reply, 64 lines and 8 KiB of a reply, 32 announced
//! data connections.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::command_line::{Lines, verb};
use super::expected::{Ends, Expectation};
use super::ftp_address::{self, Place};
use super::ftp_event::{self, Exchange};
pub use super::ftp_probe::probe;
use super::sasl::Login;
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Protocol, Step, tls};
use crate::anomaly::Anomaly;
use crate::bytes::count;

/// Usual port.
pub const PORTS: &[u16] = &[21];
/// Commands that may wait for a reply.
const MAX_PENDING: usize = 128;
/// Data connections that one control connection may announce.
const MAX_ANNOUNCED: usize = 32;
/// Longest directory that is kept.
const MAX_DIRECTORY: usize = 1_024;
/// Commands whose argument is a file.
const FILE_COMMANDS: &[&[u8]] = &[
    b"RETR", b"STOR", b"STOU", b"APPE", b"DELE", b"SIZE", b"MDTM", b"RNFR", b"RNTO", b"MKD",
    b"RMD", b"XMKD", b"XRMD",
];
/// Commands that use a data connection.
const TRANSFER_COMMANDS: &[&[u8]] = &[
    b"RETR", b"STOR", b"STOU", b"APPE", b"LIST", b"NLST", b"MLSD",
];

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Ftp::default())
}

/// One control connection.
#[derive(Default)]
pub struct Ftp {
    lines: Pair<Lines>,
    pub(super) pending: Unanswered<Exchange, MAX_PENDING>,
    /// Bytes of [`Self::pending`] on the heap.
    pub(super) pending_bytes: usize,
    /// The code of a reply of several lines that has not ended.
    pub(super) open_code: Option<u16>,
    pub(super) user: Vec<u8>,
    /// Where the client is on the server, once that is known.
    pub(super) directory: Vec<u8>,
    /// Announced data connections, by number.
    announced: VecDeque<u64>,
    /// The data connection that the next transfer uses.
    pub(super) next_data: Option<u64>,
    /// Whether the next transfer was sent to a third host, whose connections are not followed.
    pub(super) is_elsewhere: bool,
    pub(super) has_greeting: bool,
    pub(super) is_loose: bool,
}

impl Parser for Ftp {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let limit = context.shared.settings.max_line;
        let mut lines = std::mem::take(self.lines.of_mut(direction)).within(limit);
        let step = match direction {
            Direction::FromSource => self.client(context, &mut lines, bytes),
            Direction::FromDestination => self.server(context, &mut lines, bytes),
        };
        *self.lines.of_mut(direction) = lines;
        step
    }

    fn gap(&mut self, context: &mut Context<'_>, direction: Direction, _: u64) -> bool {
        self.lines.of_mut(direction).reset();
        self.is_loose = true;
        if direction == Direction::FromDestination {
            self.open_code = None;
            self.write_pending(context);
        }
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.write_pending(context);
        while let Some(number) = self.announced.pop_front() {
            // What has begun needs its name until it ends.
            if context.shared.expected.is_waiting(number) {
                context.shared.expected.release(number);
            }
        }
    }

    fn held(&self) -> usize {
        let lines = self.lines.iter().map(Lines::held).sum::<usize>();
        let names = self.user.capacity() + self.directory.capacity();
        lines + names + self.pending_bytes + self.announced.capacity() * 8 + 512
    }
}

impl Ftp {
    fn client(&mut self, context: &mut Context<'_>, lines: &mut Lines, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let wants_tls = self
                .pending
                .last()
                .is_some_and(|last| last.command == b"AUTH");
            if wants_tls && tls::may_begin(rest) {
                return Step::switch(at, Protocol::Tls);
            }
            let (used, line) = lines.take(rest);
            at += used;
            if let Some(line) = line {
                // Telnet's interrupts come before ABOR (RFC 959, section 4.1.3).
                let start = line.text.iter().position(|byte| *byte < 0xf0);
                let text = line.text.get(start.unwrap_or(0)..).unwrap_or_default();
                if text.is_empty() {
                    continue;
                }
                let most = context.shared.settings.ftp_max_transactions;
                if most > 0 && count(self.pending.len()) >= u64::from(most) {
                    context.anomaly(Anomaly::FtpTooManyCommands);
                    return Step::done(bytes.len());
                }
                self.command(context, text, line.is_cut);
            }
        }
        Step::more(at)
    }

    fn command(&mut self, context: &mut Context<'_>, line: &[u8], is_cut: bool) {
        if is_cut {
            context.anomaly(Anomaly::FtpCommandTooLong);
            context.limit("ftp_line_bytes");
        }
        let shows_secrets = context.shared.settings.capture_secrets;
        let (word, rest) = verb(line);
        let mut exchange = Exchange {
            number: context.begin_transaction(),
            start_us: context.moment.received_us,
            command: word.to_ascii_uppercase(),
            data: rest.to_vec(),
            is_command_cut: is_cut,
            ..Exchange::default()
        };
        match exchange.command.as_slice() {
            b"USER" => self.user = rest.get(..512).unwrap_or(rest).to_vec(),
            b"PASS" | b"ACCT" => {
                let mut login = Login::default();
                login.plain(&self.user, rest, shows_secrets);
                exchange.login = Some(login);
                if !shows_secrets && !rest.is_empty() {
                    exchange.data = b"***".to_vec();
                }
            }
            b"PORT" => self.port(context, &mut exchange, ftp_address::port(rest)),
            b"EPRT" => self.port(context, &mut exchange, ftp_address::extended_port(rest)),
            b"PASV" | b"EPSV" => exchange.mode = "passive",
            _ => {}
        }
        if FILE_COMMANDS.contains(&exchange.command.as_slice()) {
            exchange.path = self.path(rest);
        }
        if TRANSFER_COMMANDS.contains(&exchange.command.as_slice()) {
            self.transfer(context, &exchange);
        }
        self.wait(context, exchange);
    }

    /// PORT or EPRT: the server will connect there.
    fn port(&mut self, context: &mut Context<'_>, exchange: &mut Exchange, place: Option<Place>) {
        exchange.mode = "active";
        let Some(Place {
            address: Some(address),
            port,
        }) = place
        else {
            return;
        };
        exchange.place = Some((address, port));
        let (family, listener) = ftp_address::octets(address);
        if listener != *context.flow.end(true).0 || family != context.flow.key.family {
            // The way to let a server attack somebody else (CA-1997-27).
            context.anomaly(Anomaly::FtpBounce);
            // What two hosts have to do with each other is followed, whoever reads the capture with us.
            context.limit("ftp_third_host");
            self.next_data = None;
            self.is_elsewhere = true;
            return;
        }
        let ends = Ends {
            family,
            opener: *context.flow.end(false).0,
            listener,
            port,
        };
        self.announce(context, ends);
    }

    /// The reply to PASV or EPSV: the client will connect there.
    pub(super) fn passive(&mut self, context: &mut Context<'_>, place: Place) -> (IpAddr, u16) {
        let family = context.flow.key.family;
        let server = *context.flow.end(false).0;
        let own = match server {
            [a, b, c, d, ..] if family == 4 => IpAddr::from([a, b, c, d]),
            _ => IpAddr::from(server),
        };
        let address = place.address.unwrap_or(own);
        if ftp_address::octets(address).1 != server {
            context.limit("ftp_third_host");
        }
        // Behind a translator the server names an address of its own; the client uses the one that it knows.
        let ends = Ends {
            family,
            opener: *context.flow.end(true).0,
            listener: server,
            port: place.port,
        };
        self.announce(context, ends);
        (address, place.port)
    }

    fn announce(&mut self, context: &mut Context<'_>, ends: Ends) {
        if self.announced.len() >= MAX_ANNOUNCED {
            context.limit("ftp_announced");
            if let Some(oldest) = self.announced.pop_front()
                && context.shared.expected.is_waiting(oldest)
            {
                context.shared.expected.release(oldest);
            }
        }
        let number = context.expect(&Expectation {
            ends,
            protocol: Protocol::FtpData,
            parent: context.flow.id,
        });
        self.announced.push_back(number);
        self.next_data = Some(number);
        self.is_elsewhere = false;
    }

    /// Tells the data connection what will be in it.
    fn transfer(&mut self, context: &mut Context<'_>, exchange: &Exchange) {
        let Some(number) = self.next_data else {
            if !self.is_elsewhere && (exchange.command == b"RETR" || exchange.command == b"STOR") {
                context.anomaly(Anomaly::FtpFileBeforePort);
            }
            return;
        };
        if let Some(transfer) = context.shared.expected.transfer(number)
            && transfer.command.is_empty()
        {
            transfer.command.clone_from(&exchange.command);
            transfer.path.clone_from(&exchange.data);
            transfer.user.clone_from(&self.user);
        }
    }

    /// A name in the directory where the client is.
    fn path(&self, name: &[u8]) -> Vec<u8> {
        if name.starts_with(b"/") || self.directory.is_empty() {
            return name.to_vec();
        }
        // A server may have no tree of directories; `..` is only undone where there is one.
        let mut parts: Vec<&[u8]> = Vec::new();
        let names = self.directory.split(|byte| *byte == b'/');
        for part in names.chain(name.split(|byte| *byte == b'/')) {
            match part {
                b"" | b"." => {}
                b".." if self.directory.starts_with(b"/") => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        let joined = parts.join(&b'/');
        if self.directory.starts_with(b"/") {
            [b"/", joined.as_slice()].concat()
        } else {
            joined
        }
    }

    /// The client has changed its directory.
    pub(super) fn change_directory(&mut self, name: &[u8]) {
        let path = self.path(name);
        self.directory = if path.len() <= MAX_DIRECTORY {
            path
        } else {
            Vec::new()
        };
    }

    /// A command, or the greeting, waits for its reply.
    pub(super) fn wait(&mut self, context: &mut Context<'_>, exchange: Exchange) {
        self.pending_bytes += exchange.held();
        if let Some(oldest) = self.pending.push(exchange) {
            context.limit("ftp_pending_commands");
            self.is_loose = true;
            self.pending_bytes = self.pending_bytes.saturating_sub(oldest.held());
            ftp_event::write(context, &oldest, &self.user);
        }
    }

    pub(super) fn pop_pending(&mut self) -> Option<Exchange> {
        let exchange = self.pending.pop()?;
        self.pending_bytes = self.pending_bytes.saturating_sub(exchange.held());
        Some(exchange)
    }

    fn write_pending(&mut self, context: &mut Context<'_>) {
        while let Some(exchange) = self.pop_pending() {
            ftp_event::write(context, &exchange, &self.user);
        }
        self.pending_bytes = 0;
    }
}
