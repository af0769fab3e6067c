"""Rule files are hostile until read: limits hold before anything is built."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from correlator.compiler.documents import parse_documents, read_documents
from correlator.compiler.rejection import Reason, RejectedDocumentError


def refused(text: str) -> RejectedDocumentError:
    with pytest.raises(RejectedDocumentError) as caught:
        parse_documents(text, shown_as="x.yml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "detail"),
    [
        ("a: &x 1\nb: *x\n", "x.yml:2:4", "aliases"),
        ("a: [\n", "x.yml:2:1", "expected"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "x.yml:4:3", "`c` is given twice"),
        ("a: !!python/object/apply:os.system ['x']\n", "x.yml:1:4", "is not used in rules"),
        ("- 1\n", "x.yml:1", "map"),
        ("? [a]\n: 1\n", "x.yml:1:3", "unhashable"),
        ("1: a\n", "x.yml:1", "text keys"),
        ("a: 2020-99-99\n", "x.yml:1:4", "`2020-99-99` looks like a date and is none"),
        ("a: 10:20:30\n", "x.yml:1:4", "`10:20:30` is a number to the base of 60"),
        (f"a: 1{'0' * 5_000}\n", "x.yml:1:4", "a number of more than 400 digits"),
        ('ế: 1\na: "\x01"\n', "x.yml:2", "the control character U+0001"),
        ("a: \x00\n", "x.yml:1", "control"),
        ("action: sing\n", "x.yml:1", "sing"),
    ],
)
def test_a_file_that_is_no_rule_file_is_named_with_its_line(text: str, place: str, detail: str) -> None:
    error = refused(text)
    assert error.location == place
    assert detail in error.detail


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "".join(f"k{number}: 1\n" for number in range(1_000_000)), "a: " + "{x: " * 200 + "1"]
)
def test_depth_and_size_are_refused_within_100_ms_of_work(text: str) -> None:
    begin = time.process_time()
    assert refused(text).reason is Reason.YAML
    assert time.process_time() - begin < 0.5  # the bound is 100 ms on a quiet machine


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yml"
    path.write_bytes(b"#" * (3 << 20))
    with pytest.raises(RejectedDocumentError, match="more than"):
        read_documents(path)


def test_global_parts_go_into_later_detection_documents_only_until_a_reset() -> None:
    text = """
action: global
level: high
detection: {condition: selection}
---
title: one
detection: {selection: {a: 1}}
---
title: counted
correlation: {type: event_count}
---
action: reset
---
title: two
detection: {selection: {a: 2}}
---
action: repeat
title: three
"""
    found = [document.content for document in parse_documents(text, shown_as="x.yml")]
    assert found == [
        {"title": "one", "level": "high", "detection": {"condition": "selection", "selection": {"a": 1}}},
        {"title": "counted", "correlation": {"type": "event_count"}},
        {"title": "two", "detection": {"selection": {"a": 2}}},
        {"title": "three", "detection": {"selection": {"a": 2}}},
    ]


def test_the_line_of_a_key_is_known() -> None:
    (document,) = parse_documents("title: x\nkhien:\n  triage:\n    en: [a]\n", shown_as="x.yml")
    assert document.at("khien", "triage", "en") == "x.yml:4"
    assert document.at("khien", "triage", "absent") == "x.yml:3"
