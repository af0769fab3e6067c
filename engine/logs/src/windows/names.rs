//! The names of levels, opcodes, keywords and tasks that Windows predefines (winmeta.xml of the Windows SDK, [MS-EVEN6]
//! section 2.2.12), for events without the text that their provider's library would render.

/// `log.level`: the name of a level's number, a word as it came, in lower case.
pub(super) fn level(level: &str) -> String {
    let name = match level {
        "0" | "4" | "INFO" => "information",
        "1" => "critical",
        "2" => "error",
        "3" => "warning",
        "5" => "verbose",
        other => return other.to_ascii_lowercase(),
    };
    name.to_owned()
}

/// The name of an opcode's number; a word as it came.
pub(super) fn opcode(opcode: &str) -> &str {
    match opcode {
        "0" => "Info",
        "1" => "Start",
        "2" => "Stop",
        "3" => "DCStart",
        "4" => "DCStop",
        "5" => "Extension",
        "6" => "Reply",
        "7" => "Resume",
        "8" => "Suspend",
        "9" => "Send",
        other => other,
    }
}

/// The names of the predefined bits of a keyword mask, hexadecimal or a signed number; words as they came.
pub(super) fn keywords(written: &str) -> Vec<String> {
    const NAMES: [(u64, &str); 8] = [
        (0x0001_0000_0000_0000, "Response Time"),
        (0x0002_0000_0000_0000, "WDI Context"),
        (0x0004_0000_0000_0000, "WDI Diag"),
        (0x0008_0000_0000_0000, "SQM"),
        (0x0010_0000_0000_0000, "Audit Failure"),
        (0x0020_0000_0000_0000, "Audit Success"),
        (0x0040_0000_0000_0000, "Correlation Hint"),
        (0x0080_0000_0000_0000, "Classic"),
    ];
    let mask = match written.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => written
            .parse::<i64>()
            .map(i64::cast_unsigned)
            .or_else(|_| written.parse::<u64>())
            .ok(),
    };
    let Some(mask) = mask else {
        return vec![written.to_owned()];
    };
    NAMES
        .iter()
        .filter(|(bit, _)| mask & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_read_in_both_forms() {
        assert_eq!(keywords("0x8020000000000000"), ["Audit Success"]);
        assert_eq!(keywords("-9214364837600034816"), ["Audit Success"]);
        assert_eq!(keywords("0x8010000000000000"), ["Audit Failure"]);
        assert_eq!(keywords("Audit Failure"), ["Audit Failure"]);
        assert_eq!(keywords("0x8000000000000000"), Vec::<String>::new());
    }
}
