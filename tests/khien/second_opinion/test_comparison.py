"""The comparison: what counts as the same, what as a difference, and that the table names what exists on both sides."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from khien.second_opinion import Difference, comparison
from khien.second_opinion.asking import Hearing, Seen
from khien.second_opinion.table import load_fields
from tests.conftest import ROOT, unavailable
from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame

_BACK = ("udp", "10.0.0.53", 53, "10.0.0.1", 40_000)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "one.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("A.example", 0x1234)))]))
    return path


def _answering(monkeypatch: pytest.MonkeyPatch, *packets: Seen, stopped: str | None = None) -> None:
    def ask(_path: Path, *, hearing: Hearing, **_given: Any) -> Iterator[Seen]:
        hearing.held = {"unprivileged": True}
        for seen in packets:
            hearing.packets += 1
            hearing.last_packet = seen.number
            yield seen
        hearing.stopped = stopped

    monkeypatch.setattr(comparison, "ask", ask)


def _by_name(compared: comparison.Comparison) -> dict[tuple[str, str], Difference]:
    return {(row.protocol, row.field): row for row in compared.differences}


def test_the_same_said_in_two_ways_is_no_difference(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = (("dns", "dns.id", "0x1234"), ("dns", "dns.qry.name", "a.EXAMPLE"))
    _answering(monkeypatch, Seen(number=1, keys=(_BACK,), values=values))
    rows = _by_name(comparison.compare(capture))
    for name in (("dns", "id"), ("dns", "query"), ("udp", "packets")):
        assert (rows[name].same, rows[name].only_ours, rows[name].only_theirs) == (1, 0, 0), name


def test_a_difference_names_both_sides_with_an_example_each(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answering(monkeypatch, Seen(number=1, keys=(_BACK, _BACK), values=(("dns", "dns.qry.name", "b.example"),)))
    rows = _by_name(comparison.compare(capture))
    query = rows["dns", "query"]
    assert (query.same, query.only_ours, query.only_theirs) == (0, 1, 1)
    assert (query.ours[0].value, query.ours[0].packet) == ("a.example", 1)
    assert query.theirs[0].value == "b.example"
    assert query.ours[0].key == query.theirs[0].key == ("udp", "10.0.0.1", 40_000, "10.0.0.53", 53)
    assert [example.value for example in rows["udp", "packets"].theirs] == ["2"]


def test_a_field_in_a_layer_of_another_protocol_does_not_count(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answering(monkeypatch, Seen(number=1, keys=(_BACK,), values=(("http", "dns.qry.name", "b.example"),)))
    assert _by_name(comparison.compare(capture))["dns", "query"].only_theirs == 0


def test_when_tshark_stops_only_what_came_before_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "two.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example"))), (2.0, udp_frame(dns_query("b.example", 2)))]))
    _answering(monkeypatch, Seen(number=1, keys=(_BACK,), values=(("dns", "dns.qry.name", "a.example"),)), stopped="late")
    compared = comparison.compare(path)
    rows = _by_name(compared)
    assert compared.stopped == "late"
    assert (rows["dns", "query"].same, rows["dns", "query"].only_ours) == (1, 0)
    assert ("udp", "packets") not in rows


def test_fewer_packets_without_a_word_is_a_stop(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answering(monkeypatch)
    assert comparison.compare(capture).stopped == "early"


def test_passwords_are_compared_and_shown_only_on_request(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answering(monkeypatch, Seen(number=1, keys=(_BACK,), values=(("ftp", "ftp.request.arg", "hunter2"),)))
    hidden = _by_name(comparison.compare(capture))["ftp", "argument"]
    assert [example.value for example in hidden.theirs] == ["***"]
    shown = _by_name(comparison.compare(capture, show_secrets=True))["ftp", "argument"]
    assert [example.value for example in shown.theirs] == ["hunter2"]


def test_our_side_of_the_table_names_fields_of_the_events() -> None:
    folder = ROOT / "engine" / "packet" / "fields"
    common = yaml.safe_load((folder / "common.yaml").read_text(encoding="utf-8"))
    for field in load_fields():
        known: set[str] = set(common)
        for dataset in field.datasets:
            known |= set(yaml.safe_load((folder / f"{dataset.removeprefix('network.')}.yaml").read_text(encoding="utf-8")))
        for path in field.ours:
            plain = re.sub(r"\[[^\]]*\]", "[]", path)
            exists = any(name.startswith(plain.removesuffix("*")) for name in known) if path.endswith("*") else plain in known
            assert exists, f"{field.protocol} {field.name}: {path}"


def test_their_side_of_the_table_names_fields_of_tshark() -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        unavailable("tshark", "tshark is not installed")
    listed = subprocess.run([tshark, "-G", "fields"], capture_output=True, check=True, text=True, errors="replace").stdout
    known = {columns[2] for columns in (line.split("\t") for line in listed.splitlines()) if columns[0] == "F"}
    assert {name for field in load_fields() for name in field.theirs} - known == set()
