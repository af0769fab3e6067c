"""Looks after the folders of rules: what changed there is compiled beside the running rules and offered, at most once a change.

A broken new document never takes its old version down: that one goes on, and is named until the document is mended.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from correlator.compiler.rejection import Reason
from correlator.compiler.ruleset import RuleSet, compile_folders
from khien.errors import KhienError

#: How often the folders are looked at; with compiling, a new rule is live within ten seconds (detection design, section 4).
LOOK_SECONDS = 2.0

_Signature = tuple[tuple[str, int, int, int], ...]


class RuleReload:
    """The rules of some folders, as they are now. One thread looks; another takes what it found."""

    def __init__(self, folders: Sequence[Path], *, cache: Path | None = None) -> None:
        self._folders = list(folders)
        self._cache = cache
        self._lock = threading.Lock()
        self._seen = self._signature()
        self.current = compile_folders(self._folders, cache=cache)
        self._fresh: RuleSet | None = None
        #: Why the folders as a whole cannot be used; what ran before goes on.
        self.fault: KhienError | None = None

    def look(self, *, again: bool = False) -> bool:
        """Compile what changed since the last look, or anyway; whether there are rules to take."""
        seen = self._signature()
        if seen == self._seen and not again:
            return False
        try:
            found = compile_folders(self._folders, cache=self._cache, previous=self.current)
        except KhienError as error:
            # A folder that is gone, a table that cannot be read: as long as that lasts, nothing is taken away.
            self.fault = error
            self._seen = seen
            return False
        with self._lock:
            self.fault, self._seen, self.current, self._fresh = None, seen, found, found
        return True

    def take(self) -> RuleSet | None:
        """The rules to run from now on; None when nothing changed since the last call."""
        with self._lock:
            found, self._fresh = self._fresh, None
        return found

    def trouble(self) -> KhienError | None:
        """What a person must mend: folders that cannot be used, or documents whose old version is kept."""
        if self.fault is not None:
            return self.fault
        altered = next((one for one in self.current.rejections if one.reason is Reason.PACK_ALTERED), None)
        if altered is not None:
            return KhienError(altered.reason.code, location=altered.location, detail=altered.detail)
        kept = self.current.kept
        return KhienError("rule.old_version_kept", count=len(kept), first=kept[0]) if kept else None

    def _signature(self) -> _Signature:
        """Names, sizes and times: what tells a change without reading four thousand files every two seconds."""
        found: list[tuple[str, int, int, int]] = []
        for folder in self._folders:
            for path in [str(folder)] if folder.is_file() else _below(str(folder)):
                try:
                    status = Path(path).stat()
                except OSError:
                    continue
                found.append((path, status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(sorted(found))


def _below(folder: str) -> Iterator[str]:
    for root, _, names in os.walk(folder):
        yield from (f"{root}{os.sep}{name}" for name in names if name.endswith((".yml", ".yaml")))
