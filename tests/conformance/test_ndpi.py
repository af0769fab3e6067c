"""nDPI's flow lines and flows found by their ends."""

from tests.conformance.ends import Counters, counted, ends_of
from tests.conformance.ndpi import parse, values_at

LINES = (
    "\t1\tTCP [2001:db8::1]:57089 <-> [2600:1901::7a0b::]:443 [VLAN: 4][proto: 91.126/TLS.Google][IP: 126/Google]"
    "[6 pkts/578 bytes <-> 4 pkts/2084 bytes][0.00 sec][Hostname/SNI: a.vn][0.0.0.0]\n"
    "\t2\tICMPV6 [::]:0 -> [ff02::16]:0 [proto: 102/ICMPV6][IP: 0/Unknown][2 pkts/180 bytes -> 0 pkts/0 bytes]\n"
    "\t3\tUDP 10.0.0.1:5 -> 10.0.0.2:2152 [proto: GTP:91/TLS][IP: 0/Unknown][1 pkts/9 bytes -> 0 pkts/0 bytes]\n"
    "\t1\t 192.168.1.13             \t 1      \n"
    "Undetected flows:\n"
)


def test_flow_lines_are_read_and_other_tables_are_not() -> None:
    tls, icmp, tunnelled = parse(LINES)
    assert (tls.number, tls.packets, tls.base, tls.hostname) == (1, 10, "TLS", "a.vn")
    assert tls.sent[1] == (("2600:1901:0:7a0b::", 443), 4, 2084)
    assert icmp.ends == ("ipv6-icmp", ("::", 0), ("ff02::16", 0))
    assert tunnelled.base == "TLS"


def test_records_between_the_same_ends_are_added_up_whoever_began() -> None:
    def record(source: tuple[str, int], destination: tuple[str, int]) -> dict[str, object]:
        return {
            "event": {"dataset": "network.flow", "action": "flow-end"},
            "network": {"transport": "udp"},
            "source": {"ip": source[0], "port": source[1], "packets": 2, "bytes": 20},
            "destination": {"ip": destination[0], "port": destination[1], "packets": 1, "bytes": 7},
        }

    one, other = ("10.0.0.1", 5), ("10.0.0.2", 53)
    found = counted([record(one, other), record(other, one)])
    assert list(found) == [ends_of(record(other, one))]
    expected = Counters()
    expected.add(one, packets=3, size=27)
    expected.add(other, packets=3, size=27)
    assert found["udp", one, other].is_same(expected)
    expected.add(other, packets=0, size=1)
    assert not found["udp", one, other].is_same(expected)


def test_values_are_found_through_lists() -> None:
    assert list(values_at({"a": [{"b": 1}, {"c": 2}, {"b": [3, 4]}]}, ["a", "b"])) == [1, 3, 4]
