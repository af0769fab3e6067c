//! Requests of SMB 1 (MS-CIFS, section 2.2.4; MS-SMB, section 2.2.4).

use std::sync::Arc;

use super::smb_connection::Sink;
use super::smb_detail::is_delete_on_close;
use super::smb_setup;
use super::smb_state::{
    Choice, Detail, FileFacts, MAX_NAME, Negotiation, OpenKey, Setup, State, Tree, cut,
};
use super::smb1::{Block, Header};
use super::{Context, Direction, smb1_transaction};
use crate::bytes::{le16, le32};

/// Dialects that are kept; clients offer up to a dozen.
const MAX_DIALECTS: usize = 32;

/// Reads one command of a request. `None` when it breaks its format.
pub fn read(
    context: &mut Context<'_>,
    state: &mut State,
    header: &Header,
    block: &Block<'_>,
    opened: &mut Option<OpenKey>,
) -> Option<()> {
    let mut request = Request {
        context,
        state,
        header,
        block,
    };
    let Some(detail) = request.detail()? else {
        return Some(());
    };
    if matches!(detail, Detail::Create(..)) && block.command != 0x00 {
        *opened = Some(OpenKey::Pending(block.key));
    }
    let place = (block.command(), header.session(), u32::from(header.tree));
    state.begin(context, (1, block.key), place, detail);
    Some(())
}

struct Request<'a, 'b, 'c> {
    context: &'a mut Context<'c>,
    state: &'a mut State,
    header: &'b Header,
    block: &'b Block<'b>,
}

impl Request<'_, '_, '_> {
    /// What a command is about; `None` inside for the rest of a transaction, which has no answer of its own.
    #[expect(
        clippy::option_option,
        reason = "malformed, and no request, are two things"
    )]
    fn detail(&mut self) -> Option<Option<Detail>> {
        let words = self.block.words;
        Some(Some(match self.block.command {
            0x72 => self.negotiation(),
            0x73 => self.setup()?,
            0x70 | 0x75 => self.tree()?,
            0x71 => {
                let tree = u32::from(self.header.tree);
                let tree = self.state.tree(self.header.session(), tree);
                Detail::Tree(tree, [Vec::new(), Vec::new()])
            }
            0xa2 => self.nt_create()?,
            0x2d => {
                let choice = Choice {
                    access: u32::from(le16(words, 6)?),
                    ..Choice::default()
                };
                let path = self.path(0, false);
                self.create(&path, choice, false)
            }
            0x02 | 0x03 | 0x0f => {
                let path = self.path(0, true);
                self.create(&path, Choice::default(), false)
            }
            0x00 => {
                let choice = Choice {
                    disposition: Some(2),
                    ..Choice::default()
                };
                let facts = self.named(&self.path(0, true), true);
                Detail::Create(facts, Box::new(choice))
            }
            0x01 => Detail::Delete(self.named(&self.path(0, true), true)),
            0x06 => Detail::Delete(self.named(&self.path(0, true), false)),
            0x07 | 0xa5 => self.rename(),
            0x04 | 0x05 => {
                let key = self.key(0)?;
                Detail::File(key, self.state.facts(&key))
            }
            0x2e => {
                let high = le32(words, 20).unwrap_or(0);
                Detail::Read(self.key(4)?, long(le32(words, 6)?, high))
            }
            0x0a => Detail::Read(self.key(0)?, u64::from(le32(words, 4)?)),
            0x2f => {
                let high = le32(words, 24).unwrap_or(0);
                let length = (usize::from(le16(words, 18)?) << 16) | usize::from(le16(words, 20)?);
                let data = self.block.data(usize::from(le16(words, 22)?), length);
                let key = self.key(4)?;
                self.write(key, long(le32(words, 6)?, high), data)
            }
            0x0b | 0x2c => {
                // Before the bytes stands a format and their number, or one byte of filling.
                let before = if self.block.command == 0x0b { 3 } else { 1 };
                let data = self.block.bytes.get(before..).unwrap_or_default();
                let length = usize::from(le16(words, 2)?);
                let data = data.get(..length).unwrap_or(data);
                let key = self.key(0)?;
                self.write(key, u64::from(le32(words, 4)?), data)
            }
            0x25 | 0x32 | 0xa0 => {
                smb1_transaction::request(self.context, self.state, self.header, self.block)?
            }
            0x26 | 0x33 | 0xa1 => return Some(None),
            _ => Detail::Plain,
        }))
    }

    fn key(&self, at: usize) -> Option<OpenKey> {
        let fid = le16(self.block.words, at)?;
        Some(self.block.opened.unwrap_or(OpenKey::fid(fid)))
    }

    fn path(&self, at: usize, has_format: bool) -> Vec<u8> {
        let mut texts = self.block.texts(at, self.header.is_unicode());
        if has_format {
            texts.skip_format();
        }
        texts.next_text()
    }

    fn named(&self, path: &[u8], is_directory: bool) -> Arc<FileFacts> {
        Arc::new(facts(self.state, self.header, path, is_directory))
    }

    fn create(&mut self, path: &[u8], choice: Choice, is_directory: bool) -> Detail {
        let mut facts = facts(self.state, self.header, path, is_directory);
        facts.deletes = is_delete_on_close(choice.options);
        let facts = Arc::new(facts);
        let key = OpenKey::Pending(self.block.key);
        self.state.open(self.context, key, facts.clone());
        Detail::Create(facts, Box::new(choice))
    }

    fn nt_create(&mut self) -> Option<Detail> {
        let words = self.block.words;
        let choice = Choice {
            access: le32(words, 15)?,
            disposition: Some(le32(words, 35)?),
            options: le32(words, 39)?,
            action: None,
        };
        let path = self.path(0, false);
        let is_directory = choice.options & 1 != 0;
        Some(self.create(&path, choice, is_directory))
    }

    fn rename(&mut self) -> Detail {
        let mut texts = self.block.texts(0, self.header.is_unicode());
        texts.skip_format();
        let from = texts.next_text();
        texts.skip_format();
        let to = texts.next_text();
        Detail::Rename(None, self.named(&from, false), to)
    }

    fn write(&mut self, key: OpenKey, offset: u64, data: &[u8]) -> Detail {
        let sink = Sink {
            key,
            direction: Direction::FromSource,
            command: self.block.command(),
            session: self.header.session(),
            tree: u32::from(self.header.tree),
        };
        self.state.begin_transfer(self.context, &sink);
        self.state.carry(self.context, &sink, offset, data);
        Detail::Write(key)
    }

    fn negotiation(&mut self) -> Detail {
        let mut texts = self.block.texts(0, false);
        let mut one = Negotiation::default();
        loop {
            texts.skip_format();
            let dialect = texts.next_oem();
            if dialect.is_empty() {
                break;
            }
            if one.dialects.len() == MAX_DIALECTS {
                self.context.limit("smb_dialects");
                break;
            }
            one.dialects
                .push(dialect.get(..64).unwrap_or(&dialect).to_vec());
        }
        self.state.negotiation = Some(self.block.key);
        Detail::Negotiate(Box::new(one))
    }

    fn setup(&mut self) -> Option<Detail> {
        let Block { words, bytes, .. } = *self.block;
        let is_unicode = self.header.is_unicode();
        let first = usize::from(le16(words, 14)?);
        let mut setup = Setup::default();
        let texts_at = match words.len() / 2 {
            // With a security blob (MS-SMB, section 2.2.4.6.1).
            12 => {
                let blob = bytes.get(..first).unwrap_or(bytes);
                setup = smb_setup::request(self.context, self.state, self.header.session(), blob);
                first
            }
            // With answers to the challenge in both codings.
            13 => first + usize::from(le16(words, 16)?),
            _ => first,
        };
        let mut texts = self.block.texts(texts_at, is_unicode);
        if words.len() / 2 != 12 {
            setup.account = texts.next_text();
            setup.domain = texts.next_text();
            setup.method = "plain";
        }
        // The domain of the machine stands last in what Windows and Samba send.
        setup.client = [texts.next_text(), texts.next_text(), texts.next_text()];
        Some(Detail::Setup(Box::new(setup)))
    }

    fn tree(&mut self) -> Option<Detail> {
        let is_unicode = self.header.is_unicode();
        let (share, service);
        if self.block.command == 0x75 {
            let password = usize::from(le16(self.block.words, 6)?);
            let mut texts = self.block.texts(password, is_unicode);
            share = texts.next_text();
            service = texts.next_oem();
        } else {
            let mut texts = self.block.texts(0, is_unicode);
            texts.skip_format();
            share = texts.next_text();
            texts.skip_format();
            texts.next_text();
            texts.skip_format();
            service = texts.next_text();
        }
        let tree = Tree {
            share: cut(&share).into(),
            ..Tree::default()
        };
        let service = service.get(..64).unwrap_or(&service).to_vec();
        Some(Detail::Tree(tree, [service, Vec::new()]))
    }
}

/// What a path alone tells of a file.
#[must_use]
pub fn facts(state: &State, header: &Header, path: &[u8], is_directory: bool) -> FileFacts {
    let tree_id = u32::from(header.tree);
    FileFacts {
        is_path_cut: path.len() >= MAX_NAME,
        path: cut(path),
        tree: state.tree(header.session(), tree_id),
        is_directory,
        tree_id,
        session: header.session(),
        ..FileFacts::default()
    }
}

fn long(low: u32, high: u32) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}
