//! What a call of DCERPC returned: the last four bytes of its results, for the interfaces whose documents make that certain.
//!
//! In NDR and NDR64 a return value follows all results (C706, section 14.2; MS-RPCE, section 2.2.5). Which kind it is:
//!
//! - NTSTATUS (MS-ERREF, section 2.3): MS-LSAD and MS-LSAT, MS-SAMR, MS-EVEN, MS-NRPC but for the operations named below.
//! - a Win32 error (MS-ERREF, section 2.2): MS-TSCH (atsvc), MS-DRSR, MS-DSSP, MS-EFSR, MS-RSP, MS-EVEN6, MS-DFSNM, MS-RPRN,
//!   MS-PAR, MS-SRVS, MS-SCMR, MS-RRP, MS-WKST, MS-DNSP, MS-FSRVP, and `IObjectExporter` of MS-DCOM.
//! - HRESULT (MS-ERREF, section 2.1): MS-TSCH (`ITaskSchedulerService`), the object interfaces of MS-DCOM, MS-WMI.
//!
//! `EfsRpcCloseRaw` returns nothing and `NetrDfsManagerGetVersion` a version: neither is read. Encrypted results have none.

use super::dcerpc_names as names;
use super::dcerpc_pdu::Syntax;
use super::smb_names;

/// Operations of netlogon that return a Win32 error (MS-NRPC, sections 3.5.4.3, 3.5.4.8 and 3.5.4.9, and `ComputeServerDigest`,
/// `ComputeClientDigest`, `NetrLogonGetTrustRid`).
const NETLOGON_WIN32: &[u16] = &[
    0, 1, 11, 12, 13, 14, 18, 20, 23, 24, 25, 27, 28, 33, 34, 35, 36, 37, 38, 40, 41, 43,
];

/// How the number is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nt,
    Win32,
    Hresult,
}

/// What a call returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returned {
    kind: Kind,
    /// The number.
    pub code: u32,
}

impl Returned {
    /// The return value `code` of an operation, when it is certain to be one.
    #[must_use]
    pub fn of(interface: &Syntax, operation: u16, code: u32) -> Option<Self> {
        names::operation(&interface.uuid, operation)?;
        let service = names::service(&interface.uuid)?;
        Some(Self {
            kind: kind_of(service, operation)?,
            code,
        })
    }

    /// Whether the call did not do what it should. That a buffer is too small for all, or that a listing has come to its
    /// end, is no failure.
    #[must_use]
    pub fn is_failure(self) -> bool {
        match self.kind {
            Kind::Nt => self.code >> 30 == 3 && !matches!(self.code, 0xc000_0011 | 0xc000_0023),
            Kind::Win32 => !matches!(self.code, 0 | 122 | 234 | 259),
            Kind::Hresult => self.code >> 31 == 1,
        }
    }

    /// Its name by MS-ERREF, when it is a frequent one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match (self.kind, self.code) {
            (Kind::Nt, code) => smb_names::status(code),
            (Kind::Win32, code) => win32(code),
            (Kind::Hresult, 0) => Some("S_OK"),
            (Kind::Hresult, 1) => Some("S_FALSE"),
            (Kind::Hresult, 0x8007_0005) => Some("E_ACCESSDENIED"),
            // A Win32 error in the clothes of an HRESULT (MS-ERREF, section 2.1.2).
            (Kind::Hresult, code) if code >> 16 == 0x8007 => win32(code & 0xffff),
            (Kind::Hresult, code) => find(HRESULTS, code),
        }
    }
}

fn kind_of(service: &str, operation: u16) -> Option<Kind> {
    match (service, operation) {
        ("efsrpc", 3) | ("netdfs", 0) => None,
        ("netlogon", number) if NETLOGON_WIN32.contains(&number) => Some(Kind::Win32),
        ("lsarpc" | "samr" | "eventlog" | "netlogon", _) => Some(Kind::Nt),
        (
            "DnsServer" | "FssagentRpc" | "IObjectExporter" | "IRemoteWinspool" | "InitShutdown"
            | "atsvc" | "drsuapi" | "dssetup" | "efsrpc" | "even6" | "netdfs" | "spoolss"
            | "srvsvc" | "svcctl" | "winreg" | "wkssvc",
            _,
        ) => Some(Kind::Win32),
        (
            "IRemUnknown"
            | "IRemUnknown2"
            | "ISystemActivator"
            | "ITaskSchedulerService"
            | "IWbemLevel1Login"
            | "IWbemServices",
            _,
        ) => Some(Kind::Hresult),
        _ => None,
    }
}

fn win32(code: u32) -> Option<&'static str> {
    find(WIN32, code)
}

fn find(table: &[(u32, &'static str)], code: u32) -> Option<&'static str> {
    let place = table
        .binary_search_by_key(&code, |(known, _)| *known)
        .ok()?;
    table.get(place).map(|(_, name)| *name)
}

/// Win32 errors that these services return (MS-ERREF, section 2.2), by number.
const WIN32: &[(u32, &str)] = &[
    (0, "ERROR_SUCCESS"),
    (2, "ERROR_FILE_NOT_FOUND"),
    (3, "ERROR_PATH_NOT_FOUND"),
    (5, "ERROR_ACCESS_DENIED"),
    (6, "ERROR_INVALID_HANDLE"),
    (8, "ERROR_NOT_ENOUGH_MEMORY"),
    (31, "ERROR_GEN_FAILURE"),
    (50, "ERROR_NOT_SUPPORTED"),
    (53, "ERROR_BAD_NETPATH"),
    (87, "ERROR_INVALID_PARAMETER"),
    (122, "ERROR_INSUFFICIENT_BUFFER"),
    (123, "ERROR_INVALID_NAME"),
    (124, "ERROR_INVALID_LEVEL"),
    (234, "ERROR_MORE_DATA"),
    (259, "ERROR_NO_MORE_ITEMS"),
    (1051, "ERROR_DEPENDENT_SERVICES_RUNNING"),
    (1052, "ERROR_INVALID_SERVICE_CONTROL"),
    (1053, "ERROR_SERVICE_REQUEST_TIMEOUT"),
    (1055, "ERROR_SERVICE_DATABASE_LOCKED"),
    (1056, "ERROR_SERVICE_ALREADY_RUNNING"),
    (1057, "ERROR_INVALID_SERVICE_ACCOUNT"),
    (1058, "ERROR_SERVICE_DISABLED"),
    (1060, "ERROR_SERVICE_DOES_NOT_EXIST"),
    (1061, "ERROR_SERVICE_CANNOT_ACCEPT_CTRL"),
    (1062, "ERROR_SERVICE_NOT_ACTIVE"),
    (1069, "ERROR_SERVICE_LOGON_FAILED"),
    (1072, "ERROR_SERVICE_MARKED_FOR_DELETE"),
    (1073, "ERROR_SERVICE_EXISTS"),
    (1078, "ERROR_DUPLICATE_SERVICE_NAME"),
    (1115, "ERROR_SHUTDOWN_IN_PROGRESS"),
    (1116, "ERROR_NO_SHUTDOWN_IN_PROGRESS"),
    (1314, "ERROR_PRIVILEGE_NOT_HELD"),
    (1355, "ERROR_NO_SUCH_DOMAIN"),
    (1722, "RPC_S_SERVER_UNAVAILABLE"),
    (1795, "ERROR_UNKNOWN_PRINTER_DRIVER"),
    (1797, "ERROR_UNKNOWN_PRINTPROCESSOR"),
    (1801, "ERROR_INVALID_PRINTER_NAME"),
    (1803, "ERROR_INVALID_PRINTER_COMMAND"),
    (2123, "NERR_BUFTOOSMALL"),
    (2221, "NERR_USERNOTFOUND"),
    (2310, "NERR_NETNAMENOTFOUND"),
    (2311, "NERR_DEVICENOTSHARED"),
    (2312, "NERR_CLIENTNAMENOTFOUND"),
    (6118, "ERROR_NO_BROWSER_SERVERS_FOUND"),
    (8439, "ERROR_DS_DRA_BAD_DN"),
    (8440, "ERROR_DS_DRA_BAD_NC"),
    (8453, "ERROR_DS_DRA_ACCESS_DENIED"),
];

/// Further HRESULTs of the task scheduler and of WMI (MS-TSCH, section 2.3.14; MS-WMI, section 2.2.11).
const HRESULTS: &[(u32, &str)] = &[
    (0x8000_4001, "E_NOTIMPL"),
    (0x8000_4002, "E_NOINTERFACE"),
    (0x8000_4005, "E_FAIL"),
    (0x8004_1001, "WBEM_E_FAILED"),
    (0x8004_1002, "WBEM_E_NOT_FOUND"),
    (0x8004_1003, "WBEM_E_ACCESS_DENIED"),
    (0x8004_1008, "WBEM_E_INVALID_PARAMETER"),
    (0x8004_100e, "WBEM_E_INVALID_NAMESPACE"),
    (0x8004_1010, "WBEM_E_INVALID_CLASS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(uuid: u128, operation: u16, code: u32) -> Option<(bool, Option<&'static str>)> {
        let interface = Syntax {
            uuid: uuid.to_be_bytes(),
            version: (1, 0),
        };
        Returned::of(&interface, operation, code).map(|value| (value.is_failure(), value.name()))
    }

    const NETLOGON: u128 = 0x1234_5678_1234_abcd_ef00_0123_4567_cffb;
    const SVCCTL: u128 = 0x367a_bb81_9844_35f1_ad32_98f0_3800_1003;
    const EFSRPC: u128 = 0xc681_d488_d850_11d0_8c52_00c0_4fd9_0f7e;
    const TASKS: u128 = 0x86d3_5949_83c9_4044_b424_db36_3231_fd0c;
    const EPMAPPER: u128 = 0xe1af_8308_5d1f_11c9_91a4_0800_2b14_a0fa;

    #[test]
    fn the_kind_of_the_number_is_that_of_the_operation() {
        let denied = Some((true, Some("STATUS_ACCESS_DENIED")));
        assert_eq!(returned(NETLOGON, 26, 0xc000_0022), denied);
        assert_eq!(
            returned(NETLOGON, 26, 0),
            Some((false, Some("STATUS_SUCCESS")))
        );
        // STATUS_MORE_ENTRIES is a success; 5 is no NTSTATUS of failure, but a Win32 error of DsrGetDcName.
        assert_eq!(
            returned(NETLOGON, 16, 0x105),
            Some((false, Some("STATUS_MORE_ENTRIES")))
        );
        assert_eq!(
            returned(NETLOGON, 20, 5),
            Some((true, Some("ERROR_ACCESS_DENIED")))
        );
        assert_eq!(
            returned(SVCCTL, 12, 1073),
            Some((true, Some("ERROR_SERVICE_EXISTS")))
        );
        assert_eq!(
            returned(SVCCTL, 17, 122),
            Some((false, Some("ERROR_INSUFFICIENT_BUFFER")))
        );
        let exists = returned(TASKS, 1, 0x8007_0005);
        assert_eq!(exists, Some((true, Some("E_ACCESSDENIED"))));
        assert_eq!(returned(TASKS, 1, 1), Some((false, Some("S_FALSE"))));
        assert_eq!(
            returned(TASKS, 1, 0x8007_0002),
            Some((true, Some("ERROR_FILE_NOT_FOUND")))
        );
    }

    #[test]
    fn what_is_no_return_value_is_not_read() {
        assert_eq!(returned(EFSRPC, 3, 5), None, "EfsRpcCloseRaw is void");
        assert_eq!(returned(SVCCTL, 43, 5), None, "no such operation");
        assert_eq!(
            returned(EPMAPPER, 3, 5),
            None,
            "an interface that is not listed"
        );
    }

    #[test]
    fn the_tables_are_in_order() {
        for table in [WIN32, HRESULTS] {
            assert!(table.is_sorted_by(|one, other| one.0 < other.0));
        }
    }
}
