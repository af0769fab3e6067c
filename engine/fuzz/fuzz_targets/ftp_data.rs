//! What an FTP server sends on the connection that its client announced. The first byte: which command asked for it.
#![no_main]

use libfuzzer_sys::fuzz_target;

use khien_fuzz::segments::Connection;
use khien_fuzz::watched::Watched;
use khien_fuzz::words;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let command: &[u8] = [
        &b"RETR a.zip\r\n"[..],
        b"STOR b\r\n",
        b"LIST\r\n",
        b"REST 9\r\nRETR c\r\n",
    ][usize::from(first % 4)];
    let mut watched = Watched::new();
    let mut control = Connection::open(&mut watched, [(1, 40_000), (2, 21)]);
    control.say(&mut watched, false, b"220 ready\r\n", 1_400);
    control.say(&mut watched, true, b"PORT 10,0,0,1,4,1\r\n", 1_400);
    control.say(&mut watched, false, b"200 ok\r\n", 1_400);
    control.say(&mut watched, true, command, 1_400);
    control.say(&mut watched, false, b"150 go\r\n", 1_400);
    let mut transfer = Connection::open(&mut watched, [(2, 20), (1, 4 << 8 | 1)]);
    for word in words(rest, 7) {
        if word.is_after_loss {
            transfer.lose(word.is_client);
        }
        transfer.say(&mut watched, word.is_client, word.said, 1_400);
    }
    control.say(&mut watched, false, b"226 done\r\n", 1_400);
    watched.finish();
});
