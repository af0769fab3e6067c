"""The meaning of a filter, on records made by hand."""

import pytest

from tests.conformance.suricata.filter import matches, value_at

RECORD = {
    "event_type": "dns",
    "pcap_cnt": 3,
    "dns": {"queries": [{"rrname": "a.vn"}, {"rrname": "b.vn"}], "rd": True, "empty": []},
    "tcp": {"tcp_flags": "1b", "one": 1, "half": 0.5},
    "list": [[1, 2], [3]],
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event_type", "dns"),
        ("dns.queries[1].rrname", "b.vn"),
        ("list[0][1]", 2),
        ("dns.queries[2].rrname", None),
        ("dns.nothing.at.all", None),
        ("event_type.deeper", None),
        ("dns.rd[0]", None),
    ],
)
def test_a_path_finds_its_value_or_null(key: str, value: object) -> None:
    assert value_at(RECORD, key) == value


@pytest.mark.parametrize(
    "match",
    [
        {"tcp.tcp_flags": "1b"},
        {"dns.rd": True},
        {"dns.queries": [{"rrname": "a.vn"}, {"rrname": "b.vn"}]},
        {"dns.missing": None},
        {"dns.queries.__len": 2},
        {"dns.queries__len": 2},
        {"tcp.tcp_flags__len": 2},
        {"dns.empty.__len": 0},
        {"dns.queries[0].rrname__startswith": "a."},
        {"dns.queries[0].rrname__endswith": ".vn"},
        {"dns.queries[0].rrname__find": ".v"},
        {"dns.queries[0].rrname__contains": "a"},
        {"list[0].__contains": 2},
        {"pcap_cnt__gt": 2, "pcap_cnt__lt": 4},
        {"pcap_cnt__gte": 3, "pcap_cnt__lte": 3},
        {"tcp.half__gt": 0},
        {"has-key": "dns.rd"},
        {"has-key": ["dns.rd", "dns.queries[1]"]},
        {"not-has-key": ["dns.ra", "dns.queries[2]"]},
    ],
)
def test_a_condition_holds(match: dict[str, object]) -> None:
    assert matches(RECORD, match)


@pytest.mark.parametrize(
    "match",
    [
        {"tcp.one": True},
        {"dns.rd": 1},
        {"pcap_cnt": "3"},
        {"pcap_cnt": 3.0},
        {"list": [[True, 2], [3]]},
        {"dns.queries": [{"rrname": "a.vn"}]},
        {"dns.queries[0]": {"rrname": "a.vn", "more": 1}},
        {"dns.queries.__len": 2.0},
        {"dns.missing.__len": 0},
        {"event_type__gt": "a"},
        {"dns.rd__gte": 0},
        {"dns.queries[0].rrname__startswith": 1},
        {"list[0].__contains": True},
        {"has-key": ["dns.rd", "dns.ra"]},
        {"not-has-key": ["dns.ra", "dns.rd"]},
        {"event_type": "dns", "pcap_cnt": 4},
    ],
)
def test_a_condition_does_not_hold(match: dict[str, object]) -> None:
    assert not matches(RECORD, match)
