"""The folder of data: where each process keeps its files (docs/concepts/contracts.md, section 8). One writing process a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """`$KHIEN_HOME`, and the one place that knows the names inside it."""

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """`$KHIEN_HOME`, else `~/.local/share/khien`."""
        configured = os.environ.get("KHIEN_HOME")
        return cls(Path(configured) if configured else Path.home() / ".local" / "share" / "khien")

    @property
    def certificates(self) -> Path:
        """The own small CA and the certificates it gave."""
        return self.root / "ca"

    @property
    def correlator(self) -> Path:
        """`ingest.db`, `checkpoint.db`, `quarantine.db`."""
        return self.root / "correlator"

    @property
    def rule_cache(self) -> Path:
        """Compiled rules, kept by content; may be deleted at any time."""
        return self.root / "cache" / "rules.cache"

    @property
    def events(self) -> Path:
        """Event day files and their catalogue."""
        return self.root / "events"

    @property
    def incident_api(self) -> Path:
        """`state.db`, unless PostgreSQL holds it."""
        return self.root / "incident_api"

    @property
    def packs(self) -> Path:
        """Imported rule packs by name and digest, and `active.json`."""
        return self.root / "packs"

    @property
    def tuning(self) -> Path:
        """`tuning.jsonl`, the journal of exceptions and suppressions, and `suppressed.db`."""
        return self.root / "tuning"

    def sensor(self, name: str) -> Path:
        """`spool/`, `rejected.jsonl` and `status.json` of one sensor."""
        return self.root / "sensor" / name
