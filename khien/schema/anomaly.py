"""The names of anomalies, and what other engines call them, as `anomalies.yaml` states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """An anomaly: `khien.anomaly.name` and `.layer`, Suricata's `anomaly.event` names, Zeek's weird names, and a text."""

    name: str
    layer: Literal["decode", "stream", "detect", "app"]
    eve: tuple[str, ...]
    zeek: tuple[str, ...]
    description: Mapping[str, str]


@cache
def load_anomalies() -> Mapping[str, Anomaly]:
    """All anomalies by name, read once."""
    text = files(__package__).joinpath("anomalies.yaml").read_text(encoding="utf-8")
    return {
        name: Anomaly(
            name=name,
            layer=entry["layer"],
            eve=tuple(entry["eve"]),
            zeek=tuple(entry["zeek"]),
            description={"en": entry["en"], "vi": entry["vi"]},
        )
        for name, entry in yaml.safe_load(text).items()
    }
