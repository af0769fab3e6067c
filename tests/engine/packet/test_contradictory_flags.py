"""A segment that opens a connection and ends it at once opens nothing."""

from pathlib import Path

from tests.engine.packet.reading import read


def test_a_syn_with_fin_names_no_originator(captures: Path) -> None:
    """The capture begins with such a segment from port 502; Zeek's baseline has the other end as the originator."""
    [flow] = read(str(captures / "zeek/modbus/fuzz-72.pcap")).events("network.flow")
    assert (flow["source"]["ip"], flow["source"]["port"], flow["destination"]["port"]) == ("192.168.66.235", 2582, 502)
    assert flow["khien"]["flow"]["direction_source"] != "handshake"
    assert "q" in flow["khien"]["flow"]["history"]
