//! An event before it is written: its dataset, and what all events can say.

macro_rules! datasets {
    ($($variant:ident = $name:literal;)*) => {
        /// The kinds of observation this crate makes; the words are their `event.dataset`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is a protocol or what its dataset says")]
        pub enum Dataset { $($variant),* }

        /// Number of datasets.
        pub const DATASETS: usize = Dataset::ALL.len();

        impl Dataset {
            /// All, in the order of [`Dataset::index`].
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// `event.dataset`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Place in [`Dataset::ALL`].
            #[must_use]
            pub fn index(self) -> usize {
                self as usize
            }
        }
    };
}

datasets! {
    Flow = "network.flow";
    Arp = "network.arp";
    Dcerpc = "network.dcerpc";
    Dhcp = "network.dhcp";
    Dns = "network.dns";
    Ftp = "network.ftp";
    Http = "network.http";
    Icmp = "network.icmp";
    Imap = "network.imap";
    Kerberos = "network.kerberos";
    Ldap = "network.ldap";
    Modbus = "network.modbus";
    Mqtt = "network.mqtt";
    Ntlm = "network.ntlm";
    Ntp = "network.ntp";
    Pop3 = "network.pop3";
    Quic = "network.quic";
    Rdp = "network.rdp";
    Sip = "network.sip";
    Smb = "network.smb";
    Smtp = "network.smtp";
    Snmp = "network.snmp";
    Socks = "network.socks";
    Ssh = "network.ssh";
    Tls = "network.tls";
    File = "network.file";
    Anomaly = "network.anomaly";
}

/// Values that `related` collects besides the two addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Related<'a> {
    /// More addresses: family and bytes.
    pub addresses: &'a [(u8, [u8; 16])],
    /// Names of hosts.
    pub hosts: &'a [&'a [u8]],
    /// Names of users.
    pub users: &'a [&'a [u8]],
    /// Digests in hexadecimal.
    pub hashes: &'a [&'a [u8]],
}

/// Everything about an event that is not its body.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Kind of observation.
    pub dataset: Dataset,
    /// `@timestamp`, µs.
    pub time_us: u64,
    /// `event.action`.
    pub action: &'a str,
    /// Categories besides `network`.
    pub categories: &'static [&'static str],
    /// Types besides `connection` and `protocol`.
    pub types: &'static [&'static str],
    /// `event.outcome`, when there is one.
    pub success: Option<bool>,
    /// `event.start`, µs.
    pub start_us: Option<u64>,
    /// `event.end`, µs.
    pub end_us: Option<u64>,
    /// `event.duration`; µs here, nanoseconds in the line.
    pub duration_us: Option<u64>,
    /// `network.protocol`.
    pub protocol: Option<&'static str>,
    /// Number of the packet that completed the observation.
    pub packet: u64,
    /// Number of the transaction in the flow.
    pub transaction: Option<u64>,
    /// `network.forwarded_ip`: the client that a proxy speaks for.
    pub forwarded_ip: Option<&'a str>,
    /// Link addresses of source and destination, where the protocol tells them.
    pub macs: [Option<[u8; 6]>; 2],
    /// More values for `related`.
    pub related: Related<'a>,
}

impl Event<'_> {
    /// An event with the members that none can lack.
    #[must_use]
    pub fn new(dataset: Dataset, action: &str, time_us: u64, packet: u64) -> Event<'_> {
        Event {
            dataset,
            time_us,
            action,
            categories: &[],
            types: &[],
            success: None,
            start_us: None,
            end_us: None,
            duration_us: None,
            protocol: None,
            packet,
            transaction: None,
            forwarded_ip: None,
            macs: [None; 2],
            related: Related::default(),
        }
    }
}
