//! ARP and reverse ARP over Ethernet (RFC 826, RFC 903, RFC 5227): one event a message.
//!
//! Cap: ten events a second for each sender.

use super::Shared;
use crate::anomaly::{self, Anomaly, Moment};
use crate::bytes::Bytes;
use crate::decode::ip::widen;
use crate::decode::{Link, Reason};
use crate::emit::head::{Dataset, Event, LinkEnds, Place, append_mac};
use crate::emit::line::Line;
use crate::emit::output::{Output, append_address};

/// Kinds of hardware (IANA) that have Ethernet's addresses.
const ETHERNET: u16 = 1;
const IEEE_802: u16 = 6;
const IPV4: u16 = 0x0800;

/// A message of Ethernet and IPv4.
#[derive(Clone, Copy, Debug)]
struct Message {
    hardware: u16,
    operation: u16,
    sender: ([u8; 6], [u8; 16]),
    target: ([u8; 6], [u8; 16]),
}

/// Looks at one message; `link` is what it came over.
pub fn observe(
    out: &mut Output,
    shared: &mut Shared,
    link: Link,
    data: &[u8],
    moment: Moment,
) -> Result<(), Reason> {
    let message = read(data)?;
    let (sender_mac, sender_ip) = message.sender;
    let known = |address: [u8; 16]| (address != [0; 16]).then_some(address);
    let ends = LinkEnds {
        link,
        addresses: [known(sender_ip), known(message.target.1)],
    };
    let place = Place::Link(&ends);
    if is_foreign(&message, &link) {
        let Shared { ledger, rate, .. } = &mut *shared;
        let what = (Anomaly::ArpSenderDiffers, &b""[..]);
        anomaly::report(out, ledger, rate, &place, what, moment);
    }
    let mut source = [0; 16];
    source
        .iter_mut()
        .zip(sender_mac)
        .for_each(|(place, byte)| *place = byte);
    if !shared.arp_rates.admit(&source, moment.time_us) {
        shared.ledger.limit("arp_rate");
        return Ok(());
    }
    let (_, action) = operation(message.operation);
    let mut event = Event::new(Dataset::Arp, action, moment.time_us, moment.packet);
    event.protocol = Some("arp");
    out.event(
        &event,
        &place,
        |line| write(line, &message),
        |line| {
            if sender_ip == message.target.1 && sender_ip != [0; 16] {
                let mark = line.open("arp");
                line.flag("gratuitous", true);
                line.close(mark);
            }
        },
    );
    Ok(())
}

fn read(data: &[u8]) -> Result<Message, Reason> {
    let mut bytes = Bytes::new(data);
    let (Some(hardware), Some(protocol), Some([hardware_length, protocol_length])) =
        (bytes.u16(), bytes.u16(), bytes.array::<2>())
    else {
        return Err("arp_malformed");
    };
    if !matches!(hardware, ETHERNET | IEEE_802) || protocol != IPV4 {
        return Err("arp_other");
    }
    if hardware_length != 6 || protocol_length != 4 {
        return Err("arp_malformed");
    }
    let (Some(operation), Some(sender_mac), Some(sender), Some(target_mac), Some(target)) = (
        bytes.u16(),
        bytes.array::<6>(),
        bytes.array::<4>(),
        bytes.array::<6>(),
        bytes.array::<4>(),
    ) else {
        return Err("arp_malformed");
    };
    Ok(Message {
        hardware,
        operation,
        sender: (sender_mac, widen(sender)),
        target: (target_mac, widen(target)),
    })
}

/// Whether a request or reply speaks for another station than the one that sent the frame.
fn is_foreign(message: &Message, link: &Link) -> bool {
    matches!(message.operation, 1 | 2)
        && link
            .mac
            .is_some_and(|[source, _]| source != message.sender.0)
}

/// Name in `arp.opcode` and in `event.action` (IANA's operation codes).
fn operation(code: u16) -> (&'static str, &'static str) {
    match code {
        1 => ("request", "arp-request"),
        2 => ("reply", "arp-reply"),
        3 => ("request_reverse", "arp-request-reverse"),
        4 => ("reply_reverse", "arp-reply-reverse"),
        8 => ("request_inverse", "arp-request-inverse"),
        9 => ("reply_inverse", "arp-reply-inverse"),
        _ => ("unknown", "arp-message"),
    }
}

fn write(line: &mut Line<'_>, message: &Message) {
    let mark = line.open("arp");
    line.word(
        "hw_type",
        if message.hardware == ETHERNET {
            "ethernet"
        } else {
            "ieee802"
        },
    );
    line.word("proto_type", "ipv4");
    line.word("opcode", operation(message.operation).0);
    for (mac, address, (station, ip)) in [
        ("src_mac", "src_ip", message.sender),
        ("dest_mac", "dest_ip", message.target),
    ] {
        line.raw(mac, |out| append_mac(out, station));
        line.raw(address, |out| append_address(out, 4, &ip));
    }
    line.close(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: [u8; 28] = [
        0, 1, 8, 0, 6, 4, 0, 1, 2, 2, 2, 2, 2, 2, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
    ];

    #[test]
    fn a_message_is_read_and_one_that_is_cut_or_lies_is_not() {
        let message = read(&REQUEST).unwrap();
        assert_eq!((message.operation, message.sender.0), (1, [2; 6]));
        assert_eq!(message.target.1[..4], [10, 0, 0, 2]);
        assert_eq!(read(&REQUEST[..27]).err(), Some("arp_malformed"));
        let mut lying = REQUEST;
        lying[4] = 8;
        assert_eq!(read(&lying).err(), Some("arp_malformed"));
        let mut other = REQUEST;
        other[1] = 24;
        assert_eq!(read(&other).err(), Some("arp_other"));
    }

    #[test]
    fn who_speaks_for_another_station_is_told() {
        let message = read(&REQUEST).unwrap();
        let link = |source| Link {
            mac: Some([source, [0xff; 6]]),
            ..Link::default()
        };
        assert!(!is_foreign(&message, &link([2; 6])));
        assert!(is_foreign(&message, &link([3; 6])));
        assert!(!is_foreign(&message, &Link::default()));
    }
}
