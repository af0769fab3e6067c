//! Where the reader of a mail stands: in which part, inside which multiparts.

use super::mime_mail::Attachment;
use super::mime_part::Part;

/// Where the reader stands.
pub enum Place {
    /// In a header; the flag tells whether a line of it was seen.
    Head(bool),
    /// In the first line of an enclosed message, which tells whether it is one.
    Enclosed,
    /// In a part without parts.
    Part(Box<Part>),
    /// Before the first boundary, or after the last: for readers without MIME.
    Between,
}

/// A file that is a mail itself, whose parts are read as well.
pub struct Outer {
    pub attachment: Attachment,
    pub levels: usize,
    pub line_end: &'static [u8],
}

/// An open multipart.
pub struct Level {
    pub boundary: Vec<u8>,
    pub depth: usize,
}
