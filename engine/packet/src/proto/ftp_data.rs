//! Data connections of FTP: what a control connection announced, as a file or a list.

use super::expected::Transfer;
use super::{Context, Direction, Parser, Step};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;
use crate::file::{Facts, File, State};
use crate::flow::Flow;

/// Names of files.
const MAX_PATH: usize = 4_096;
/// Names of users.
const MAX_NAME: usize = 512;

/// One data connection.
pub struct FtpData {
    number: u64,
    file: Option<File>,
    sender: Direction,
    transfer: Transfer,
    start_us: u64,
    has_gap: bool,
}

impl FtpData {
    /// The connection that was announced under this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self {
            number,
            file: None,
            sender: Direction::FromDestination,
            transfer: Transfer::default(),
            start_us: 0,
            has_gap: false,
        }
    }

    /// The control connection may learn what is transferred only after the data has begun.
    fn ask(&mut self, context: &mut Context<'_>) {
        let (size, kind) = self
            .file
            .as_ref()
            .map_or((0, ""), |file| (file.size(), file.mime_type()));
        if let Some(transfer) = context.shared.expected.transfer(self.number) {
            if !transfer.command.is_empty() && self.transfer.command.is_empty() {
                self.transfer = transfer.clone();
            }
            transfer.size = size;
            transfer.mime_type = kind;
        }
    }
}

impl Parser for FtpData {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        if self.start_us == 0 {
            self.start_us = context.moment.received_us;
        }
        if self.file.is_none() {
            self.sender = direction;
        }
        if direction == self.sender {
            self.file.get_or_insert_default().data(bytes);
        }
        self.ask(context);
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        self.has_gap = true;
        if self.file.is_none() {
            self.sender = direction;
        }
        if direction == self.sender {
            self.file.get_or_insert_default().gap(length);
        }
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.ask(context);
        let Some(file) = self.file.take() else {
            context.shared.expected.release(self.number);
            return;
        };
        let transaction = context.begin_transaction();
        write(context, self, transaction, file.size());
        if is_file(&self.transfer.command) {
            let is_whole = !self.has_gap && has_ended(context.flow, self.sender);
            let transfer = &self.transfer;
            let facts = Facts {
                name: &transfer.path,
                transaction,
                part: 0,
                sender: self.sender,
                state: if is_whole {
                    State::Closed
                } else {
                    State::Truncated
                },
                describe: &|line: &mut Line<'_>| write_transfer(line, transfer),
            };
            file.report(context, &facts);
        }
    }

    fn held(&self) -> usize {
        let file = if self.file.is_some() { 1_024 } else { 0 };
        self.transfer.path.capacity() + self.transfer.user.capacity() + file + 256
    }
}

/// Whether an end has said that it is done.
fn has_ended(flow: &Flow, sender: Direction) -> bool {
    let is_low = (flow.source_side == 0) == (sender == Direction::FromSource);
    let [low, high] = &flow.sequences;
    if is_low { low.has_end } else { high.has_end }
}

/// Whether a command transfers a file and not a list of them.
#[must_use]
pub fn is_file(command: &[u8]) -> bool {
    !matches!(command, b"LIST" | b"NLST" | b"MLSD" | b"MLST" | b"STAT")
}

fn write(context: &mut Context<'_>, data: &FtpData, transaction: u64, size: u64) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Ftp, "ftp-transfer", moment.time_us, moment.packet);
    event.categories = &["file"];
    event.types = if matches!(
        data.transfer.command.as_slice(),
        b"STOR" | b"STOU" | b"APPE"
    ) {
        &["creation"]
    } else {
        &["access"]
    };
    event.protocol = Some("ftp-data");
    event.transaction = Some(transaction);
    event.start_us = Some(data.start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(data.start_us));
    let users = [data.transfer.user.as_slice()];
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            let mark = line.open("file");
            line.number("size", size);
            line.close(mark);
            write_transfer(line, &data.transfer);
            let mark = line.open("user");
            line.text_within("name", &data.transfer.user, MAX_NAME);
            line.close(mark);
        },
        |line| {
            let mark = line.open("ftp");
            line.raw("control", |out| {
                crate::emit::head::append_flow_id(out, data.transfer.parent);
            });
            line.close(mark);
        },
    );
}

/// Writes `ftp_data`.
fn write_transfer(line: &mut Line<'_>, transfer: &Transfer) {
    let mark = line.open("ftp_data");
    line.text_within("command", &transfer.command, 64);
    if is_file(&transfer.command) {
        line.text_within("filename", &transfer.path, MAX_PATH);
    }
    line.close(mark);
}
