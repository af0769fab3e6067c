//! Results of LDAP's operations (RFC 4511, section 4.1.9) and their names.

use super::ber::Reader;

/// An answer's result (section 4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Code.
    pub code: i64,
    /// Nearest entry.
    pub matched: &'a [u8],
    /// Diagnostic message.
    pub message: &'a [u8],
    /// Members that follow.
    pub rest: &'a [u8],
}

impl<'a> Outcome<'a> {
    /// Reads the contents of an answer; `None` when they break their format.
    #[must_use]
    pub fn read(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content);
        let code = reader.enumerated()?;
        let (matched, message) = (reader.octets()?, reader.octets()?);
        Some(Self {
            code,
            matched,
            message,
            rest: reader.rest(),
        })
    }
}

/// Code of a log-in that goes on.
pub const IN_PROGRESS: i64 = 14;

/// Whether a result is no failure; a log-in that goes on has none yet.
#[must_use]
pub fn is_success(code: i64) -> Option<bool> {
    (code != IN_PROGRESS).then_some(matches!(code, 0 | 5 | 6 | 10))
}

/// EVE's name of a result (RFC 4511, appendix A; RFC 3909; RFC 4528; RFC 4370).
#[must_use]
pub fn result(code: i64) -> Option<&'static str> {
    Some(match code {
        0 => "success",
        1 => "operations_error",
        2 => "protocol_error",
        3 => "time_limit_exceeded",
        4 => "size_limit_exceeded",
        5 => "compare_false",
        6 => "compare_true",
        7 => "auth_method_not_supported",
        8 => "stronger_auth_required",
        10 => "referral",
        11 => "admin_limit_exceeded",
        12 => "unavailable_critical_extension",
        13 => "confidentiality_required",
        14 => "sasl_bind_in_progress",
        16 => "no_such_attribute",
        17 => "undefined_attribute_type",
        18 => "inappropriate_matching",
        19 => "constraint_violation",
        20 => "attribute_or_value_exists",
        21 => "invalid_attribute_syntax",
        32 => "no_such_object",
        33 => "alias_problem",
        34 => "invalid_dn_syntax",
        36 => "alias_dereferencing_problem",
        48 => "inappropriate_authentication",
        49 => "invalid_credentials",
        50 => "insufficient_access_rights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwilling_to_perform",
        54 => "loop_detect",
        64 => "naming_violation",
        65 => "object_class_violation",
        66 => "not_allowed_on_non_leaf",
        67 => "not_allowed_on_rdn",
        68 => "entry_already_exists",
        69 => "object_class_mods_prohibited",
        71 => "affects_multiple_dsas",
        80 => "other",
        118 => "canceled",
        119 => "no_such_operation",
        120 => "too_late",
        121 => "cannot_cancel",
        122 => "assertion_failed",
        123 => "authorization_denied",
        _ => return None,
    })
}
