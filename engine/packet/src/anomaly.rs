//! Things that should not happen: one stable name each. The file is their table.

mod report;
mod set;

pub use report::{AnomalyRate, Moment, report, report_in_flow, report_in_transaction};
pub use set::AnomalySet;

macro_rules! anomalies {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $layer:literal;)*) => {
        /// The table of anomalies.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Anomaly { $($(#[$doc])* $variant),* }

        impl Anomaly {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// `khien.anomaly.name`, never renamed.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// `khien.anomaly.layer`.
            #[must_use]
            pub fn layer(self) -> &'static str {
                match self { $(Self::$variant => $layer),* }
            }

            /// The anomaly of this name: reasons why a frame stays undecoded have the same names.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

anomalies! {
    /// The capture breaks off.
    CaptureDamaged = "capture_damaged", "decode";
    /// A time far ahead that the packets after it did not confirm.
    TimeJump = "time_jump", "decode";
    /// Pieces of an IPv4 datagram disagree where they overlap.
    FragmentOverlapDiffers = "frag_overlap_differs", "decode";
    /// Pieces of an IPv6 datagram overlap at all (RFC 5722 forbids it).
    FragmentOverlap = "frag_overlap", "decode";
    /// A datagram would be longer than 65,535 bytes.
    FragmentTooLong = "frag_too_long", "decode";
    /// A packet ends inside its AH header.
    AhHeaderCut = "ah_header_cut", "decode";
    /// An ARP message that breaks its format.
    ArpMalformed = "arp_malformed", "decode";
    /// An ARP message names another sender than the frame that carries it.
    ArpSenderDiffers = "arp_sender_differs", "decode";
    /// A frame ends inside its 802.1ah tag.
    BackboneTagCut = "backbone_tag_cut", "decode";
    /// A frame ends inside its E-tag.
    EtagCut = "e_tag_cut", "decode";
    /// A mirrored frame of an unknown kind.
    ErspanFrameType = "erspan_frame_type", "decode";
    /// A packet ends inside its ERSPAN header.
    ErspanHeaderCut = "erspan_header_cut", "decode";
    /// A packet ends inside its ESP header.
    EspHeaderCut = "esp_header_cut", "decode";
    /// A frame ends inside its Ethernet header.
    EthernetHeaderCut = "ethernet_header_cut", "decode";
    /// A piece of a datagram lies behind its last one.
    FragmentBeyondEnd = "frag_beyond_end", "decode";
    /// An IPv6 packet has more than one fragment header.
    FragmentHeaderRepeated = "frag_header_repeated", "decode";
    /// The first piece of an IPv6 datagram, or one with a needless fragment header, lacks part of its transport header
    /// (RFC 7112).
    FragmentHeaderChainCut = "frag_header_chain_cut", "decode";
    /// A fragment header on an IPv6 packet that is whole.
    FragmentHeaderUseless = "frag_header_useless", "decode";
    /// A piece of a datagram is empty, or not a multiple of eight bytes and not the last.
    FragmentLengthWrong = "frag_length_wrong", "decode";
    /// A piece of a datagram begins inside the TCP header: a way around packet filters (RFC 3128).
    FragmentOffsetOne = "frag_offset_one", "decode";
    /// A packet ends inside its GRE header.
    GreHeaderCut = "gre_header_cut", "decode";
    /// A GRE header whose flags do not fit together.
    GreHeaderWrong = "gre_header_wrong", "decode";
    /// A GRE header of an unknown version.
    GreVersionWrong = "gre_version_wrong", "decode";
    /// An ICMP message with a code that its type does not have.
    IcmpCodeUnknown = "icmp_code_unknown", "decode";
    /// A packet ends inside its ICMP header.
    IcmpHeaderCut = "icmp_header_cut", "decode";
    /// An ICMP message of a type that nobody has defined.
    IcmpTypeUnknown = "icmp_type_unknown", "decode";
    /// An IPv6 packet ends inside an extension header.
    IpExtensionCut = "ip_extension_cut", "decode";
    /// A packet ends inside its IP header.
    IpHeaderCut = "ip_header_cut", "decode";
    /// An IPv4 header that claims to be shorter than any can be.
    IpHeaderLengthWrong = "ip_header_length_wrong", "decode";
    /// A SYN from a machine to itself over the wire, same port at both ends.
    IpLandAttack = "ip_land_attack", "decode";
    /// An IP packet that claims more bytes than its frame has.
    IpLengthBeyondFrame = "ip_length_beyond_frame", "decode";
    /// An IPv4 packet that claims to be shorter than its header.
    IpLengthWrong = "ip_length_wrong", "decode";
    /// An IPv4 option with a length that cannot be.
    IpOptionLength = "ip_option_length", "decode";
    /// IPv4 options that do not fill the header and do not say that they end.
    IpOptionPadding = "ip_option_padding", "decode";
    /// A packet that no router would have passed on: its hop limit is 0.
    IpTimeToLiveZero = "ip_ttl_zero", "decode";
    /// An IP header of another version than the layer below says.
    IpVersionWrong = "ip_version_wrong", "decode";
    /// A frame ends inside its MPLS labels.
    MplsLabelCut = "mpls_label_cut", "decode";
    /// A frame ends inside its network service header.
    NshHeaderCut = "nsh_header_cut", "decode";
    /// A network service header of a version or length that cannot be.
    NshHeaderWrong = "nsh_header_wrong", "decode";
    /// A frame ends inside its PPP header.
    PppHeaderCut = "ppp_header_cut", "decode";
    /// A frame ends inside its `PPPoE` header.
    PppoeHeaderCut = "pppoe_header_cut", "decode";
    /// A `PPPoE` session frame of another version or code.
    PppoeHeaderWrong = "pppoe_header_wrong", "decode";
    /// A packet ends inside its SCTP header.
    SctpHeaderCut = "sctp_header_cut", "decode";
    /// TCP flags that no honest host sends: none, SYN with FIN or RST, or FIN, PSH and URG alone.
    TcpFlagsImpossible = "tcp_flags_impossible", "decode";
    /// A packet ends inside its TCP header.
    TcpHeaderCut = "tcp_header_cut", "decode";
    /// A TCP header that claims to be shorter than any can be.
    TcpHeaderLengthWrong = "tcp_header_length_wrong", "decode";
    /// A TCP option with a length that cannot be.
    TcpOptionLength = "tcp_option_length", "decode";
    /// An IPv6 packet with more than 16 extension headers.
    TooManyIpExtensions = "too_many_ip_extensions", "decode";
    /// More headers or tunnels inside each other than we look into.
    TooManyLayers = "too_many_layers", "decode";
    /// A stack of more than 16 MPLS labels.
    TooManyMplsLabels = "too_many_mpls_labels", "decode";
    /// A frame with more than three VLAN tags.
    TooManyVlanTags = "too_many_vlan_tags", "decode";
    /// A packet ends inside its UDP header.
    UdpHeaderCut = "udp_header_cut", "decode";
    /// A UDP header that claims more bytes than its packet has.
    UdpLengthBeyondPacket = "udp_length_beyond_packet", "decode";
    /// A UDP header that claims to be shorter than itself.
    UdpLengthWrong = "udp_length_wrong", "decode";
    /// A frame ends inside its VLAN tag.
    VlanTagCut = "vlan_tag_cut", "decode";
    /// A frame ends inside its VN-Tag.
    VnTagCut = "vn_tag_cut", "decode";
    /// Two copies of the same bytes of a stream differ.
    SegmentOverlapDiffers = "segment_overlap_differs", "stream";
    /// A segment starts far beyond what the receiver could take.
    SegmentBeyondWindow = "segment_beyond_window", "stream";
    /// A reset whose number the receiver would not accept.
    ResetOutOfWindow = "reset_out_of_window", "stream";
    /// A reset that did not end the connection: both ends went on.
    ResetInjected = "reset_injected", "stream";
    /// Another SYN before one was answered.
    SynAgain = "syn_again", "stream";
    /// A SYN inside an established connection.
    SynInConnection = "syn_in_connection", "stream";
    /// A SYN-ACK that differs from the one before it.
    SynAckDiffers = "syn_ack_differs", "stream";
    /// Bytes in a SYN that the receiver did not take.
    SynDataIgnored = "syn_data_ignored", "stream";
    /// A time stamp that answers nothing the other end sent.
    TimestampInvalid = "timestamp_invalid", "stream";
    /// A segment older than those before it by its time stamp.
    TimestampOld = "timestamp_old", "stream";
    /// Bytes of a stream were never seen.
    StreamGap = "stream_gap", "stream";
    /// A port was used for something else than what both ends speak.
    ProtocolMismatch = "protocol_mismatch", "detect";
    /// A parser needed more than its share and was switched off for the flow.
    ParserBudget = "parser_budget", "app";
    /// The engine failed on this flow; a defect of ours.
    EnginePanic = "engine_panic", "app";
    /// A DCERPC packet that breaks its format.
    DcerpcMalformed = "dcerpc_malformed", "app";
    /// A datagram in a flow of DHCP that is none.
    DhcpMalformed = "dhcp_malformed", "app";
    /// A DHCP message without the cookie before its options.
    DhcpCookieMissing = "dhcp_cookie_missing", "app";
    /// A DHCP option that goes beyond its message.
    DhcpOptionInvalid = "dhcp_option_invalid", "app";
    /// A DNS message that breaks its format.
    DnsMalformed = "dns_malformed", "app";
    /// Additional records of a DNS message that cannot be read.
    DnsAdditionalsInvalid = "dns_additionals_invalid", "app";
    /// Authority records of a DNS message that cannot be read.
    DnsAuthoritiesInvalid = "dns_authorities_invalid", "app";
    /// A DNS name longer than any may be.
    DnsNameTooLong = "dns_name_too_long", "app";
    /// A DNS query that came from the server.
    DnsNotAnswer = "dns_not_answer", "app";
    /// A DNS answer that came from the client.
    DnsNotQuery = "dns_not_query", "app";
    /// A DNS operation that nobody has defined.
    DnsOpcodeInvalid = "dns_opcode_invalid", "app";
    /// A DNS name whose pointers lead in a circle.
    DnsPointerLoop = "dns_pointer_loop", "app";
    /// A DNS name with more labels than any may have.
    DnsTooManyLabels = "dns_too_many_labels", "app";
    /// The reserved bit of a DNS header is set.
    DnsZFlag = "dns_z_flag", "app";
    /// A message in a stream of Modbus that is none.
    ModbusMalformed = "modbus_malformed", "app";
    /// A message in a flow of Kerberos that is none.
    KerberosMalformed = "kerberos_malformed", "app";
    /// A message in a flow of LDAP that is none.
    LdapMalformed = "ldap_malformed", "app";
    /// More open LDAP requests than are followed.
    LdapTooManyOpen = "ldap_too_many_open", "app";
    /// An MQTT packet that breaks its format.
    MqttMalformed = "mqtt_malformed", "app";
    /// A second CONNECT on one MQTT connection.
    MqttDoubleConnect = "mqtt_double_connect", "app";
    /// An MQTT message with a quality of service of 3.
    MqttInvalidQuality = "mqtt_invalid_quality", "app";
    /// An MQTT acknowledgement of something that was not sent.
    MqttMissingRequest = "mqtt_missing_request", "app";
    /// An MQTT packet of type 0, which is not assigned.
    MqttUnassignedType = "mqtt_unassigned_type", "app";
    /// An MQTT message before any CONNECT.
    MqttUnintroduced = "mqtt_unintroduced", "app";
    /// A datagram in a flow of NTP that is none.
    NtpMalformed = "ntp_malformed", "app";
    /// A datagram in a flow of SNMP that is none.
    SnmpMalformed = "snmp_malformed", "app";
    /// An HTTP message that breaks its format.
    HttpMalformed = "http_malformed", "app";
    /// A header beyond the bounds.
    HttpHeaderTooLong = "http_header_too_long", "app";
    /// Both a length and chunked coding: a way to smuggle requests.
    HttpAmbiguousLength = "http_ambiguous_length", "app";
    /// An answer without a request.
    HttpUnmatchedResponse = "http_unmatched_response", "app";
    /// A body that does not unpack as its header says.
    HttpBodyCoding = "http_body_coding", "app";
    /// The authority of a request is another host than its header names.
    Http2AuthorityMismatch = "http2_authority_mismatch", "app";
    /// Compressed fields that cannot be read; those after them neither.
    Http2Compression = "http2_compression", "app";
    /// One end gave the connection up with an error.
    Http2Error = "http2_error", "app";
    /// More fields, or more frames of them, than anybody needs.
    Http2HeaderFlood = "http2_header_flood", "app";
    /// A frame of data longer than the receiver allows.
    Http2LongData = "http2_long_data", "app";
    /// Another frame longer than the receiver allows.
    Http2LongFrame = "http2_long_frame", "app";
    /// A frame that breaks its format.
    Http2Malformed = "http2_malformed", "app";
    /// Streams opened and reset in a rush.
    Http2RapidReset = "http2_rapid_reset", "app";
    /// A body that unpacks to far more than it may.
    HttpBodyBomb = "http_body_bomb", "app";
    /// A body packed more often than anybody needs.
    HttpBodyLayers = "http_body_layers", "app";
    /// Chunks with extensions in a request.
    HttpChunkExtension = "http_chunk_extension", "app";
    /// Chunks framed in a way that not everybody reads alike.
    HttpIrregularChunks = "http_irregular_chunks", "app";
    /// A request line without a version before header fields.
    HttpMissingVersion = "http_missing_version", "app";
    /// More than one length.
    HttpRepeatedLength = "http_repeated_length", "app";
    /// Bytes behind the announced end of an answer.
    HttpUnexpectedBody = "http_unexpected_body", "app";
    /// An authorisation of no scheme that we know.
    HttpUnknownAuthorization = "http_unknown_authorization", "app";
    /// A DTLS record or fragment that breaks its format.
    DtlsMalformed = "dtls_malformed", "app";
    /// A QUIC packet that breaks its format.
    QuicMalformed = "quic_malformed", "app";
    /// A PDU of Remote Desktop that breaks its format.
    RdpMalformed = "rdp_malformed", "app";
    /// A message to or from a SOCKS proxy that breaks its format.
    SocksMalformed = "socks_malformed", "app";
    /// A TLS record or handshake message that breaks its format.
    TlsMalformed = "tls_malformed", "app";
    /// A certificate that cannot be read.
    TlsCertificateInvalid = "tls_certificate_invalid", "app";
    /// A handshake message that breaks its format.
    TlsHandshakeMalformed = "tls_handshake_malformed", "app";
    /// A heartbeat that was answered with more than it brought.
    TlsHeartbeatLeak = "tls_heartbeat_leak", "app";
    /// A heartbeat that claims more than it brings (CVE-2014-0160).
    TlsHeartbeatOverflow = "tls_heartbeat_overflow", "app";
    /// The name of the server in a hello breaks its format.
    TlsNameMalformed = "tls_name_malformed", "app";
    /// A hello that names the server more than once.
    TlsNameRepeated = "tls_name_repeated", "app";
    /// A record of no known type where one must begin.
    TlsRecordType = "tls_record_type", "app";
    /// A record of no known version.
    TlsRecordVersion = "tls_record_version", "app";
    /// A message of NTLMSSP that breaks its format.
    NtlmMalformed = "ntlm_malformed", "app";
    /// A SIP message that breaks its format.
    SipMalformed = "sip_malformed", "app";
    /// An SMB message that breaks its format.
    SmbMalformed = "smb_malformed", "app";
    /// Bytes of a file are written twice through one handle.
    SmbFileOverlap = "smb_file_overlap", "app";
    /// A second negotiation on one connection.
    SmbNegotiateRepeated = "smb_negotiate_repeated", "app";
    /// A chain of SMB 1 commands that is too long or leads back.
    SmbChainTooLong = "smb_chain_too_long", "app";
    /// An SSH packet that breaks its format.
    SshMalformed = "ssh_malformed", "app";
    /// A data connection of FTP to somebody else than the client.
    FtpBounce = "ftp_bounce", "app";
    /// An FTP command beyond the limit.
    FtpCommandTooLong = "ftp_command_too_long", "app";
    /// A file asked for over FTP without a data connection.
    FtpFileBeforePort = "ftp_file_before_port", "app";
    /// A line of an FTP server that is no reply.
    FtpInvalidReply = "ftp_invalid_reply", "app";
    /// A reply of an FTP server beyond the limit.
    FtpReplyTooLong = "ftp_reply_too_long", "app";
    /// More FTP commands without a reply than allowed.
    FtpTooManyCommands = "ftp_too_many_commands", "app";
    /// A reply of an FTP server to no command.
    FtpUnmatchedReply = "ftp_unmatched_reply", "app";
    /// A line of an IMAP server that is no response.
    ImapInvalidResponse = "imap_invalid_response", "app";
    /// A response of an IMAP server to no command.
    ImapUnmatchedResponse = "imap_unmatched_response", "app";
    /// Base64 in a mail that holds other characters.
    MimeInvalidBase64 = "mime_invalid_base64", "app";
    /// Quoted-printable text in a mail with `=` before something else than two digits.
    MimeInvalidQuotedPrintable = "mime_invalid_quoted_printable", "app";
    /// A boundary between parts of a mail that is longer than any mailer makes.
    MimeLongBoundary = "mime_long_boundary", "app";
    /// A line of encoded data in a mail beyond the 76 characters allowed.
    MimeLongEncodedLine = "mime_long_encoded_line", "app";
    /// A name of an attachment beyond 255 bytes.
    MimeLongFilename = "mime_long_filename", "app";
    /// The name of a mail's header field is too long to be one.
    MimeLongHeaderName = "mime_long_header_name", "app";
    /// A header field of a mail beyond 8 KiB.
    MimeLongHeaderValue = "mime_long_header_value", "app";
    /// A line in a mail's header that is no field, or parts without a boundary.
    MimeMalformed = "mime_malformed", "app";
    /// Parts of a mail inside parts beyond 16 levels.
    MimeTooDeep = "mime_too_deep", "app";
    /// A line of a POP3 server that is no reply.
    Pop3InvalidReply = "pop3_invalid_reply", "app";
    /// A command that POP3 does not know.
    Pop3UnknownCommand = "pop3_unknown_command", "app";
    /// The end of a mail that some servers take as the end and some do not: a way to smuggle a second one.
    SmtpAmbiguousEnd = "smtp_ambiguous_end", "app";
    /// A chunk whose length cannot be read.
    SmtpChunkInvalid = "smtp_chunk_invalid", "app";
    /// A command line beyond the limit.
    SmtpCommandTooLong = "smtp_command_too_long", "app";
    /// The server refused DATA.
    SmtpDataRefused = "smtp_data_refused", "app";
    /// A sender or a greeting while a mail was under way.
    SmtpDuplicateCommand = "smtp_duplicate_command", "app";
    /// A line of the server that is no reply.
    SmtpInvalidReply = "smtp_invalid_reply", "app";
    /// The server did not greet.
    SmtpNoGreeting = "smtp_no_greeting", "app";
    /// A mail sent before the server asked for it.
    SmtpPipelining = "smtp_pipelining", "app";
    /// A reply beyond the limit.
    SmtpReplyTooLong = "smtp_reply_too_long", "app";
    /// The server refused TLS.
    SmtpTlsRefused = "smtp_tls_refused", "app";
    /// A recipient without a sender.
    SmtpTransactionInvalid = "smtp_transaction_invalid", "app";
    /// A reply to no command.
    SmtpUnmatchedReply = "smtp_unmatched_reply", "app";
}
