"""The recorded day as the demo needs it: its files with format and host, its year and zone, and its answer key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from khien.app.answer_key import AnswerKey
from khien.app.resources import folder

_CITY_MINUTES = 420
_CAPTURE = "pcapng"


@dataclass(frozen=True, slots=True)
class LabDay:
    """What was recorded. `inputs` are the sensor's own words for each file: `PATH`, or `PATH:FORMAT@HOST`."""

    key: AnswerKey
    inputs: tuple[str, ...]
    year: int
    utc_offset_minutes: int = _CITY_MINUTES

    @classmethod
    def load(cls) -> LabDay:
        """The day in `lab/`."""
        lab = folder("lab")
        manifest: dict[str, Any] = yaml.safe_load((lab / "recording" / "manifest.yaml").read_text(encoding="utf-8"))
        return cls(
            key=AnswerKey.load(lab / "expected.yaml"),
            inputs=tuple(_input(lab / "recording", entry) for entry in manifest["files"]),
            year=int(str(manifest["recorded"]["from"])[:4]),
        )


def _input(recording: Path, entry: dict[str, Any]) -> str:
    path = str(recording / entry["path"])
    return path if entry["format"] == _CAPTURE else f"{path}:{entry['format']}@{entry['host']}"
