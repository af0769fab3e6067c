//! Anomalies of HTTP/1 messages: what is read leniently is told all the same.

use super::http_field::start_line_end;
use super::http_framing::Delimiter;
use super::http_message::{Request, Response};
use super::{Context, Direction};
use crate::anomaly::Anomaly;

/// Tells what is wrong with a request.
pub fn request(context: &mut Context<'_>, request: &Request) {
    if request.fields.malformed > 0 {
        context.anomaly(Anomaly::HttpMalformed);
    }
    if request.fields.left_out > 0 {
        context.limit("http_fields");
    }
    if request.framing.is_ambiguous {
        context.anomaly(Anomaly::HttpAmbiguousLength);
    }
    if request.framing.is_repeated {
        context.anomaly(Anomaly::HttpRepeatedLength);
    }
    if request.version.is_empty() && !request.fields.is_empty() {
        context.anomaly(Anomaly::HttpMissingVersion);
    }
    if request.credentials.is_unrecognised {
        context.anomaly(Anomaly::HttpUnknownAuthorization);
    }
}

/// Tells what is wrong with an answer.
pub fn response(context: &mut Context<'_>, response: &Response, head: &[u8]) {
    let is_malformed = response.fields.malformed > 0
        || response.status < 100
        || head
            .get(..start_line_end(head))
            .is_some_and(|line| !line.ends_with(b"\n"));
    if is_malformed {
        context.anomaly(Anomaly::HttpMalformed);
    }
    if response.fields.left_out > 0 {
        context.limit("http_fields");
    }
    if response.framing.is_ambiguous {
        context.anomaly(Anomaly::HttpAmbiguousLength);
    }
    if response.framing.is_repeated {
        context.anomaly(Anomaly::HttpRepeatedLength);
    }
}

/// Tells what was wrong with the framing of a body.
pub fn framing(context: &mut Context<'_>, delimiter: &Delimiter, sender: Direction) {
    if delimiter.is_irregular {
        context.anomaly(Anomaly::HttpIrregularChunks);
    }
    if delimiter.has_extension && sender == Direction::FromSource {
        context.anomaly(Anomaly::HttpChunkExtension);
    }
}
