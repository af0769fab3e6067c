//! One part of a mail that holds no parts itself: decoded line by line into a file, or searched for links.

use super::mime_decode::{Base64, Encoding, QuotedPrintable, unix_begin, unix_line};
use super::mime_header::{media_type, parameter};
use super::mime_link::Links;
use super::mime_mail::{Attachment, MAX_ATTACHMENTS, Mail, Oddities};
use crate::anomaly::Anomaly;
use crate::file::{File, State};

/// Longest line of encoded data (RFC 2045, sections 6.7 and 6.8).
const MAX_ENCODED_LINE: usize = 76;
/// Names longer than this cannot be file names on any common system.
const MAX_FILENAME: usize = 255;

/// What the header of a part says.
#[derive(Debug, Default)]
pub struct PartHead {
    /// `Content-Type`.
    pub kind: Vec<u8>,
    disposition: Vec<u8>,
    encoding: Encoding,
}

impl PartHead {
    /// Takes one field.
    pub fn see(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"content-type") {
            if self.kind.is_empty() {
                self.kind = value.to_vec();
            }
        } else if name.eq_ignore_ascii_case(b"content-disposition") {
            self.disposition = value.to_vec();
        } else if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            self.encoding = Encoding::parse(value);
        }
    }

    /// The name of the file that the part is, or nothing.
    #[must_use]
    pub fn file_name(&self) -> Vec<u8> {
        parameter(&self.disposition, b"filename")
            .or_else(|| parameter(&self.kind, b"name"))
            .unwrap_or_default()
    }

    /// Whether the part is a file rather than the mail's own text.
    #[must_use]
    pub fn is_file(&self, kind: &[u8], name: &[u8]) -> bool {
        let is_text = kind.is_empty() || kind.starts_with(b"text/");
        !name.is_empty() || !is_text || media_type(&self.disposition) == b"attachment"
    }
}

enum Decoder {
    Identity,
    Base64(Base64),
    QuotedPrintable(QuotedPrintable),
    Unix(bool),
}

/// A part on its way.
pub struct Part {
    decoder: Decoder,
    attachment: Option<Attachment>,
    /// A uuencoded file inside a text.
    inner: Option<Attachment>,
    links: Option<Links>,
    /// The end of the last line: it belongs to the boundary if one follows.
    line_end: &'static [u8],
    out: Vec<u8>,
}

/// A piece of a line.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    /// Its bytes.
    pub text: &'a [u8],
    /// Whether it begins the line.
    pub starts: bool,
    /// Whether it ends the line.
    pub ends: bool,
    /// The line's end, when it does.
    pub line_end: &'static [u8],
}

impl Part {
    /// A part about to begin.
    #[must_use]
    pub fn new(head: &PartHead, mail: &mut Mail, oddities: &mut Oddities) -> Self {
        let kind = media_type(&head.kind);
        let name = head.file_name();
        if name.len() > MAX_FILENAME {
            oddities.note(Anomaly::MimeLongFilename);
        }
        let is_file = head.is_file(&kind, &name);
        let links = (!is_file).then(|| Links::after(std::mem::take(&mut mail.links)));
        Self {
            decoder: match head.encoding {
                Encoding::Identity => Decoder::Identity,
                Encoding::Base64 => Decoder::Base64(Base64::default()),
                Encoding::QuotedPrintable => Decoder::QuotedPrintable(QuotedPrintable::default()),
                Encoding::Unix => Decoder::Unix(false),
            },
            attachment: is_file.then(|| attachment(name)),
            inner: None,
            links,
            line_end: b"",
            out: Vec::new(),
        }
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        let links = self.links.as_ref().map_or(0, Links::held);
        self.out.capacity() + links + 1_024
    }

    /// Takes a piece of a line.
    pub fn piece(&mut self, piece: &Piece<'_>, oddities: &mut Oddities) {
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        let is_encoded = matches!(
            self.decoder,
            Decoder::Base64(_) | Decoder::QuotedPrintable(_)
        );
        if is_encoded && piece.text.len() > MAX_ENCODED_LINE {
            oddities.note(Anomaly::MimeLongEncodedLine);
        }
        match &mut self.decoder {
            Decoder::Identity => {
                self.text(piece);
                self.out = out;
                return;
            }
            Decoder::Base64(base64) => {
                base64.decode(piece.text, &mut out);
                if std::mem::take(&mut base64.is_broken) {
                    oddities.note(Anomaly::MimeInvalidBase64);
                }
            }
            Decoder::QuotedPrintable(quoted) => {
                out.extend_from_slice(std::mem::take(&mut self.line_end));
                quoted.decode(piece.text, &mut out);
                if piece.ends && quoted.end_line(&mut out) {
                    self.line_end = piece.line_end;
                }
                if std::mem::take(&mut quoted.is_broken) {
                    oddities.note(Anomaly::MimeInvalidQuotedPrintable);
                }
            }
            Decoder::Unix(has_begun) => {
                if !*has_begun {
                    *has_begun = piece.starts && unix_begin(piece.text).is_some();
                } else if piece.text == b"end" {
                    *has_begun = false;
                } else if piece.starts {
                    unix_line(piece.text, &mut out);
                }
            }
        }
        self.pass(&out);
        self.out = out;
    }

    /// A line as it stands; a text may hold uuencoded files between its lines.
    fn text(&mut self, piece: &Piece<'_>) {
        if let Some(inner) = &mut self.inner {
            if piece.starts && piece.text == b"end" {
                inner.state = State::Closed;
                return;
            }
            if piece.starts && inner.state == State::Truncated {
                let mut out = Vec::new();
                unix_line(piece.text, &mut out);
                inner.file.data(&out);
                return;
            }
        } else if self.attachment.is_none()
            && piece.starts
            && piece.ends
            && let Some(name) = unix_begin(piece.text)
        {
            let mut inner = attachment(name.to_vec());
            inner.state = State::Truncated;
            self.inner = Some(inner);
            return;
        }
        let line_end = std::mem::replace(&mut self.line_end, piece.line_end);
        self.pass(line_end);
        self.pass(piece.text);
    }

    fn pass(&mut self, bytes: &[u8]) {
        if let Some(attachment) = &mut self.attachment {
            attachment.file.data(bytes);
        } else if let Some(links) = &mut self.links {
            links.data(bytes);
        }
    }

    /// Bytes were lost.
    pub fn gap(&mut self, length: u64) {
        self.line_end = b"";
        for attachment in [&mut self.attachment, &mut self.inner]
            .into_iter()
            .flatten()
        {
            attachment.file.gap(length);
        }
        if let Some(links) = &mut self.links {
            links.end_word();
        }
    }

    /// The part is over.
    pub fn finish(self, mail: &mut Mail, is_whole: bool) {
        let Self {
            attachment,
            inner,
            links,
            ..
        } = self;
        if let Some(mut links) = links {
            links.end_word();
            mail.links = links.found;
            if links.is_cut {
                mail.note_cut("khien.email.url");
            }
        }
        if let Some(mut attachment) = attachment {
            if !is_whole {
                attachment.state = State::Truncated;
            }
            add(mail, attachment);
        }
        if let Some(inner) = inner {
            add(mail, inner);
        }
    }
}

/// Adds a file to a mail, unless it has too many.
pub fn add(mail: &mut Mail, attachment: Attachment) {
    if mail.attachments.len() < MAX_ATTACHMENTS {
        mail.attachments.push(attachment);
    } else {
        mail.note_cut("email.attachments");
    }
}

/// An attachment without bytes.
#[must_use]
pub fn attachment(name: Vec<u8>) -> Attachment {
    Attachment {
        name,
        file: File::default(),
        state: State::Closed,
    }
}
