//! Attributes of a directory whose values are nobody else's business.

/// Attributes that hold a password or what is as good (RFC 4519, section 2.41; MS-ADA1 to MS-ADA3; MS-ADTS, LAPS).
const SECRETS: [&str; 12] = [
    "userPassword",
    "unicodePwd",
    "dBCSPwd",
    "lmPwdHistory",
    "ntPwdHistory",
    "supplementalCredentials",
    "msDS-ManagedPassword",
    "ms-Mcs-AdmPwd",
    "msLAPS-Password",
    "msLAPS-EncryptedPassword",
    "sambaNTPassword",
    "sambaLMPassword",
];

/// Whether an attribute holds a secret.
#[must_use]
pub fn is_secret(name: &[u8]) -> bool {
    let base = name.split(|byte| *byte == b';').next().unwrap_or(name);
    SECRETS
        .iter()
        .any(|secret| base.eq_ignore_ascii_case(secret.as_bytes()))
}
