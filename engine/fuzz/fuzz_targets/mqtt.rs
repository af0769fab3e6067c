//! MQTT: after CONNECT and CONNACK of version 3.1.1 or 5, by the lowest bit of the first byte.
#![no_main]

use libfuzzer_sys::fuzz_target;

const VERSION_3: [(bool, &[u8]); 2] = [
    (true, b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01a"),
    (false, b"\x20\x02\0\0"),
];
const VERSION_5: [(bool, &[u8]); 2] = [
    (true, b"\x10\x0e\0\x04MQTT\x05\x02\0\x3c\0\0\x01a"),
    (false, b"\x20\x03\0\0\0"),
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    khien_fuzz::segments::converse(
        1_883,
        if first & 1 == 0 {
            &VERSION_3
        } else {
            &VERSION_5
        },
        rest,
    );
});
