"""A test's filters: which are ours, what their arguments ask for, how they are judged."""

from pathlib import Path

import pytest

from tests.conformance.outcome import Report
from tests.conformance.suricata.arguments import chosen
from tests.conformance.suricata.case import Case, cases
from tests.conformance.suricata.suite import judge, ours


def write(folder: Path, text: str, rules: str = "") -> Case:
    """A test with a capture (empty: nothing reads it here)."""
    (folder / "test.yaml").write_text(text, encoding="utf-8")
    (folder / "input.pcap").touch()
    if rules:
        (folder / "test.rules").write_text(rules, encoding="utf-8")
    [case] = cases(folder.parent)
    return case


def one_filter(match: str, *, args: str = "", count: int = 1) -> str:
    return f"args: [{args!r}]\nchecks:\n- filter:\n    count: {count}\n    match: {match}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "some-test"
    made.mkdir()
    return made


_VERDICT = "a verdict changes the traffic"


@pytest.mark.parametrize(
    ("text", "rules", "reason"),
    [
        (one_filter("{event_type: alert}"), "", "alert"),
        (one_filter("{alert.signature_id: 1}"), "", "alert"),
        (one_filter("{event_type: drop}"), "", "drop"),
        (one_filter("{event_type: stats}"), "", "stats"),
        (one_filter("{event_type: pgsql}"), "", "later protocol: pgsql"),
        (one_filter("{pgsql.request.message: x}"), "", "later protocol: pgsql"),
        (one_filter("{dest_port: 1883}"), "", "counts any event on a port"),
        (one_filter("{event_type: flow, flow.alerted: true}"), "", "states a rule's outcome"),
        (
            one_filter("{event_type: http}", args="--simulate-ips"),
            "drop tcp any any -> any any (sid:1;)",
            "a verdict changes the traffic",
        ),
    ],
)
def test_is_not_ours_and_is_listed_by_name(folder: Path, text: str, rules: str, reason: str) -> None:
    report = Report(suite="x")
    assert ours(write(folder, text, rules), report) is None
    assert report.unsupported == {reason: ["some-test#0"]}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (one_filter("{event_type: flow, flow.alerted: false}"), ""),
        (one_filter("{event_type: fileinfo, fileinfo.stored: false}"), ""),
        (one_filter("{event_type: http}", args="--simulate-ips"), "# drop\nalert tcp any any -> any any (sid:1;)"),
        (one_filter("{smtp.helo: x}"), ""),
    ],
)
def test_is_ours(folder: Path, text: str, rules: str) -> None:
    assert ours(write(folder, text, rules), Report(suite="x")) is not None


def test_checks_that_are_no_filters_are_listed(folder: Path) -> None:
    report = Report(suite="x")
    ours(write(folder, "checks:\n- shell:\n    args: ls\n- stats:\n    a: 1\n"), report)
    assert report.unsupported == {"no filter: shell": ["some-test#0"], "no filter: stats": ["some-test#1"]}


def test_a_test_without_a_capture_is_listed(folder: Path) -> None:
    (folder / "test.yaml").write_text(one_filter("{event_type: dns}"), encoding="utf-8")
    report = Report(suite="x")
    assert [ours(case, report) for case in cases(folder.parent)] == [None]
    assert report.unsupported == {"no capture": ["some-test#0"]}


def test_times_in_a_match_stay_text(folder: Path) -> None:
    case = write(folder, one_filter("{event_type: flow, flow.start: 2017-06-08T15:45:58, a: 2017-06-08}"))
    assert case.filters[0].match["flow.start"] == "2017-06-08T15:45:58"
    assert case.filters[0].match["a"] == "2017-06-08"


def test_arguments_become_settings(folder: Path) -> None:
    args = "-k none --set stream.midstream=true --set stream.reassembly.depth=0 --set flow-timeouts.tcp.new=60"
    args += " --set app-layer.protocols.http.libhtp.default-config.response-body-limit=200kb --set vlan.use-for-tracking=false"
    settings = chosen(write(folder, one_filter("{event_type: dns}", args=args))).engine
    assert settings["checksums"] == "off"
    assert settings["midstream"] is True
    assert settings["vlan_in_key"] is False
    assert settings["tcp_new_timeout"] == 60
    assert 200 << 10 in settings.values()


def test_checksums_are_checked_where_a_test_asks_for_it(folder: Path) -> None:
    assert chosen(write(folder, one_filter("{event_type: dns}", args="-k all"))).engine["checksums"] == "on"


def test_a_silent_test_gets_what_suricata_does_by_default(folder: Path) -> None:
    settings = chosen(write(folder, "checks: []\n")).engine
    assert (settings["checksums"], settings["midstream"]) == ("off", False)


def test_a_count_must_be_exact(folder: Path) -> None:
    [filter_] = write(folder, one_filter("{event_type: dns}", count=2)).filters
    record = {"event_type": "dns", "pcap_cnt": 1}
    assert [judge(filter_, [record] * times).passed for times in (1, 2, 3)] == [False, True, False]


def test_a_packet_number_is_forgiven_in_a_column_of_its_own(folder: Path) -> None:
    [filter_] = write(folder, one_filter("{event_type: dns, pcap_cnt: 4}")).filters
    check = judge(filter_, [{"event_type": "dns", "pcap_cnt": 5}])
    assert (check.passed, check.strict) == (True, False)
    assert not judge(filter_, [{"event_type": "tls", "pcap_cnt": 4}]).passed


def test_a_filter_without_a_type_counts_for_the_object_it_looks_into(folder: Path) -> None:
    [filter_] = write(folder, one_filter("{'pop3.response.data[0]': x}")).filters
    assert filter_.kind == "pop3"


def test_gating_leaves_as_many_filters_as_the_design_counted(test_data: Path) -> None:
    report = Report(suite="x")
    found = list(cases(test_data / "pcap" / "suricata-verify"))
    left = [ours(case, report) for case in found]
    gated = sum(len(names) for reason, names in report.unsupported.items() if reason.startswith("requires "))
    assert (len(found), sum(len(case.filters) for case in found), gated) == (834, 2_959, 44)
    assert sum(len(case.filters) for case in left if case is not None) == 1_186
