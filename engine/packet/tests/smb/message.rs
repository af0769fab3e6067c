//! Messages of both versions, byte by byte (MS-SMB2, MS-CIFS, MS-NLMP).

pub const SESSION: u64 = 0x11;

pub const TREE: u32 = 7;

pub const FILE: [u8; 16] = [9, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];

pub const RELATED: [u8; 16] = [0xff; 16];

/// What one end sends.
pub type Turn = (bool, Vec<u8>);

pub fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&length[..], message].concat()
}

/// A message of version 2 (section 2.2.1.2).
pub fn message(command: u16, id: u64, status: Option<u32>, related: bool, body: &[u8]) -> Vec<u8> {
    let flags = u32::from(status.is_some()) | if related { 4 } else { 0 };
    let mut bytes = b"\xfeSMB\x40\0\0\0".to_vec();
    bytes.extend(status.unwrap_or(0).to_le_bytes());
    bytes.extend(command.to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(id.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(TREE.to_le_bytes());
    bytes.extend(SESSION.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(body);
    bytes
}

/// Messages in one packet: each but the last is filled to eight bytes and says where the next begins.
pub fn compound(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let mut message = message.clone();
        if place + 1 < messages.len() {
            message.resize(message.len().next_multiple_of(8), 0);
            let next = u32::try_from(message.len()).unwrap().to_le_bytes();
            message[20..24].copy_from_slice(&next);
        }
        packet.extend(message);
    }
    framed(&packet)
}

pub fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap().to_le_bytes()
}

pub fn long(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

pub fn tree_connect(share: &str) -> [Vec<u8>; 2] {
    let path = wide(share);
    let request = [&[9, 0, 0, 0][..], &short(72), &short(path.len()), &path].concat();
    let response = [16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [
        message(3, 1, None, false, &request),
        message(3, 1, Some(0), false, &response),
    ]
}

pub fn create_body(name: &str) -> Vec<u8> {
    let name = wide(name);
    let mut body = vec![0; 56];
    body[0] = 57;
    body[24] = 0x89;
    body[36] = 1;
    body[44..46].copy_from_slice(&short(120));
    body[46..48].copy_from_slice(&short(name.len()));
    body.extend(name);
    body.push(0);
    body
}

pub fn created_body(size: u64) -> Vec<u8> {
    let mut body = vec![0; 88];
    body[0] = 89;
    body[4] = 1;
    body[48..56].copy_from_slice(&size.to_le_bytes());
    body[64..80].copy_from_slice(&FILE);
    body
}

pub fn close_body(id: [u8; 16]) -> Vec<u8> {
    [&[24, 0, 0, 0, 0, 0, 0, 0][..], &id].concat()
}

pub fn closed_body() -> Vec<u8> {
    let mut body = vec![0; 60];
    body[0] = 60;
    body
}

pub fn read_body(offset: u64, length: usize) -> Vec<u8> {
    let mut body = vec![0; 49];
    body[0] = 49;
    body[4..8].copy_from_slice(&long(length));
    body[8..16].copy_from_slice(&offset.to_le_bytes());
    body[16..32].copy_from_slice(&FILE);
    body
}

pub fn data_body(data: &[u8]) -> Vec<u8> {
    let mut body = vec![17, 0, 80, 0];
    body.extend(long(data.len()));
    body.extend([0; 8]);
    body.extend(data);
    body
}

pub fn write_body(id: [u8; 16], offset: u64, data: &[u8]) -> Vec<u8> {
    let mut body = vec![49, 0, 112, 0];
    body.extend(long(data.len()));
    body.extend(offset.to_le_bytes());
    body.extend(id);
    body.extend([0; 16]);
    body.extend(data);
    body
}

pub fn written_body() -> Vec<u8> {
    let mut body = vec![0; 16];
    body[0] = 17;
    body
}

/// A file of `content` is opened, read in two pieces whose answers come in the wrong order, and closed.
pub fn reading(content: &[u8]) -> Vec<Turn> {
    let [connect, connected] = tree_connect("\\\\srv\\data");
    let (first, second) = content.split_at(content.len() / 2);
    let half = u64::try_from(first.len()).unwrap();
    let size = u64::try_from(content.len()).unwrap();
    vec![
        (true, framed(&connect)),
        (false, framed(&connected)),
        (
            true,
            framed(&message(5, 2, None, false, &create_body("dir\\a.exe"))),
        ),
        (
            false,
            framed(&message(5, 2, Some(0), false, &created_body(size))),
        ),
        (
            true,
            [
                framed(&message(8, 3, None, false, &read_body(0, first.len()))),
                framed(&message(8, 4, None, false, &read_body(half, second.len()))),
            ]
            .concat(),
        ),
        (
            false,
            [
                framed(&message(8, 4, Some(0), false, &data_body(second))),
                framed(&message(8, 3, Some(0), false, &data_body(first))),
            ]
            .concat(),
        ),
        (true, framed(&message(6, 5, None, false, &close_body(FILE)))),
        (
            false,
            framed(&message(6, 5, Some(0), false, &closed_body())),
        ),
    ]
}

/// A message of version 1: one command with its words and bytes.
pub fn message1(command: u8, is_reply: bool, words: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut message = b"\xffSMB".to_vec();
    message.push(command);
    message.extend([0; 4]);
    message.push(if is_reply { 0x80 } else { 0 });
    message.extend(0xc000_u16.to_le_bytes());
    message.extend([0; 12]);
    message.extend([7, 0, 1, 0, 9, 0, 2, 0]);
    message.push(u8::try_from(words.len() / 2).unwrap());
    message.extend(words);
    message.extend(short(bytes.len()));
    message.extend(bytes);
    framed(&message)
}

/// `AUTHENTICATE_MESSAGE` (MS-NLMP, section 2.2.1.3) of a user, with secrets that must not be seen.
pub fn authenticate(domain: &str, user: &str, host: &str) -> Vec<u8> {
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    message.resize(64, 0);
    message[60] = 1;
    let fields = [
        (28, wide(domain)),
        (36, wide(user)),
        (44, wide(host)),
        (12, b"SECRETSECRETSECRETSECRET".to_vec()),
        (20, b"HIDDENHIDDENHIDDENHIDDENHIDDEN".to_vec()),
    ];
    for (at, value) in fields {
        message[at..at + 2].copy_from_slice(&short(value.len()));
        let offset = long(message.len());
        message[at + 4..at + 8].copy_from_slice(&offset);
        message.extend(value);
    }
    message
}

pub fn setup_body(blob: &[u8]) -> Vec<u8> {
    let mut body = vec![0; 24];
    body[0] = 25;
    body[12..14].copy_from_slice(&short(88));
    body[14..16].copy_from_slice(&short(blob.len()));
    body.extend(blob);
    body
}
