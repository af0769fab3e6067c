//! Kerberos messages (RFC 4120, section 5): who asks for what, what was given, why not. Tickets are named, never kept.
//!
//! Caps: 64 KiB a message, names of 16 parts and 512 bytes, 32 kinds of encryption, 32 of pre-authentication.

use super::ber::{self, Reader, tag};
pub use super::kerberos_kind::{Kind, recognise};

/// Longest message that is read (`sensing.md`, section 7).
pub const MAX_MESSAGE: usize = 64 << 10;
/// Longest name that is kept.
const MAX_NAME: usize = 512;
/// Parts of a name.
const MAX_PARTS: usize = 16;
/// Kinds of encryption or pre-authentication that are kept.
const MAX_KINDS: usize = 32;
/// `forwardable` in `KDCOptions` and `TicketFlags` (section 5.2.8: bit 0 is the highest).
const FORWARDABLE: u32 = 1 << 30;
/// `renewable`.
const RENEWABLE: u32 = 1 << 23;
/// PA-TGS-REQ: the ticket that asks for another.
const PA_TGS_REQ: i32 = 1;
/// PA-FOR-USER (MS-SFU, section 2.2.1): on whose behalf a service asks.
const PA_FOR_USER: i32 = 129;

/// Client, realm and service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Client.
    pub client: Vec<u8>,
    /// Its realm.
    pub realm: Vec<u8>,
    /// Service.
    pub service: Vec<u8>,
}

/// What a request for a ticket says besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Options.
    pub options: u32,
    /// From when, µs since 1970.
    pub from: Option<u64>,
    /// Until when.
    pub till: Option<u64>,
    /// Renewable until when.
    pub renew_till: Option<u64>,
    /// Chosen by the client.
    pub nonce: Option<i64>,
    /// Kinds of encryption that the client can do, by its choice.
    pub encryption: Vec<i32>,
    /// Kinds of pre-authentication.
    pub preauthentication: Vec<i32>,
    /// On whose behalf (MS-SFU).
    pub for_user: Vec<u8>,
}

impl Wanted {
    /// Whether the ticket shall be forwardable.
    #[must_use]
    pub fn is_forwardable(&self) -> bool {
        self.options & FORWARDABLE != 0
    }

    /// Whether it shall be renewable.
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        self.options & RENEWABLE != 0
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which.
    pub kind: Kind,
    /// Who, where, what.
    pub names: Names,
    /// What a request says.
    pub wanted: Option<Box<Wanted>>,
    /// Encryption of what the reply holds besides the ticket; of an AP-REQ that of the authenticator.
    pub encryption: Option<i32>,
    /// Encryption of the ticket given or shown.
    pub ticket_encryption: Option<i32>,
    /// Error code.
    pub error: Option<i64>,
    /// Text of an error.
    pub text: Vec<u8>,
    /// Whether a list was longer than what is kept.
    pub is_cut: bool,
}

impl Message {
    /// Reads a message; `None` when it breaks its format or is none that is told.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let element = reader.element()?;
        let mut message = Self {
            kind: Kind::of(element.tag)?,
            names: Names::default(),
            wanted: None,
            encryption: None,
            ticket_encryption: None,
            error: None,
            text: Vec::new(),
            is_cut: false,
        };
        let members = reader.inside(element.content).enter(tag::SEQUENCE)?;
        match message.kind {
            Kind::AsRequest | Kind::TgsRequest => message.request(members),
            Kind::AsReply | Kind::TgsReply => message.reply(members),
            Kind::ApRequest => message.ap_request(members),
            Kind::ApReply => message.ap_reply(members),
            Kind::Error => message.refusal(members),
        }?;
        Some(message)
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let names = self.names.client.len() + self.names.realm.len() + self.names.service.len();
        let wanted = self.wanted.as_ref().map_or(0, |wanted| {
            size_of::<Wanted>()
                + 4 * (wanted.encryption.len() + wanted.preauthentication.len())
                + wanted.for_user.len()
        });
        size_of::<Self>() + names + wanted + self.text.len()
    }

    /// KDC-REQ (section 5.4.1).
    fn request(&mut self, mut members: Reader<'_>) -> Option<()> {
        let mut wanted = Wanted::default();
        is_version_and_kind(&mut members, (0xa1, 0xa2), self.kind)?;
        if let Some(list) = members.optional(0xa3) {
            self.preauthentication(&mut wanted, members.inside(list))?;
        }
        let mut body = members.enter(0xa4)?.enter(tag::SEQUENCE)?;
        while let Some(member) = body.element() {
            let mut inner = body.inside(member.content);
            match member.tag {
                0xa0 => wanted.options = flags(inner.expect(tag::BITS)?),
                0xa1 => self.names.client = principal(inner)?,
                0xa2 => self.names.realm = name(inner.element()?.content),
                0xa3 => self.names.service = principal(inner)?,
                0xa4 => wanted.from = ber::time(inner.expect(tag::TIME)?),
                0xa5 => wanted.till = ber::time(inner.expect(tag::TIME)?),
                0xa6 => wanted.renew_till = ber::time(inner.expect(tag::TIME)?),
                0xa7 => wanted.nonce = inner.integer(),
                0xa8 => {
                    let mut list = inner.enter(tag::SEQUENCE)?;
                    while !list.rest().is_empty() {
                        let kind = i32::try_from(list.integer()?).ok()?;
                        self.is_cut |= !push(&mut wanted.encryption, kind);
                    }
                }
                _ => {}
            }
        }
        self.wanted = Some(Box::new(wanted));
        (!body.is_broken()).then_some(())
    }

    /// METHOD-DATA (section 5.2.7).
    fn preauthentication(&mut self, wanted: &mut Wanted, mut list: Reader<'_>) -> Option<()> {
        let mut items = list.enter(tag::SEQUENCE)?;
        while !items.rest().is_empty() {
            let mut item = items.enter(tag::SEQUENCE)?;
            let kind = i32::try_from(item.enter(0xa1)?.integer()?).ok()?;
            let value = item.enter(0xa2)?.octets()?;
            self.is_cut |= !push(&mut wanted.preauthentication, kind);
            if kind == PA_FOR_USER {
                wanted.for_user = for_user(value).unwrap_or_default();
            } else if kind == PA_TGS_REQ {
                // The ticket that pays for the new one; its encryption is not that of what is given.
                Self::read(value).filter(|inner| inner.kind == Kind::ApRequest)?;
            }
        }
        Some(())
    }

    /// KDC-REP (section 5.4.2).
    fn reply(&mut self, mut members: Reader<'_>) -> Option<()> {
        is_version_and_kind(&mut members, (0xa0, 0xa1), self.kind)?;
        members.optional(0xa2);
        self.names.realm = name(members.enter(0xa3)?.element()?.content);
        self.names.client = principal(members.enter(0xa4)?)?;
        let (_, service, encryption) = ticket(members.enter(0xa5)?)?;
        self.names.service = service;
        self.ticket_encryption = Some(encryption);
        self.encryption = Some(encrypted(members.enter(0xa6)?)?);
        Some(())
    }

    /// AP-REQ (section 5.5.1). Who shows the ticket is encrypted; the realm is that of the service.
    fn ap_request(&mut self, mut members: Reader<'_>) -> Option<()> {
        is_version_and_kind(&mut members, (0xa0, 0xa1), self.kind)?;
        members.expect(0xa2)?;
        let (realm, service, encryption) = ticket(members.enter(0xa3)?)?;
        self.names.realm = realm;
        self.names.service = service;
        self.ticket_encryption = Some(encryption);
        self.encryption = Some(encrypted(members.enter(0xa4)?)?);
        Some(())
    }

    /// AP-REP (section 5.5.2).
    fn ap_reply(&mut self, mut members: Reader<'_>) -> Option<()> {
        is_version_and_kind(&mut members, (0xa0, 0xa1), self.kind)?;
        self.encryption = Some(encrypted(members.enter(0xa2)?)?);
        Some(())
    }

    /// KRB-ERROR (section 5.9.1).
    fn refusal(&mut self, mut members: Reader<'_>) -> Option<()> {
        is_version_and_kind(&mut members, (0xa0, 0xa1), self.kind)?;
        while let Some(member) = members.element() {
            let mut inner = members.inside(member.content);
            match member.tag {
                0xa6 => self.error = Some(inner.integer()?),
                0xa7 => self.names.realm = name(inner.element()?.content),
                0xa8 => self.names.client = principal(inner)?,
                0xaa => self.names.service = principal(inner)?,
                0xab => self.text = name(inner.element()?.content),
                _ => {}
            }
        }
        (!members.is_broken() && self.error.is_some()).then_some(())
    }
}

/// The two members that begin every message: version 5 and the number that its tag has too.
fn is_version_and_kind(members: &mut Reader<'_>, tags: (u8, u8), kind: Kind) -> Option<()> {
    let version = members.enter(tags.0)?.integer()?;
    let number = members.enter(tags.1)?.integer()?;
    (version == 5 && number == i64::from(kind.number())).then_some(())
}

/// Realm, service and encryption of a ticket (section 5.3).
fn ticket(mut reader: Reader<'_>) -> Option<(Vec<u8>, Vec<u8>, i32)> {
    let mut members = reader.enter(0x61)?.enter(tag::SEQUENCE)?;
    members.expect(0xa0)?;
    let realm = name(members.enter(0xa1)?.element()?.content);
    let service = principal(members.enter(0xa2)?)?;
    let encryption = encrypted(members.enter(0xa3)?)?;
    Some((realm, service, encryption))
}

/// How something is encrypted (section 5.2.9).
fn encrypted(mut reader: Reader<'_>) -> Option<i32> {
    let kind = reader.enter(tag::SEQUENCE)?.enter(0xa0)?.integer()?;
    i32::try_from(kind).ok()
}

/// The parts of a name with slashes between them (section 5.2.2).
fn principal(mut reader: Reader<'_>) -> Option<Vec<u8>> {
    let mut members = reader.enter(tag::SEQUENCE)?;
    members.expect(0xa0)?;
    let mut parts = members.enter(0xa1)?.enter(tag::SEQUENCE)?;
    let mut text = Vec::new();
    for place in 0..MAX_PARTS {
        let Some(part) = parts.element() else {
            break;
        };
        if place > 0 {
            text.push(b'/');
        }
        text.extend_from_slice(part.content);
    }
    text.truncate(MAX_NAME);
    (!parts.is_broken()).then_some(text)
}

/// PA-FOR-USER (MS-SFU, section 2.2.1): a name and its realm.
fn for_user(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut members = Reader::new(bytes).enter(tag::SEQUENCE)?;
    let mut text = principal(members.enter(0xa0)?)?;
    text.push(b'@');
    text.extend_from_slice(&name(members.enter(0xa1)?.element()?.content));
    Some(text)
}

fn name(content: &[u8]) -> Vec<u8> {
    content.get(..MAX_NAME).unwrap_or(content).to_vec()
}

/// The first 32 of the bits of `KerberosFlags` (section 5.2.8).
fn flags(content: &[u8]) -> u32 {
    let bytes = content.get(1..).unwrap_or_default();
    (0..4).fold(0, |value, place| {
        (value << 8) | bytes.get(place).map_or(0, |byte| u32::from(*byte))
    })
}

fn push(list: &mut Vec<i32>, value: i32) -> bool {
    let has_room = list.len() < MAX_KINDS;
    if has_room {
        list.push(value);
    }
    has_room
}

#[cfg(test)]
pub(super) mod tests;
