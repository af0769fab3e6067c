//! Which Kerberos message it is (RFC 4120, section 5.10), told by its first bytes.

use super::ber::{self, Head, tag};

/// Which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks for a first ticket.
    AsRequest,
    /// Gives it.
    AsReply,
    /// Asks for a ticket for a service.
    TgsRequest,
    /// Gives it.
    TgsReply,
    /// Shows a ticket to a service.
    ApRequest,
    /// The service proves itself.
    ApReply,
    /// Refuses.
    Error,
}

impl Kind {
    /// By the identifier octet of the message: its number as an application tag.
    #[must_use]
    pub fn of(tag: u8) -> Option<Self> {
        Some(match tag {
            0x6a => Self::AsRequest,
            0x6b => Self::AsReply,
            0x6c => Self::TgsRequest,
            0x6d => Self::TgsReply,
            0x6e => Self::ApRequest,
            0x6f => Self::ApReply,
            0x7e => Self::Error,
            _ => return None,
        })
    }

    /// The number of the message.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::AsRequest => 10,
            Self::AsReply => 11,
            Self::TgsRequest => 12,
            Self::TgsReply => 13,
            Self::ApRequest => 14,
            Self::ApReply => 15,
            Self::Error => 30,
        }
    }

    /// EVE's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AsRequest => "KRB_AS_REQ",
            Self::AsReply => "KRB_AS_REP",
            Self::TgsRequest => "KRB_TGS_REQ",
            Self::TgsReply => "KRB_TGS_REP",
            Self::ApRequest => "KRB_AP_REQ",
            Self::ApReply => "KRB_AP_REP",
            Self::Error => "KRB_ERROR",
        }
    }

    /// Whether it asks.
    #[must_use]
    pub fn is_request(self) -> bool {
        matches!(self, Self::AsRequest | Self::TgsRequest | Self::ApRequest)
    }

    /// The request that it belongs to; an error belongs to any.
    #[must_use]
    pub fn request(self) -> Option<Self> {
        match self {
            Self::AsRequest | Self::AsReply => Some(Self::AsRequest),
            Self::TgsRequest | Self::TgsReply => Some(Self::TgsRequest),
            Self::ApRequest | Self::ApReply => Some(Self::ApRequest),
            Self::Error => None,
        }
    }
}

/// What the first bytes of a message say of it: its kind, when they are one; `Err` when they are none.
///
/// # Errors
/// When no further bytes could make it a message.
pub fn recognise(bytes: &[u8]) -> Result<Option<(Kind, u64)>, ber::Malformed> {
    let Some(first) = bytes.first() else {
        return Ok(None);
    };
    let kind = Kind::of(*first).ok_or(ber::Malformed)?;
    let Some(outer) = Head::read(bytes)? else {
        return Ok(None);
    };
    let rest = bytes.get(outer.size..).unwrap_or_default();
    let Some(inner) = Head::read(rest)? else {
        return Ok(None);
    };
    if inner.tag != tag::SEQUENCE || inner.whole() != outer.length {
        return Err(ber::Malformed);
    }
    // pvno 5, then the number of the message: [0] and [1], of requests [1] and [2].
    let first = match kind {
        Kind::AsRequest | Kind::TgsRequest => 0xa1,
        _ => 0xa0,
    };
    let wanted = [first, 3, 2, 1, 5, first + 1, 3, 2, 1, kind.number()];
    let seen = rest.get(inner.size..).unwrap_or_default();
    let length = seen.len().min(wanted.len());
    if seen.get(..length) != wanted.get(..length) {
        return Err(ber::Malformed);
    }
    let whole = outer.whole().ok_or(ber::Malformed)?;
    Ok((length == wanted.len()).then_some((kind, whole)))
}
