"""Zeek's logs read, and rows compared as multisets."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.conformance.zeek import suite
from tests.conformance.zeek.baseline import Cell, Log, cell, logs, typed
from tests.conformance.zeek.comparison import agrees, differing, pair
from tests.conformance.zeek.registry import Among, IfTold, Row, Value, makers

FULL = """#separator \\x09
#fields\tts\tuid\tid.orig_h\tid.orig_p\tproto\tduration\tlocal_orig\tservice\tips
#types\ttime\tstring\taddr\tport\tenum\tinterval\tbool\tset[string]\tvector[addr]
XXXXXXXXXX.XXXXXX\tC1\t10.0.0.1\t53\tudp\t0.5\tT\tdns,ssl\t-
#close
"""
CUT = "id.orig_h\tid.orig_p\tservice\n10.0.0.1\t53\t(empty)\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for place, text in (
        ("a.pcap/core.x/conn.log", FULL),
        ("a.pcap/scripts.base.protocols.y/manager.conn.log.cut", CUT),
        ("a.pcap/core.z/conn.log", "10.0.0.1\t53\n"),
        ("a.pcap/core.z/weird.log", FULL),
        ("a.pcap/scripts.policy.y/conn.log", FULL),
    ):
        path = tmp_path / "_baseline" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_logs_of_ours_that_name_their_columns_are_found(root: Path) -> None:
    found, _ = logs(root)
    assert [(log.capture, log.test, log.name) for log in found] == [
        ("a.pcap", "core.x", "conn"),
        ("a.pcap", "scripts.base.protocols.y", "conn"),
    ]


def test_types_of_a_full_log_serve_the_cut_one(root: Path) -> None:
    found, types = logs(root)
    [whole], [cut] = (list(typed(log, types)) for log in found)
    assert "ts" not in whole
    assert (whole["id.orig_p"], whole["duration"], whole["service"]) == (53, 0.5, frozenset({"dns", "ssl"}))
    assert cut == {"id.orig_h": "10.0.0.1", "id.orig_p": 53, "service": frozenset()}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("-", "string", None),
        ("-", "count", None),
        ("(empty)", "vector[string]", ()),
        ("(empty)", "string", ""),
        ("a,b", "vector[string]", ("a", "b")),
        ("a\\x2cb,c", "vector[string]", ("a,b", "c")),
        ("T", "bool", True),
        ("7", "port", 7),
        ("1.5", "interval", 1.5),
        ("caf\\xc3\\xa9", "string", "café"),
        ("\\xff\\xfe", "string", "\\xff\\xfe"),
        ("a\\\\b", "string", "a\\b"),
    ],
)
def test_a_value_is_read_by_its_type(text: str, kind: str, value: Cell) -> None:
    assert cell(text, kind) == value


@pytest.mark.parametrize(
    ("expected", "ours"),
    [
        (None, None),
        (0.1, 0.1009),
        (5.0, 5),
        (True, True),
        (frozenset({"a", "b"}), ["b", "a"]),
        (("1.000000", "2.5"), [1.0, 2.5]),
        ("ftp,ssl", Among("ftp")),
        (None, Among(None)),
        ("redis", Among(None, frozenset({"redis"}))),
        (None, IfTold("abc")),
        ("abc", IfTold("abc")),
    ],
)
def test_values_agree(expected: Cell, ours: Value) -> None:
    assert agrees(expected, ours)


@pytest.mark.parametrize(
    ("expected", "ours"),
    [
        (None, ""),
        ("x", None),
        (0.1, 0.1021),
        (1, True),
        (5, 6),
        (("a", "b"), ["b", "a"]),
        (("a",), "a"),
        ("ftp,ssl", Among("smtp")),
        ("ftp", Among(None)),
        ("ftp,redis", Among(None, frozenset({"redis"}))),
        (None, Among("ftp")),
        ("abc", IfTold(None)),
    ],
)
def test_values_disagree(expected: Cell, ours: Value) -> None:
    assert not agrees(expected, ours)


def test_only_columns_that_both_have_are_compared_and_ids_never() -> None:
    ours: Row = {"proto": "udp", "uid": "C9", "more": 1}
    assert differing({"proto": "udp", "uid": "C1", "less": 2}, ours) == []
    assert differing({"proto": "tcp"}, ours) == ["proto"]


def test_rows_are_a_multiset() -> None:
    expected = [{"a": 1}, {"a": 1}, {"a": 2}]
    missing, extra = pair(expected, [{"a": 1}, {"a": 2}, {"a": 2}])
    assert list(missing) == [{"a": 1}]
    assert extra == [{"a": 2}]


def test_every_log_has_at_most_one_maker_and_the_first_ones_are_there() -> None:
    assert {"conn", "dns", "http", "ssl", "x509", "files", "ssh", "tunnel"} <= makers().keys()


def test_an_exception_may_be_narrowed_to_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [{"place": "a.pcap/*/conn.log", "rows": {"id.orig_p": ["1", "2"]}, "reason": "because"}]
    monkeypatch.setattr(suite, "exceptions", lambda: listed)
    log = Log(capture="a.pcap", test="core.x", file="conn.log", columns=(), rows=())
    assert suite.excepted(log, {"id.orig_p": "2"}) == "because"
    assert suite.excepted(log, {"id.orig_p": "3"}) is None
    assert suite.excepted(log, {}) is None


@pytest.mark.parametrize("entry", suite.exceptions(), ids=lambda entry: str(entry["place"]))
def test_every_exception_names_a_log_of_the_data_and_a_reason(entry: dict[str, object], test_data: Path) -> None:
    found, _ = logs(test_data / "pcap" / "zeek")
    assert any(fnmatchcase(log.place, str(entry["place"])) for log in found)
    assert str(entry["reason"]).strip()
