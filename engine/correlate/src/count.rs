//! What became of everything: nothing is lost without a number.

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Numbers since the last time they were taken.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counts {
            /// Those that are not 0, by name; they begin anew.
            pub fn take(&mut self) -> Vec<(&'static str, u64)> {
                let taken = std::mem::take(self);
                [$((stringify!($name), taken.$name)),*]
                    .into_iter()
                    .filter(|(_, count)| *count > 0)
                    .collect()
            }
        }
    };
}

counts! {
    /// Matches: an event and a rule that hit it.
    matched,
    /// Matches that opened an alert or went into its first window.
    alerted,
    /// Matches that went to an alert that was there.
    grouped,
    /// Matches of rules that make no alerts of their own.
    suppressed,
    /// Alerts that began.
    alerts_opened,
    /// Times that an alert grew.
    alerts_grown,
    /// Events without a group field or a counted value, by watch.
    group_missing,
    /// Events behind the watermark.
    late,
    /// Events with a time that no clock may claim.
    skewed,
    /// Events with the id of the one before.
    duplicates,
    /// Lines that could not be read; a scan hands over none.
    unreadable,
    /// Groups that had to go for others.
    groups_evicted,
    /// Those of them that went because the lane held too many bytes.
    groups_evicted_for_memory,
    /// Those whose counts do not go on: this kind of watch cannot be estimated, or its sketch is too full to be believed.
    counts_not_carried,
    /// Values of numeric fields that are no numbers.
    values_not_numbers,
    /// Numbers that had to leave their window early, because it was full.
    numbers_cut,
    /// Events too old for the sliding window of their group, where nothing can be told of one event alone.
    late_alone,
    /// Different values beyond what a closing window counts.
    closing_keys_cut,
    /// Assets, units, sensors and entities of an event beyond what is kept.
    facts_left_out,
}
