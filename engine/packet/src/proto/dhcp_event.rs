//! What a DHCP message becomes: `host.hostname` and `dhcp`, with EVE's names where it has some.

use super::dhcp_message::{Message, Options};
use crate::bytes::Bytes;
use crate::emit::line::Line;
use crate::emit::output::append_address;
use crate::emit::text::hex;

/// Members of one list.
const MAX_LIST: usize = 32;
/// Parameters asked for.
const MAX_PARAMETERS: usize = 64;
/// Longest text of an option.
const MAX_TEXT: usize = 1_024;

/// Writes `host` and `dhcp`.
pub fn write(line: &mut Line<'_>, message: &Message<'_>) {
    let options = &message.options;
    let mark = line.open("host");
    line.text_within("hostname", text(&options.get(12)), MAX_TEXT);
    line.close(mark);
    let mark = line.open("dhcp");
    line.word(
        "type",
        if message.is_reply() {
            "reply"
        } else {
            "request"
        },
    );
    line.number("id", u64::from(message.id));
    line.word("dhcp_type", message.kind_name().unwrap_or_default());
    write_header(line, message);
    write_request(line, options);
    write_lease(line, options);
    write_relay(line, options);
    for (name, code) in [
        ("domain", 15),
        ("message", 56),
        ("vendor_class_identifier", 60),
        ("tftp_server_name", 66),
        ("proxy_autoconfig", 252),
    ] {
        line.text_within(name, text(&options.get(code)), MAX_TEXT);
    }
    line.text_within("server_name", message.server_name, MAX_TEXT);
    let named = options.get(67);
    let boot_file = if named.is_empty() {
        message.boot_file
    } else {
        &named
    };
    line.text_within("boot_file", text(boot_file), MAX_TEXT);
    if let Some(overload) = message.overload() {
        line.number("overload", u64::from(overload));
    }
    line.close(mark);
}

fn write_header(line: &mut Line<'_>, message: &Message<'_>) {
    if message.mac().is_none() {
        colons(line, "client_hardware", message.address);
    }
    if message.hops > 0 {
        line.number("hops", u64::from(message.hops));
    }
    if message.seconds > 0 {
        line.number("seconds", u64::from(message.seconds));
    }
    let names = ["client_ip", "assigned_ip", "next_server_ip", "relay_ip"];
    for (name, value) in names.into_iter().zip(&message.addresses) {
        address(line, name, value);
    }
}

fn write_request(line: &mut Line<'_>, options: &Options<'_>) {
    colons(line, "client_id", &options.get(61));
    let name = options.get(81);
    line.text_within("client_fqdn", &fqdn(&name), MAX_TEXT);
    address(line, "requested_ip", &options.get(50));
    let parameters = options.get(55);
    let list = line.open_list("params");
    for code in parameters.iter().take(MAX_PARAMETERS) {
        match parameter_name(*code) {
            Some(name) => line.item_word(name),
            None => line.item_word(itoa::Buffer::new().format(*code)),
        }
    }
    line.close_list(list);
    if parameters.len() > MAX_PARAMETERS {
        line.note_truncated("params");
    }
}

fn write_lease(line: &mut Line<'_>, options: &Options<'_>) {
    address(line, "server_identifier", &options.get(54));
    for (name, code) in [
        ("lease_time", 51),
        ("renewal_time", 58),
        ("rebinding_time", 59),
    ] {
        if let Some(seconds) = options.number(code) {
            line.number(name, u64::from(seconds));
        }
    }
    address(line, "subnet_mask", &options.get(1));
    for (name, code) in [
        ("routers", 3),
        ("dns_servers", 6),
        ("ntp_servers", 42),
        ("netbios_servers", 44),
    ] {
        addresses_of(line, name, &options.get(code));
    }
    let standard = options.get(121);
    let routes = if standard.is_empty() {
        options.get(249)
    } else {
        standard
    };
    write_routes(line, Bytes::new(&routes));
}

/// Classless static routes (RFC 3442): who announces them steers traffic around tunnels.
fn write_routes(line: &mut Line<'_>, mut bytes: Bytes<'_>) {
    let list = line.open_list("routes");
    for place in 0.. {
        let Some(route) = route(&mut bytes) else {
            break;
        };
        if place >= MAX_LIST {
            line.note_truncated("");
            break;
        }
        line.item_word(&route);
    }
    line.close_list(list);
}

fn route(bytes: &mut Bytes<'_>) -> Option<String> {
    let width = bytes.u8().filter(|width| *width <= 32)?;
    let significant = bytes.take(usize::from(width).div_ceil(8))?;
    let mut network = [0; 4];
    for (place, byte) in network.iter_mut().zip(significant) {
        *place = *byte;
    }
    let router: [u8; 4] = bytes.array()?;
    let [network, router] = [network, router].map(std::net::Ipv4Addr::from);
    Some(format!("{network}/{width} via {router}"))
}

/// What a relay agent adds: circuit, remote end, subscriber (RFC 3046, RFC 3993).
fn write_relay(line: &mut Line<'_>, options: &Options<'_>) {
    let agent = options.get(82);
    let mut bytes = Bytes::new(&agent);
    while let Some((code, value)) = bytes.u8().zip(bytes.vector8()) {
        let name = match code {
            1 => "circuit_id",
            2 => "remote_id",
            6 => "subscriber_id",
            _ => continue,
        };
        line.text_within(name, value.rest(), MAX_TEXT);
    }
}

/// Addresses that the message speaks of, for `related`.
#[must_use]
pub fn addresses(message: &Message<'_>) -> Vec<(u8, [u8; 16])> {
    let options = &message.options;
    let mut found: Vec<_> = message.addresses.iter().filter_map(|raw| v4(raw)).collect();
    for code in [50, 54] {
        found.extend(v4(&options.get(code)));
    }
    for code in [3, 6] {
        let value = options.get(code);
        found.extend(value.chunks_exact(4).take(MAX_LIST).filter_map(v4));
    }
    found
}

fn v4(raw: &[u8]) -> Option<(u8, [u8; 16])> {
    match *raw {
        [0, 0, 0, 0] => None,
        [a, b, c, d] => Some((4, [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        _ => None,
    }
}

fn address(line: &mut Line<'_>, key: &str, raw: &[u8]) {
    if let Some((family, address)) = v4(raw) {
        line.raw(key, |out| append_address(out, family, &address));
    }
}

fn addresses_of(line: &mut Line<'_>, key: &'static str, raw: &[u8]) {
    let list = line.open_list(key);
    for value in raw.chunks_exact(4).take(MAX_LIST) {
        if let Some((family, address)) = v4(value) {
            line.item_raw(|out| append_address(out, family, &address));
        }
    }
    line.close_list(list);
    if raw.len() > MAX_LIST * 4 {
        line.note_truncated(key);
    }
}

/// Bytes in hexadecimal with colons between.
fn colons(line: &mut Line<'_>, key: &'static str, raw: &[u8]) {
    let told = raw.get(..MAX_TEXT / 4).unwrap_or(raw);
    if told.len() < raw.len() {
        line.note_truncated(key);
    }
    if !told.is_empty() {
        let pairs: Vec<[u8; 2]> = told.iter().map(|byte| hex(*byte)).collect();
        line.plain(key, &pairs.join(&b':'));
    }
}

/// Texts of options should not end with a zero, and often do (RFC 2132 section 2).
pub fn text(raw: &[u8]) -> &[u8] {
    raw.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The name in option 81 (RFC 4702 section 2): plain text, or labels when the E bit is set.
fn fqdn(raw: &[u8]) -> Vec<u8> {
    let Some((&[flags, _, _], name)) = raw.split_first_chunk::<3>() else {
        return Vec::new();
    };
    if flags & 4 == 0 {
        return text(name).to_vec();
    }
    let (mut labels, mut bytes) = (Vec::new(), Bytes::new(name));
    while let Some(label) = bytes.vector8().filter(|label| !label.is_empty()) {
        if !labels.is_empty() {
            labels.push(b'.');
        }
        labels.extend_from_slice(label.rest());
    }
    labels
}

/// Names of options that clients ask for (RFC 2132 and others); EVE's where it has one.
fn parameter_name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "subnet_mask",
        2 => "time_offset",
        3 => "router",
        4 => "time_server",
        6 => "dns_server",
        7 => "log_server",
        12 => "hostname",
        15 => "domain",
        17 => "root_path",
        26 => "interface_mtu",
        28 => "broadcast_address",
        31 => "router_discovery",
        33 => "static_route",
        35 => "arp_timeout",
        42 => "ntp_server",
        43 => "vendor_specific",
        44 => "netbios_name_server",
        46 => "netbios_node_type",
        47 => "netbios_scope",
        51 => "lease_time",
        54 => "server_identifier",
        58 => "renewal_time",
        59 => "rebinding_time",
        66 => "tftp_server_name",
        67 => "boot_file",
        119 => "domain_search",
        121 => "classless_route",
        150 => "tftp_server_ip",
        252 => "proxy_autoconfig",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3442: 10.27.129.0/24 by 10.0.0.1, and the default route.
    #[test]
    fn routes_are_as_in_the_rfc() {
        let raw = [24, 10, 27, 129, 10, 0, 0, 1, 0, 10, 0, 0, 254];
        let mut bytes = Bytes::new(&raw);
        assert_eq!(
            route(&mut bytes).as_deref(),
            Some("10.27.129.0/24 via 10.0.0.1")
        );
        assert_eq!(
            route(&mut bytes).as_deref(),
            Some("0.0.0.0/0 via 10.0.0.254")
        );
        assert_eq!(route(&mut bytes), None);
    }

    #[test]
    fn both_forms_of_the_full_name_are_read() {
        assert_eq!(fqdn(b"\x00\x00\x00may1.vn"), b"may1.vn");
        assert_eq!(fqdn(b"\x05\x00\x00\x04may1\x02vn\x00"), b"may1.vn");
        assert_eq!(fqdn(b"\x00"), b"");
    }
}
