//! Addresses of FTP data connections: PORT and PASV (RFC 959, section 4.1.2), EPRT and EPSV (RFC 2428), LPRT not.

use std::net::IpAddr;

/// Where somebody waits for a connection; without an address it is the server's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The address, when one is given.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

/// `h1,h2,h3,h4,p1,p2`, wherever it stands in the text.
#[must_use]
pub fn port(text: &[u8]) -> Option<Place> {
    // RFC 1123, section 4.1.2.6: there may be no brackets, so the first digit begins it.
    let start = text.iter().position(u8::is_ascii_digit)?;
    let rest = text.get(start..)?;
    let end = rest
        .iter()
        .position(|byte| !byte.is_ascii_digit() && !matches!(byte, b',' | b' '))
        .unwrap_or(rest.len());
    let mut numbers = [0_u8; 6];
    let mut parts = rest.get(..end)?.split(|byte| *byte == b',');
    for number in &mut numbers {
        let part = std::str::from_utf8(parts.next()?).ok()?;
        *number = part.trim().parse().ok()?;
    }
    let [a, b, c, d, high, low] = numbers;
    parts.next().is_none().then(|| Place {
        address: Some(IpAddr::from([a, b, c, d])),
        port: u16::from_be_bytes([high, low]),
    })
}

/// `|1|132.235.1.2|6275|` or `|2|1080::8:800:200C:417A|5282|`.
#[must_use]
pub fn extended_port(text: &[u8]) -> Option<Place> {
    let (delimiter, rest) = text.trim_ascii().split_first()?;
    let mut parts = rest.split(|byte| byte == delimiter);
    let family = parts.next()?;
    let address: IpAddr = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let port = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let is_right = matches!(
        (family, address),
        (b"1", IpAddr::V4(_)) | (b"2", IpAddr::V6(_))
    );
    is_right.then_some(Place {
        address: Some(address),
        port,
    })
}

/// `(|||6446|)`, anywhere in a reply.
#[must_use]
pub fn extended_passive(text: &[u8]) -> Option<Place> {
    let inside = text.get(memchr::memchr(b'(', text)? + 1..)?;
    let [one, two, three, rest @ ..] = inside else {
        return None;
    };
    if one != two || two != three {
        return None;
    }
    let end = rest.iter().position(|byte| byte == one)?;
    let port = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    Some(Place {
        address: None,
        port,
    })
}

/// The address as a flow holds it.
#[must_use]
pub fn octets(address: IpAddr) -> (u8, [u8; 16]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn place(address: &str, port: u16) -> Place {
        Place {
            address: Some(address.parse().expect("an address")),
            port,
        }
    }

    #[test]
    fn the_forms_of_rfc_959_and_rfc_2428_are_read() {
        assert_eq!(
            port(b"192,168,1,100,200,100"),
            Some(place("192.168.1.100", 51_300))
        );
        assert_eq!(
            port(b"Entering Passive Mode (199,233,217,249,221,90)"),
            Some(place("199.233.217.249", 56_666))
        );
        assert_eq!(port(b"=127,0,0,1,4,1"), Some(place("127.0.0.1", 1_025)));
        assert_eq!(port(b"114,115"), None);
        assert_eq!(port(b"1,2,3,4,5,6,7"), None);
        assert_eq!(port(b"1,2,3,400,5,6"), None);
        assert_eq!(
            extended_port(b"|1|132.235.1.2|6275|"),
            Some(place("132.235.1.2", 6_275))
        );
        assert_eq!(
            extended_port(b"|2|1080::8:800:200C:417A|5282|"),
            Some(place("1080::8:800:200c:417a", 5_282))
        );
        assert_eq!(extended_port(b"|1|1080::8|5282|"), None);
        assert_eq!(
            extended_passive(b"Entering Extended Passive Mode (|||6446|)").map(|place| place.port),
            Some(6_446)
        );
        assert_eq!(
            extended_passive(b"Entering Extended Passive Mode (|||99999|)"),
            None
        );
    }
}
