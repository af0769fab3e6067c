"""Every modifier against every shape of a value: the table of what Sigma means, in both evaluators (detection design, 1 and 2).

The expected truths are written by hand from the specification and the design's tables, one column a shape:
a hit, a near miss, null, missing, a number, a list with the hit, nested under an object, and Vietnamese text.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from khien_engine.detect import Ruleset

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import RuleSet, compile_documents
from correlator.compiler.settings import Settings, offsets_of
from correlator.reference import evaluate, read_event

RULE = """
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {product: khien, service: host.auth}
detection:
  selection:
SELECTION
  condition: selection
"""
MISSING = object()
SETTINGS = Settings(
    placeholders={"who": ("admin", "quản trị*")},
    offsets={"hanoi": offsets_of("Asia/Ho_Chi_Minh"), "berlin": offsets_of("Europe/Berlin")},
)


def compiled(selection: str, *, pack: str = "") -> RuleSet:
    text = RULE.replace("SELECTION", "\n".join(f"    {line}" for line in selection.splitlines()))
    documents = parse_documents(text, shown_as="x.yml")
    for document in documents:
        object.__setattr__(document, "pack", pack)
    found = compile_documents(documents, settings=SETTINGS)
    assert found.rejections == ()
    return found


def verdict(rules: RuleSet, event: dict[str, Any]) -> bool:
    """What all three say: the index, the full scan and plain Python; they must not differ."""
    line = json.dumps({"event": {"dataset": "host.auth"}, **event}).encode() + b"\n"
    ruleset = Ruleset(rules.ir)
    said = {bool(ruleset.scan(line)), bool(ruleset.scan_fully(line)), evaluate(rules.plan.detections[0].program, read_event(line))}
    assert len(said) == 1, (event, said)
    return said.pop()


#: selection → (hit, near miss, number, Vietnamese hit), and what holds of: hit, near miss, null, missing, number, [near miss, hit],
#: nested {a: {f: hit}}, Vietnamese.
TABLE: list[tuple[str, tuple[Any, Any, Any, Any], str]] = [
    ("f: Đăng Nhập", ("đăng nhập", "dang nhap", 5, "ĐĂNG NHẬP"), "yn-- nyny"),
    ("f: 4624", (4624, 4625, 4624.0, "4624"), "yn--yyny"),
    ("f: '4624'", ("4624", "46240", 4624, "bốn"), "yn--yynn"),
    ("f: 9007199254740993", (9007199254740993, 9007199254740992, "9007199254740993", "x"), "yn--yynn"),
    ("f: true", (True, False, 1, "TRUE"), "yn--nyny"),
    ("f: 0.1", (0.1, 0.10001, "0.10", "x"), "yn--yynn"),
    ("f: 'a*c?'", ("abbcd", "abbc", 5, "AẾCỀ"), "yn--nyny"),
    (r"f: 'a\*'", ("a*", "ab", 5, "A*"), "yn--nyny"),
    ("f: '*'", ("x", MISSING, 5, "ế"), "yn--yyny"),
    ("f: ''", ("", " ", 0, "ế"), "yn--nynn"),
    ("f: null", (None, "x", 0, "ế"), "ynyynnyn"),
    ("f|contains: Nhập", ("đăng nhập sai", "đăng nhâp", 5, "NHẬP"), "yn--nyny"),
    ("f|contains: '62'", ("a62b", "6 2", 4624, "ế"), "yn--yynn"),
    ("f|startswith: Đà", ("đà nẵng", "da nang", 5, "ĐÀ"), "yn--nyny"),
    ("f|endswith: '.exe'", ("a.EXE", "a.exe ", 5, "tệp.exe"), "yn--nyny"),
    ("f|contains|all: [a, b]", ("xbxa", "xb", 5, "ếAB"), "yn--nyny"),
    ("f|cased: Ab", ("Ab", "ab", 5, "ẤB"), "yn--nynn"),
    ("f|cased|contains: Ế", ("xẾx", "xếx", 5, "Ế"), "yn--nyny"),
    ("f|contains|cased: Ế", ("xẾx", "xếx", 5, "Ế"), "yn--nyny"),
    ("f|re: '^a\\d+$'", ("a12", "A12", 5, "a１２"), "yn--nynn"),
    ("f|re|i: '^a\\d+$'", ("A12\n", "A12\n\n", 5, "ă12"), "yn--nynn"),
    ("f|re|i: 'Đ.N'", ("xđâny", "xdany", 5, "ĐẾN"), "yn--nyny"),
    ("f|re|s: 'a.b'", ("a\nb", "ab", 5, "aếb"), "yn--nyny"),
    ("f|re|m: '^b$'", ("a\nb\nc", "abc", 5, "ế\nb"), "yn--nyny"),
    ("f|re: '[45]$'", ("4", "6", 4624, "ế5"), "yn--yyny"),
    ("f|cidr: 10.1.0.0/16", ("10.1.2.3", "10.2.2.3", 5, "::ffff:10.1.2.3"), "yn--nyny"),
    ("f|cidr: 10.1.2.3", ("10.1.2.3", "10.1.2.4", 5, "10.1.2.3/32"), "yn--nynn"),
    ("f|cidr: 'fe80::/10'", ("fe80::1", "fd00::1", 5, "fe80::1%eth0"), "yn--nynn"),
    ("f|base64: /bin/", ("L2Jpbi8=", "L2Jpbi9", 5, "l2jPBI8="), "yn--nyny"),
    ("f|cased|base64: /bin/", ("L2Jpbi8=", "l2jpbi8=", 5, "x"), "yn--nynn"),
    # base64("Xế") begins with WOG6v; two bytes before it shift the bits: "  Xế" → ICBY4bq/.
    ("f|base64offset|contains: Xế", ("WOG6vw==", "WOG6u", 5, "ICBY4bq/"), "yn--nyny"),
    # UTF-16LE of "foo", as in the specification's example of `wide|base64offset|contains`.
    ("f|wide|base64offset|contains: foo", ("xxZgBvAG8Ax", "ZgBvAG4A", 5, "YAbwBvA"), "yn--nyny"),
    ("f|utf16le|base64|contains: ế", ("vx4=", "vx8=", 5, "VX4="), "yn--nyny"),
    ("f|utf16be|base64: ế", ("Hr8=", "Hr9=", 5, "hR8="), "yn--nyny"),
    ("f|utf16|base64: a", ("//5hAA==", "YQA=", 5, "//5HAA=="), "yn--nyny"),
    ("f|windash|contains: ' -enc'", ("x –ENC y", "x -en y", 5, "ế ―enc"), "yn--nyny"),
    ("f|windash: 'a-b'", ("a-b", "a/b", 5, "A-B"), "yn--nyny"),
    ("f|gt: 5", (6, 5, "5.0001", "sáu"), "yn--yynn"),
    ("f|gte: 5", ("5", 4.9999, 5, "năm"), "yn--yynn"),
    ("f|lt: 0", (-1, 0, "-0.5", "âm"), "yn--yynn"),
    ("f|lte: -1.5", (-1.5, -1.4, "-2", "âm"), "yn--yynn"),
    ("f|neq: x", ("y", "X", 5, "ế"), "ynyyynyy"),
    ("f|neq: [x, y]", ("z", "Y", 5, "ế"), "ynyyynyy"),
    ("f|exists: true", ("x", MISSING, 5, "ế"), "yny-yyny"),
    ("f|exists: false", (MISSING, "x", 5, "ế"), "yn-ynnyn"),
    ("f|hour: 9", ("2026-11-23T09:59:59.999Z", "2026-11-23T10:00:00Z", 9, "9 giờ"), "yn--nynn"),
    ("f|hour|gte: 22", ("2026-11-23 22:00:00.1", "2026-11-23T21:59:59Z", 22, "22 giờ"), "yn--nynn"),
    ("f|week: 53", ("2027-01-03T00:00:00Z", "2027-01-04T00:00:00Z", 53, "tuần"), "yn--nynn"),
    ("f|minute|lt: 5", ("2026-01-01T00:04:59+07:00", "2026-01-01T00:05:00Z", 1, "x"), "yn--nynn"),
    ("f|day: 29", ("2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", 29, "x"), "yn--nynn"),
    ("f|month: 12", ("2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z", 12, "x"), "yn--nynn"),
    ("f|year: 2026", ("2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", 2026, "x"), "yn--nynn"),
    ("f|fieldref: g", ("Đúng", "sai", 5, "ĐÚNG"), "yn--nyny"),
    ("f|fieldref|contains: g", ("rất đúng đấy", "sai", 5, "ĐÚNG!"), "yn--nyny"),
    ("f|fieldref|startswith: g", ("đúng đấy", "rất đúng", 5, "ĐÚNG!"), "yn--nyny"),
    ("f|fieldref|endswith: g", ("rất đúng", "đúng đấy", 5, "!ĐÚNG"), "yn--nyny"),
    ("f|fieldref|neq: g", ("sai", "đúng", 5, "ế"), "ynyyynyy"),
    ("f|expand: '%who%'", ("ADMIN", "admins", 5, "Quản trị viên"), "yn--nyny"),
    ("f|contains|expand: 'x%who%'", ("axadmin", "axadmi", 5, "xQUẢN TRỊ"), "yn--nyny"),
]


def shapes(values: tuple[Any, Any, Any, Any]) -> dict[str, dict[str, Any]]:
    hit, miss, number, vietnamese = values
    field = {"hit": hit, "near miss": miss, "null": None, "missing": MISSING, "number": number}
    events = {name: {} if value is MISSING else {"f": value} for name, value in field.items()}
    events["list"] = {"f": [value for value in (miss, hit) if value is not MISSING]}
    events["nested"] = {"a": {} if hit is MISSING else {"f": hit}}
    events["Vietnamese"] = {"f": vietnamese}
    return {name: {"g": "đúng", **event} for name, event in events.items()}


@pytest.mark.parametrize(("selection", "values", "truths"), TABLE, ids=[row[0] for row in TABLE])
def test_a_modifier_means_what_the_table_says(selection: str, values: tuple[Any, Any, Any, Any], truths: str) -> None:
    rules = compiled(selection)
    expected = truths.replace(" ", "").replace("-", "n")
    found = "".join("y" if verdict(rules, event) else "n" for event in shapes(values).values())
    assert found == expected


@pytest.mark.parametrize(
    ("pack", "time", "hour"),
    [
        ("", "2026-06-01T20:00:00Z", 20),
        ("hanoi", "2026-06-01T20:00:00Z", 3),
        ("hanoi", "2026-06-01T20:00:00+07:00", 20),
        ("berlin", "2026-06-01T20:00:00Z", 22),
        ("berlin", "2026-12-01T20:00:00Z", 21),
        # Summer time ends on 25 October 2026 at 01:00 UTC.
        ("berlin", "2026-10-25T00:59:59Z", 2),
        ("berlin", "2026-10-25T01:00:00Z", 2),
        ("berlin", "2026-10-25T02:00:00Z", 3),
    ],
)
def test_a_part_of_a_time_is_that_of_the_pack_s_zone(pack: str, time: str, hour: int) -> None:
    assert verdict(compiled(f"f|hour: {hour}", pack=pack), {"f": time})
    assert not verdict(compiled(f"f|hour: {(hour + 1) % 24}", pack=pack), {"f": time})


@pytest.mark.parametrize(
    ("written", "value", "holds"),
    [
        # Specification 2.1, escapes: one and two backslashes are one, three and four are two.
        (r"'\'", "\\", True),
        (r"'\\'", "\\", True),
        (r"'\\\'", "\\\\", True),
        (r"'\\\\'", "\\\\", True),
        (r"'\*'", "*", True),
        (r"'\*'", "x", False),
        (r"'\\*'", "\\x", True),
        (r"'\\\*'", "\\*", True),
        (r"'\\\*'", "\\x", False),
        (r"'C:\Windows\\*'", "C:\\Windows\\x", True),
        (r"'a?c'", "aếc", True),
        (r"'a?c'", "ac", False),
        (r"'a?c'", "a\nc", True),
        (r"'a*c'", "a\n\nc", True),
    ],
)
def test_backslashes_and_wildcards(written: str, value: str, holds: bool) -> None:  # noqa: FBT001
    assert verdict(compiled(f"f: {written}"), {"f": value}) is holds


def test_all_of_a_list_may_be_met_by_different_elements() -> None:
    rules = compiled("f|contains|all: [a, b]")
    assert verdict(rules, {"f": ["xa", "xb"]})
    assert not verdict(rules, {"f": ["xa", "xc"]})


@pytest.mark.parametrize(
    ("event", "truths"),
    # f: null, f: '', f: '*', exists: true, exists: false, neq: x
    [
        ({}, "ynnnyy"),
        ({"f": None}, "ynnyny"),
        ({"f": ""}, "nyyyny"),
        ({"f": []}, "ynnyny"),
        ({"f": ["a", None]}, "nnyyny"),
    ],
)
def test_what_counts_as_nothing(event: dict[str, Any], truths: str) -> None:
    selections = ("f: null", "f: ''", "f: '*'", "f|exists: true", "f|exists: false", "f|neq: x")
    assert "".join("y" if verdict(compiled(selection), event) else "n" for selection in selections) == truths


def test_two_missing_fields_are_not_the_same() -> None:
    assert not verdict(compiled("f|fieldref: h"), {})
    assert verdict(compiled("f|fieldref|neq: h"), {})


def test_url_values_are_looked_at_as_seen_and_decoded() -> None:
    rules = compiled("url.original|contains: '../'")
    assert verdict(rules, {"url": {"original": "/a/../b"}})
    assert verdict(rules, {"url": {"original": "/a/%2e%2E%2fb"}})
    assert not verdict(rules, {"url": {"original": "/a/%252e%252e%252fb"}})
    assert not verdict(rules, {"url": {"path": "/a/%2e%2e%2fb"}})
    assert verdict(compiled("url.original|contains: '%2e%2e'"), {"url": {"original": "/a/%2e%2e%2fb"}})
    assert verdict(compiled("url.query|re: 'ế=<'"), {"url": {"query": "%E1%BA%BF=%3c"}})
