//! SNMP messages: version 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, section 6; user-based security RFC 3414).
//!
//! Lengths may be indefinite: RFC 3417, section 8, forbids that, and agents that read any BER take it. Caps: 128 variables.

use super::ber::{self, Element, Reader, tag};

/// Variables that are told.
pub const MAX_VARIABLES: usize = 128;
/// snmpTrapOID.0 (RFC 3418): which trap, as the second variable of one.
const TRAP_OID: &[u8] = b"\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00";

/// Identifier octets of the PDUs (RFC 3416, section 3; RFC 1157, section 4.1).
pub mod pdu {
    /// Asks.
    pub const GET: u8 = 0xa0;
    /// Answers.
    pub const RESPONSE: u8 = 0xa2;
    /// Trap of version 1.
    pub const TRAP: u8 = 0xa4;
    /// Asks for many.
    pub const BULK: u8 = 0xa5;
    /// Trap of later versions.
    pub const TRAP_2: u8 = 0xa7;
    /// An engine tells why it did not answer.
    pub const REPORT: u8 = 0xa8;
}

/// EVE's name of a PDU, and the action of its event.
#[must_use]
pub fn names(tag: u8) -> Option<(&'static str, &'static str)> {
    Some(match tag {
        pdu::GET => ("get_request", "snmp-get"),
        0xa1 => ("get_next_request", "snmp-get-next"),
        pdu::RESPONSE => ("response", "snmp-response"),
        0xa3 => ("set_request", "snmp-set"),
        pdu::TRAP => ("trap_v1", "snmp-trap"),
        pdu::BULK => ("get_bulk_request", "snmp-get-bulk"),
        0xa6 => ("inform_request", "snmp-inform"),
        pdu::TRAP_2 => ("trap_v2", "snmp-trap"),
        pdu::REPORT => ("report", "snmp-report"),
        _ => return None,
    })
}

/// Members of a trap of version 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trap<'a> {
    /// Kind of device.
    pub enterprise: &'a [u8],
    /// Address of the device.
    pub address: &'a [u8],
    /// 0 to 6; 6 is the enterprise's own.
    pub generic: i64,
    /// Number of the enterprise's own.
    pub specific: i64,
    /// Hundredths of a second since the device started.
    pub uptime: u64,
}

/// A PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// Identifier octet.
    pub kind: u8,
    /// Chosen by who asks.
    pub request_id: i64,
    /// Error and its place; of a bulk request how many once, and how many times the others.
    pub numbers: [i64; 2],
    /// Of a trap of version 1.
    pub trap: Option<Trap<'a>>,
    /// Contents of the list of variables.
    pub variables: Reader<'a>,
}

/// What version 3 says besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Security<'a> {
    /// Number of the message.
    pub message_id: i64,
    /// 1 authenticated, 2 encrypted, 4 answer wanted.
    pub flags: u8,
    /// 3 is user-based.
    pub model: i64,
    /// Engine that is in charge.
    pub engine: &'a [u8],
    /// How often it started, and seconds since.
    pub clock: [i64; 2],
    /// User.
    pub user: &'a [u8],
    /// Context: engine and name.
    pub context: [&'a [u8]; 2],
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// 1, 2 or 3.
    pub version: u8,
    /// Community of versions 1 and 2.
    pub community: &'a [u8],
    /// Of version 3.
    pub security: Option<Security<'a>>,
    /// `None` when it is encrypted.
    pub pdu: Option<Pdu<'a>>,
}

impl<'a> Message<'a> {
    /// Reads a datagram; `None` when it breaks its format.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut members = Reader::lenient(bytes).enter(tag::SEQUENCE)?;
        let mut message = Self {
            version: match members.integer()? {
                0 => 1,
                1 => 2,
                3 => 3,
                _ => return None,
            },
            community: b"",
            security: None,
            pdu: None,
        };
        if message.version < 3 {
            message.community = members.octets()?;
            let element = members.element()?;
            message.pdu = Some(Pdu::read(&members, element)?);
        } else {
            message.security = Some(Security::read(&mut members)?);
            scoped(&mut members, &mut message)?;
        }
        Some(message)
    }

    /// Whether it answers another message; what is encrypted does not tell.
    #[must_use]
    pub fn is_response(&self) -> bool {
        self.pdu
            .is_some_and(|pdu| matches!(pdu.kind, pdu::RESPONSE | pdu::REPORT))
    }

    /// Whether it is answered.
    #[must_use]
    pub fn wants_answer(&self) -> bool {
        let kind = self.pdu.map(|pdu| pdu.kind);
        !self.is_response() && !matches!(kind, Some(pdu::TRAP | pdu::TRAP_2))
    }

    /// What a request and its answer have in common.
    #[must_use]
    pub fn key(&self) -> i64 {
        match (self.security, self.pdu) {
            (Some(security), _) => security.message_id,
            (None, pdu) => pdu.map_or(0, |pdu| pdu.request_id),
        }
    }
}

impl<'a> Security<'a> {
    /// `HeaderData` and `UsmSecurityParameters`.
    fn read(members: &mut Reader<'a>) -> Option<Self> {
        let mut header = members.enter(tag::SEQUENCE)?;
        let message_id = header.integer()?;
        header.integer()?;
        let flags = *header.octets()?.first()?;
        let mut security = Self {
            message_id,
            flags,
            model: header.integer()?,
            ..Self::default()
        };
        let parameters = members.octets()?;
        if security.model == 3 {
            let mut usm = members.inside(parameters).enter(tag::SEQUENCE)?;
            security.engine = usm.octets()?;
            security.clock = [usm.integer()?, usm.integer()?];
            security.user = usm.octets()?;
        }
        Some(security)
    }
}

/// `ScopedPduData`: in the open, or encrypted, of which nothing is told.
fn scoped<'a>(members: &mut Reader<'a>, message: &mut Message<'a>) -> Option<()> {
    let element = members.element()?;
    if element.tag == tag::OCTETS {
        return Some(());
    }
    let mut scope = members.inside(element.content);
    let context = [scope.octets()?, scope.octets()?];
    if let Some(security) = &mut message.security {
        security.context = context;
    }
    let pdu = scope.element()?;
    message.pdu = Some(Pdu::read(&scope, pdu)?);
    (element.tag == tag::SEQUENCE).then_some(())
}

impl<'a> Pdu<'a> {
    fn read(around: &Reader<'a>, element: Element<'a>) -> Option<Self> {
        names(element.tag)?;
        let mut members = around.inside(element.content);
        let mut found = Self {
            kind: element.tag,
            request_id: 0,
            numbers: [0; 2],
            trap: None,
            variables: members,
        };
        if element.tag == pdu::TRAP {
            found.trap = Some(Trap {
                enterprise: members.expect(tag::OID)?,
                address: members.expect(0x40)?,
                generic: members.integer()?,
                specific: members.integer()?,
                uptime: ber::unsigned(members.expect(0x43)?)?,
            });
        } else {
            found.request_id = members.integer()?;
            found.numbers = [members.integer()?, members.integer()?];
        }
        found.variables = members.enter(tag::SEQUENCE)?;
        Some(found)
    }

    /// The variables, at most 128, and whether there are no more and none is broken.
    pub fn each(&self, mut take: impl FnMut(&'a [u8], Element<'a>)) -> bool {
        let mut list = self.variables;
        for _ in 0..MAX_VARIABLES {
            if list.rest().is_empty() {
                break;
            }
            let pair = list.enter(tag::SEQUENCE).and_then(|mut variable| {
                let name = variable.expect(tag::OID)?;
                Some((name, variable.element()?))
            });
            let Some((name, value)) = pair else {
                return false;
            };
            take(name, value);
        }
        list.rest().is_empty() && !list.is_broken()
    }

    /// Which trap it is, of later versions.
    #[must_use]
    pub fn trap_oid(&self) -> Option<&'a [u8]> {
        let mut found = None;
        self.each(|name, value| {
            if name == TRAP_OID && value.tag == tag::OID {
                found = Some(value.content);
            }
        });
        found.filter(|_| matches!(self.kind, pdu::TRAP_2 | 0xa6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element with a length in one octet, or in three.
    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        match u8::try_from(content.len()) {
            Ok(length) if length < 128 => [&[tag, length][..], &content].concat(),
            _ => {
                let length = u16::try_from(content.len()).expect("short").to_be_bytes();
                [&[tag, 0x82][..], &length, &content].concat()
            }
        }
    }

    /// sysDescr.0 asked for as RFC 1157, section 4.1.2, has it.
    fn get(version: u8, id: u8) -> Vec<u8> {
        let name = der(6, &[b"\x2b\x06\x01\x02\x01\x01\x01\x00"]);
        let list = der(0x30, &[&der(0x30, &[&name, b"\x05\x00"])]);
        let body = der(0xa0, &[&[2, 1, id], b"\x02\x01\0\x02\x01\0", &list]);
        der(0x30, &[&[2, 1, version], &der(4, &[b"public"]), &body])
    }

    /// The first message to an unknown engine (RFC 3414, section 4).
    fn discovery() -> Vec<u8> {
        let header = der(
            0x30,
            &[b"\x02\x01\x07\x02\x02\x05\xdc\x04\x01\x04\x02\x01\x03"],
        );
        let usm = der(
            0x30,
            &[b"\x04\x00\x02\x01\x00\x02\x01\x00\x04\x02an\x04\x00\x04\x00"],
        );
        let body = der(0xa0, &[b"\x02\x01\x09\x02\x01\0\x02\x01\0\x30\0"]);
        let scoped = der(0x30, &[b"\x04\x00\x04\x00", &body]);
        der(0x30, &[b"\x02\x01\x03", &header, &der(4, &[&usm]), &scoped])
    }

    #[test]
    fn a_request_is_read() {
        let bytes = get(1, 9);
        let message = Message::read(&bytes).expect("a message");
        let pdu = message.pdu.expect("a PDU");
        assert_eq!(
            (message.version, message.community, message.key()),
            (2, &b"public"[..], 9)
        );
        let mut found = Vec::new();
        assert!(pdu.each(|name, value| found.push((ber::oid(name), value.tag))));
        assert_eq!(found, [(Some("1.3.6.1.2.1.1.1.0".to_owned()), tag::NULL)]);
        assert!(message.wants_answer());
    }

    #[test]
    fn version_3_names_its_user_and_hides_the_rest() {
        let bytes = discovery();
        let message = Message::read(&bytes).expect("a message");
        let security = message.security.expect("version 3");
        assert_eq!((security.user, security.message_id), (&b"an"[..], 7));
        assert_eq!(message.pdu.map(|pdu| pdu.request_id), Some(9));
        let end = bytes.len() - 19;
        let sealed = der(0x30, &[&bytes[2..end], &der(4, &[&[7; 19]])]);
        let message = Message::read(&sealed).expect("a message");
        assert!(message.pdu.is_none() && !message.is_response());
    }

    #[test]
    fn a_trap_of_version_1_has_members_of_its_own() {
        let members = [
            der(6, &[b"\x2b\x06\x01\x04\x01\x04\x01\x02\x15"]),
            b"\x40\x04\x7f\x00\x00\x01\x02\x01\x06\x02\x01\x05\x43\x01\x0a\x30\x00".to_vec(),
        ];
        let trap = der(0xa4, &[&members.concat()]);
        let bytes = der(0x30, &[b"\x02\x01\x00\x04\x06public", &trap]);
        let message = Message::read(&bytes).expect("a message");
        let found = message.pdu.and_then(|pdu| pdu.trap).expect("a trap");
        assert_eq!((found.generic, found.specific, found.uptime), (6, 5, 10));
        assert_eq!(found.address, [127, 0, 0, 1]);
    }

    #[test]
    fn no_cut_of_a_message_is_taken_for_one() {
        for bytes in [get(0, 1), discovery()] {
            for end in 0..bytes.len() {
                assert!(Message::read(&bytes[..end]).is_none());
            }
        }
    }

    #[test]
    fn many_variables_are_told_up_to_the_bound() {
        let one = der(0x30, &[b"\x06\x01\x2b\x05\x00"]);
        let list = der(0x30, &[&one.repeat(4_000)]);
        let body = der(0xa2, &[b"\x02\x01\x01\x02\x01\0\x02\x01\0", &list]);
        let bytes = der(0x30, &[b"\x02\x01\x01\x04\x01x", &body]);
        let pdu = Message::read(&bytes)
            .and_then(|message| message.pdu)
            .expect("a PDU");
        let mut count = 0;
        assert!(!pdu.each(|_, _| count += 1));
        assert_eq!(count, MAX_VARIABLES);
    }
}
