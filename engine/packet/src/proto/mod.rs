//! Protocols: one file each, one line each in the registry, one trait for all.

pub mod arp;
pub mod ber;
mod ber_value;
mod command_line;
mod context;
pub mod dcerpc;
mod dcerpc_association;
mod dcerpc_datagram;
mod dcerpc_event;
mod dcerpc_names;
mod dcerpc_pdu;
mod dcerpc_results;
mod dcerpc_return;
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
mod http_expression;
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
mod kerberos_kind;
pub mod kerberos_message;
mod kerberos_names;
pub mod ldap;
mod ldap_event;
mod ldap_filter;
mod ldap_message;
mod ldap_operation;
mod ldap_result;
mod ldap_sasl;
mod ldap_secret;
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
mod mime_place;
pub mod modbus;
mod modbus_event;
mod modbus_message;
pub mod mqtt;
mod mqtt_event;
mod mqtt_message;
mod mqtt_probe;
mod mqtt_property;
mod mqtt_reader;
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
mod protocol;
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
mod smtp_mail;
mod smtp_probe;
mod smtp_server;
pub mod snmp;
mod snmp_event;
mod snmp_message;
mod snmp_names;
pub mod socks;
mod socks_address;
mod socks_event;
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

pub use context::{Context, Shared};
pub use direction::{Direction, Pair};
pub use protocol::Protocol;

use crate::bytes::count;

/// Bytes that the parser of one flow may hold.
const MAX_PARSER_BYTES: u64 = 1 << 20;

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

    /// Another protocol begins behind these.
    #[must_use]
    pub fn switch(consumed: usize, next: Protocol) -> Self {
        Self {
            consumed,
            then: Then::Switch(next),
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
