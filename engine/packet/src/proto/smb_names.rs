//! Names of SMB commands, states, dialects and choices (MS-SMB2, MS-CIFS, MS-ERREF, MS-FSCC).

/// EVE's name of an SMB 2 command.
#[must_use]
pub fn command2(command: u16) -> &'static str {
    match command {
        0 => "SMB2_COMMAND_NEGOTIATE_PROTOCOL",
        1 => "SMB2_COMMAND_SESSION_SETUP",
        2 => "SMB2_COMMAND_SESSION_LOGOFF",
        3 => "SMB2_COMMAND_TREE_CONNECT",
        4 => "SMB2_COMMAND_TREE_DISCONNECT",
        5 => "SMB2_COMMAND_CREATE",
        6 => "SMB2_COMMAND_CLOSE",
        7 => "SMB2_COMMAND_FLUSH",
        8 => "SMB2_COMMAND_READ",
        9 => "SMB2_COMMAND_WRITE",
        10 => "SMB2_COMMAND_LOCK",
        11 => "SMB2_COMMAND_IOCTL",
        12 => "SMB2_COMMAND_CANCEL",
        13 => "SMB2_COMMAND_KEEPALIVE",
        14 => "SMB2_COMMAND_FIND",
        15 => "SMB2_COMMAND_CHANGE_NOTIFY",
        16 => "SMB2_COMMAND_GET_INFO",
        17 => "SMB2_COMMAND_SET_INFO",
        18 => "SMB2_COMMAND_OPLOCK_BREAK",
        _ => "SMB2_COMMAND_UNKNOWN",
    }
}

/// EVE's name of an SMB 1 command.
#[must_use]
pub fn command1(command: u8) -> &'static str {
    match command {
        0x00 => "SMB1_COMMAND_CREATE_DIRECTORY",
        0x01 => "SMB1_COMMAND_DELETE_DIRECTORY",
        0x02 => "SMB1_COMMAND_OPEN",
        0x03 => "SMB1_COMMAND_CREATE",
        0x04 => "SMB1_COMMAND_CLOSE",
        0x05 => "SMB1_COMMAND_FLUSH",
        0x06 => "SMB1_COMMAND_DELETE",
        0x07 => "SMB1_COMMAND_RENAME",
        0x08 => "SMB1_COMMAND_QUERY_INFORMATION",
        0x09 => "SMB1_COMMAND_SET_INFORMATION",
        0x0a => "SMB1_COMMAND_READ",
        0x0b => "SMB1_COMMAND_WRITE",
        0x0c => "SMB1_COMMAND_LOCK_BYTE_RANGE",
        0x0d => "SMB1_COMMAND_UNLOCK_BYTE_RANGE",
        0x0e => "SMB1_COMMAND_CREATE_TEMPORARY",
        0x0f => "SMB1_COMMAND_CREATE_NEW",
        0x10 => "SMB1_COMMAND_CHECK_DIRECTORY",
        0x11 => "SMB1_COMMAND_PROCESS_EXIT",
        0x12 => "SMB1_COMMAND_SEEK",
        0x13 => "SMB1_COMMAND_LOCK_AND_READ",
        0x14 => "SMB1_COMMAND_WRITE_AND_UNLOCK",
        0x1a => "SMB1_COMMAND_READ_RAW",
        0x1d => "SMB1_COMMAND_WRITE_RAW",
        0x22 => "SMB1_COMMAND_SET_INFORMATION2",
        0x23 => "SMB1_COMMAND_QUERY_INFORMATION2",
        0x24 => "SMB1_COMMAND_LOCKING_ANDX",
        0x25 => "SMB1_COMMAND_TRANS",
        0x2b => "SMB1_COMMAND_ECHO",
        0x2c => "SMB1_COMMAND_WRITE_AND_CLOSE",
        0x2d => "SMB1_COMMAND_OPEN_ANDX",
        0x2e => "SMB1_COMMAND_READ_ANDX",
        0x2f => "SMB1_COMMAND_WRITE_ANDX",
        0x32 => "SMB1_COMMAND_TRANS2",
        0x33 => "SMB1_COMMAND_TRANS2_SECONDARY",
        0x34 => "SMB1_COMMAND_FIND_CLOSE2",
        0x70 => "SMB1_COMMAND_TREE_CONNECT",
        0x71 => "SMB1_COMMAND_TREE_DISCONNECT",
        0x72 => "SMB1_COMMAND_NEGOTIATE_PROTOCOL",
        0x73 => "SMB1_COMMAND_SESSION_SETUP_ANDX",
        0x74 => "SMB1_COMMAND_LOGOFF_ANDX",
        0x75 => "SMB1_COMMAND_TREE_CONNECT_ANDX",
        0x80 => "SMB1_COMMAND_QUERY_INFO_DISK",
        0x81 => "SMB1_COMMAND_SEARCH",
        0xa0 => "SMB1_COMMAND_NT_TRANS",
        0xa1 => "SMB1_COMMAND_NT_TRANS_SECONDARY",
        0xa2 => "SMB1_COMMAND_NT_CREATE_ANDX",
        0xa4 => "SMB1_COMMAND_NT_CANCEL",
        0xa5 => "SMB1_COMMAND_RENAME2",
        _ => "SMB1_COMMAND_UNKNOWN",
    }
}

/// Name of an NT status (MS-ERREF, section 2.3), of those that file servers answer with.
#[must_use]
pub fn status(status: u32) -> Option<&'static str> {
    STATES
        .binary_search_by_key(&status, |(code, _)| *code)
        .ok()
        .and_then(|place| STATES.get(place))
        .map(|(_, name)| *name)
}

/// Sorted by code.
const STATES: &[(u32, &str)] = &[
    (0x0000_0000, "STATUS_SUCCESS"),
    (0x0000_0103, "STATUS_PENDING"),
    (0x0000_0105, "STATUS_MORE_ENTRIES"),
    (0x0000_0107, "STATUS_SOME_NOT_MAPPED"),
    (0x0000_010b, "STATUS_NOTIFY_CLEANUP"),
    (0x0000_010c, "STATUS_NOTIFY_ENUM_DIR"),
    (0x8000_0005, "STATUS_BUFFER_OVERFLOW"),
    (0x8000_0006, "STATUS_NO_MORE_FILES"),
    (0x8000_000b, "STATUS_INVALID_EA_NAME"),
    (0x8000_000d, "STATUS_DEVICE_PAPER_EMPTY"),
    (0x8000_001a, "STATUS_NO_MORE_ENTRIES"),
    (0x8000_002d, "STATUS_STOPPED_ON_SYMLINK"),
    (0xc000_0001, "STATUS_UNSUCCESSFUL"),
    (0xc000_0002, "STATUS_NOT_IMPLEMENTED"),
    (0xc000_0003, "STATUS_INVALID_INFO_CLASS"),
    (0xc000_0004, "STATUS_INFO_LENGTH_MISMATCH"),
    (0xc000_0005, "STATUS_ACCESS_VIOLATION"),
    (0xc000_0008, "STATUS_INVALID_HANDLE"),
    (0xc000_000d, "STATUS_INVALID_PARAMETER"),
    (0xc000_000e, "STATUS_NO_SUCH_DEVICE"),
    (0xc000_000f, "STATUS_NO_SUCH_FILE"),
    (0xc000_0010, "STATUS_INVALID_DEVICE_REQUEST"),
    (0xc000_0011, "STATUS_END_OF_FILE"),
    (0xc000_0013, "STATUS_NO_MEDIA_IN_DEVICE"),
    (0xc000_0016, "STATUS_MORE_PROCESSING_REQUIRED"),
    (0xc000_0017, "STATUS_NO_MEMORY"),
    (0xc000_001e, "STATUS_INVALID_LOCK_SEQUENCE"),
    (0xc000_0022, "STATUS_ACCESS_DENIED"),
    (0xc000_0023, "STATUS_BUFFER_TOO_SMALL"),
    (0xc000_0024, "STATUS_OBJECT_TYPE_MISMATCH"),
    (0xc000_0033, "STATUS_OBJECT_NAME_INVALID"),
    (0xc000_0034, "STATUS_OBJECT_NAME_NOT_FOUND"),
    (0xc000_0035, "STATUS_OBJECT_NAME_COLLISION"),
    (0xc000_0039, "STATUS_OBJECT_PATH_INVALID"),
    (0xc000_003a, "STATUS_OBJECT_PATH_NOT_FOUND"),
    (0xc000_003b, "STATUS_OBJECT_PATH_SYNTAX_BAD"),
    (0xc000_0043, "STATUS_SHARING_VIOLATION"),
    (0xc000_0050, "STATUS_EA_TOO_LARGE"),
    (0xc000_0054, "STATUS_FILE_LOCK_CONFLICT"),
    (0xc000_0055, "STATUS_LOCK_NOT_GRANTED"),
    (0xc000_0056, "STATUS_DELETE_PENDING"),
    (0xc000_005e, "STATUS_NO_LOGON_SERVERS"),
    (0xc000_0061, "STATUS_PRIVILEGE_NOT_HELD"),
    (0xc000_0063, "STATUS_USER_EXISTS"),
    (0xc000_0064, "STATUS_NO_SUCH_USER"),
    (0xc000_0066, "STATUS_NO_SUCH_GROUP"),
    (0xc000_0067, "STATUS_MEMBER_IN_GROUP"),
    (0xc000_006a, "STATUS_WRONG_PASSWORD"),
    (0xc000_006c, "STATUS_PASSWORD_RESTRICTION"),
    (0xc000_006d, "STATUS_LOGON_FAILURE"),
    (0xc000_006e, "STATUS_ACCOUNT_RESTRICTION"),
    (0xc000_006f, "STATUS_INVALID_LOGON_HOURS"),
    (0xc000_0070, "STATUS_INVALID_WORKSTATION"),
    (0xc000_0071, "STATUS_PASSWORD_EXPIRED"),
    (0xc000_0072, "STATUS_ACCOUNT_DISABLED"),
    (0xc000_0073, "STATUS_NONE_MAPPED"),
    (0xc000_007e, "STATUS_RANGE_NOT_LOCKED"),
    (0xc000_007f, "STATUS_DISK_FULL"),
    (0xc000_0098, "STATUS_FILE_INVALID"),
    (0xc000_009a, "STATUS_INSUFFICIENT_RESOURCES"),
    (0xc000_009c, "STATUS_DEVICE_DATA_ERROR"),
    (0xc000_00a2, "STATUS_MEDIA_WRITE_PROTECTED"),
    (0xc000_00ab, "STATUS_INSTANCE_NOT_AVAILABLE"),
    (0xc000_00ac, "STATUS_PIPE_NOT_AVAILABLE"),
    (0xc000_00ad, "STATUS_INVALID_PIPE_STATE"),
    (0xc000_00ae, "STATUS_PIPE_BUSY"),
    (0xc000_00af, "STATUS_ILLEGAL_FUNCTION"),
    (0xc000_00b0, "STATUS_PIPE_DISCONNECTED"),
    (0xc000_00b1, "STATUS_PIPE_CLOSING"),
    (0xc000_00b3, "STATUS_PIPE_LISTENING"),
    (0xc000_00b5, "STATUS_IO_TIMEOUT"),
    (0xc000_00ba, "STATUS_FILE_IS_A_DIRECTORY"),
    (0xc000_00bb, "STATUS_NOT_SUPPORTED"),
    (0xc000_00bd, "STATUS_DUPLICATE_NAME"),
    (0xc000_00be, "STATUS_BAD_NETWORK_PATH"),
    (0xc000_00c9, "STATUS_NETWORK_NAME_DELETED"),
    (0xc000_00ca, "STATUS_NETWORK_ACCESS_DENIED"),
    (0xc000_00cb, "STATUS_BAD_DEVICE_TYPE"),
    (0xc000_00cc, "STATUS_BAD_NETWORK_NAME"),
    (0xc000_00ce, "STATUS_TOO_MANY_SESSIONS"),
    (0xc000_00d0, "STATUS_REQUEST_NOT_ACCEPTED"),
    (0xc000_00d9, "STATUS_PIPE_EMPTY"),
    (0xc000_00df, "STATUS_NO_SUCH_DOMAIN"),
    (0xc000_00fb, "STATUS_REDIRECTOR_NOT_STARTED"),
    (0xc000_0101, "STATUS_DIRECTORY_NOT_EMPTY"),
    (0xc000_0103, "STATUS_NOT_A_DIRECTORY"),
    (0xc000_011f, "STATUS_TOO_MANY_OPENED_FILES"),
    (0xc000_0120, "STATUS_CANCELLED"),
    (0xc000_0121, "STATUS_CANNOT_DELETE"),
    (0xc000_0128, "STATUS_FILE_CLOSED"),
    (0xc000_014b, "STATUS_PIPE_BROKEN"),
    (0xc000_0151, "STATUS_NO_SUCH_ALIAS"),
    (0xc000_0152, "STATUS_MEMBER_NOT_IN_ALIAS"),
    (0xc000_0153, "STATUS_MEMBER_IN_ALIAS"),
    (0xc000_015b, "STATUS_LOGON_TYPE_NOT_GRANTED"),
    (0xc000_018b, "STATUS_NO_TRUST_SAM_ACCOUNT"),
    (0xc000_018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"),
    (0xc000_0193, "STATUS_ACCOUNT_EXPIRED"),
    (0xc000_0203, "STATUS_USER_SESSION_DELETED"),
    (0xc000_0205, "STATUS_INSUFF_SERVER_RESOURCES"),
    (0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE"),
    (0xc000_0225, "STATUS_NOT_FOUND"),
    (0xc000_0234, "STATUS_ACCOUNT_LOCKED_OUT"),
    (0xc000_0257, "STATUS_PATH_NOT_COVERED"),
    (0xc000_0275, "STATUS_NOT_A_REPARSE_POINT"),
    (0xc000_035c, "STATUS_NETWORK_SESSION_EXPIRED"),
    (0xc000_0388, "STATUS_DOWNGRADE_DETECTED"),
    (0xc000_0466, "STATUS_SERVER_UNAVAILABLE"),
    (0xc000_05d3, "STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP"),
    (0xc000_a000, "STATUS_INVALID_SIGNATURE"),
    (0xc05d_0000, "STATUS_SMB_BAD_CLUSTER_DIALECT"),
];

/// Name of a DOS error: class and code (MS-CIFS, section 2.2.2.4), of those that still happen.
#[must_use]
pub fn dos_error(class: u8, code: u16) -> Option<&'static str> {
    Some(match (class, code) {
        (0, 0) => "STATUS_SUCCESS",
        (1, 1) => "DOS_BADFUNC",
        (1, 2) => "DOS_BADFILE",
        (1, 3) => "DOS_BADPATH",
        (1, 4) => "DOS_NOFIDS",
        (1, 5) => "DOS_NOACCESS",
        (1, 6) => "DOS_BADFID",
        (1, 18) => "DOS_NOFILES",
        (1, 32) => "DOS_BADSHARE",
        (1, 33) => "DOS_LOCK",
        (1, 50) => "DOS_UNSUP",
        (1, 80) => "DOS_FILEXISTS",
        (1, 87) => "DOS_INVALID_PARAM",
        (1, 123) => "DOS_INVALID_NAME",
        (1, 230) => "DOS_INVALID_PIPE",
        (1, 231) => "DOS_PIPE_BUSY",
        (1, 234) => "DOS_MORE_DATA",
        (2, 1) => "SRV_ERROR",
        (2, 2) => "SRV_BADPW",
        (2, 4) => "SRV_ACCESS",
        (2, 5) => "SRV_BADTID",
        (2, 6) => "SRV_BADNETNAME",
        (2, 7) => "SRV_BADDEVICE",
        (2, 22) => "SRV_BADSMB",
        (2, 64) => "SRV_BADCOMMAND",
        (2, 90) => "SRV_TOOMANYUIDS",
        (2, 91) => "SRV_BADUID",
        (2, 250) => "SRV_USEMPX",
        (2, 251) => "SRV_USESTD",
        (2, 2239) => "SRV_ACCOUNT_EXPIRED",
        (2, 2240) => "SRV_BAD_CLIENT",
        (2, 2242) => "SRV_PASSWORD_EXPIRED",
        (2, 65_535) => "SRV_NOSUPPORT",
        _ => return None,
    })
}

/// Name of a dialect revision (MS-SMB2, section 2.2.4).
#[must_use]
pub fn dialect(revision: u16) -> &'static str {
    match revision {
        0x0202 => "2.02",
        0x0210 => "2.10",
        0x02ff => "2.??",
        0x0222 => "2.22",
        0x0224 => "2.24",
        0x0300 => "3.00",
        0x0302 => "3.02",
        0x0310 => "3.10",
        0x0311 => "3.11",
        _ => "unknown",
    }
}

/// What to do about a file that exists, or does not (MS-SMB2, section 2.2.13).
#[must_use]
pub fn disposition(value: u32) -> &'static str {
    match value {
        0 => "FILE_SUPERSEDE",
        1 => "FILE_OPEN",
        2 => "FILE_CREATE",
        3 => "FILE_OPEN_IF",
        4 => "FILE_OVERWRITE",
        5 => "FILE_OVERWRITE_IF",
        _ => "",
    }
}

/// What was done (MS-SMB2, section 2.2.14).
#[must_use]
pub fn create_action(value: u32) -> &'static str {
    match value {
        0 => "superseded",
        1 => "opened",
        2 => "created",
        3 => "overwritten",
        _ => "",
    }
}

/// Control codes for the file system (MS-FSCC, section 2.3; MS-SMB2, section 2.2.31).
#[must_use]
pub fn function(code: u32) -> Option<&'static str> {
    Some(match code {
        0x0006_0194 => "FSCTL_DFS_GET_REFERRALS",
        0x0006_01b0 => "FSCTL_DFS_GET_REFERRALS_EX",
        0x0009_002c => "FSCTL_IS_VOLUME_MOUNTED",
        0x0009_0064 => "FSCTL_GET_NTFS_VOLUME_DATA",
        0x0009_0078 => "FSCTL_IS_PATHNAME_VALID",
        0x0009_009c => "FSCTL_GET_OBJECT_ID",
        0x0009_00a4 => "FSCTL_SET_REPARSE_POINT",
        0x0009_00a8 => "FSCTL_GET_REPARSE_POINT",
        0x0009_00c0 => "FSCTL_CREATE_OR_GET_OBJECT_ID",
        0x0009_00c4 => "FSCTL_SET_SPARSE",
        0x0009_40cf => "FSCTL_QUERY_ALLOCATED_RANGES",
        0x0009_80c8 => "FSCTL_SET_ZERO_DATA",
        0x0011_0018 => "FSCTL_PIPE_WAIT",
        0x0011_400c => "FSCTL_PIPE_PEEK",
        0x0011_c017 => "FSCTL_PIPE_TRANSCEIVE",
        0x0014_0078 => "FSCTL_SRV_REQUEST_RESUME_KEY",
        0x0014_01d4 => "FSCTL_LMR_REQUEST_RESILIENCY",
        0x0014_01fc => "FSCTL_QUERY_NETWORK_INTERFACE_INFO",
        0x0014_0204 => "FSCTL_VALIDATE_NEGOTIATE_INFO",
        0x0014_4064 => "FSCTL_SRV_ENUMERATE_SNAPSHOTS",
        0x0014_41bb => "FSCTL_SRV_READ_HASH",
        0x0014_40f2 => "FSCTL_SRV_COPYCHUNK",
        0x0014_80f2 => "FSCTL_SRV_COPYCHUNK_WRITE",
        0x0009_8344 => "FSCTL_DUPLICATE_EXTENTS_TO_FILE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_sorted_so_that_each_is_found() {
        assert!(STATES.is_sorted_by_key(|(code, _)| *code));
        assert_eq!(status(0xc000_006d), Some("STATUS_LOGON_FAILURE"));
        assert_eq!(status(0xc000_ffff), None);
    }
}
