"""The stamp of ingest: the engine and the plain Python oracle mean the same, and nobody can stamp himself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from khien_engine import EngineError
from khien_engine.detect import Inventory, stamp

from khien.event import LineRejected, check_line, encode, stamp_reference

NOW = "2026-11-10T02:00:05.000001Z"
DOCUMENT = json.dumps(
    {
        "version": "7",
        "networks": [
            {"cidr": "10.0.0.0/8", "asset": None, "unit": "so-tttt"},
            {"cidr": "10.1.0.0/16", "asset": "cổng-dịch-vụ", "unit": "vp"},
            {"cidr": "10.1.2.3/32", "asset": 'mail "1"', "unit": None},
            {"cidr": "2001:db8::/32", "asset": "v6", "unit": "vp"},
            {"cidr": "::/0", "asset": None, "unit": "outside"},
        ],
        "hosts": [
            {"name": "Cong-TT", "asset": "portal", "unit": "vp"},
            {"name": "cong-tt", "asset": "portal-2", "unit": "vp"},
            {"name": "x", "asset": None, "unit": "so-tttt"},
        ],
    }
).encode()


def line(**members: Any) -> bytes:
    event = {"@timestamp": "2026-11-10T02:00:00.123456Z", "event": {"kind": "event"}, **members, "khien": {"schema": 1}}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def stamped(lines: bytes, *, inventory: Inventory | None = None, first_seq: int = 1) -> tuple[bytes, int, list[tuple[int, str]]]:
    result = stamp(lines, sensor="hcm.gw1", epoch=3, first_seq=first_seq, dataset="live", ingested=NOW, inventory=inventory)
    return result.lines, result.count, result.rejected


def reference(lines: bytes, *, inventory: bytes | None = None, first_seq: int = 1) -> tuple[bytes, int, list[tuple[int, str]]]:
    result = stamp_reference(
        lines, sensor="hcm.gw1", epoch=3, first_seq=first_seq, dataset="live", ingested=NOW, inventory=inventory
    )
    return result.lines, result.count, result.rejected


def test_a_stamped_line_has_exactly_these_bytes() -> None:
    lines, count, rejected = stamped(line(source={"ip": "10.1.2.3"}), inventory=Inventory(DOCUMENT), first_seq=41)
    assert (count, rejected) == (1, [])
    assert lines.decode() == (
        '{"@timestamp":"2026-11-10T02:00:00.123456Z","event":{"id":"hcm.gw1-3-41","ingested":"2026-11-10T02:00:05.000001Z",'
        '"kind":"event"},"source":{"ip":"10.1.2.3"},"khien":{"schema":1,"dataset":"live","sensor":"hcm.gw1","epoch":3,"seq":41,'
        '"asset":["mail \\"1\\""]}}\n'
    )


def test_both_endpoints_give_their_assets_and_the_longest_prefix_wins() -> None:
    lines, _, _ = stamped(line(source={"ip": "10.1.9.9"}, destination={"ip": "10.2.0.1"}), inventory=Inventory(DOCUMENT))
    khien = json.loads(lines)["khien"]
    assert khien["asset"] == ["cổng-dịch-vụ"]
    assert khien["unit"] == ["vp", "so-tttt"]


def test_a_mapped_address_is_the_ipv4_one_and_never_meets_an_ipv6_default() -> None:
    lines, _, _ = stamped(line(source={"ip": "::ffff:10.2.0.1"}, destination={"ip": "8.8.8.8"}), inventory=Inventory(DOCUMENT))
    assert json.loads(lines)["khien"]["unit"] == ["so-tttt"]


def test_a_rejected_line_keeps_its_sequence_number() -> None:
    lines, count, rejected = stamped(line() + b"no\n" + line(), first_seq=10)
    assert [json.loads(each)["khien"]["seq"] for each in lines.splitlines()] == [10, 12]
    assert (count, rejected) == (2, [(1, "line_json")])


REFUSED = {
    "not json": (b"{]\n", "line_json"),
    "empty": (b"\n", "line_json"),
    "no newline": (line()[:-1], "line_frame"),
    "carriage return": (line()[:-1] + b"\r\n", "line_frame"),
    "not UTF-8": (line(a="x").replace(b'"x"', b'"\xff"'), "line_json"),
    "control character": (line(a="x").replace(b'"x"', b'"\x01"'), "line_json"),
    "lone surrogate": (line(a="x").replace(b'"x"', b'"\\ud800"'), "line_json"),
    "infinite number": (line(a=1).replace(b'"a":1', b'"a":1e999'), "line_json"),
    "constant": (line(a=1).replace(b'"a":1', b'"a":NaN'), "line_json"),
    "trailing text": (line()[:-1] + b"x\n", "line_json"),
    "an array": (b"[1]\n", "line_frame"),
    "depth 33": (line(a=1).replace(b'"a":1', b'"a":' + b"[" * 32 + b"]" * 32), "line_depth"),
    "too long": (line(a="x" * 65_536), "line_length"),
    "time without microseconds": (line().replace(b".123456", b""), "line_frame"),
    "impossible day": (line().replace(b"2026-11-10", b"2026-02-29"), "line_time"),
    "leap second": (line().replace(b"02:00:00", b"02:00:60"), "line_time"),
    "empty event": (line().replace(b'{"kind":"event"}', b"{}"), "line_frame"),
    "empty khien": (line().replace(b'{"schema":1}', b"{}"), "line_frame"),
    "khien not last": (line()[:-2] + b',"z":{"a":1}}\n', "line_frame"),
    "escaped khien": (line().replace(b'"khien"', b'"kh\\u0069en"'), "line_frame"),
    "own id": (line().replace(b'"kind"', b'"id":"x","kind"'), "line_frame"),
    "own id, escaped": (line().replace(b'"kind"', b'"\\u0069d":"x","kind"'), "line_frame"),
    "own ingested": (line().replace(b'"kind"', b'"ingested"'), "line_frame"),
    **{f"own {name}": (line().replace(b'"schema"', f'"{name}"'.encode()), "line_frame") for name in
       ("dataset", "sensor", "epoch", "seq", "asset", "unit")},
    "dotted sensor": (line(**{"khien.sensor": "x"}), "line_frame"),
    "dotted id": (line(**{"event.id": "x"}), "line_frame"),
    "second event": (line().replace(b',"khien"', b',"event":{"id":"x"},"khien"'), "line_duplicate"),
    "second timestamp, escaped": (line().replace(b',"khien"', b',"\\u0040timestamp":"x","khien"'), "line_duplicate"),
    "repeated member": (line().replace(b',"khien"', b',"a":{"b":1,"b":2},"khien"'), "line_duplicate"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_line_outside_the_frame_is_refused_with_its_code_by_both(name: str) -> None:
    refused, code = REFUSED[name]
    assert stamped(refused) == (b"", 0, [(0, code)])
    assert reference(refused) == (b"", 0, [(0, code)])


@pytest.mark.parametrize("count", [23, 24, 25, 400])
def test_a_repeated_name_is_found_among_any_number_of_names(count: int) -> None:
    names = {f"name{number}": number for number in range(count)}
    assert stamped(line(names=names))[1] == 1
    twice = line(names=names).replace(b'"name0":0', b'"name0":0,"nam\\u00650":1')
    assert stamped(twice)[2] == [(0, "line_duplicate")]


def test_the_longest_allowed_line_is_stamped() -> None:
    padding = 65_536 - len(line(a=""))
    assert stamped(line(a="x" * padding))[1] == 1
    assert stamped(line(a="x" * (padding + 1)))[2] == [(0, "line_length")]


def test_depth_32_is_still_an_event() -> None:
    deep = line(a=1).replace(b'"a":1', b'"a":' + b"[" * 31 + b"]" * 31)
    assert stamped(deep)[1] == reference(deep)[1] == 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sensor", {"sensor": 'a"b'}),
        ("sensor", {"sensor": "a-b"}),
        ("dataset", {"dataset": "import:"}),
        ("dataset", {"dataset": "Live"}),
        ("ingested", {"ingested": "2026-11-10"}),
        ("first_seq", {"first_seq": 0}),
        ("epoch", {"epoch": 2**63}),
    ],
)
def test_a_parameter_that_could_break_the_line_is_an_error(name: str, arguments: dict[str, Any]) -> None:
    good: dict[str, Any] = {"sensor": "s", "epoch": 1, "first_seq": 1, "dataset": "live", "ingested": NOW}
    with pytest.raises(EngineError) as caught:
        stamp(line(), **{**good, **arguments}, inventory=None)
    assert (caught.value.code, caught.value.params) == ("stamp.invalid_parameter", {"name": name})


def test_a_log_without_an_address_is_known_by_the_name_of_its_host() -> None:
    lines, _, _ = stamped(line(host={"hostname": "CONG-tt"}), inventory=Inventory(DOCUMENT))
    khien = json.loads(lines)["khien"]
    assert (khien["asset"], khien["unit"]) == (["portal", "portal-2"], ["vp"])


def test_a_host_that_nobody_registered_belongs_to_nobody() -> None:
    lines, _, _ = stamped(line(host={"hostname": "elsewhere"}), inventory=Inventory(DOCUMENT))
    assert "asset" not in json.loads(lines)["khien"]


@pytest.mark.parametrize(
    ("document", "code", "location"),
    [
        (b"[]", "inventory.invalid_document", None),
        (b'{"version":"1","networks":[{"cidr":"10.0.0.1/8"}]}', "inventory.invalid_network", "/networks/0/cidr"),
        (b'{"version":"1","networks":[{"cidr":"10.0.0.0/33"}]}', "inventory.invalid_network", "/networks/0/cidr"),
        (b'{"version":"1","networks":[{"cidr":"x"}]}', "inventory.invalid_network", "/networks/0/cidr"),
    ],
)
def test_a_broken_inventory_says_where(document: bytes, code: str, location: str | None) -> None:
    with pytest.raises(EngineError) as caught:
        Inventory(document)
    assert (caught.value.code, caught.value.location) == (code, location)


def test_encode_writes_the_frame_whatever_the_order() -> None:
    event = {"khien": {"schema": 1}, "source": {"ip": "10.0.0.1"}, "event": {"kind": "event"}, "@timestamp": NOW}
    assert encode(event) == (
        b'{"@timestamp":"2026-11-10T02:00:05.000001Z","event":{"kind":"event"},"source":{"ip":"10.0.0.1"},"khien":{"schema":1}}\n'
    )
    with pytest.raises(LineRejected, match="line_frame"):
        encode({**event, "khien": {"seq": 1}})


_ADDRESS = st.sampled_from(["10.1.2.3", "10.1.2.4", "10.9.9.9", "2001:db8::1", "fe80::1", "::ffff:10.1.2.3", "x", "10.0.0.01", ""])
_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
_VALUE = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('abk.é\n"\\', max_size=4), inner, max_size=3)
)
_EVENT = st.fixed_dictionaries(
    {},
    optional={
        "source": st.fixed_dictionaries({"ip": _ADDRESS | st.lists(_ADDRESS, max_size=3) | _SCALAR}) | _SCALAR,
        "destination": st.fixed_dictionaries({"ip": _ADDRESS, "port": st.integers(0, 65_535)}),
        "host": st.fixed_dictionaries({"hostname": st.sampled_from(["cong-tt", "CONG-TT", "x", "X", "İ", ""]) | _SCALAR}) | _SCALAR,
        "message": _VALUE,
        "khien.seq": _SCALAR,
        "labels": _VALUE,
    },
)
_EDIT = st.tuples(
    st.integers(0, 400),
    st.integers(0, 3),
    st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b"{", b"}", b",", b"[", b" ", b"\\u0000"]),
)
#: One fault may hide another, and which of these is met first is not part of the meaning.
_SAME_CLASS = {"line_json", "line_depth", "line_duplicate"}


def classed(result: tuple[bytes, int, list[tuple[int, str]]]) -> tuple[bytes, int, list[tuple[int, str]]]:
    lines, count, rejected = result
    return lines, count, [(index, "line_json" if code in _SAME_CLASS else code) for index, code in rejected]


@settings(max_examples=1_000, deadline=None)
@given(events=st.lists(st.tuples(_EVENT, st.none() | _EDIT, st.booleans()), max_size=4), first_seq=st.integers(1, 2**62))
def test_engine_and_reference_stamp_the_same_bytes(events: list[tuple[dict[str, Any], Any, bool]], first_seq: int) -> None:
    batch = b""
    for members, edit, is_ascii in events:
        one = line(**members)
        if is_ascii:
            one = json.dumps(json.loads(one), separators=(",", ":")).encode() + b"\n"
        if edit is not None:
            at, removed, inserted = edit
            one = one[:at] + inserted + one[at + removed :]
        batch += one
    engine = classed(stamped(batch, inventory=Inventory(DOCUMENT), first_seq=first_seq))
    assert engine == classed(reference(batch, inventory=DOCUMENT, first_seq=first_seq))
    for each in engine[0].splitlines():
        json.loads(each)


def test_the_reference_reads_back_what_a_producer_wrote() -> None:
    assert check_line(line(source={"ip": "10.0.0.1"}))["source"] == {"ip": "10.0.0.1"}
