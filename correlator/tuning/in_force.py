"""What of the journal is in force now: the correlator asks, and changes its rules when the answer changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from correlator.compiler.ruleset import RuleSet
from correlator.tuning.counts import SUPPRESSED
from correlator.tuning.entry import Entry, Kind
from correlator.tuning.fold import Folder
from correlator.tuning.journal import Journal, State
from correlator.tuning.tuned import Tuned, tuned
from khien.clock import Clock

JOURNAL = "tuning.jsonl"


class Tuning:
    """The tuning of one home. `fault` says why a journal that was changed by hand does not count."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self.journal = Journal(folder / JOURNAL, clock=clock)
        self._clock = clock
        self._folder = folder
        self._seen = self._stamp()
        self._state = self.journal.read()
        self._entries = self._state.active(clock.now_us())

    @property
    def state(self) -> State:
        """As last read."""
        return self._state

    @property
    def fault(self) -> str | None:
        """Why nothing of the journal is in force, if so."""
        return self._state.fault

    @property
    def entries(self) -> Sequence[Entry]:
        """Those in force when last asked."""
        return self._entries

    def suppressions(self) -> list[Entry]:
        """Those that fold alerts."""
        return [entry for entry in self._entries if entry.kind is Kind.SUPPRESSION]

    def refresh(self) -> bool:
        """Read again what changed and let go what expired; whether other entries are in force than before."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            self._state = self.journal.read()
        entries = self._state.active(self._clock.now_us())
        is_changed = entries != self._entries
        self._entries = entries
        return is_changed

    def tune(self, rules: RuleSet) -> Tuned:
        """The rules with the exceptions in force."""
        return tuned(rules, self._entries)

    def folder(self) -> Folder:
        """What folds repeated alerts; whoever asks closes it."""
        return Folder(self._folder / SUPPRESSED, entries=self.suppressions)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self.journal.path)  # noqa: PTH116 - one call for inode, size and time
        except FileNotFoundError:
            return None
        return (found.st_ino, found.st_size, found.st_mtime_ns)
