//! What a file is, by its first bytes: our own table of signatures, names as in `libmagic` where it has one.

/// First bytes that are looked at.
pub const HEAD: usize = 512;

/// Where a disc image (ECMA-119, section 8.1) names its standard, and how.
pub const VOLUME: u64 = 32_769;
/// The name.
pub const VOLUME_NAME: [u8; 5] = *b"CD001";

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

/// The type by content, of which `volume` is what stands at [`VOLUME`]; empty without a byte.
#[must_use]
pub fn mime_type_of(head: &[u8], volume: [u8; 5]) -> &'static str {
    match mime_type(head) {
        // What stands before is for whoever starts from the disc, mostly nothing.
        "application/octet-stream" if volume == VOLUME_NAME => "application/x-iso9660-image",
        name => name,
    }
}

/// The type by the first bytes; empty without a byte.
#[must_use]
pub fn mime_type(head: &[u8]) -> &'static str {
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
        _ if head.get(257..262) == Some(b"ustar") => return "application/x-tar",
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
    use super::{VOLUME_NAME, mime_type, mime_type_of};

    #[test]
    fn archives_and_discs_are_told_by_what_stands_further_inside() {
        // POSIX.1-1988: the name of the first file, then its facts, then the word.
        let mut archive = b"notes.txt".to_vec();
        archive.resize(257, 0);
        assert_eq!(mime_type(&archive), "application/octet-stream");
        archive.extend(b"ustar\x0000");
        assert_eq!(mime_type(&archive), "application/x-tar");
        let disc = |head: &[u8], volume| mime_type_of(head, volume);
        assert_eq!(disc(&[0; 512], VOLUME_NAME), "application/x-iso9660-image");
        assert_eq!(disc(&[0; 512], [0; 5]), "application/octet-stream");
        assert_eq!(disc(b"%PDF-1.7", VOLUME_NAME), "application/pdf");
    }

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
