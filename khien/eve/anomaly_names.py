"""What other engines call our anomalies: `khien/schema/anomalies.yaml`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class AnomalyNames:
    """One of our anomalies: its layer, Suricata's events and Zeek's weird names for the same thing."""

    layer: str
    eve: tuple[str, ...] = ()
    zeek: tuple[str, ...] = ()


@cache
def anomaly_names() -> dict[str, AnomalyNames]:
    """All anomalies by our name."""
    table = files("khien.schema").joinpath("anomalies.yaml")
    if not table.is_file():
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(table.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
    entries: dict[str, object] = document.get("anomalies", document)
    return {
        name: AnomalyNames(layer=str(entry["layer"]), eve=_names(entry.get("eve")), zeek=_names(entry.get("zeek")))
        for name, entry in entries.items()
        if isinstance(entry, dict)
    }


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()
