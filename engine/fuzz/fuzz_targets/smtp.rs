//! SMTP: after greeting and EHLO; odd first bytes begin in the text of a mail.
#![no_main]

use libfuzzer_sys::fuzz_target;

const OPENING: [(bool, &[u8]); 5] = [
    (false, b"220 mail.example ESMTP\r\n"),
    (true, b"EHLO client.example\r\n"),
    (
        false,
        b"250-mail.example\r\n250-AUTH LOGIN PLAIN CRAM-MD5\r\n250-CHUNKING\r\n250 STARTTLS\r\n",
    ),
    (
        true,
        b"MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mail.example>\r\nDATA\r\n",
    ),
    (false, b"250 ok\r\n250 ok\r\n354 go\r\n"),
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    khien_fuzz::segments::converse(
        25,
        if first & 1 == 0 {
            &OPENING[..3]
        } else {
            &OPENING
        },
        rest,
    );
});
