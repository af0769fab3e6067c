//! Log-ins over SASL (RFC 4422) as SMTP (RFC 4954), POP3 (RFC 5034) and IMAP carry it: who, by which mechanism.

use super::mime_decode::Base64;

/// Longest name or password that is kept.
const MAX_NAME: usize = 512;

/// A log-in on its way.
#[derive(Debug, Default)]
pub struct Login {
    /// Name of the mechanism, in upper case; empty for a protocol's own command.
    pub mechanism: Vec<u8>,
    /// Who.
    pub user: Vec<u8>,
    /// With what; only kept when secrets are to be shown, else `***`.
    pub password: Vec<u8>,
    answers: u32,
}

impl Login {
    /// A log-in by `mechanism`.
    #[must_use]
    pub fn new(mechanism: &[u8]) -> Self {
        Self {
            mechanism: mechanism
                .get(..32)
                .unwrap_or(mechanism)
                .to_ascii_uppercase(),
            ..Self::default()
        }
    }

    /// A log-in by name and password in the open.
    pub fn plain(&mut self, user: &[u8], password: &[u8], shows_secrets: bool) {
        self.user = cut(user);
        self.keep(password, shows_secrets);
    }

    /// Takes the password alone.
    pub fn keep(&mut self, password: &[u8], shows_secrets: bool) {
        self.password = if password.is_empty() {
            Vec::new()
        } else if shows_secrets {
            cut(password)
        } else {
            b"***".to_vec()
        };
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        self.mechanism.capacity() + self.user.capacity() + self.password.capacity()
    }

    /// Takes one response of the client, in base64. `=` stands for an empty one.
    pub fn answer(&mut self, encoded: &[u8], shows_secrets: bool) {
        let mut text = Vec::new();
        Base64::default().decode(encoded, &mut text);
        let place = self.answers;
        self.answers = self.answers.saturating_add(1);
        match (self.mechanism.as_slice(), place) {
            (b"PLAIN", _) => {
                // authorisation identity, NUL, name, NUL, password (RFC 4616)
                let mut parts = text.splitn(3, |byte| *byte == 0).skip(1);
                if let (Some(user), Some(password)) = (parts.next(), parts.next()) {
                    self.plain(user, password, shows_secrets);
                }
            }
            (b"LOGIN", 0) => self.user = cut(&text),
            (b"LOGIN", 1) => self.keep(&text, shows_secrets),
            (b"CRAM-MD5", 0) => {
                let end = text.iter().rposition(|byte| *byte == b' ').unwrap_or(0);
                self.user = cut(text.get(..end).unwrap_or_default());
            }
            (b"DIGEST-MD5", 0) => self.user = cut(quoted(&text, b"username=\"")),
            (b"XOAUTH2" | b"OAUTHBEARER", 0) => {
                let start = memchr::memmem::find(&text, b"user=").map(|at| at + 5);
                let start = start.or_else(|| memchr::memmem::find(&text, b"a=").map(|at| at + 2));
                let rest = start.and_then(|at| text.get(at..)).unwrap_or_default();
                let end = rest.iter().position(|byte| matches!(byte, 1 | b','));
                self.user = cut(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
            }
            (mechanism, 0) if mechanism.starts_with(b"SCRAM-") => {
                // n,,n=user,r=nonce (RFC 5802)
                let mut parts = text.split(|byte| *byte == b',');
                let name = parts.find_map(|part| part.strip_prefix(b"n="));
                self.user = cut(name.unwrap_or_default());
            }
            _ => {}
        }
    }
}

fn quoted<'a>(text: &'a [u8], key: &[u8]) -> &'a [u8] {
    let start = memchr::memmem::find(text, key).map(|at| at + key.len());
    let rest = start.and_then(|at| text.get(at..)).unwrap_or_default();
    let end = memchr::memchr(b'"', rest).unwrap_or(0);
    rest.get(..end).unwrap_or_default()
}

fn cut(value: &[u8]) -> Vec<u8> {
    value.get(..MAX_NAME).unwrap_or(value).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_examples_of_the_rfcs() {
        for (mechanism, answers, user, password) in [
            // RFC 4616, section 4, example 1; RFC 2195, section 2; RFC 5802, section 5.
            (
                "plain",
                &["AHRpbQB0YW5zdGFhZnRhbnN0YWFm"][..],
                "tim",
                "tanstaaftanstaaf",
            ),
            (
                "CRAM-MD5",
                &["dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"],
                "tim",
                "",
            ),
            (
                "SCRAM-SHA-1",
                &["biwsbj11c2VyLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdM"],
                "user",
                "",
            ),
            ("LOGIN", &["bmFt", "c2VjcmV0"], "nam", "secret"),
        ] {
            let mut login = Login::new(mechanism.as_bytes());
            for text in answers {
                login.answer(text.as_bytes(), true);
            }
            assert_eq!(login.user, user.as_bytes());
            assert_eq!(login.password, password.as_bytes());
        }
    }

    #[test]
    fn a_password_is_not_even_kept_unless_secrets_are_wanted() {
        let mut login = Login::new(b"PLAIN");
        login.answer(b"AHRpbQB0YW5zdGFhZnRhbnN0YWFm", false);
        assert_eq!(login.password, b"***");
    }
}
