//! SPNEGO (RFC 4178, MS-SPNG): which mechanism's token is inside, without following it.
//!
//! Caps: none needed; every token is a slice of the message that holds it, and nothing nests.

/// NTLMSSP (MS-NLMP).
pub const NTLM_OID: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
/// Kerberos 5 (RFC 1964).
pub const KERBEROS_OID: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
/// Kerberos 5 as Windows 2000 misspelt it.
const KERBEROS_MS_OID: &[u8] = b"\x2a\x86\x48\x82\xf7\x12\x01\x02\x02";
const SPNEGO_OID: &[u8] = b"\x2b\x06\x01\x05\x05\x02";
/// `APPLICATION 0`: a token of GSS-API (RFC 2743, section 3.1).
const GSS_API: u8 = 0x60;
const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;

/// What a security blob carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A message of NTLMSSP: for `ntlm::Message::read`.
    Ntlm(&'a [u8]),
    /// What follows the token id in a Kerberos token (RFC 4121, section 4.1): an `AP-REQ` (`6e`), an `AP-REP` (`6f`) or a
    /// `KRB-ERROR` (`7e`) for a Kerberos parser.
    Kerberos(&'a [u8]),
    /// Something else, or only an agreement.
    Other,
}

/// A blob taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob<'a> {
    /// The mechanism's token.
    pub token: Token<'a>,
    /// `negState` of an answer: 0 accept-completed, 1 accept-incomplete, 2 reject, 3 request-mic.
    pub state: Option<u8>,
}

/// Takes a security blob apart, wrapped or not.
#[must_use]
pub fn read(blob: &[u8]) -> Blob<'_> {
    let mut found = Blob {
        token: Token::Other,
        state: None,
    };
    if blob.starts_with(b"NTLMSSP\0") {
        found.token = Token::Ntlm(blob);
        return found;
    }
    let Some((tag, content, _)) = element(blob) else {
        return found;
    };
    if tag == GSS_API {
        let Some((OID, mechanism, rest)) = element(content) else {
            return found;
        };
        if mechanism == SPNEGO_OID {
            if let Some((0xa0, init, _)) = element(rest) {
                negotiation(init, &mut found);
            }
        } else if mechanism == KERBEROS_OID || mechanism == KERBEROS_MS_OID {
            found.token = kerberos(rest);
        }
    } else if matches!(tag, 0xa0 | 0xa1) {
        negotiation(content, &mut found);
    }
    found
}

/// `NegTokenInit` and `NegTokenResp`: in both the token has tag 2; tag 0 of the second is its state.
fn negotiation<'a>(content: &'a [u8], found: &mut Blob<'a>) {
    let Some((SEQUENCE, mut members, _)) = element(content) else {
        return;
    };
    while let Some((tag, member, rest)) = element(members) {
        members = rest;
        match (tag, element(member)) {
            (0xa0, Some((0x0a, [state], _))) => found.state = Some(*state),
            (0xa2, Some((OCTETS, token, _))) => found.token = inner(token),
            _ => {}
        }
    }
}

fn inner(token: &[u8]) -> Token<'_> {
    if token.starts_with(b"NTLMSSP\0") {
        return Token::Ntlm(token);
    }
    match element(token) {
        Some((GSS_API, content, _)) => match element(content) {
            Some((OID, mechanism, rest))
                if mechanism == KERBEROS_OID || mechanism == KERBEROS_MS_OID =>
            {
                kerberos(rest)
            }
            _ => Token::Other,
        },
        // Without the frame of GSS-API, as some clients send it.
        Some((0x6e | 0x6f | 0x7e, ..)) => Token::Kerberos(token),
        _ => Token::Other,
    }
}

fn kerberos(rest: &[u8]) -> Token<'_> {
    match rest.split_at_checked(2) {
        Some((b"\x01\0" | b"\x02\0" | b"\x03\0", message)) => Token::Kerberos(message),
        _ => Token::Other,
    }
}

/// Tag, content and what follows of a DER element (X.690, section 8.1); a content that is cut off is given as it is.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let size = usize::from(first & 0x7f);
        if size == 0 || size > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(size)?;
        let length = digits
            .iter()
            .fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at(length.min(rest.len()));
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("short");
        [&[tag, length], content].concat()
    }

    #[test]
    fn the_token_of_a_first_message_is_found() {
        let ntlm = b"NTLMSSP\0\x01\0\0\0";
        let list = der(0xa0, &der(SEQUENCE, &der(OID, NTLM_OID)));
        let init = der(
            0xa0,
            &der(SEQUENCE, &[list, der(0xa2, &der(OCTETS, ntlm))].concat()),
        );
        let blob = der(GSS_API, &[der(OID, SPNEGO_OID), init].concat());
        assert_eq!(read(&blob).token, Token::Ntlm(ntlm));
        assert_eq!(read(ntlm).token, Token::Ntlm(ntlm));
        for end in 0..blob.len() {
            let _ = read(&blob[..end]);
        }
    }

    #[test]
    fn an_answer_tells_its_state_and_kerberos_is_handed_on() {
        let request = der(
            GSS_API,
            &[&der(OID, KERBEROS_OID)[..], b"\x01\0\x6e\x01\x00"].concat(),
        );
        let answer = der(
            0xa1,
            &der(
                SEQUENCE,
                &[
                    der(0xa0, &der(0x0a, &[1])),
                    der(0xa2, &der(OCTETS, &request)),
                ]
                .concat(),
            ),
        );
        assert_eq!(
            read(&answer),
            Blob {
                token: Token::Kerberos(b"\x6e\x01\x00"),
                state: Some(1)
            }
        );
    }
}
