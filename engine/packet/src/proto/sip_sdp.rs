//! Session descriptions (SDP, RFC 8866) as SIP carries them, written line by line under `sip.sdp` by EVE's names.
//!
//! Caps: 128 lines, 1,024 bytes a value.

use super::sip_message::split_line;
use crate::emit::line::{Line, Mark};

/// Lines of one description that are read.
const MAX_LINES: usize = 128;
/// Bytes of a value that are written.
const MAX_VALUE: usize = 1_024;

/// The lines of one description.
#[derive(Clone, Debug, Default)]
pub struct Description<'a> {
    lines: Vec<(u8, &'a [u8])>,
    /// Whether lines were left out.
    pub is_cut: bool,
}

impl<'a> Description<'a> {
    /// Reads a body; `None` when it does not begin as a description.
    #[must_use]
    pub fn read(body: &'a [u8]) -> Option<Self> {
        if !body.starts_with(b"v=") {
            return None;
        }
        let mut found = Self::default();
        let mut rest = body;
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            rest = after;
            let [kind, b'=', value @ ..] = line else {
                continue;
            };
            if found.lines.len() >= MAX_LINES {
                found.is_cut = true;
                break;
            }
            found.lines.push((*kind, value));
        }
        Some(found)
    }

    /// Writes `sdp` into the open object.
    pub fn write(&self, line: &mut Line<'_>) {
        let media = self
            .lines
            .iter()
            .position(|(kind, _)| *kind == b'm')
            .unwrap_or(self.lines.len());
        let (session, rest) = self
            .lines
            .split_at_checked(media)
            .unwrap_or((&self.lines, &[]));
        let mark = line.open("sdp");
        write_names(
            line,
            session,
            &[
                (b'v', "version"),
                (b'o', "origin"),
                (b's', "session_name"),
                (b'i', "session_info"),
                (b'u', "uri"),
                (b'e', "email"),
                (b'p', "phone_number"),
                (b'c', "connection_data"),
            ],
        );
        write_list(line, session, b'b', "bandwidths");
        write_times(line, session);
        write_names(
            line,
            session,
            &[(b'z', "timezone"), (b'k', "encryption_key")],
        );
        write_list(line, session, b'a', "attributes");
        write_media(line, rest);
        if self.is_cut {
            line.note_truncated("");
        }
        line.close(mark);
    }
}

type Lines<'a> = [(u8, &'a [u8])];

fn write_names(line: &mut Line<'_>, lines: &Lines<'_>, names: &[(u8, &'static str)]) {
    for (kind, name) in names {
        let value = lines.iter().find(|(other, _)| other == kind);
        // A session without a name has a dash there (RFC 8866, section 5.3): nothing is known.
        if let Some((_, value)) = value
            && *value != b"-".as_slice()
        {
            line.text_within(name, value, MAX_VALUE);
        }
    }
}

fn write_list(line: &mut Line<'_>, lines: &Lines<'_>, kind: u8, name: &'static str) {
    let list = line.open_list(name);
    for (_, value) in lines.iter().filter(|(other, _)| *other == kind) {
        if !line.has_room() {
            break;
        }
        line.item_text(value, MAX_VALUE);
    }
    line.close_list(list);
}

/// Every `t=` with the `r=` that follows it (RFC 8866, sections 5.9 and 5.10).
fn write_times(line: &mut Line<'_>, lines: &Lines<'_>) {
    let list = line.open_list("time_descriptions");
    let mut open: Option<Mark> = None;
    for (kind, value) in lines {
        match kind {
            b't' => {
                if let Some(item) = open.take() {
                    line.close(item);
                }
                open = Some(line.open_item());
                line.text_within("time", value, MAX_VALUE);
            }
            b'r' if open.is_some() => line.text_within("repeat_time", value, MAX_VALUE),
            _ => {}
        }
    }
    if let Some(item) = open {
        line.close(item);
    }
    line.close_list(list);
}

fn write_media(line: &mut Line<'_>, lines: &Lines<'_>) {
    let list = line.open_list("media_descriptions");
    let mut rest = lines;
    while let Some(((_, media), after)) = rest.split_first() {
        let end = after
            .iter()
            .position(|(kind, _)| *kind == b'm')
            .unwrap_or(after.len());
        let (own, next) = after.split_at_checked(end).unwrap_or((after, &[]));
        rest = next;
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.text_within("media", media, MAX_VALUE);
        write_names(
            line,
            own,
            &[(b'i', "media_info"), (b'c', "connection_data")],
        );
        write_list(line, own, b'b', "bandwidths");
        write_names(line, own, &[(b'k', "encryption_key")]);
        write_list(line, own, b'a', "attributes");
        line.close(item);
    }
    line.close_list(list);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &[u8]) -> String {
        let (mut out, mut scratch) = (Vec::new(), Vec::new());
        let mut line = Line::new(&mut out, &mut scratch);
        if let Some(description) = Description::read(body) {
            description.write(&mut line);
        }
        line.finish();
        String::from_utf8(out).unwrap_or_default()
    }

    // After RFC 8866, section 5.
    #[test]
    fn what_stands_behind_a_medium_belongs_to_it() {
        let line = written(
            b"v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call\r\ni=-\r\nt=0 0\r\nr=7d 1h 0\r\na=recvonly\r\n\
              m=audio 49170 RTP/AVP 0\r\nm=video 51372 RTP/AVP 99\r\na=rtpmap:99 h263-1998/90000\r\n",
        );
        assert_eq!(
            line,
            "{\"sdp\":{\"version\":\"0\",\"origin\":\"jdoe 3724394400 3724394405 IN IP4 198.51.100.1\",\"session_name\":\"Call\",\
             \"time_descriptions\":[{\"time\":\"0 0\",\"repeat_time\":\"7d 1h 0\"}],\"attributes\":[\"recvonly\"],\
             \"media_descriptions\":[{\"media\":\"audio 49170 RTP/AVP 0\"},{\"media\":\"video 51372 RTP/AVP 99\",\
             \"attributes\":[\"rtpmap:99 h263-1998/90000\"]}]}}\n"
        );
        assert_eq!(written(b"<xml/>"), "{}\n");
    }
}
