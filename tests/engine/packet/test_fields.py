"""The crate's table of fields against what it writes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml

from tests.engine.packet.conftest import ROOT
from tests.engine.packet.reading import read

TABLE: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "engine/packet/fields.yaml").read_text(encoding="utf-8"))
PYTHON_TYPES = {"long": int, "boolean": bool, "keyword": str, "ip": str, "date": str}
CAPTURES = (
    "suricata-verify/ja4-tls",
    "suricata-verify/ssh-hassh-reassembled",
    "suricata-verify/http-gap-simple",
    "suricata-verify/eve-flow-vlan-02",
    "suricata-verify/eve-flow-esp",
    "zeek/dns53.pcap",
    "zeek/icmp",
    "attacks/cve-2021-44228",
)


def members(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """The leaves of an event with their dotted names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from members(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{name}[]")
    else:
        yield name, value


def decoded(captures: Path) -> Iterator[dict[str, Any]]:
    for name in CAPTURES:
        place = captures / name
        for path in [place] if place.is_file() else sorted(place.glob("*.pcap")):
            for line in read(str(path)).lines.splitlines():
                yield orjson.loads(line)


def test_every_field_that_is_written_is_in_the_table_with_its_type(captures: Path) -> None:
    seen = set()
    for event in decoded(captures):
        dataset = event["event"]["dataset"]
        seen.add(dataset)
        known = TABLE["common"] | TABLE[dataset]
        for name, value in members(event):
            assert type(value) is PYTHON_TYPES[known[name]], (dataset, name, value)
    assert {"network.flow", "network.dns", "network.http", "network.tls", "network.ssh", "network.icmp"} <= seen


def test_nothing_that_ingest_stamps_is_in_the_table() -> None:
    names = {name for fields in TABLE.values() for name in fields}
    assert not names & {"event.id", "event.ingested", "khien.dataset", "khien.sensor", "khien.epoch", "khien.seq"}
