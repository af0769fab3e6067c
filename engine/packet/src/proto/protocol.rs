//! The protocols that are recognised, and what events call them.

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
    /// RFC 1928, and version 4 before it.
    Socks = "socks";
    /// RFC 4253.
    Ssh = "ssh";
    /// RFC 8446 and before.
    Tls = "tls";
    /// RFC 6120, as far as the way to TLS.
    Xmpp = "xmpp";
}
