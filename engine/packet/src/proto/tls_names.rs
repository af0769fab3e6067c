//! Names of cipher suites, groups and alerts (IANA, TLS parameters). What is not listed is told by number.

use super::tls_ciphers::CIPHERS;

/// Appends the name of a cipher suite between quotes.
pub fn cipher_name(out: &mut Vec<u8>, cipher: u16) {
    append(out, cipher, CIPHERS);
}

/// Appends the name of a group between quotes.
pub fn group_name(out: &mut Vec<u8>, group: u16) {
    append(out, group, GROUPS);
}

/// Appends the name of an alert between quotes.
pub fn alert_name(out: &mut Vec<u8>, alert: u8) {
    append(out, u16::from(alert), ALERTS);
}

/// The name of an extension; empty for one without.
pub fn extension_name(extension: u16) -> &'static str {
    let place = EXTENSIONS.binary_search_by_key(&extension, |(number, _)| *number);
    place
        .ok()
        .and_then(|place| EXTENSIONS.get(place))
        .map_or("", |(_, name)| name)
}

fn append(out: &mut Vec<u8>, value: u16, names: &[(u16, &str)]) {
    out.push(b'"');
    let place = names.binary_search_by_key(&value, |(number, _)| *number);
    if let Some((_, name)) = place.ok().and_then(|place| names.get(place)) {
        out.extend_from_slice(name.as_bytes());
    } else {
        out.extend_from_slice(b"0x");
        crate::emit::text::append_hex(out, &value.to_be_bytes());
    }
    out.push(b'"');
}

const GROUPS: &[(u16, &str)] = &[
    (1, "sect163k1"),
    (2, "sect163r1"),
    (3, "sect163r2"),
    (4, "sect193r1"),
    (5, "sect193r2"),
    (6, "sect233k1"),
    (7, "sect233r1"),
    (8, "sect239k1"),
    (9, "sect283k1"),
    (10, "sect283r1"),
    (11, "sect409k1"),
    (12, "sect409r1"),
    (13, "sect571k1"),
    (14, "sect571r1"),
    (15, "secp160k1"),
    (16, "secp160r1"),
    (17, "secp160r2"),
    (18, "secp192k1"),
    (19, "secp192r1"),
    (20, "secp224k1"),
    (21, "secp224r1"),
    (22, "secp256k1"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (29, "x25519"),
    (30, "x448"),
    (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"),
    (33, "brainpoolP512r1tls13"),
    (34, "GC256A"),
    (35, "GC256B"),
    (36, "GC256C"),
    (37, "GC256D"),
    (38, "GC512A"),
    (39, "GC512B"),
    (40, "GC512C"),
    (41, "curveSM2"),
    (256, "ffdhe2048"),
    (257, "ffdhe3072"),
    (258, "ffdhe4096"),
    (259, "ffdhe6144"),
    (260, "ffdhe8192"),
    (512, "MLKEM512"),
    (513, "MLKEM768"),
    (514, "MLKEM1024"),
    (4_587, "SecP256r1MLKEM768"),
    (4_588, "X25519MLKEM768"),
    (4_589, "SecP384r1MLKEM1024"),
    (25_497, "X25519Kyber768Draft00"),
    (25_498, "SecP256r1Kyber768Draft00"),
    (65_281, "arbitrary_explicit_prime_curves"),
    (65_282, "arbitrary_explicit_char2_curves"),
];

/// RFC 7301's goes by the short name that everybody says.
const EXTENSIONS: &[(u16, &str)] = &[
    (0, "server_name"),
    (1, "max_fragment_length"),
    (2, "client_certificate_url"),
    (3, "trusted_ca_keys"),
    (4, "truncated_hmac"),
    (5, "status_request"),
    (6, "user_mapping"),
    (7, "client_authz"),
    (8, "server_authz"),
    (9, "cert_type"),
    (10, "supported_groups"),
    (11, "ec_point_formats"),
    (12, "srp"),
    (13, "signature_algorithms"),
    (14, "use_srtp"),
    (15, "heartbeat"),
    (16, "alpn"),
    (17, "status_request_v2"),
    (18, "signed_certificate_timestamp"),
    (19, "client_certificate_type"),
    (20, "server_certificate_type"),
    (21, "padding"),
    (22, "encrypt_then_mac"),
    (23, "extended_master_secret"),
    (24, "token_binding"),
    (25, "cached_info"),
    (27, "compress_certificate"),
    (28, "record_size_limit"),
    (34, "delegated_credential"),
    (35, "session_ticket"),
    (41, "pre_shared_key"),
    (42, "early_data"),
    (43, "supported_versions"),
    (44, "cookie"),
    (45, "psk_key_exchange_modes"),
    (47, "certificate_authorities"),
    (48, "oid_filters"),
    (49, "post_handshake_auth"),
    (50, "signature_algorithms_cert"),
    (51, "key_share"),
    (52, "transparency_info"),
    (54, "connection_id"),
    (55, "external_id_hash"),
    (56, "external_session_id"),
    (57, "quic_transport_parameters"),
    (58, "ticket_request"),
    (13_172, "next_protocol_negotiation"),
    (17_513, "application_settings"),
    (17_613, "application_settings"),
    (30_032, "channel_id"),
    (65_037, "encrypted_client_hello"),
    (65_281, "renegotiation_info"),
    (65_445, "quic_transport_parameters"),
];

const ALERTS: &[(u16, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (52, "too_many_cids_requested"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order() {
        for table in [CIPHERS, EXTENSIONS, GROUPS, ALERTS] {
            assert!(table.is_sorted_by(|one, next| one.0 < next.0));
        }
    }

    #[test]
    fn what_has_no_name_is_told_by_number() {
        let mut out = Vec::new();
        cipher_name(&mut out, 0x1301);
        cipher_name(&mut out, 0xfafa);
        assert_eq!(out, b"\"TLS_AES_128_GCM_SHA256\"\"0xfafa\"");
    }
}
