//! One NTP message taken apart: RFC 5905 section 7.3, RFC 9327 section 2, and ntpd's mode 7.

use crate::bytes::{Bytes, count};

/// Extension fields that are counted.
const MAX_EXTENSIONS: u64 = 64;
/// The longest thing at the end of a message that is a key and digest, never an extension field (RFC 7822).
const MAX_DIGEST: usize = 24;
/// Bytes of control and private data that are told.
const MAX_DATA: usize = 1_024;

/// Modes 1 to 5.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// Warning of a leap second.
    pub leap: u8,
    /// Distance from a reference clock.
    pub stratum: u8,
    /// Interval between messages, log2 of seconds.
    pub poll: i8,
    /// Precision of the clock, log2 of seconds.
    pub precision: i8,
    /// Round trip to the reference clock, in seconds of 16.16 bits.
    pub root_delay: u32,
    /// Dispersion to the reference clock, in seconds of 16.16 bits.
    pub root_dispersion: u32,
    /// Which clock or server, or why there is none.
    pub reference_id: [u8; 4],
    /// When the clock was last set; times are seconds since 1900 of 32.32 bits, 0 is none.
    pub reference: u64,
    /// When the request left its sender.
    pub origin: u64,
    /// When the request came in.
    pub receive: u64,
    /// When this message left.
    pub transmit: u64,
    /// Extension fields.
    pub extensions: u64,
    /// Number of the key, when there is a digest.
    pub key_id: Option<u32>,
}

/// Mode 6.
#[derive(Clone, Copy, Debug)]
pub struct Control<'a> {
    /// Response, error, more.
    pub flags: [bool; 3],
    /// What is asked for.
    pub operation: u8,
    /// Chosen by who asks.
    pub sequence: u16,
    /// Status of the system, the peer or the clock.
    pub status: u16,
    /// Which peer or clock.
    pub association: u16,
    /// Text.
    pub data: &'a [u8],
}

/// Mode 7.
#[derive(Clone, Copy, Debug)]
pub struct Private<'a> {
    /// Response, more, authenticated.
    pub flags: [bool; 3],
    /// Place in a longer answer.
    pub sequence: u8,
    /// Whose extension.
    pub implementation: u8,
    /// What is asked for.
    pub request: u8,
    /// Why it failed.
    pub error: u8,
    /// How many items follow, and how long each is.
    pub items: [u16; 2],
    /// The items.
    pub data: &'a [u8],
}

impl Private<'_> {
    /// What is asked for, by name, where it is known to matter: these answer with far more than was asked.
    #[must_use]
    pub fn request_name(&self) -> Option<&'static str> {
        Some(match self.request {
            0 => "peer-list",
            1 => "peer-list-sum",
            2 => "peer-info",
            3 => "peer-stats",
            4 => "sys-info",
            5 => "sys-stats",
            6 => "io-stats",
            7 => "mem-stats",
            8 => "loop-info",
            9 => "timer-stats",
            10 => "config",
            11 => "unconfig",
            16 => "restrictions",
            20 | 42 => "monlist",
            _ => return None,
        })
    }
}

/// What a message holds by its mode.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// Time.
    Time(Time),
    /// Control.
    Control(Control<'a>),
    /// Private.
    Private(Private<'a>),
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// 1 to 4.
    pub version: u8,
    /// 1 to 7.
    pub mode: u8,
    /// The rest.
    pub body: Body<'a>,
}

impl<'a> Message<'a> {
    /// Reads `data`; `None` when it is no NTP.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes::new(data);
        let first = bytes.u8()?;
        let (version, mode) = (first >> 3 & 7, first & 7);
        if !matches!(version, 1..=4) {
            return None;
        }
        let body = match mode {
            1..=5 => Body::Time(Time::read(first >> 6, bytes)?),
            6 => Body::Control(Control::read(bytes)?),
            7 => Body::Private(Private::read(first, bytes)?),
            _ => return None,
        };
        Some(Self {
            version,
            mode,
            body,
        })
    }

    /// Whether it answers another message.
    #[must_use]
    pub fn is_response(&self) -> bool {
        match &self.body {
            Body::Time(_) => matches!(self.mode, 2 | 4),
            Body::Control(Control { flags, .. }) | Body::Private(Private { flags, .. }) => {
                let [is_response, ..] = flags;
                *is_response
            }
        }
    }

    /// Whether it says no: a kiss of death (RFC 5905 section 7.4), or an error.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match &self.body {
            Body::Time(time) => self.mode == 4 && time.stratum == 0,
            Body::Control(control) => {
                let [_, is_error, _] = control.flags;
                is_error
            }
            Body::Private(private) => private.error != 0,
        }
    }

    /// `event.action`.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match (&self.body, self.mode) {
            (Body::Control(_), _) => "ntp-control",
            (Body::Private(_), _) => "ntp-private",
            (Body::Time(_), 5) => "ntp-broadcast",
            (Body::Time(_), _) if self.is_response() => "ntp-response",
            (Body::Time(_), _) => "ntp-request",
        }
    }

    /// What a request and its answer have in common.
    #[must_use]
    pub fn key(&self) -> u64 {
        match &self.body {
            Body::Time(time) if self.is_response() => time.origin,
            Body::Time(time) => time.transmit,
            Body::Control(control) => u64::from(control.sequence),
            Body::Private(private) => u64::from(private.request),
        }
    }

    /// Whether more was sent than is told.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match &self.body {
            Body::Time(time) => time.extensions >= MAX_EXTENSIONS,
            Body::Control(Control { data, .. }) | Body::Private(Private { data, .. }) => {
                data.len() > MAX_DATA
            }
        }
    }

    /// Control or private data, as far as it is told.
    #[must_use]
    pub fn told(data: &[u8]) -> &[u8] {
        data.get(..MAX_DATA).unwrap_or(data)
    }
}

impl Time {
    fn read(leap: u8, mut bytes: Bytes<'_>) -> Option<Self> {
        let stratum = bytes.u8()?;
        let [poll, precision] = bytes.array()?.map(u8::cast_signed);
        let (root_delay, root_dispersion) = (bytes.u32()?, bytes.u32()?);
        let reference_id = bytes.array()?;
        let mut next = || bytes.array().map(u64::from_be_bytes);
        let (reference, origin, receive, transmit) = (next()?, next()?, next()?, next()?);
        let extensions = extensions(&mut bytes);
        Some(Self {
            leap,
            stratum,
            poll,
            precision,
            root_delay,
            root_dispersion,
            reference_id,
            reference,
            origin,
            receive,
            transmit,
            extensions,
            key_id: bytes.u32(),
        })
    }
}

/// Steps over extension fields; what may be a key and digest is left.
fn extensions(bytes: &mut Bytes<'_>) -> u64 {
    let mut number = 0;
    while bytes.len() > MAX_DIGEST && number < MAX_EXTENSIONS {
        let mut field = *bytes;
        let Some(length) = field.skip(2).and_then(|()| field.u16()) else {
            break;
        };
        if length < 16 || length % 4 != 0 || count(bytes.len()) < u64::from(length) {
            break;
        }
        if bytes.skip(usize::from(length)).is_none() {
            break;
        }
        number += 1;
    }
    number
}

impl<'a> Control<'a> {
    fn read(mut bytes: Bytes<'a>) -> Option<Self> {
        let flags = bytes.u8()?;
        let (sequence, status, association) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
        let _offset = bytes.u16()?;
        let length = usize::from(bytes.u16()?);
        let rest = bytes.rest();
        Some(Self {
            flags: [flags & 0x80 != 0, flags & 0x40 != 0, flags & 0x20 != 0],
            operation: flags & 31,
            sequence,
            status,
            association,
            data: rest.get(..length).unwrap_or(rest),
        })
    }
}

impl<'a> Private<'a> {
    fn read(first: u8, mut bytes: Bytes<'a>) -> Option<Self> {
        let (second, implementation, request) = (bytes.u8()?, bytes.u8()?, bytes.u8()?);
        let (errors, sizes) = (bytes.u16()?, bytes.u16()?);
        let items = [errors & 0xfff, sizes & 0xfff];
        let [number, size] = items.map(usize::from);
        let rest = bytes.rest();
        Some(Self {
            flags: [first & 0x80 != 0, first & 0x40 != 0, second & 0x80 != 0],
            sequence: second & 0x7f,
            implementation,
            request,
            error: u8::try_from(errors >> 12).unwrap_or(0),
            items,
            data: rest.get(..number * size).unwrap_or(rest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Vec<u8> {
        let mut data = vec![0x23, 0, 6, 0xec];
        data.extend([0; 36]);
        data.extend([0xe0, 0x9d, 0x20, 0, 0x80, 0, 0, 0]);
        data
    }

    #[test]
    fn a_client_message_is_read() {
        let data = client();
        let message = Message::read(&data).expect("a message");
        let Body::Time(time) = message.body else {
            panic!("time expected");
        };
        assert_eq!((message.version, message.mode), (4, 3));
        assert_eq!((time.poll, time.precision), (6, -20));
        assert_eq!(time.transmit, 0xe09d_2000_8000_0000);
        assert_eq!((message.action(), time.key_id), ("ntp-request", None));
        assert!(Message::read(&data[..47]).is_none());
    }

    /// RFC 7822 section 3: fields of at least 16 bytes, then perhaps a key and digest of 20 or 24.
    #[test]
    fn extension_fields_and_digests_are_told_apart() {
        let mut data = client();
        data.extend([1, 4, 0, 16]);
        data.extend([0; 12]);
        data.extend([2, 4, 0, 28]);
        data.extend([0; 24]);
        data.extend([0, 0, 0, 9]);
        data.extend([7; 16]);
        let Some(Body::Time(time)) = Message::read(&data).map(|message| message.body) else {
            panic!("time expected");
        };
        assert_eq!((time.extensions, time.key_id), (2, Some(9)));
    }

    #[test]
    fn a_monlist_request_has_its_name() {
        let mut data = vec![0x17, 0, 3, 42];
        data.extend([0; 188]);
        let message = Message::read(&data).expect("a message");
        let Body::Private(private) = message.body else {
            panic!("private expected");
        };
        assert_eq!(private.request_name(), Some("monlist"));
        assert_eq!(message.action(), "ntp-private");
        assert!(!message.is_response());
    }
}
