//! Names of SNMP's errors and traps.

/// Name of an error (RFC 3416, section 3).
#[must_use]
pub fn error(status: i64) -> Option<&'static str> {
    const NAMES: [&str; 19] = [
        "noError",
        "tooBig",
        "noSuchName",
        "badValue",
        "readOnly",
        "genErr",
        "noAccess",
        "wrongType",
        "wrongLength",
        "wrongEncoding",
        "wrongValue",
        "noCreation",
        "inconsistentValue",
        "resourceUnavailable",
        "commitFailed",
        "undoFailed",
        "authorizationError",
        "notWritable",
        "inconsistentName",
    ];
    usize::try_from(status)
        .ok()
        .and_then(|status| NAMES.get(status).copied())
}

/// Name of a trap of version 1 (RFC 1157, section 4.1.6).
#[must_use]
pub fn trap(generic: i64) -> Option<&'static str> {
    Some(match generic {
        0 => "coldStart",
        1 => "warmStart",
        2 => "linkDown",
        3 => "linkUp",
        4 => "authenticationFailure",
        5 => "egpNeighborLoss",
        6 => "enterpriseSpecific",
        _ => return None,
    })
}
