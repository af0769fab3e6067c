//! The members of each LDAP operation (RFC 4511, sections 4.2 to 4.13) as EVE names them, written from the message itself.
//!
//! Caps: 64 attributes or changes, 16 values of each, 1,024 bytes a name, 256 a value. Passwords are `***` unless secrets
//! are wanted: those of binds, and values of the attributes that hold one.

use super::ber::{Reader, tag};
use super::ldap_filter;
use super::ldap_message::{self, Bind, Credentials, operation};
use super::ldap_result::{self, Outcome};
use super::ldap_secret::is_secret;
use super::ldap_transaction::Stored;
use crate::emit::line::Line;

/// Longest name written.
const MAX_NAME: usize = 1_024;
/// Longest value written.
const MAX_VALUE: usize = 256;
/// Longest filter written.
const MAX_FILTER: usize = 4_096;
/// Attributes or changes written.
const MAX_ATTRIBUTES: usize = 64;
/// Values of one attribute written.
const MAX_VALUES: usize = 16;
/// What stands for a secret.
const HIDDEN: &[u8] = b"***";
/// Changes a password (RFC 3062).
const PASSWORD_MODIFY: &[u8] = b"1.3.6.1.4.1.4203.1.11.1";
/// What became of an operation that was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// It holds more than is told.
    pub is_cut: bool,
    /// It breaks its format.
    pub is_broken: bool,
}

/// Writes the object of an operation, under its name.
pub fn write(line: &mut Line<'_>, stored: &Stored, shows_secrets: bool) -> Written {
    let Some(name) = ldap_message::name(stored.operation) else {
        return Written::default();
    };
    let mark = line.open(name);
    let mut writer = Writer {
        line,
        shows_secrets,
        is_cut: stored.is_cut,
    };
    let is_whole = writer.operation(stored).is_some();
    let is_cut = writer.is_cut;
    if stored.is_cut || !is_whole {
        line.note_truncated("");
    }
    line.close(mark);
    Written {
        is_cut,
        is_broken: !is_whole && !stored.is_cut,
    }
}

struct Writer<'a, 'b> {
    line: &'a mut Line<'b>,
    shows_secrets: bool,
    is_cut: bool,
}

impl Writer<'_, '_> {
    fn operation(&mut self, stored: &Stored) -> Option<()> {
        use operation as op;
        let content = &*stored.content;
        match stored.operation {
            op::BIND => self.bind(content),
            op::SEARCH => self.search(content),
            op::ENTRY => self.entry(content, ("base_object", "type")),
            op::ADD => self.entry(content, ("entry", "name")),
            op::MODIFY => self.modify(content),
            op::RENAME => self.rename(content),
            op::COMPARE => self.compare(content),
            op::DELETE => {
                self.name("dn", content);
                Some(())
            }
            op::ABANDON => {
                let id = ldap_message::abandoned(content)?;
                self.line.number("message_id", u64::from(id));
                Some(())
            }
            op::EXTENDED | op::INTERMEDIATE => self.named_value(Reader::new(content), (0x80, 0x81)),
            op::REFERENCE => self.texts("uris", Reader::new(content)),
            op::UNBIND => Some(()),
            _ => self.outcome(stored.operation, content),
        }
    }

    fn note_cut(&mut self, key: &'static str) {
        self.line.note_truncated(key);
        self.is_cut = true;
    }

    fn name(&mut self, key: &'static str, value: &[u8]) {
        self.line.text_within(key, value, MAX_NAME);
    }

    fn bind(&mut self, content: &[u8]) -> Option<()> {
        let bind = Bind::read(content)?;
        self.line
            .number("version", u64::try_from(bind.version).unwrap_or(0));
        self.name("name", bind.name);
        match bind.credentials {
            Credentials::Simple(password) => {
                self.line.word("authentication", "simple");
                if !password.is_empty() {
                    self.secret("password", password);
                }
            }
            Credentials::Sasl(mechanism, _) => {
                self.line.word("authentication", "sasl");
                let mark = self.line.open("sasl");
                self.line.text_within("mechanism", mechanism, MAX_VALUE);
                self.line.close(mark);
            }
            Credentials::Sicily(_) => self.line.word("authentication", "sicily"),
        }
        Some(())
    }

    fn secret(&mut self, key: &'static str, value: &[u8]) {
        let shown = if self.shows_secrets { value } else { HIDDEN };
        self.line.text_within(key, shown, MAX_VALUE);
    }

    fn search(&mut self, content: &[u8]) -> Option<()> {
        let mut reader = Reader::new(content);
        self.name("base_object", reader.octets()?);
        for (key, value) in [
            ("scope", reader.enumerated()?),
            ("deref_alias", reader.enumerated()?),
            ("size_limit", reader.integer()?),
            ("time_limit", reader.integer()?),
        ] {
            self.line.number(key, u64::try_from(value).unwrap_or(0));
        }
        self.line.flag("types_only", reader.boolean()?);
        let before = reader.rest();
        let is_whole = reader.element().is_some();
        let end = before.len() - reader.rest().len();
        let filter = before.get(..end).filter(|_| is_whole).unwrap_or(before);
        let filter = ldap_filter::read(filter, self.shows_secrets);
        self.line.text_within("filter", &filter.text, MAX_FILTER);
        if filter.is_cut {
            self.note_cut("filter");
        }
        let list = reader.enter(tag::SEQUENCE)?;
        self.texts("attributes", list)
    }

    /// Names, or addresses of other servers.
    fn texts(&mut self, key: &'static str, mut items: Reader<'_>) -> Option<()> {
        let mark = self.line.open_list(key);
        let mut left = MAX_ATTRIBUTES;
        while let Some(item) = items.element() {
            if left == 0 {
                self.note_cut("");
                break;
            }
            left -= 1;
            self.line.item_text(item.content, MAX_VALUE);
        }
        self.line.close_list(mark);
        (!items.is_broken()).then_some(())
    }

    /// An entry: its name and its attributes.
    fn entry(&mut self, content: &[u8], (key, kind): (&'static str, &'static str)) -> Option<()> {
        let mut reader = Reader::new(content);
        self.name(key, reader.octets()?);
        // What is cut off in the middle of the list is written up to there.
        let mut attributes = list(&mut reader)?;
        let mark = self.line.open_list("attributes");
        let mut left = MAX_ATTRIBUTES;
        let mut is_whole = true;
        while is_whole && !attributes.rest().is_empty() {
            if left == 0 || !self.line.has_room() {
                self.note_cut("");
                break;
            }
            left -= 1;
            let item = self.line.open_item();
            let found = list(&mut attributes);
            is_whole = found.is_some_and(|one| self.attribute(one, (kind, "values")).is_some());
            self.line.close(item);
        }
        self.line.close_list(mark);
        is_whole.then_some(())
    }

    /// A type and the set of its values.
    fn attribute(
        &mut self,
        mut reader: Reader<'_>,
        (kind, values): (&'static str, &'static str),
    ) -> Option<()> {
        let name = reader.octets()?;
        self.line.text_within(kind, name, MAX_VALUE);
        let is_hidden = is_secret(name) && !self.shows_secrets;
        let mut set = reader.enter(tag::SET)?;
        let mark = self.line.open_list(values);
        let mut left = MAX_VALUES;
        while let Some(value) = set.element() {
            if left == 0 {
                self.note_cut("");
                break;
            }
            left -= 1;
            let shown = if is_hidden { HIDDEN } else { value.content };
            self.line.item_text(shown, MAX_VALUE);
        }
        self.line.close_list(mark);
        (!set.is_broken()).then_some(())
    }

    fn modify(&mut self, content: &[u8]) -> Option<()> {
        let mut reader = Reader::new(content);
        self.name("object", reader.octets()?);
        let mut changes = list(&mut reader)?;
        let mark = self.line.open_list("changes");
        let mut left = MAX_ATTRIBUTES;
        let mut is_whole = true;
        while is_whole && !changes.rest().is_empty() {
            if left == 0 || !self.line.has_room() {
                self.note_cut("");
                break;
            }
            left -= 1;
            let item = self.line.open_item();
            is_whole = self.change(&mut changes).is_some();
            self.line.close(item);
        }
        self.line.close_list(mark);
        is_whole.then_some(())
    }

    fn change(&mut self, changes: &mut Reader<'_>) -> Option<()> {
        let mut change = changes.enter(tag::SEQUENCE)?;
        let name = match change.enumerated()? {
            0 => "add",
            1 => "delete",
            2 => "replace",
            // RFC 4525.
            3 => "increment",
            _ => "unknown",
        };
        self.line.word("operation", name);
        let mark = self.line.open("modification");
        let modification = change.enter(tag::SEQUENCE);
        let keys = ("attribute_type", "attribute_values");
        let is_whole = modification.and_then(|one| self.attribute(one, keys));
        self.line.close(mark);
        is_whole
    }

    fn rename(&mut self, content: &[u8]) -> Option<()> {
        let mut reader = Reader::new(content);
        self.name("entry", reader.octets()?);
        self.name("new_rdn", reader.octets()?);
        self.line.flag("delete_old_rdn", reader.boolean()?);
        if let Some(superior) = reader.optional(0x80) {
            self.name("new_superior", superior);
        }
        Some(())
    }

    fn compare(&mut self, content: &[u8]) -> Option<()> {
        let mut reader = Reader::new(content);
        self.name("entry", reader.octets()?);
        let mut assertion = reader.enter(tag::SEQUENCE)?;
        let (name, value) = (assertion.octets()?, assertion.octets()?);
        let mark = self.line.open("attribute_value_assertion");
        self.line.text_within("description", name, MAX_VALUE);
        if is_secret(name) {
            self.secret("value", value);
        } else {
            self.line.text_within("value", value, MAX_VALUE);
        }
        self.line.close(mark);
        Some(())
    }

    /// An object identifier and a value that it explains.
    fn named_value(&mut self, mut reader: Reader<'_>, (name, value): (u8, u8)) -> Option<()> {
        let (mut oid, mut found) = (&b""[..], &b""[..]);
        while let Some(member) = reader.element() {
            if member.tag == name {
                oid = member.content;
            } else if member.tag == value {
                found = member.content;
            }
        }
        self.line.text_within("name", oid, MAX_VALUE);
        if oid == PASSWORD_MODIFY && !found.is_empty() {
            self.secret("value", found);
        } else {
            self.line.text_within("value", found, MAX_VALUE);
        }
        (!reader.is_broken()).then_some(())
    }

    /// An answer with a result.
    fn outcome(&mut self, operation: u8, content: &[u8]) -> Option<()> {
        let outcome = Outcome::read(content)?;
        match ldap_result::result(outcome.code) {
            Some(name) => self.line.word("result_code", name),
            None => self
                .line
                .word("result_code", itoa::Buffer::new().format(outcome.code)),
        }
        // Sicily puts the server's challenge where the name of an entry stands.
        if !outcome.matched.starts_with(b"NTLMSSP\0") {
            self.name("matched_dn", outcome.matched);
        }
        self.name("message", outcome.message);
        let mut rest = Reader::new(outcome.rest);
        if let Some(list) = rest.optional(0xa3) {
            let list = rest.inside(list);
            self.texts("referral", list)?;
        }
        if operation == operation::EXTENDED_RESPONSE {
            return self.named_value(rest, (0x8a, 0x8b));
        }
        Some(())
    }
}

/// The next SEQUENCE, or what is there of it.
fn list<'a>(reader: &mut Reader<'a>) -> Option<Reader<'a>> {
    let rest = reader.rest();
    if let Some(whole) = reader.enter(tag::SEQUENCE) {
        return Some(whole);
    }
    let head = super::ber::Head::read(rest).ok()??;
    let content = rest.get(head.size..)?;
    (head.tag == tag::SEQUENCE).then(|| Reader::new(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(operation: u8, content: &[u8], shows_secrets: bool) -> String {
        let (mut out, mut scratch) = (Vec::new(), Vec::new());
        let mut line = Line::new(&mut out, &mut scratch);
        let stored = Stored::new(operation, content, usize::MAX, false);
        write(&mut line, &stored, shows_secrets);
        line.write_truncated();
        line.finish();
        String::from_utf8(out)
            .expect("the line is UTF-8")
            .trim()
            .to_owned()
    }

    #[test]
    fn a_new_password_is_hidden() {
        let change = b"\x04\x03u=x\x30\x1b\x30\x19\x0a\x01\x02\x30\x14\x04\x0auserPasswo\x31\x06\x04\x04kin1";
        let mut change = change.to_vec();
        assert!(written(operation::MODIFY, &change, false).contains("kin1"));
        change.splice(14..26, *b"\x04\x0aunicodePwd");
        assert_eq!(
            written(operation::MODIFY, &change, false),
            "{\"modify_request\":{\"object\":\"u=x\",\"changes\":[{\"operation\":\"replace\",\"modification\":\
             {\"attribute_type\":\"unicodePwd\",\"attribute_values\":[\"***\"]}}]}}"
        );
        assert!(written(operation::MODIFY, &change, true).contains("kin1"));
        let bind = b"\x02\x01\x03\x04\x02an\x80\x04kin1";
        assert!(!written(operation::BIND, bind, false).contains("kin1"));
        assert!(written(operation::BIND, bind, true).contains("kin1"));
    }

    #[test]
    fn an_entry_that_is_cut_is_written_up_to_there() {
        let entry = b"\x04\x03u=x\x30\x20\x30\x08\x04\x02cn\x31\x02\x04\x00\x30\x14\x04\x02";
        let text = written(operation::ENTRY, entry, false);
        assert!(text.starts_with("{\"search_result_entry\":{\"base_object\":\"u=x\",\"attributes\":[{\"type\":\"cn\"}]}"), "{text}");
        assert!(
            text.contains("\"truncated\":[\"search_result_entry\"]"),
            "{text}"
        );
    }

    #[test]
    fn the_answer_to_an_extended_request_has_result_and_name() {
        let answer = b"\x0a\x01\x34\x04\x00\x04\x03bye\x8a\x051.2.3";
        assert_eq!(
            written(operation::EXTENDED_RESPONSE, answer, false),
            "{\"extended_response\":{\"result_code\":\"unavailable\",\"message\":\"bye\",\"name\":\"1.2.3\"}}"
        );
    }
}
