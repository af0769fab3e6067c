//! Windows channels and the value of `event.dataset` that their events carry (events design, section 5).
//!
//! The reader of event log files and the rule compiler both ask here, so a rule's logsource and the event it is meant for can
//! never be named differently.

/// Channels with a name of their own, lower case. `PowerShell` 7 writes what 5 writes, under another channel.
const KNOWN: &[(&str, &str)] = &[
    ("application", "windows.application"),
    (
        "microsoft-windows-powershell/operational",
        "windows.powershell",
    ),
    ("microsoft-windows-sysmon/operational", "windows.sysmon"),
    (
        "microsoft-windows-taskscheduler/operational",
        "windows.taskscheduler",
    ),
    (
        "microsoft-windows-windows defender/operational",
        "windows.defender",
    ),
    ("microsoft-windows-wmi-activity/operational", "windows.wmi"),
    ("powershellcore/operational", "windows.powershell"),
    ("security", "windows.security"),
    ("system", "windows.system"),
    ("windows powershell", "windows.powershell_classic"),
];
/// What most channels of Windows itself begin with; it says nothing.
const PREFIX: &str = "microsoft-windows-";
/// A channel's name is an input: a longer slug is cut.
const LONGEST_SLUG: usize = 96;

/// The dataset of a channel's events: a name of its own, else `windows.<slug>`.
///
/// The slug is the channel in lower case without `microsoft-windows-` in front, each run of other characters than `a-z0-9` as
/// one `-`. A slug that would be taken for a channel with a name of its own gets `-channel` behind it.
#[must_use]
pub fn dataset_of(channel: &str) -> String {
    let lower = channel.trim().to_ascii_lowercase();
    if let Some((_, dataset)) = KNOWN.iter().find(|(name, _)| *name == lower) {
        return (*dataset).to_owned();
    }
    let mut slug = String::new();
    for character in lower.strip_prefix(PREFIX).unwrap_or(&lower).chars() {
        if slug.len() >= LONGEST_SLUG {
            break;
        }
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let dataset = format!("windows.{}", if slug.is_empty() { "unknown" } else { slug });
    if KNOWN.iter().any(|(_, taken)| *taken == dataset) {
        return dataset + "-channel";
    }
    dataset
}

#[cfg(test)]
mod tests {
    use super::dataset_of;

    #[test]
    fn the_channels_of_the_design_have_their_names() {
        for (channel, dataset) in [
            ("Security", "windows.security"),
            ("Microsoft-Windows-Sysmon/Operational", "windows.sysmon"),
            ("SYSTEM", "windows.system"),
            ("PowerShellCore/Operational", "windows.powershell"),
            ("Windows PowerShell", "windows.powershell_classic"),
            (
                "Microsoft-Windows-Windows Defender/Operational",
                "windows.defender",
            ),
        ] {
            assert_eq!(dataset_of(channel), dataset);
        }
    }

    #[test]
    fn any_other_channel_has_a_slug() {
        assert_eq!(
            dataset_of("Microsoft-Windows-AppLocker/EXE and DLL"),
            "windows.applocker-exe-and-dll"
        );
        assert_eq!(dataset_of("DNS Server"), "windows.dns-server");
        assert_eq!(
            dataset_of("OpenSSH/Operational"),
            "windows.openssh-operational"
        );
        assert_eq!(dataset_of("Nhật ký/ứng dụng"), "windows.nh-t-k-ng-d-ng");
        assert_eq!(dataset_of("///"), "windows.unknown");
    }

    #[test]
    fn no_channel_passes_for_one_with_a_name_of_its_own() {
        assert_eq!(
            dataset_of("Microsoft-Windows-Security"),
            "windows.security-channel"
        );
        assert_eq!(dataset_of("Sysmon"), "windows.sysmon-channel");
        assert!(dataset_of(&"x".repeat(70_000)).len() < 128);
    }
}
