//! What an NTP message becomes: `ntp`, numbers as sent, times as RFC 3339.

use super::ntp_message::{Body, Control, Message, Private, Time};
use crate::emit::line::Line;
use crate::emit::text::hex;
use crate::emit::time::TimeText;

/// Seconds from 1900 to 1970 (RFC 5905, figure 4).
const UNIX_EPOCH: u64 = 2_208_988_800;

/// Writes `ntp`.
pub fn write(line: &mut Line<'_>, message: &Message<'_>) {
    let mark = line.open("ntp");
    line.number("version", u64::from(message.version));
    line.number("mode", u64::from(message.mode));
    match &message.body {
        Body::Time(time) => write_time(line, time),
        Body::Control(control) => write_control(line, control),
        Body::Private(private) => write_private(line, private),
    }
    if message.is_cut() && !matches!(message.body, Body::Time(_)) {
        line.note_truncated("data");
    }
    line.close(mark);
}

fn write_time(line: &mut Line<'_>, time: &Time) {
    line.number("leap", u64::from(time.leap));
    line.number("stratum", u64::from(time.stratum));
    signed(line, "poll", time.poll);
    signed(line, "precision", time.precision);
    seconds(line, "root_delay", time.root_delay);
    seconds(line, "root_dispersion", time.root_dispersion);
    let [a, b, c, d] = time.reference_id.map(hex);
    line.plain("reference_id", &[a, b, c, d].join(&b':'));
    reference(line, time);
    for (name, value) in [
        ("reference_time", time.reference),
        ("origin_time", time.origin),
        ("receive_time", time.receive),
        ("transmit_time", time.transmit),
    ] {
        if let Some(time_us) = unix_us(value) {
            line.plain(name, TimeText::default().write(time_us));
        }
    }
    line.number("extensions", time.extensions);
    if let Some(key_id) = time.key_id {
        line.number("key_id", u64::from(key_id));
    }
}

/// A name for stratum 0 and 1, an address (or a digest that looks like one) above (RFC 5905, figure 12).
fn reference(line: &mut Line<'_>, time: &Time) {
    let id = time.reference_id;
    if time.stratum > 1 {
        let [a, b, c, d] = id;
        let address = std::net::Ipv4Addr::new(a, b, c, d).to_string();
        line.word("reference", &address);
        return;
    }
    let end = id
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    line.text("reference", id.get(..end).unwrap_or_default());
}

fn write_control(line: &mut Line<'_>, control: &Control<'_>) {
    flags(line, ["response", "error", "more"], control.flags);
    line.number("op_code", u64::from(control.operation));
    line.number("sequence", u64::from(control.sequence));
    line.number("status", u64::from(control.status));
    line.number("association_id", u64::from(control.association));
    line.text("data", Message::told(control.data));
}

fn write_private(line: &mut Line<'_>, private: &Private<'_>) {
    flags(line, ["response", "more", "authenticated"], private.flags);
    line.number("sequence", u64::from(private.sequence));
    line.number("implementation", u64::from(private.implementation));
    line.number("request_code", u64::from(private.request));
    line.word("request", private.request_name().unwrap_or_default());
    line.number("error_code", u64::from(private.error));
    let [number, size] = private.items;
    line.number("items", u64::from(number));
    line.number("item_size", u64::from(size));
}

fn flags(line: &mut Line<'_>, names: [&str; 3], values: [bool; 3]) {
    for (name, value) in names.iter().zip(values) {
        line.flag(name, value);
    }
}

fn signed(line: &mut Line<'_>, key: &str, value: i8) {
    line.raw(key, |out| {
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    });
}

/// Seconds of 16.16 bits with six decimals.
fn seconds(line: &mut Line<'_>, key: &str, value: u32) {
    let micros = (u64::from(value) * 1_000_000 + 0x8000) >> 16;
    line.raw(key, |out| {
        use std::io::Write as _;
        // Writing into memory does not fail.
        let _ = write!(out, "{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    });
}

/// A time of NTP as µs since 1970; `None` for none, and for the two years before 1970 that this era still has. Without
/// its highest bit it is of the era that began in 2036 (RFC 4330 section 3).
fn unix_us(value: u64) -> Option<u64> {
    let era = if value >> 63 == 0 { 1 << 32 } else { 0 };
    let seconds = ((value >> 32) + era)
        .checked_sub(UNIX_EPOCH)
        .filter(|_| value != 0)?;
    let micros = ((value & 0xffff_ffff) * 1_000_000 + 0x8000_0000) >> 32;
    Some(seconds * 1_000_000 + micros)
}

#[cfg(test)]
mod tests {
    use super::unix_us;

    /// RFC 5905, figure 4: 1 January 1970, 1972, and the beginning of era 1.
    #[test]
    fn times_are_as_in_the_rfc() {
        assert_eq!(unix_us(2_208_988_800 << 32), Some(0));
        assert_eq!(unix_us(2_272_060_800 << 32), Some(63_072_000_000_000));
        assert_eq!(unix_us(1), Some(2_085_978_496_000_000));
        assert_eq!(
            unix_us((2_208_988_801 << 32) | 0x8000_0000),
            Some(1_500_000)
        );
        assert_eq!(unix_us(0), None);
        assert_eq!(unix_us(2_208_988_799 << 32), None);
    }
}
