//! What a log line costs: `cargo bench -p khien-logs --bench parse [FORMAT FILE] [rounds]`.
//!
//! Prints lines/s and MB/s of raw log, one thread. Without a file a few lines of sshd, sudo, Postfix and Dovecot are repeated.

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use khien_logs::Parser;

const LINES: &[u8] = b"Nov 23 11:40:14 mail sshd[2692]: Failed password for quantri from 10.10.99.10 port 37950 ssh2
Nov 23 11:40:15 mail sshd[2694]: pam_unix(sshd:session): session opened for user quantri(uid=5001) by (uid=0)
Nov 23 11:40:16 mail sudo:  quantri : TTY=pts/0 ; PWD=/home/quantri ; USER=root ; COMMAND=/bin/ls
Nov 23 11:40:17 mail postfix/smtp[1]: 4XyZ1b2c3dz9: to=<b@y.vn>, relay=mx.y.vn[203.0.113.5]:25, delay=1, dsn=2.0.0, status=sent (250 Ok)
Nov 23 11:40:25 mail dovecot: imap-login: Login: user=<an@x.vn>, method=PLAIN, rip=10.30.2.21, lip=10.10.20.10, mpid=2705, TLS, session=<Nx>
";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let (format, lines, rounds) = match arguments.as_slice() {
        [format, file, rest @ ..] => (format.as_str(), fs::read(file)?, rest.first()),
        rest => ("syslog", LINES.repeat(200), rest.first()),
    };
    let rounds: usize = rounds.map_or(Ok(50), |rounds| rounds.parse())?;
    let count = memchr::memchr_iter(b'\n', &lines).count();
    let mut parser = Parser::new(format, "bench", Some(2026), 420, None)?;
    let begun = Instant::now();
    let mut events = 0;
    for _ in 0..rounds {
        events += black_box(parser.parse(black_box(&lines))).count;
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate is shown with three digits"
    )]
    let (read, bytes) = ((count * rounds) as f64, (lines.len() * rounds) as f64);
    println!(
        "{format}: {:.0} lines/s, {:.1} MB/s, {count} lines x {rounds}, {events} events",
        read / seconds,
        bytes / seconds / 1e6
    );
    Ok(())
}
