//! What ingest writes into each line: id, times, stream and the inventory's names, spliced without rewriting the rest.

use std::fmt::Write as _;

use crate::error::DetectError;
use crate::frame::{self, Frame, Rejection};
use crate::inventory::{Inventory, parse_address};
use crate::json::{Kind, Tape};

/// Addresses looked up for one endpoint when it holds a list.
const MAX_ADDRESSES: usize = 16;

/// The stream a batch belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// The certificate's name, or an import's id.
    pub sensor: &'a str,
    /// Epoch of the spool, or number of the file.
    pub epoch: u64,
    /// Sequence number of the first line.
    pub first_seq: u64,
    /// `live`, `import:…` or `exercise:…`.
    pub dataset: &'a str,
    /// Server time in the frame's form.
    pub ingested: &'a str,
}

/// Stamped lines, and what was refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stamped {
    /// Newline-terminated lines.
    pub lines: Vec<u8>,
    /// How many lines that is.
    pub count: usize,
    /// Index of the line in the batch and why; its sequence number stays unused.
    pub rejected: Vec<(usize, Rejection)>,
}

/// Stamps a batch; line `n` (from 0) has the sequence number `first_seq + n`, refused or not.
///
/// # Errors
/// A parameter is not of its form. Bad lines are no error.
pub fn stamp(
    lines: &[u8],
    stream: &Stream<'_>,
    inventory: Option<&Inventory>,
) -> Result<Stamped, DetectError> {
    check_parameters(stream)?;
    let mut out = Stamped {
        lines: Vec::with_capacity(lines.len() + lines.len() / 2),
        ..Stamped::default()
    };
    let mut tape = Tape::new();
    let mut splice = String::new();
    for (index, line) in frame::lines(lines).enumerate() {
        let seq = u64::try_from(index)
            .ok()
            .and_then(|index| stream.first_seq.checked_add(index));
        let seq = seq
            .filter(|seq| *seq <= MAX_NUMBER)
            .ok_or(DetectError::Sequence {
                first_seq: stream.first_seq,
            })?;
        let Some((b'\n', line)) = line.split_last() else {
            out.rejected.push((
                index,
                if line.len() > frame::MAX_LINE {
                    Rejection::Length
                } else {
                    Rejection::Frame
                },
            ));
            continue;
        };
        match frame::check(line, &mut tape) {
            Ok(frame) => {
                write_line(
                    &mut out.lines,
                    &mut splice,
                    line,
                    frame,
                    stream,
                    seq,
                    inventory,
                    &tape,
                );
                out.count += 1;
            }
            Err(rejection) => out.rejected.push((index, rejection)),
        }
    }
    Ok(out)
}

/// Largest epoch and sequence number: what a signed 64-bit column holds.
const MAX_NUMBER: u64 = i64::MAX as u64;

fn check_parameters(stream: &Stream<'_>) -> Result<(), DetectError> {
    let invalid = |name| Err(DetectError::Parameter { name });
    if !is_name(stream.sensor, b".") {
        return invalid("sensor");
    }
    let is_dataset = stream.dataset == "live"
        || ["import:", "exercise:"].iter().any(|kind| {
            stream
                .dataset
                .strip_prefix(kind)
                .is_some_and(|name| is_name(name, b".-"))
        });
    if !is_dataset {
        return invalid("dataset");
    }
    if !frame::is_moment(stream.ingested.as_bytes()) {
        return invalid("ingested");
    }
    if stream.epoch > MAX_NUMBER {
        return invalid("epoch");
    }
    if stream.first_seq == 0 {
        invalid("first_seq")
    } else {
        Ok(())
    }
}

/// The forms of `khien.ids`: a–z, 0–9 first, then also the marks given, at most 63 characters.
fn is_name(name: &str, marks: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 63
        && name.as_bytes().first().is_some_and(is_plain)
        && name
            .as_bytes()
            .iter()
            .all(|byte| is_plain(byte) || marks.contains(byte))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one private call site; a struct would only rename the locals"
)]
fn write_line(
    out: &mut Vec<u8>,
    splice: &mut String,
    line: &[u8],
    frame: Frame,
    stream: &Stream<'_>,
    seq: u64,
    inventory: Option<&Inventory>,
    tape: &Tape,
) {
    let (Some((head, rest)), Some((_, tail))) = (
        line.split_at_checked(frame.event),
        line.split_at_checked(frame.khien),
    ) else {
        return;
    };
    let middle = rest
        .get(..frame.khien.saturating_sub(frame.event))
        .unwrap_or_default();
    let Stream {
        sensor,
        epoch,
        dataset,
        ingested,
        ..
    } = stream;
    splice.clear();
    // Writing to a String cannot fail.
    let _ = write!(
        splice,
        "\"id\":\"{sensor}-{epoch}-{seq}\",\"ingested\":\"{ingested}\","
    );
    out.extend_from_slice(head);
    out.extend_from_slice(splice.as_bytes());
    out.extend_from_slice(middle);
    splice.clear();
    let _ = write!(
        splice,
        ",\"dataset\":\"{dataset}\",\"sensor\":\"{sensor}\",\"epoch\":{epoch},\"seq\":{seq}"
    );
    if let Some(inventory) = inventory {
        write_owners(splice, line, frame, inventory, tape);
    }
    out.extend_from_slice(splice.as_bytes());
    out.extend_from_slice(tail);
    out.push(b'\n');
}

fn write_owners(
    splice: &mut String,
    line: &[u8],
    frame: Frame,
    inventory: &Inventory,
    tape: &Tape,
) {
    let Ok(text) = std::str::from_utf8(line) else {
        return;
    };
    let mut assets: Vec<&str> = Vec::new();
    let mut units: Vec<&str> = Vec::new();
    for node in [frame.source, frame.destination].into_iter().flatten() {
        for address in addresses(text, tape, node) {
            let (found_assets, found_units) = inventory.find(address);
            add_missing(&mut assets, found_assets);
            add_missing(&mut units, found_units);
        }
    }
    let host = frame.host.and_then(|node| tape.node(node));
    if let Some(host) = host.filter(|node| matches!(node.kind, Kind::Text(_))) {
        let (found_assets, found_units) = inventory.find_host(&host.text(text));
        add_missing(&mut assets, found_assets);
        add_missing(&mut units, found_units);
    }
    write_list(splice, "asset", &assets);
    write_list(splice, "unit", &units);
}

fn addresses(text: &str, tape: &Tape, node: usize) -> impl Iterator<Item = std::net::IpAddr> {
    let is_list = tape.node(node).is_some_and(|node| node.kind == Kind::Array);
    let alone = (!is_list).then_some(node);
    alone
        .into_iter()
        .chain(tape.elements(node).take(MAX_ADDRESSES))
        .filter_map(|index| tape.node(index))
        .filter(|node| matches!(node.kind, Kind::Text(_)))
        .filter_map(|node| parse_address(&node.text(text)))
}

fn add_missing<'a>(names: &mut Vec<&'a str>, found: &'a [String]) {
    for name in found {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
}

/// Writes `,"name":["…",…]`, or nothing for an empty list: absent means unknown.
fn write_list(splice: &mut String, name: &str, values: &[&str]) {
    for (index, value) in values.iter().enumerate() {
        let _ = if index == 0 {
            write!(splice, ",\"{name}\":[")
        } else {
            write!(splice, ",")
        };
        write_text(splice, value);
    }
    if !values.is_empty() {
        splice.push(']');
    }
}

fn write_text(splice: &mut String, value: &str) {
    splice.push('"');
    for character in value.chars() {
        match character {
            '"' => splice.push_str("\\\""),
            '\\' => splice.push_str("\\\\"),
            '\u{0}'..='\u{1F}' => {
                let _ = write!(splice, "\\u{:04x}", u32::from(character));
            }
            _ => splice.push(character),
        }
    }
    splice.push('"');
}
