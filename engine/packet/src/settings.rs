//! What a caller can choose, with the defaults of the design.

use crate::error::CaptureError;

/// What to do about wrong IP, TCP, UDP and ICMP checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumMode {
    /// Check, unless the first packets show that the capturing machine left sums to its network card.
    Auto,
    /// Check; a packet with a wrong sum is counted and stays out of the streams.
    On,
    /// Believe every packet.
    Off,
}

impl ChecksumMode {
    /// Reads the setting's text.
    pub fn parse(text: &str) -> Result<Self, CaptureError> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(CaptureError::BadSetting {
                setting: "checksums",
                value: text.to_owned(),
                reason: "one of auto, on, off",
            }),
        }
    }
}

/// Settings of one reader. Times are in seconds of packet time.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent choices")]
pub struct Settings {
    /// Name of this input, written as `khien.source`; empty leaves it out.
    pub source: String,
    /// See [`ChecksumMode`].
    pub checksums: ChecksumMode,
    /// Most flows alive at once.
    pub max_flows: u32,
    /// A TCP flow whose handshake is not complete ends after this silence.
    pub tcp_new_timeout: u32,
    /// An established TCP flow ends after this silence.
    pub tcp_established_timeout: u32,
    /// A closed TCP flow is kept this long for late segments.
    pub tcp_closed_timeout: u32,
    /// A one-way flow of another protocol ends after this silence.
    pub other_new_timeout: u32,
    /// A two-way flow of another protocol ends after this silence.
    pub other_established_timeout: u32,
    /// A living flow writes a record this often; 0 never.
    pub interim_interval: u32,
    /// Follow TCP connections whose beginning was not seen.
    pub midstream: bool,
    /// Follow TCP connections of which only one direction is seen.
    pub async_oneside: bool,
    /// Bytes of each direction of a stream that are read; 0 reads all.
    pub stream_depth: u64,
    /// Most bytes that all streams together may hold back.
    pub max_stream_bytes: u64,
    /// Whether VLAN ids tell flows apart.
    pub vlan_in_key: bool,
    /// Whether application protocols are recognised and parsed; without, packets are decoded and flows counted.
    pub parse_protocols: bool,
    /// Seed of `network.community_id`; all who share ids must use the same.
    pub community_id_seed: u16,
    /// Most bytes that all parsers together may hold.
    pub max_parser_bytes: u64,
    /// Bytes of one HTTP body that are unpacked and hashed; 0 for all of them.
    pub http_body_limit: u64,
    /// Bytes of a request's text (forms, JSON, XML) that are searched for expressions; 0 for none.
    pub http_request_text: usize,
    /// Longest line of a command protocol (SMTP, POP3, IMAP, FTP) that is kept whole.
    pub max_line: usize,
    /// An FTP client with more commands waiting for replies than this is followed no further; 0 for no such limit.
    pub ftp_max_transactions: u32,
    /// Write passwords as seen instead of `***`.
    pub capture_secrets: bool,
    /// A batch closes at this many lines.
    pub batch_lines: u32,
    /// A batch closes at this many bytes.
    pub batch_bytes: usize,
    /// How many engines read a file at once; changes speed, never a result.
    pub workers: u32,
    /// How many bytes one read asks for; changes speed, never a result.
    pub read_size: usize,
    /// Key of the hash table; fixed in a replay, random for live traffic.
    pub hash_key: [u64; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            source: String::new(),
            checksums: ChecksumMode::Auto,
            max_flows: 262_144,
            tcp_new_timeout: 60,
            tcp_established_timeout: 600,
            tcp_closed_timeout: 60,
            other_new_timeout: 30,
            other_established_timeout: 300,
            interim_interval: 60,
            midstream: true,
            async_oneside: true,
            stream_depth: 0,
            max_stream_bytes: 64 << 20,
            vlan_in_key: true,
            parse_protocols: true,
            community_id_seed: 0,
            max_parser_bytes: 96 << 20,
            http_body_limit: 0,
            http_request_text: 4_096,
            max_line: 4_096,
            ftp_max_transactions: 0,
            capture_secrets: false,
            batch_lines: 1_000,
            batch_bytes: 1 << 20,
            workers: 1,
            read_size: 1 << 18,
            hash_key: [0x4b68_69c3_aa6e_2d31, 0x7061_636b_6574_7321],
        }
    }
}

impl Settings {
    /// Refuses values that the engine cannot honour.
    pub fn validate(&self) -> Result<(), CaptureError> {
        require("max_flows", u64::from(self.max_flows), 16, 16_777_216)?;
        require("batch_lines", u64::from(self.batch_lines), 1, 1_000_000)?;
        require(
            "batch_bytes",
            crate::bytes::count(self.batch_bytes),
            1,
            1 << 30,
        )?;
        require("max_line", crate::bytes::count(self.max_line), 512, 1 << 16)?;
        require(
            "http_request_text",
            crate::bytes::count(self.http_request_text),
            0,
            1 << 16,
        )?;
        require("workers", u64::from(self.workers), 1, 64)?;
        require("read_size", crate::bytes::count(self.read_size), 1, 1 << 26)?;
        require("max_stream_bytes", self.max_stream_bytes, 1 << 16, 1 << 40)?;
        require("max_parser_bytes", self.max_parser_bytes, 1 << 16, 1 << 40)?;
        for (name, value) in [
            ("tcp_new_timeout", self.tcp_new_timeout),
            ("tcp_established_timeout", self.tcp_established_timeout),
            ("tcp_closed_timeout", self.tcp_closed_timeout),
            ("other_new_timeout", self.other_new_timeout),
            ("other_established_timeout", self.other_established_timeout),
        ] {
            require(name, u64::from(value), 1, 86_400)?;
        }
        require(
            "interim_interval",
            u64::from(self.interim_interval),
            0,
            86_400,
        )
    }
}

fn require(setting: &'static str, value: u64, least: u64, most: u64) -> Result<(), CaptureError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let reason = if value < least {
        "too small"
    } else {
        "too large"
    };
    Err(CaptureError::BadSetting {
        setting,
        value: value.to_string(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_a_zero_batch_is_not() {
        assert!(Settings::default().validate().is_ok());
        let settings = Settings {
            batch_lines: 0,
            ..Settings::default()
        };
        let error = settings.validate().unwrap_err();
        assert_eq!(error.code(), "capture.bad_setting");
        assert!(
            error
                .params()
                .contains(&("setting", "batch_lines".to_owned()))
        );
    }
}
