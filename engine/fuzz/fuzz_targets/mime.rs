//! A mail as SMTP carries it: the first byte is the length of the segments that it comes in, the rest the mail.
#![no_main]

use libfuzzer_sys::fuzz_target;

use khien_fuzz::segments::Connection;
use khien_fuzz::watched::Watched;

const OPENING: [(bool, &[u8]); 5] = [
    (false, b"220 mail.example ESMTP\r\n"),
    (true, b"EHLO client.example\r\n"),
    (false, b"250 mail.example\r\n"),
    (
        true,
        b"MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mail.example>\r\nDATA\r\n",
    ),
    (false, b"250 ok\r\n250 ok\r\n354 go\r\n"),
];

fuzz_target!(|data: &[u8]| {
    let Some((length, mail)) = data.split_first() else {
        return;
    };
    let mut watched = Watched::new();
    let mut connection = Connection::open(&mut watched, [(1, 40_000), (2, 25)]);
    for (is_client, said) in OPENING {
        connection.say(&mut watched, is_client, said, 1_400);
    }
    connection.say(&mut watched, true, mail, usize::from(*length));
    connection.say(&mut watched, true, b"\r\n.\r\n", 1_400);
    connection.say(&mut watched, false, b"250 taken\r\n", 1_400);
    watched.finish();
});
