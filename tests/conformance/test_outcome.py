"""The two forms of a report, and the floor."""

from tests.conformance.floor import fallen
from tests.conformance.outcome import Check, Report


def report() -> Report:
    made = Report(suite="some")
    made.extend(
        [
            Check(name="b#1", kind="dns", passed=True, strict=True),
            Check(name="b#2", kind="dns", passed=True, strict=False),
            Check(name="a#1", kind="tls", passed=False, strict=False),
        ]
    )
    made.unsupported["alert"].extend(["c#2", "c#1"])
    return made


def test_the_document_has_the_agreed_members() -> None:
    assert report().document() == {
        "suite": "some",
        "checks": 3,
        "passed": 2,
        "passed_strict": 1,
        "by_type": {"dns": [2, 2], "tls": [0, 1]},
        "failed": ["a#1"],
        "unsupported": {"alert": ["c#1", "c#2"]},
    }


def test_the_table_has_a_line_for_each_kind_and_what_is_not_ours() -> None:
    lines = [line.split() for line in report().table().splitlines()]
    assert ["dns", "2", "1", "2", "100.0", "%"] in lines
    assert ["all", "2", "1", "3", "66.7", "%"] in lines
    assert ["2", "alert"] in lines


def test_a_kind_falls_when_fewer_pass_or_more_fail() -> None:
    assert fallen(report(), {"dns": [2, 2], "tls": [0, 1]}) == {}
    assert fallen(report(), {"dns": [1, 2], "tls": [0, 2]}) == {}, "better than recorded"
    assert fallen(report(), {"dns": [9, 9]}) == {"dns": "dns: 2 of 2 pass, 9 of 9 did"}, "seven checks left the suite"
    assert fallen(report(), {"tls": [0, 0]}) == {"tls": "tls: 0 of 1 pass, 0 of 0 did"}, "a new check that fails"
    assert fallen(report(), {"tls": [1, 1], "gone": [1, 1]}) == {
        "tls": "tls: 0 of 1 pass, 1 of 1 did",
        "gone": "gone: 0 of 1 pass, 1 of 1 did",
    }
