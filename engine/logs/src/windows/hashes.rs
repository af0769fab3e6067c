//! Sysmon's `Hashes`: `SHA1=…,MD5=…,SHA256=…,IMPHASH=…`.

use crate::document::{Document, Related};

/// Writes the hashes under `prefix` (`process`, `file`); the hash of the import table is `pe.imphash`.
pub(super) fn write(document: &mut Document, prefix: &str, hashes: &str) {
    for part in hashes.split(',') {
        let Some((name, value)) = part.trim().split_once('=') else {
            continue;
        };
        let (place, length) = match name.to_ascii_uppercase().as_str() {
            "MD5" => ("hash.md5", 32),
            "SHA1" => ("hash.sha1", 40),
            "SHA256" => ("hash.sha256", 64),
            "IMPHASH" => ("pe.imphash", 32),
            _ => continue,
        };
        let is_hash = value.len() == length && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Sysmon writes zeroes for what it did not compute.
        if is_hash && value.bytes().any(|byte| byte != b'0') {
            let value = value.to_ascii_lowercase();
            document.text(&format!("{prefix}.{place}"), &value);
            document.relate(Related::Hash, &value);
        }
    }
}
