//! Reads the bodies of MQTT's control packets, field by field.

use super::mqtt_message::{Body, Connect, Header, VERSION_5, Will};
use super::mqtt_property::{Properties, Text, property, variable};
use crate::bytes::{Bytes, count};
/// Topics, codes or properties of one packet that are kept.
const MAX_ITEMS: usize = 64;

/// The rest of a body.
pub struct Reader<'a> {
    /// Its bytes.
    pub bytes: Bytes<'a>,
    /// Whether it has properties and reason codes.
    pub is_five: bool,
    /// Whether items were left out.
    pub is_cut: bool,
}

impl Reader<'_> {
    fn text(&mut self) -> Option<Text> {
        Some(Text::new(self.bytes.vector16()?.rest()))
    }

    /// A text whose end may lie beyond the part of a packet that is at hand.
    fn long_text(&mut self) -> Option<Text> {
        let length = usize::from(self.bytes.u16()?);
        let taken = self
            .bytes
            .take(length)
            .or_else(|| self.bytes.take(self.bytes.len()))?;
        let mut text = Text::new(taken);
        text.is_cut |= taken.len() < length;
        Some(text)
    }

    pub(super) fn connect(&mut self) -> Option<Connect> {
        let protocol = self.text()?;
        let version = self.bytes.u8()?;
        self.is_five = version >= VERSION_5;
        let flags = self.bytes.u8()?;
        self.bytes.skip(2)?;
        let properties = self.properties()?;
        let client_id = self.text()?;
        let will = if flags & 4 == 0 {
            None
        } else {
            let properties = self.properties()?;
            Some(Will {
                properties,
                topic: self.text()?,
                message: self.text()?,
            })
        };
        let user = if flags & 0x80 == 0 {
            None
        } else {
            Some(self.text()?)
        };
        let password = if flags & 0x40 == 0 {
            None
        } else {
            Some(self.text()?)
        };
        Some(Connect {
            protocol,
            version,
            flags,
            client_id,
            user,
            password,
            will,
            properties,
        })
    }

    pub(super) fn connect_answer(&mut self) -> Option<Body> {
        let flags = self.bytes.u8()?;
        let code = self.bytes.u8()?;
        let properties = self.properties_if_any()?;
        Some(Body::ConnectAnswer {
            has_session: flags & 1 != 0,
            code,
            properties,
        })
    }

    pub(super) fn publish(&mut self, header: Header, length: u64) -> Option<Body> {
        let whole = self.bytes.len();
        let topic = self.long_text()?;
        let id = if header.quality > 0 {
            Some(self.bytes.u16()?)
        } else {
            None
        };
        let properties = self.properties()?;
        let before = count(whole.saturating_sub(self.bytes.len()));
        Some(Body::Publish {
            topic,
            id,
            message: Text::new(self.bytes.rest()),
            length: length.saturating_sub(before),
            properties,
        })
    }

    pub(super) fn acknowledge(&mut self) -> Option<Body> {
        let id = self.bytes.u16()?;
        let (reason, properties) = self.reason_and_properties()?;
        Some(Body::Acknowledge {
            id,
            reason,
            properties,
        })
    }

    pub(super) fn subscribe(&mut self) -> Option<Body> {
        let id = self.bytes.u16()?;
        let properties = self.properties()?;
        let mut topics = Vec::new();
        while !self.bytes.is_empty() {
            let topic = self.text()?;
            let options = self.bytes.u8()?;
            if topics.len() < MAX_ITEMS {
                topics.push((topic, options & 3));
            } else {
                self.is_cut = true;
            }
        }
        Some(Body::Subscribe {
            id,
            topics,
            properties,
        })
    }

    pub(super) fn unsubscribe(&mut self) -> Option<Body> {
        let id = self.bytes.u16()?;
        let properties = self.properties()?;
        let mut topics = Vec::new();
        while !self.bytes.is_empty() {
            let topic = self.text()?;
            if topics.len() < MAX_ITEMS {
                topics.push(topic);
            } else {
                self.is_cut = true;
            }
        }
        Some(Body::Unsubscribe {
            id,
            topics,
            properties,
        })
    }

    pub(super) fn granted(&mut self) -> Option<Body> {
        let id = self.bytes.u16()?;
        let properties = self.properties_if_any()?;
        let codes = self.bytes.rest();
        self.is_cut |= codes.len() > MAX_ITEMS;
        Some(Body::Granted {
            id,
            codes: codes.iter().take(MAX_ITEMS).copied().collect(),
            properties,
        })
    }

    pub(super) fn reason(&mut self) -> Option<Body> {
        let (reason, properties) = self.reason_and_properties()?;
        Some(Body::Reason { reason, properties })
    }

    /// Both may be left out for success (MQTT 5.0, section 3.4.2).
    fn reason_and_properties(&mut self) -> Option<(Option<u8>, Properties)> {
        if !self.is_five {
            return Some((None, Vec::new()));
        }
        let reason = self.bytes.u8().unwrap_or(0);
        Some((Some(reason), self.properties_if_any()?))
    }

    fn properties_if_any(&mut self) -> Option<Properties> {
        if self.bytes.is_empty() {
            return Some(Vec::new());
        }
        self.properties()
    }

    fn properties(&mut self) -> Option<Properties> {
        let mut found = Vec::new();
        if !self.is_five {
            return Some(found);
        }
        let length = variable(&mut self.bytes).ok()??;
        let mut rest = Bytes::new(self.bytes.take(usize::try_from(length).ok()?)?);
        while !rest.is_empty() {
            let property = property(&mut rest)?;
            if found.len() < MAX_ITEMS {
                found.push(property);
            } else {
                self.is_cut = true;
            }
        }
        Some(found)
    }
}
