//! Texts, lengths and properties of MQTT (MQTT 5.0, sections 1.5 and 2.2.2.2).

use crate::bytes::Bytes;

/// Bytes of a text that are kept.
pub const MAX_TEXT: usize = 1_024;

/// Bytes as sent, cut at [`MAX_TEXT`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The bytes kept.
    pub bytes: Vec<u8>,
    /// Whether there were more.
    pub is_cut: bool,
}

impl Text {
    /// Keeps the beginning.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.get(..MAX_TEXT).unwrap_or(bytes).to_vec(),
            is_cut: bytes.len() > MAX_TEXT,
        }
    }
}

/// A property (MQTT 5.0, table 2-4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name in words.
    pub name: &'static str,
    /// The key of a user property.
    pub key: Option<Text>,
    /// Its value; numbers as digits.
    pub value: Text,
}

/// Properties, the first of them.
pub type Properties = Vec<Property>;

/// A variable byte integer (MQTT 5.0, section 1.5.5): its value and how many bytes it took. `Err` when it is malformed.
pub fn variable(bytes: &mut Bytes<'_>) -> Result<Option<u32>, ()> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21] {
        let Some(byte) = bytes.u8() else {
            return Ok(None);
        };
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(Some(value));
        }
    }
    Err(())
}

/// How a property's value is written.
#[derive(Clone, Copy)]
enum Form {
    Byte,
    Two,
    Four,
    Variable,
    Text,
    Pair,
}

/// Identifier, name and form (MQTT 5.0, table 2-4).
const PROPERTIES: &[(u32, &str, Form)] = &[
    (1, "payload_format_indicator", Form::Byte),
    (2, "message_expiry_interval", Form::Four),
    (3, "content_type", Form::Text),
    (8, "response_topic", Form::Text),
    (9, "correlation_data", Form::Text),
    (11, "subscription_identifier", Form::Variable),
    (17, "session_expiry_interval", Form::Four),
    (18, "assigned_client_identifier", Form::Text),
    (19, "server_keep_alive", Form::Two),
    (21, "authentication_method", Form::Text),
    (22, "authentication_data", Form::Text),
    (23, "request_problem_information", Form::Byte),
    (24, "will_delay_interval", Form::Four),
    (25, "request_response_information", Form::Byte),
    (26, "response_information", Form::Text),
    (28, "server_reference", Form::Text),
    (31, "reason_string", Form::Text),
    (33, "receive_maximum", Form::Two),
    (34, "topic_alias_maximum", Form::Two),
    (35, "topic_alias", Form::Two),
    (36, "maximum_qos", Form::Byte),
    (37, "retain_available", Form::Byte),
    (38, "user_property", Form::Pair),
    (39, "maximum_packet_size", Form::Four),
    (40, "wildcard_subscription_available", Form::Byte),
    (41, "subscription_identifier_available", Form::Byte),
    (42, "shared_subscription_available", Form::Byte),
];

/// The next property; `None` is malformed.
pub fn property(bytes: &mut Bytes<'_>) -> Option<Property> {
    let id = variable(bytes).ok()??;
    let (_, name, form) = PROPERTIES.iter().find(|(known, ..)| *known == id)?;
    let mut key = None;
    let value = match form {
        Form::Byte => digits(u32::from(bytes.u8()?)),
        Form::Two => digits(u32::from(bytes.u16()?)),
        Form::Four => digits(bytes.u32()?),
        Form::Variable => digits(variable(bytes).ok()??),
        Form::Text => Text::new(bytes.vector16()?.rest()),
        Form::Pair => {
            key = Some(Text::new(bytes.vector16()?.rest()));
            Text::new(bytes.vector16()?.rest())
        }
    };
    Some(Property { name, key, value })
}

fn digits(value: u32) -> Text {
    Text::new(itoa::Buffer::new().format(value).as_bytes())
}
