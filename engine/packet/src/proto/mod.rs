//! Protocols: one file each, one line each in the registry, one trait for all.

pub mod arp;
pub mod ber;
mod command_line;
pub mod dcerpc;
mod dcerpc_association;
mod dcerpc_event;
mod dcerpc_names;
mod dcerpc_pdu;
pub mod dhcp;
mod dhcp_event;
mod dhcp_message;
mod direction;
pub mod dnp3;
pub mod dns;
mod dns_event;
mod dns_message;
mod dns_name;
mod dns_numbers;
mod dns_record;
mod dns_security;
mod dns_service;
mod dotted;
pub mod dtls;
pub mod expected;
pub mod ftp;
mod ftp_address;
pub mod ftp_data;
mod ftp_event;
mod ftp_probe;
mod ftp_server;
mod hpack;
mod hpack_huffman;
pub mod http;
pub mod http2;
mod http2_block;
mod http2_frame;
mod http2_stream;
mod http_authorization;
pub mod http_body;
mod http_coding;
mod http_event;
mod http_exchange;
mod http_field;
mod http_framing;
mod http_head;
mod http_inflate;
mod http_layer;
mod http_lost;
mod http_message;
mod http_multipart;
mod http_note;
mod http_range;
mod http_request;
mod http_response;
mod http_target;
mod http_window;
pub mod icmp;
pub mod imap;
mod imap_event;
mod imap_probe;
mod imap_server;
mod imap_syntax;
pub mod kerberos;
pub mod kerberos_event;
pub mod kerberos_message;
mod kerberos_names;
pub mod ldap;
mod ldap_event;
mod ldap_filter;
mod ldap_message;
mod ldap_operation;
mod ldap_sasl;
mod ldap_stream;
mod ldap_transaction;
mod mail_event;
mod message_stream;
mod mime;
mod mime_decode;
mod mime_header;
mod mime_link;
mod mime_mail;
mod mime_part;
pub mod modbus;
mod modbus_event;
mod modbus_message;
pub mod mqtt;
mod mqtt_event;
mod mqtt_message;
mod mqtt_probe;
mod mqtt_property;
pub mod mysql;
pub mod nbss;
pub mod ntlm;
pub mod ntlm_event;
pub mod ntp;
mod ntp_event;
mod ntp_message;
pub mod pop3;
mod pop3_event;
mod pop3_probe;
pub mod quic;
mod quic_crypto;
mod quic_event;
mod quic_google;
mod quic_keys;
mod quic_packet;
mod quic_version;
pub mod rates;
pub mod rdp;
mod rdp_data;
mod rdp_event;
pub mod redis;
pub mod registry;
mod sasl;
pub mod sip;
mod sip_event;
mod sip_message;
mod sip_sdp;
pub mod smb;
mod smb1;
mod smb1_request;
mod smb1_response;
mod smb1_transaction;
mod smb2;
mod smb2_request;
mod smb2_response;
mod smb_connection;
mod smb_detail;
mod smb_event;
mod smb_find;
mod smb_names;
pub mod smb_pipe;
mod smb_request;
mod smb_setup;
mod smb_slots;
pub mod smb_state;
mod smb_transfer;
pub mod smtp;
mod smtp_command;
mod smtp_event;
mod smtp_probe;
mod smtp_server;
pub mod snmp;
mod snmp_event;
mod snmp_message;
pub mod spnego;
pub mod ssh;
mod ssh_event;
mod ssh_login;
mod ssl2;
pub mod starttls;
pub mod tls;
mod tls_ciphers;
mod tls_event;
mod tls_fingerprint;
mod tls_handshake;
mod tls_hello;
mod tls_names;
mod unanswered;
mod x509;
mod x509_name;

pub use direction::{Direction, Pair};

use crate::anomaly::{self, Anomaly, AnomalyRate, Moment};
use crate::bytes::count;
use crate::emit::head::{Event, Place};
use crate::emit::line::Line;
use crate::emit::output::Output;
use crate::flow::Flow;
use crate::ledger::Ledger;
use crate::settings::Settings;

/// Bytes that the parser of one flow may hold.
const MAX_PARSER_BYTES: u64 = 1 << 20;

macro_rules! protocols {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// The protocols that are recognised.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Protocol { $($(#[$doc])* $variant),* }

        impl Protocol {
            /// All of them, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// `network.protocol`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

protocols! {
    /// MS-RPCE over TCP or UDP.
    Dcerpc = "dcerpc";
    /// RFC 2131.
    Dhcp = "dhcp";
    /// IEEE 1815, recognised only.
    Dnp3 = "dnp3";
    /// RFC 1035.
    Dns = "dns";
    /// RFC 9147 and before.
    Dtls = "dtls";
    /// RFC 959: the control connection.
    Ftp = "ftp";
    /// RFC 959: a data connection that a control connection announced.
    FtpData = "ftp-data";
    /// RFC 9112.
    Http = "http";
    /// RFC 9113.
    Http2 = "http2";
    /// RFC 9051.
    Imap = "imap";
    /// RFC 2812, as far as the way to TLS.
    Irc = "irc";
    /// RFC 4120.
    Kerberos = "kerberos";
    /// RFC 4511.
    Ldap = "ldap";
    /// RFC 4795.
    Llmnr = "llmnr";
    /// RFC 6762.
    Mdns = "mdns";
    /// Modbus over TCP.
    Modbus = "modbus";
    /// MQTT 3.1 to 5.
    Mqtt = "mqtt";
    /// Version 10 of its handshake, as far as the way to TLS.
    Mysql = "mysql";
    /// RFC 5905.
    Ntp = "ntp";
    /// RFC 1939.
    Pop3 = "pop3";
    /// Version 3, as far as the way to TLS.
    Postgresql = "postgresql";
    /// RFC 9000.
    Quic = "quic";
    /// MS-RDPBCGR.
    Rdp = "rdp";
    /// RESP 2 and 3, as far as its name.
    Redis = "redis";
    /// RFC 3261.
    Sip = "sip";
    /// MS-CIFS and MS-SMB2.
    Smb = "smb";
    /// RFC 5321.
    Smtp = "smtp";
    /// RFC 3416.
    Snmp = "snmp";
    /// RFC 4253.
    Ssh = "ssh";
    /// RFC 8446 and before.
    Tls = "tls";
    /// RFC 6120, as far as the way to TLS.
    Xmpp = "xmpp";
}

/// What the first bytes of one end look like to a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// They are its, sent by an end of this role.
    Yes(Role),
    /// They are not.
    No,
    /// Too few to tell.
    More,
}

/// What the bytes tell about who sent them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A client.
    Client,
    /// A server.
    Server,
    /// Either could have.
    Either,
}

/// What a parser did with bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many of them it needs no more. The rest comes again, with what follows it.
    pub consumed: usize,
    /// How to go on.
    pub then: Then,
}

impl Step {
    /// Wants more.
    #[must_use]
    pub fn more(consumed: usize) -> Self {
        Self {
            consumed,
            then: Then::More,
        }
    }

    /// Needs nothing more of this flow.
    #[must_use]
    pub fn done(consumed: usize) -> Self {
        Self {
            consumed,
            then: Then::Done,
        }
    }
}

/// How to go on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// With the next bytes.
    More,
    /// Not at all: the parser is ended and the stream only followed.
    Done,
    /// Another protocol begins with the next byte of either end.
    Switch(Protocol),
    /// Something else begins with the next byte of either end: recognise it.
    Recognise,
}

/// A protocol's state in one flow. It owns no thread and no clock.
pub trait Parser: Send {
    /// Bytes in order: of a stream all that are settled and not consumed, of datagrams exactly one.
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step;

    /// `length` bytes of a stream are lost; unconsumed bytes before them are lost too. False gives the flow up.
    fn gap(&mut self, context: &mut Context<'_>, direction: Direction, length: u64) -> bool;

    /// Nothing more will come: tell what is half known.
    fn end(&mut self, context: &mut Context<'_>);

    /// Bytes that this state keeps on the heap now, roughly: what the budget of all parsers is counted in.
    fn held(&self) -> usize;
}

/// Recognition or parsing of one flow.
pub enum Application {
    /// Not recognised yet; the bits of `refused` are places in the registry, by side.
    Probing {
        /// Protocols that said no.
        refused: [u64; 2],
        /// Segments looked at in vain, in a flow picked up in the middle.
        tries: u8,
        /// Bytes that a side sent and nobody can read, by side: before them some are missing. The most stands for more:
        /// there is one of these for every flow.
        missed: [u16; 2],
    },
    /// Recognised.
    Parsing(Parsing),
    /// Given up, finished, or nothing we know.
    Off,
}

/// A parser at work in a flow.
pub struct Parsing {
    /// Its state.
    pub parser: Box<dyn Parser>,
    /// Which protocol.
    pub protocol: Protocol,
    /// Ends whose first bytes were seen to be that protocol, by side.
    pub agreed: [bool; 2],
    /// Bytes that it held after its last step, as counted in [`Shared::parser_bytes`].
    held: u64,
}

impl Parsing {
    /// A new state of the entry's protocol.
    #[must_use]
    pub fn new(entry: &registry::Entry, agreed: [bool; 2]) -> Self {
        Self {
            parser: (entry.make)(),
            protocol: entry.protocol,
            agreed,
            held: 0,
        }
    }

    /// The state of a flow that another one announced under this number.
    #[must_use]
    pub fn expected(protocol: Protocol, number: u64) -> Option<Self> {
        (protocol == Protocol::FtpData).then(|| Self {
            parser: Box::new(ftp_data::FtpData::new(number)),
            protocol,
            agreed: [true; 2],
            held: 0,
        })
    }

    /// Counts what the parser holds now; false when that is more than its share, or more than there is for all.
    pub fn account(&mut self, shared: &mut Shared) -> bool {
        let held = count(self.parser.held());
        shared.parser_bytes = shared
            .parser_bytes
            .saturating_sub(self.held)
            .saturating_add(held);
        self.held = held;
        held <= MAX_PARSER_BYTES && shared.parser_bytes <= shared.settings.max_parser_bytes
    }

    /// Lets the parser tell what it half knows, and gives its share back.
    pub fn end(mut self, context: &mut Context<'_>) {
        self.parser.end(context);
        let shared = &mut *context.shared;
        shared.parser_bytes = shared.parser_bytes.saturating_sub(self.held);
    }
}

/// What parsers of all flows share.
pub struct Shared {
    /// Settings of the reader.
    pub settings: Settings,
    /// The account.
    pub ledger: Box<Ledger>,
    /// Limit of anomaly events.
    pub rate: AnomalyRate,
    /// Bytes that all streams hold.
    pub stream_bytes: u64,
    /// Bytes that all parsers hold.
    pub parser_bytes: u64,
    /// Whether the datagram being read was cut by the capture: what is wrong with it then is not the sender's doing.
    pub is_cut: bool,
    /// Connections that others announced.
    pub expected: expected::Expected,
    /// Space for the DNS message being read.
    pub dns_message: dns::Message,
    /// Rates of ICMP events.
    pub icmp_rates: rates::Rates,
    /// Rates of ARP events.
    pub arp_rates: rates::Rates,
    /// What bodies of HTTP share.
    pub bodies: http_body::Bodies,
}

/// What a parser may use while it looks at bytes.
pub struct Context<'a> {
    /// The flow.
    pub flow: &'a mut Flow,
    /// Where events go.
    pub out: &'a mut Output,
    /// What is shared.
    pub shared: &'a mut Shared,
    /// Time and number of the packet that settled the bytes.
    pub moment: Moment,
}

impl Context<'_> {
    /// Writes an event of this flow.
    pub fn emit(
        &mut self,
        event: &Event<'_>,
        body: impl FnOnce(&mut Line<'_>),
        own: impl FnOnce(&mut Line<'_>),
    ) {
        self.out.event(event, &Place::Flow(self.flow), body, own);
    }

    /// Reports an anomaly of this flow.
    pub fn anomaly(&mut self, anomaly: Anomaly) {
        if self.is_forgiven(anomaly) {
            return;
        }
        let Shared { ledger, rate, .. } = &mut *self.shared;
        anomaly::report_in_flow(self.out, ledger, rate, self.flow, anomaly, self.moment);
    }

    /// Reports an anomaly of one transaction of this flow.
    pub fn anomaly_in(&mut self, anomaly: Anomaly, transaction: Option<u64>) {
        if self.is_forgiven(anomaly) {
            return;
        }
        let Shared { ledger, rate, .. } = &mut *self.shared;
        let what = (anomaly, transaction);
        anomaly::report_in_transaction(self.out, ledger, rate, self.flow, what, self.moment);
    }

    /// A message that the capture cut short breaks its format without its sender's doing: that is only counted.
    fn is_forgiven(&mut self, anomaly: Anomaly) -> bool {
        let is_forgiven = self.shared.is_cut && anomaly.layer() == "app";
        if is_forgiven {
            self.limit("datagram_cut");
        }
        is_forgiven
    }

    /// The number of a new transaction, from 0 as in EVE.
    pub fn begin_transaction(&mut self) -> u64 {
        let number = self.flow.transactions;
        self.flow.transactions = number.saturating_add(1);
        u64::from(number)
    }

    /// Counts a bound that cut off part of the flow's streams, and marks the flow.
    pub fn limit_flow(&mut self, limit: crate::flow::limit::Limit) {
        self.flow.limits |= limit.bit();
        self.shared.ledger.limit(limit.name());
    }

    /// Announces a connection; the number given is what the flow that opens it will be known by.
    pub fn expect(&mut self, expectation: &expected::Expectation) -> u64 {
        let expected = &mut self.shared.expected;
        let dropped = expected.dropped;
        let number = expected.announce(expectation, self.moment.time_us);
        if expected.dropped > dropped {
            self.limit("expected_flows");
        }
        number
    }

    /// Counts a bound that cut something off.
    pub fn limit(&mut self, name: &'static str) {
        self.shared.ledger.limit(name);
    }
}
