//! What a request asks for (RFC 9112, section 3.2) and of whom, taken apart for the fields of a URL.

use memchr::{memchr, memmem};

/// A target taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// `http` and the like, of an absolute form.
    pub scheme: &'a [u8],
    /// Host and port of an absolute form.
    pub authority: &'a [u8],
    /// Path.
    pub path: &'a [u8],
    /// What follows the question mark.
    pub query: &'a [u8],
    /// What follows the last dot of the path.
    pub extension: &'a [u8],
}

impl<'a> Target<'a> {
    /// Takes a target apart; `method` tells that of CONNECT, which is an authority alone.
    #[must_use]
    pub fn read(method: &[u8], target: &'a [u8]) -> Self {
        let (scheme, authority, rest) = if method == b"CONNECT" && target.first() != Some(&b'/') {
            (&b""[..], target, &b""[..])
        } else {
            absolute(target)
        };
        let rest = rest
            .get(..memchr(b'#', rest).unwrap_or(rest.len()))
            .unwrap_or_default();
        let split = memchr(b'?', rest).unwrap_or(rest.len());
        let path = rest.get(..split).unwrap_or_default();
        let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let extension = match memchr::memrchr(b'.', last) {
            Some(dot) if dot > 0 => last.get(dot + 1..).unwrap_or_default(),
            _ => b"",
        };
        Self {
            scheme,
            authority,
            path,
            query: rest.get(split + 1..).unwrap_or_default(),
            extension,
        }
    }
}

fn absolute(target: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some(at) = memmem::find(target.get(..16).unwrap_or(target), b"://") else {
        return (b"", b"", target);
    };
    let rest = target.get(at + 3..).unwrap_or_default();
    let (authority, rest) = rest.split_at(
        rest.iter()
            .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .unwrap_or(rest.len()),
    );
    (target.get(..at).unwrap_or_default(), authority, rest)
}

/// A host without `user@` and `:port`; an IPv6 address loses its brackets.
#[must_use]
pub fn without_port(host: &[u8]) -> &[u8] {
    let host = host.trim_ascii();
    let host = host
        .get(memchr::memrchr(b'@', host).map_or(0, |at| at + 1)..)
        .unwrap_or_default();
    if let Some(inside) = host.strip_prefix(b"[") {
        return inside
            .get(..memchr(b']', inside).unwrap_or(inside.len()))
            .unwrap_or_default();
    }
    match memchr(b':', host) {
        Some(colon) if memchr(b':', host.get(colon + 1..).unwrap_or_default()).is_none() => {
            host.get(..colon).unwrap_or_default()
        }
        _ => host,
    }
}

/// The port of a host, if it names one.
#[must_use]
pub fn port(host: &[u8]) -> Option<u64> {
    let host = host.trim_ascii();
    let after = match memchr(b']', host) {
        Some(end) => host.get(end + 1..).unwrap_or_default(),
        None => host,
    };
    let digits = after.get(memchr(b':', after)? + 1..)?;
    let port: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(u64::from(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_apart() {
        let target = Target::read(b"GET", b"http://h.vn:8080/a/b.php?q=1?2#f");
        assert_eq!(
            (target.scheme, target.authority),
            (&b"http"[..], &b"h.vn:8080"[..])
        );
        assert_eq!(
            (target.path, target.query),
            (&b"/a/b.php"[..], &b"q=1?2"[..])
        );
        assert_eq!(target.extension, b"php");
        assert_eq!(Target::read(b"GET", b"/.htaccess").extension, b"");
        assert_eq!(Target::read(b"OPTIONS", b"*").path, b"*");
        let target = Target::read(b"CONNECT", b"h.vn:443");
        assert_eq!(
            (target.authority, target.path),
            (&b"h.vn:443"[..], &b""[..])
        );
    }

    #[test]
    fn ports_and_brackets_are_no_part_of_a_host() {
        for (host, name, number) in [
            (&b"a.vn:80"[..], &b"a.vn"[..], Some(80)),
            (b"[::1]:81", b"::1", Some(81)),
            (b"fe80::1", b"fe80::1", None),
            (b"u:p@a.vn", b"a.vn", None),
            (b"a.vn", b"a.vn", None),
        ] {
            assert_eq!(without_port(host), name);
            if host.first() != Some(&b'u') && host != b"fe80::1" {
                assert_eq!(port(host), number);
            }
        }
    }
}
