//! The list of protocols: a new one is a file and a line here.

use super::{
    Parser, Probe, Protocol, dcerpc, dhcp, dnp3, dns, ftp, http, http2, imap, kerberos, ldap,
    modbus, mqtt, ntp, pop3, quic, redis, sip, smb, smtp, snmp, socks, ssh, tls,
};

/// A protocol that can be recognised.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Which.
    pub protocol: Protocol,
    /// Looks at the first bytes of one end; the flag tells whether a port is one that it usually has.
    pub probe: fn(&[u8], bool) -> Probe,
    /// A new state.
    pub make: fn() -> Box<dyn Parser>,
    /// Ports that break ties, never more.
    pub ports: &'static [u16],
}

/// Protocols over streams, by strength of their signature.
pub const STREAMS: &[Entry] = &[
    Entry {
        protocol: Protocol::Ssh,
        probe: ssh::probe,
        make: ssh::make,
        ports: ssh::PORTS,
    },
    Entry {
        protocol: Protocol::Tls,
        probe: tls::probe,
        make: tls::make,
        ports: tls::PORTS,
    },
    Entry {
        protocol: Protocol::Smb,
        probe: smb::probe,
        make: smb::make,
        ports: smb::PORTS,
    },
    Entry {
        protocol: Protocol::Kerberos,
        probe: kerberos::probe,
        make: kerberos::make,
        ports: kerberos::PORTS,
    },
    Entry {
        protocol: Protocol::Ldap,
        probe: ldap::probe,
        make: ldap::make,
        ports: ldap::PORTS,
    },
    Entry {
        protocol: Protocol::Http2,
        probe: http2::probe,
        make: http2::make,
        ports: http2::PORTS,
    },
    Entry {
        protocol: Protocol::Dnp3,
        probe: dnp3::probe,
        make: dnp3::make,
        ports: dnp3::PORTS,
    },
    Entry {
        protocol: Protocol::Redis,
        probe: redis::probe,
        make: redis::make,
        ports: redis::PORTS,
    },
    Entry {
        protocol: Protocol::Rdp,
        probe: super::rdp::probe,
        make: super::rdp::make,
        ports: super::rdp::PORTS,
    },
    Entry {
        protocol: Protocol::Postgresql,
        probe: super::starttls::probe_postgresql,
        make: super::starttls::make_postgresql,
        ports: super::starttls::POSTGRESQL_PORTS,
    },
    Entry {
        protocol: Protocol::Mysql,
        probe: super::mysql::probe,
        make: super::mysql::make,
        ports: super::mysql::PORTS,
    },
    Entry {
        protocol: Protocol::Xmpp,
        probe: super::starttls::probe_xmpp,
        make: super::starttls::make_xmpp,
        ports: super::starttls::XMPP_PORTS,
    },
    Entry {
        protocol: Protocol::Irc,
        probe: super::starttls::probe_irc,
        make: super::starttls::make_irc,
        ports: super::starttls::IRC_PORTS,
    },
    // Before HTTP, which has OPTIONS too but not this version.
    Entry {
        protocol: Protocol::Sip,
        probe: sip::probe,
        make: sip::make,
        ports: sip::PORTS,
    },
    Entry {
        protocol: Protocol::Http,
        probe: http::probe,
        make: http::make,
        ports: http::PORTS,
    },
    Entry {
        protocol: Protocol::Llmnr,
        probe: dns::probe_local_stream,
        make: dns::make_stream,
        ports: dns::LOCAL_PORTS,
    },
    Entry {
        protocol: Protocol::Smtp,
        probe: smtp::probe,
        make: smtp::make,
        ports: smtp::PORTS,
    },
    Entry {
        protocol: Protocol::Pop3,
        probe: pop3::probe,
        make: pop3::make,
        ports: pop3::PORTS,
    },
    Entry {
        protocol: Protocol::Ftp,
        probe: ftp::probe,
        make: ftp::make,
        ports: ftp::PORTS,
    },
    Entry {
        protocol: Protocol::Imap,
        probe: imap::probe,
        make: imap::make,
        ports: imap::PORTS,
    },
    Entry {
        protocol: Protocol::Dns,
        probe: dns::probe_stream,
        make: dns::make_stream,
        ports: dns::PORTS,
    },
    Entry {
        protocol: Protocol::Mqtt,
        probe: super::mqtt_probe::probe,
        make: mqtt::make,
        ports: mqtt::PORTS,
    },
    Entry {
        protocol: Protocol::Modbus,
        probe: modbus::probe,
        make: modbus::make,
        ports: modbus::PORTS,
    },
    Entry {
        protocol: Protocol::Dcerpc,
        probe: dcerpc::probe,
        make: dcerpc::make,
        ports: dcerpc::PORTS,
    },
    // Three bytes may be all that a client says: everybody else is asked first.
    Entry {
        protocol: Protocol::Socks,
        probe: socks::probe,
        make: socks::make,
        ports: socks::PORTS,
    },
];

/// Protocols over datagrams.
pub const DATAGRAMS: &[Entry] = &[
    Entry {
        protocol: Protocol::Dtls,
        probe: super::dtls::probe,
        make: super::dtls::make,
        ports: super::dtls::PORTS,
    },
    Entry {
        protocol: Protocol::Quic,
        probe: quic::probe,
        make: quic::make,
        ports: quic::PORTS,
    },
    Entry {
        protocol: Protocol::Kerberos,
        probe: kerberos::probe_datagram,
        make: kerberos::make_datagram,
        ports: kerberos::PORTS,
    },
    Entry {
        protocol: Protocol::Ldap,
        probe: ldap::probe_datagram,
        make: ldap::make_datagram,
        ports: ldap::PORTS,
    },
    Entry {
        protocol: Protocol::Snmp,
        probe: snmp::probe,
        make: snmp::make,
        ports: snmp::PORTS,
    },
    Entry {
        protocol: Protocol::Dhcp,
        probe: dhcp::probe,
        make: dhcp::make,
        ports: dhcp::PORTS,
    },
    Entry {
        protocol: Protocol::Mdns,
        probe: dns::probe_multicast,
        make: dns::make_multicast,
        ports: dns::MULTICAST_PORTS,
    },
    Entry {
        protocol: Protocol::Llmnr,
        probe: dns::probe_local,
        make: dns::make,
        ports: dns::LOCAL_PORTS,
    },
    Entry {
        protocol: Protocol::Dns,
        probe: dns::probe,
        make: dns::make,
        ports: dns::PORTS,
    },
    Entry {
        protocol: Protocol::Ntp,
        probe: ntp::probe,
        make: ntp::make,
        ports: ntp::PORTS,
    },
    Entry {
        protocol: Protocol::Dcerpc,
        probe: dcerpc::probe_datagram,
        make: dcerpc::make_datagram,
        ports: dcerpc::PORTS,
    },
    Entry {
        protocol: Protocol::Sip,
        probe: sip::probe_datagram,
        make: sip::make_datagram,
        ports: sip::PORTS,
    },
];

/// Every entry has a bit of its own.
const _: () = assert!(STREAMS.len() <= 64 && DATAGRAMS.len() <= 64);

/// What the registry says about some first bytes.
pub enum Found {
    /// This entry, and the role of who sent them.
    Entry(&'static Entry, super::Role),
    /// Nothing yet; some want more bytes. The bits are entries that said no.
    Undecided(u64),
    /// Nothing, for good.
    Nothing,
}

/// Asks every entry that has not refused yet.
#[must_use]
pub fn recognise(entries: &'static [Entry], bytes: &[u8], ports: [u16; 2], refused: u64) -> Found {
    let mut refused = refused;
    let mut is_open = false;
    for (place, entry) in entries.iter().enumerate() {
        let bit = 1_u64 << (place & 63);
        if refused & bit != 0 {
            continue;
        }
        let is_usual = ports.iter().any(|port| entry.ports.contains(port));
        match (entry.probe)(bytes, is_usual) {
            Probe::Yes(role) => return Found::Entry(entry, role),
            Probe::No => refused |= bit,
            Probe::More => is_open = true,
        }
    }
    if is_open {
        Found::Undecided(refused)
    } else {
        Found::Nothing
    }
}

/// The bit of a protocol's first entry among those that refused.
#[must_use]
pub fn bit(entries: &'static [Entry], protocol: Protocol) -> u64 {
    entries
        .iter()
        .position(|entry| entry.protocol == protocol)
        .map_or(0, |place| 1 << (place & 63))
}

/// The entry of a protocol.
#[must_use]
pub fn entry(entries: &'static [Entry], protocol: Protocol) -> Option<&'static Entry> {
    entries.iter().find(|entry| entry.protocol == protocol)
}

#[cfg(test)]
mod tests {
    use super::{Found, STREAMS, recognise};
    use crate::proto::Protocol;

    #[test]
    fn a_method_that_http_has_too_is_sip_when_its_version_says_so() {
        let found = |line: &[u8], port| match recognise(STREAMS, line, [40_000, port], 0) {
            Found::Entry(entry, _) => Some(entry.protocol),
            _ => None,
        };
        let sip = b"OPTIONS sip:b@example.vn SIP/2.0\r\n";
        assert_eq!(found(sip, 5_060), Some(Protocol::Sip));
        assert_eq!(found(sip, 9_999), Some(Protocol::Sip));
        let http = b"OPTIONS * HTTP/1.1\r\n";
        assert_eq!(found(http, 5_060), Some(Protocol::Http));
        assert_eq!(found(http, 80), Some(Protocol::Http));
    }
}
