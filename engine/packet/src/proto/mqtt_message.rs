//! MQTT control packets taken apart (MQTT 3.1.1 section 2 and 3; MQTT 5.0 sections 2.2.2 and 3; MQTT 3.1 section 3).
//!
//! Caps: 64 topics a packet, 64 properties, topics and names 1,024 bytes, application messages 1,024 bytes.

use super::mqtt_property::{Properties, Text};
use super::mqtt_reader::Reader;
use crate::bytes::Bytes;

/// The protocol level with properties and reason codes.
pub const VERSION_5: u8 = 5;

/// What stands in the first byte of every packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Type of the control packet, 0 to 15.
    pub kind: u8,
    /// Sent again.
    pub is_duplicate: bool,
    /// Quality of service, 0 to 3.
    pub quality: u8,
    /// To be kept by the server.
    pub is_retained: bool,
}

impl Header {
    /// Reads the byte.
    #[must_use]
    pub fn read(byte: u8) -> Self {
        Self {
            kind: byte >> 4,
            is_duplicate: byte & 8 != 0,
            quality: byte >> 1 & 3,
            is_retained: byte & 1 != 0,
        }
    }
}

/// A message that the server sends when the client is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Will {
    /// Where to.
    pub topic: Text,
    /// What.
    pub message: Text,
    /// MQTT 5.
    pub properties: Properties,
}

/// Who begins a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// `MQTT` or `MQIsdp`.
    pub protocol: Text,
    /// 3, 4 or 5.
    pub version: u8,
    /// The connect flags as sent.
    pub flags: u8,
    /// Name of the client.
    pub client_id: Text,
    /// User, when the flag says so.
    pub user: Option<Text>,
    /// Password, when the flag says so.
    pub password: Option<Text>,
    /// Will, when the flag says so.
    pub will: Option<Will>,
    /// MQTT 5.
    pub properties: Properties,
}

/// What a packet says, by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Type 1.
    Connect(Box<Connect>),
    /// Type 2.
    ConnectAnswer {
        /// The server knows the session.
        has_session: bool,
        /// 0 is success.
        code: u8,
        /// MQTT 5.
        properties: Properties,
    },
    /// Type 3.
    Publish {
        /// Where to.
        topic: Text,
        /// With a quality above 0.
        id: Option<u16>,
        /// What.
        message: Text,
        /// Its whole length.
        length: u64,
        /// MQTT 5.
        properties: Properties,
    },
    /// Types 4 to 7.
    Acknowledge {
        /// Of the message.
        id: u16,
        /// MQTT 5; 0 when left out.
        reason: Option<u8>,
        /// MQTT 5.
        properties: Properties,
    },
    /// Type 8.
    Subscribe {
        /// Of the request.
        id: u16,
        /// Filters with the quality asked for.
        topics: Vec<(Text, u8)>,
        /// MQTT 5.
        properties: Properties,
    },
    /// Type 10.
    Unsubscribe {
        /// Of the request.
        id: u16,
        /// Filters.
        topics: Vec<Text>,
        /// MQTT 5.
        properties: Properties,
    },
    /// Types 9 and 11.
    Granted {
        /// Of the request.
        id: u16,
        /// One a topic; 0x80 and above are refusals. None before MQTT 5 for type 11.
        codes: Vec<u8>,
        /// MQTT 5.
        properties: Properties,
    },
    /// Types 12 and 13.
    Ping,
    /// Types 14 and 15.
    Reason {
        /// MQTT 5; 0 when left out.
        reason: Option<u8>,
        /// MQTT 5.
        properties: Properties,
    },
}

/// A control packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its first byte.
    pub header: Header,
    /// What it says.
    pub body: Body,
    /// Whether items beyond the caps were left out.
    pub is_cut: bool,
}

impl Message {
    /// Reads what follows the length: all of it, or of a long PUBLISH (`length` bytes) the beginning. `None` is malformed.
    #[must_use]
    pub fn read(header: Header, data: &[u8], length: u64, version: u8) -> Option<Self> {
        let mut reader = Reader {
            bytes: Bytes::new(data),
            is_five: version >= VERSION_5,
            is_cut: false,
        };
        let body = match header.kind {
            1 => Body::Connect(Box::new(reader.connect()?)),
            2 => reader.connect_answer()?,
            3 => reader.publish(header, length)?,
            4..=7 => reader.acknowledge()?,
            8 => reader.subscribe()?,
            9 | 11 => reader.granted()?,
            10 => reader.unsubscribe()?,
            12 | 13 => Body::Ping,
            14 | 15 => reader.reason()?,
            _ => return None,
        };
        Some(Self {
            header,
            body,
            is_cut: reader.is_cut,
        })
    }

    /// Packet identifier (MQTT 3.1.1, section 2.3.1).
    #[must_use]
    pub fn id(&self) -> Option<u16> {
        match &self.body {
            Body::Publish { id, .. } => *id,
            Body::Acknowledge { id, .. }
            | Body::Subscribe { id, .. }
            | Body::Unsubscribe { id, .. }
            | Body::Granted { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let own = match &self.body {
            Body::Connect(connect) => connect.client_id.bytes.len() + 512,
            Body::Publish { topic, message, .. } => topic.bytes.len() + message.bytes.len(),
            Body::Subscribe { topics, .. } => topics
                .iter()
                .fold(0, |sum, (topic, _)| sum + topic.bytes.len()),
            Body::Unsubscribe { topics, .. } => {
                topics.iter().fold(0, |sum, topic| sum + topic.bytes.len())
            }
            _ => 0,
        };
        own + size_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::mqtt_property::{MAX_TEXT, variable};
    use super::*;
    use crate::bytes::count;

    fn read(first: u8, body: &[u8], version: u8) -> Option<Message> {
        Message::read(Header::read(first), body, count(body.len()), version)
    }

    // The example of MQTT 3.1.1, figure 3.6, with the payload of section 3.1.3.
    #[test]
    fn a_connect_with_everything_is_read() {
        let body = b"\0\x04MQTT\x04\xce\0\x0a\0\x02id\0\x01t\0\x04bye!\0\x04user\0\x04pass";
        let Some(Message {
            body: Body::Connect(connect),
            ..
        }) = read(0x10, body, 0)
        else {
            panic!("no connect");
        };
        assert_eq!(connect.client_id.bytes, b"id");
        assert_eq!(
            connect.will.map(|will| will.message.bytes),
            Some(b"bye!".to_vec())
        );
        assert_eq!(connect.user.map(|user| user.bytes), Some(b"user".to_vec()));
        assert_eq!(
            connect.password.map(|word| word.bytes),
            Some(b"pass".to_vec())
        );
    }

    // Lengths of MQTT 3.1.1, table 2.4.
    #[test]
    fn lengths_take_one_to_four_bytes() {
        for (bytes, value) in [
            (&[0x7f][..], 127),
            (&[0x80, 0x01], 128),
            (&[0xff, 0x7f], 16_383),
            (&[0xff, 0xff, 0xff, 0x7f], 268_435_455),
        ] {
            assert_eq!(variable(&mut Bytes::new(bytes)), Ok(Some(value)));
        }
        assert_eq!(variable(&mut Bytes::new(&[0x80])), Ok(None));
        assert_eq!(variable(&mut Bytes::new(&[0xff; 5])), Err(()));
    }

    #[test]
    fn properties_longer_than_the_packet_are_malformed() {
        assert!(read(0xe0, &[0x00, 0x05, 0x11, 0, 0], VERSION_5).is_none());
        let whole = read(0xe0, &[0x04, 0x05, 0x11, 0, 0, 0, 122], VERSION_5);
        let Some(Body::Reason { reason, properties }) = whole.map(|message| message.body) else {
            panic!("no reason");
        };
        assert_eq!(reason, Some(4));
        assert_eq!(
            properties.first().map(|p| (p.name, p.value.bytes.clone())),
            Some(("session_expiry_interval", b"122".to_vec()))
        );
    }

    #[test]
    fn of_a_long_message_the_beginning_tells_topic_and_length() {
        let mut body = b"\0\x06topicX".to_vec();
        body.extend([b'x'; 2_000]);
        let message = Message::read(Header::read(0x30), &body, 100_008, 4);
        let Some(Body::Publish {
            topic,
            message,
            length,
            ..
        }) = message.map(|message| message.body)
        else {
            panic!("no publish");
        };
        assert_eq!((topic.bytes, length), (b"topicX".to_vec(), 100_000));
        assert!(message.is_cut && message.bytes.len() == MAX_TEXT);
    }
}
