//! Why a capture cannot be read at all. What breaks in the middle of one is [`crate::source::Damage`], not an error.

use thiserror::Error;

/// A failure before the first packet: nothing was read, nothing is lost.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// No file has this name.
    #[error("no such file: {path}")]
    NotFound {
        /// As given by the caller.
        path: String,
    },
    /// The system refuses to read the file.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// As given by the caller.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// The first bytes are those of no container that we know.
    #[error("not a capture: {path}")]
    NotACapture {
        /// As given by the caller.
        path: String,
    },
    /// The file holds no byte at all, not even a header.
    #[error("empty file: {path}")]
    EmptyFile {
        /// As given by the caller.
        path: String,
    },
    /// A setting is outside what the engine can do.
    #[error("setting {setting} is {value}: {reason}")]
    BadSetting {
        /// Name of the setting.
        setting: &'static str,
        /// What was given.
        value: String,
        /// What would be accepted.
        reason: &'static str,
    },
    /// The machine has no such network interface.
    #[error("no such interface: {interface}")]
    NoInterface {
        /// As given by the caller.
        interface: String,
    },
    /// Opening a packet socket needs `CAP_NET_RAW`.
    #[error("not permitted to capture on {interface}")]
    NotPermitted {
        /// As given by the caller.
        interface: String,
    },
    /// The live source failed for another reason.
    #[error("capture on {interface} failed: {reason}")]
    LiveFailed {
        /// As given by the caller.
        interface: String,
        /// The system's words.
        reason: String,
    },
    /// Privileges could not be given up, so the process must not go on.
    #[error("cannot give up privileges: {reason}")]
    PrivilegesKept {
        /// What failed, in the system's words.
        reason: String,
    },
}

impl CaptureError {
    /// The stable machine code, `noun.what_is_wrong`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "capture.not_found",
            Self::Unreadable { .. } => "capture.unreadable",
            Self::NotACapture { .. } => "capture.not_a_capture",
            Self::EmptyFile { .. } => "capture.empty_file",
            Self::BadSetting { .. } => "capture.bad_setting",
            Self::NoInterface { .. } => "capture.no_interface",
            Self::NotPermitted { .. } => "capture.not_permitted",
            Self::LiveFailed { .. } => "capture.live_failed",
            Self::PrivilegesKept { .. } => "capture.privileges_kept",
        }
    }

    /// What the sentence about this error is built from.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotFound { path } | Self::NotACapture { path } | Self::EmptyFile { path } => {
                vec![("path", path.clone())]
            }
            Self::Unreadable { path, reason } => {
                vec![("path", path.clone()), ("reason", reason.clone())]
            }
            Self::BadSetting {
                setting,
                value,
                reason,
            } => vec![
                ("setting", (*setting).to_owned()),
                ("value", value.clone()),
                ("reason", (*reason).to_owned()),
            ],
            Self::NoInterface { interface } | Self::NotPermitted { interface } => {
                vec![("interface", interface.clone())]
            }
            Self::LiveFailed { interface, reason } => {
                vec![("interface", interface.clone()), ("reason", reason.clone())]
            }
            Self::PrivilegesKept { reason } => vec![("reason", reason.clone())],
        }
    }

    /// Where the person must look, when that is a place.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        match self {
            Self::NotFound { path }
            | Self::Unreadable { path, .. }
            | Self::NotACapture { path }
            | Self::EmptyFile { path } => Some(path),
            _ => None,
        }
    }

    /// Turns a system error about a path into the error that names it.
    #[must_use]
    pub fn from_io(path: &str, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound {
            Self::NotFound {
                path: path.to_owned(),
            }
        } else {
            Self::Unreadable {
                path: path.to_owned(),
                reason: error.to_string(),
            }
        }
    }
}
