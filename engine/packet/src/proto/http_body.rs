//! Bodies of HTTP: unpacked, taken apart and hashed while they pass; the framing is their carrier's business.

use super::http_coding::Unpack;
use super::http_expression::{self, Shown};
use super::http_field::{Fields, without_parameters};
use super::http_multipart::{self, Carrier, Multipart};
use super::http_range::{self, ContentRange, Ranges};
use super::{Context, Direction};
use crate::anomaly::Anomaly;
use crate::bytes::count;
use crate::emit::line::Line;
use crate::file::{Facts, File, State};
use crate::limits::Budget;

/// Memory for the windows of brotli and LZMA in all flows.
const MAX_WINDOW_BYTES: u64 = 32 << 20;

/// What bodies of all flows share.
pub struct Bodies {
    /// Space to unpack into.
    space: Vec<u8>,
    windows: Budget,
    /// Files of which ranges were seen.
    pub(super) ranges: Ranges,
}

impl Default for Bodies {
    fn default() -> Self {
        Self {
            space: Vec::new(),
            windows: Budget::new(MAX_WINDOW_BYTES),
            ranges: Ranges::default(),
        }
    }
}

/// What to make of a body's bytes.
enum Content {
    /// One file.
    Whole(Box<File>),
    /// Form data with files inside.
    Multipart(Box<Multipart>),
}

/// Content after unpacking.
struct Tail {
    content: Content,
    size: u64,
    /// More than this is not looked at; 0 is no limit.
    limit: u64,
    range: Option<ContentRange>,
    /// The beginning of a request's text, to look for expressions in.
    text: Vec<u8>,
    /// Bytes of it that are kept.
    most_text: usize,
}

/// A body on its way.
pub struct Body {
    unpack: Option<Box<Unpack>>,
    tail: Tail,
    /// Whether bytes of it are lost.
    pub is_holed: bool,
    /// What was asked for.
    name: Vec<u8>,
    /// Bytes as sent.
    pub packed: u64,
    /// Who sends it.
    pub sender: Direction,
    /// Number of the transaction.
    pub transaction: u64,
}

/// What a body came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Bytes as sent.
    pub packed: u64,
    /// Bytes after unpacking.
    pub unpacked: u64,
    /// Types by content: of the whole, or of each part with a name.
    pub mime_types: Vec<&'static str>,
    /// Names of parts.
    pub names: Vec<Vec<u8>>,
    /// Files that were told as parts.
    pub parts: u64,
    /// Whether the whole is a file.
    pub is_file: bool,
    /// The expressions in the beginning of a request's text.
    pub expressions: Shown,
}

impl Body {
    /// A body about to begin, as its fields announce it.
    #[must_use]
    pub fn new(
        context: &Context<'_>,
        fields: &Fields,
        (sender, transaction, name): (Direction, u64, &[u8]),
        resource: Option<Vec<u8>>,
    ) -> Self {
        let range = resource
            .as_ref()
            .and_then(|resource| ContentRange::read(fields, resource));
        let boundary = http_multipart::boundary(fields.get(b"content-type"));
        Self {
            unpack: Unpack::new(
                fields.all(b"content-encoding"),
                &context.shared.bodies.windows,
            ),
            tail: Tail {
                content: match boundary {
                    Some(boundary) => {
                        Content::Multipart(Box::new(Multipart::new(boundary, resource)))
                    }
                    None => Content::Whole(Box::default()),
                },
                size: 0,
                limit: context.shared.settings.http_body_limit,
                range,
                text: Vec::new(),
                most_text: if sender == Direction::FromSource && is_text(fields) {
                    context.shared.settings.http_request_text
                } else {
                    0
                },
            },
            is_holed: false,
            name: name.to_vec(),
            packed: 0,
            sender,
            transaction,
        }
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        let content = match &self.tail.content {
            Content::Whole(_) => 1_024,
            Content::Multipart(parts) => parts.held(),
        };
        content + self.tail.text.capacity() + self.unpack.as_ref().map_or(0, |unpack| unpack.held())
    }

    /// What is known of it so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            packed: self.packed,
            unpacked: self.tail.size,
            expressions: http_expression::shown(&self.tail.text),
            ..Summary::default()
        };
        match &self.tail.content {
            Content::Whole(file) => {
                summary.is_file = !file.is_empty();
                let mime_type = file.mime_type();
                summary.mime_types = (!mime_type.is_empty())
                    .then_some(mime_type)
                    .into_iter()
                    .collect();
            }
            Content::Multipart(parts) => {
                summary.parts = parts.files;
                summary.names.clone_from(&parts.names);
                summary.mime_types.clone_from(&parts.mime_types);
            }
        }
        summary
    }

    /// Takes the next bytes as sent.
    pub fn data(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
        describe: &dyn Fn(&mut Line<'_>),
    ) {
        self.packed = self.packed.saturating_add(count(bytes.len()));
        // A packed body cannot be unpacked beyond a hole.
        if self.is_holed && self.unpack.is_some() {
            return;
        }
        let Self {
            unpack,
            tail,
            name,
            transaction,
            sender,
            ..
        } = self;
        let carrier = Carrier {
            transaction: *transaction,
            sender: *sender,
            name,
            describe,
        };
        match unpack {
            Some(unpack) => {
                let mut space = std::mem::take(&mut context.shared.bodies.space);
                unpack.data(bytes, &mut space, &mut |bytes| {
                    tail.data(context, bytes, &carrier);
                });
                context.shared.bodies.space = space;
            }
            None => tail.data(context, bytes, &carrier),
        }
    }

    /// `length` bytes are lost.
    pub fn gap(&mut self, length: u64) {
        self.is_holed = true;
        self.tail.range = None;
        match &mut self.tail.content {
            Content::Whole(file) => file.gap(length),
            Content::Multipart(parts) => parts.gap(length),
        }
    }

    /// No more bytes come: unpacks what was held back, so that the summary is final.
    pub fn settle(&mut self, context: &mut Context<'_>, describe: &dyn Fn(&mut Line<'_>)) {
        let Self {
            unpack,
            tail,
            name,
            transaction,
            sender,
            is_holed,
            ..
        } = self;
        let carrier = Carrier {
            transaction: *transaction,
            sender: *sender,
            name,
            describe,
        };
        let Some(unpack) = unpack else {
            return;
        };
        if !*is_holed {
            let mut space = std::mem::take(&mut context.shared.bodies.space);
            unpack.finish(&mut space, &mut |bytes| {
                tail.data(context, bytes, &carrier);
            });
            context.shared.bodies.space = space;
        }
        if unpack.is_wrong() {
            context.anomaly(Anomaly::HttpBodyCoding);
        }
        if unpack.is_too_big {
            context.anomaly(Anomaly::HttpBodyBomb);
            context.limit("http_unpacked_bytes");
        }
        if unpack.is_too_deep {
            context.anomaly(Anomaly::HttpBodyLayers);
        }
        if unpack.is_refused() {
            context.limit("http_unpack_memory");
        }
    }

    /// Tells of the files. `name` is used where the body names none.
    pub fn finish(
        self,
        context: &mut Context<'_>,
        name: &[u8],
        state: State,
        describe: &dyn Fn(&mut Line<'_>),
    ) {
        let is_incomplete = self
            .unpack
            .as_ref()
            .is_some_and(|unpack| unpack.is_incomplete());
        let state = if is_incomplete {
            State::Truncated
        } else {
            state
        };
        let carrier = Carrier {
            transaction: self.transaction,
            sender: self.sender,
            name: &self.name,
            describe,
        };
        match self.tail.content {
            Content::Whole(file) => {
                let facts = Facts {
                    name,
                    transaction: self.transaction,
                    part: 0,
                    sender: self.sender,
                    state,
                    describe,
                };
                match self.tail.range {
                    Some(range) => http_range::finish(context, *file, &range, &facts),
                    None => file.report(context, &facts),
                }
            }
            Content::Multipart(mut parts) => parts.finish(context, &carrier),
        }
    }
}

impl Tail {
    fn data(&mut self, context: &mut Context<'_>, bytes: &[u8], carrier: &Carrier<'_>) {
        let room = match self.limit {
            0 => u64::MAX,
            limit => limit.saturating_sub(self.size),
        };
        if self.most_text > 0 {
            self.keep_text(context, bytes);
        }
        self.size = self.size.saturating_add(count(bytes.len()));
        let kept = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let taken = bytes.get(..kept).unwrap_or_default();
        match &mut self.content {
            Content::Whole(file) => {
                if let Some(range) = &self.range {
                    http_range::data(context, range, file.size(), taken);
                }
                file.data(taken);
                if kept < bytes.len() {
                    file.cut();
                }
            }
            Content::Multipart(parts) => parts.data(context, taken, carrier),
        }
        if kept < bytes.len() && room > 0 {
            context.limit("http_body_limit");
        }
    }
    fn keep_text(&mut self, context: &mut Context<'_>, bytes: &[u8]) {
        let room = self.most_text.saturating_sub(self.text.len());
        self.text
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if bytes.len() > room {
            // Once a body: nothing more of it is kept.
            self.most_text = 0;
            context.limit("http_request_text");
        }
    }
}

/// Whether a body is text by its type: forms, JSON, XML.
fn is_text(fields: &Fields) -> bool {
    let kind = without_parameters(fields.get(b"content-type")).to_ascii_lowercase();
    kind.starts_with(b"text/")
        || kind.ends_with(b"json")
        || kind.ends_with(b"xml")
        || matches!(
            &kind[..],
            b"application/x-www-form-urlencoded" | b"multipart/form-data" | b"application/graphql"
        )
}
