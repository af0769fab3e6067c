//! Files in transit: counted and hashed while they pass, never kept.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::bytes::count;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;
use crate::emit::text::append_hex;
use crate::ids::sip;
use crate::proto::{Context, Direction};

/// First bytes that tell the type.
const HEAD: usize = 256;

/// One file being transferred.
pub struct File {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
    head: Vec<u8>,
    size: u64,
    missing: u64,
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The whole file passed.
    Closed,
    /// Its end, or a part, did not.
    Truncated,
}

/// What is known of a file besides its bytes.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Name as sent.
    pub name: &'a [u8],
    /// Transaction that carried it.
    pub transaction: u64,
    /// How many files of that transaction came before.
    pub part: u64,
    /// Who sent it.
    pub sender: Direction,
    /// How it ended.
    pub state: State,
    /// Members that its carrier adds: `url`, `email`, `smb`. They follow `file`.
    pub describe: &'a dyn Fn(&mut Line<'_>),
}

impl Default for File {
    fn default() -> Self {
        Self {
            md5: Md5::new(),
            sha1: Sha1::new(),
            sha256: Sha256::new(),
            head: Vec::new(),
            size: 0,
            missing: 0,
        }
    }
}

impl File {
    /// Takes the next bytes.
    pub fn data(&mut self, bytes: &[u8]) {
        let wanted = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head
            .extend_from_slice(bytes.get(..wanted).unwrap_or_default());
        self.size = self.size.saturating_add(count(bytes.len()));
        // With a hole the digests would be of something that never existed.
        if self.missing == 0 {
            self.md5.update(bytes);
            self.sha1.update(bytes);
            self.sha256.update(bytes);
        }
    }

    /// `length` bytes were lost.
    pub fn gap(&mut self, length: u64) {
        self.missing = self.missing.saturating_add(length);
    }

    /// Bytes that passed.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Type by content.
    #[must_use]
    pub fn mime_type(&self) -> &'static str {
        mime_type(&self.head)
    }

    /// Writes the file event, unless nothing passed.
    pub fn report(self, context: &mut Context<'_>, facts: &Facts<'_>) {
        if self.size == 0 && self.missing == 0 {
            return;
        }
        let mime_type = self.mime_type();
        let is_whole = self.missing == 0 && facts.state == State::Closed;
        let digests = [
            hex(&self.md5.finalize()),
            hex(&self.sha1.finalize()),
            hex(&self.sha256.finalize()),
        ];
        let [md5, sha1, sha256] = &digests;
        let hashes: [&[u8]; 3] = [md5, sha1, sha256];
        let moment = context.moment;
        let mut event = Event::new(
            Dataset::File,
            "file-transfer",
            moment.time_us,
            moment.packet,
        );
        event.categories = &["file"];
        event.types = &["info"];
        event.transaction = Some(facts.transaction);
        if is_whole {
            event.related = Related {
                hashes: &hashes,
                ..Related::default()
            };
        }
        let id = sip::<2, 4>(
            [0, 0],
            &[
                context.flow.id,
                facts.transaction,
                facts.part,
                count(facts.sender.index()),
            ],
        );
        context.emit(
            &event,
            |line| {
                let mark = line.open("file");
                line.text_within("name", facts.name, 1_024);
                line.number("size", self.size.saturating_add(self.missing));
                line.word("mime_type", mime_type);
                if is_whole {
                    let hash = line.open("hash");
                    line.plain("md5", md5);
                    line.plain("sha1", sha1);
                    line.plain("sha256", sha256);
                    line.close(hash);
                }
                line.close(mark);
                (facts.describe)(line);
            },
            |line| {
                let mark = line.open("file");
                line.raw("id", |out| crate::emit::head::append_flow_id(out, id));
                line.word("state", if is_whole { "closed" } else { "truncated" });
                line.word(
                    "sender",
                    if facts.sender == Direction::FromSource {
                        "source"
                    } else {
                        "destination"
                    },
                );
                if self.missing > 0 {
                    line.flag("gaps", true);
                    line.number("missing_bytes", self.missing);
                }
                line.close(mark);
            },
        );
    }
}

fn hex(digest: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    append_hex(&mut text, digest);
    text
}

/// Signatures at the start of a file; the first that fits wins.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"MZ", "application/x-dosexec"),
    (b"\x7fELF", "application/x-executable"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "application/x-ole-storage",
    ),
    (b"\xca\xfe\xba\xbe", "application/x-java-applet"),
    (b"CWS", "application/x-shockwave-flash"),
    (b"FWS", "application/x-shockwave-flash"),
    (b"{\\rtf", "text/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/x-ms-bmp"),
    (b"\0\0\x01\0", "image/x-icon"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\0asm", "application/wasm"),
    (b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"-----BEGIN", "application/x-pem-file"),
    (b"<?php", "text/x-php"),
    (b"#!", "text/x-shellscript"),
];

/// Beginnings of text, without leading space and in lower case.
const TEXT_SIGNATURES: &[(&[u8], &str)] = &[
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<head", "text/html"),
    (b"<body", "text/html"),
    (b"<script", "text/html"),
    (b"<?xml", "text/xml"),
    (b"<svg", "image/svg+xml"),
    (b"<?php", "text/x-php"),
    (b"{\"", "application/json"),
    (b"[{", "application/json"),
];

fn mime_type(head: &[u8]) -> &'static str {
    if let Some((_, name)) = SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature))
    {
        return name;
    }
    match head {
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => return "image/webp",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => return "audio/x-wav",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => return "video/mp4",
        [] => return "",
        _ => {}
    }
    let text = head.trim_ascii_start();
    let starts = |signature: &[u8]| {
        text.get(..signature.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(signature))
    };
    if let Some((_, name)) = TEXT_SIGNATURES
        .iter()
        .find(|(signature, _)| starts(signature))
    {
        return name;
    }
    let is_text = head
        .iter()
        .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x20..=0x7e | 0x80..));
    let is_valid =
        std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_text && is_valid {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

#[cfg(test)]
mod tests {
    use super::mime_type;

    #[test]
    fn types_are_told_by_content() {
        for (head, expected) in [
            (&b"MZ\x90\0"[..], "application/x-dosexec"),
            (b"  <HTML><body>", "text/html"),
            (b"<?php system($_GET['c']);", "text/x-php"),
            (b"hello\n", "text/plain"),
            ("xin chào".as_bytes(), "text/plain"),
            (b"\x01\x02\x03", "application/octet-stream"),
            (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        ] {
            assert_eq!(mime_type(head), expected);
        }
    }
}
