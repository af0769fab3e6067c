"""YAML of the city is read with suspicion: what a document may not hold is refused by name before a tree is built of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from incident_api.coordination.documents import DOCUMENT_BYTES, DOCUMENT_DEPTH, document_of, parse_document, read_document
from khien.errors import KhienError


def refusal(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(KhienError) as caught:
        document_of(raw, name="severity.yaml")
    assert caught.value.code == "policy.unreadable"
    return str(caught.value)


def nested(depth: int) -> str:
    lists = depth - 2  # the mapping is the first level, the scalar the last
    return "a: " + "[" * lists + "b" + "]" * lists


def test_a_document_may_be_as_deep_as_the_bound_and_no_deeper() -> None:
    assert document_of(nested(DOCUMENT_DEPTH).encode(), name="x")
    assert f"nested deeper than {DOCUMENT_DEPTH}" in refusal(nested(DOCUMENT_DEPTH + 1))


def test_a_hundred_thousand_levels_are_refused_without_recursion() -> None:
    assert "nested deeper" in refusal("a: " + "[" * 100_000)


def test_an_alias_is_refused_before_it_multiplies() -> None:
    assert "aliases are not allowed" in refusal("a: &a [1]\nb: *a\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2\n", "`a` stands twice, line 2"),
        ("- a\n", "not a mapping"),
        ("", "not a mapping"),
        ("a: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
        ("a: [\n", "line 2"),
        ("a: \x00\n", "control characters are not allowed"),
    ],
)
def test_the_refusal_says_what_is_wrong(text: str, reason: str) -> None:
    assert reason in refusal(text)


def test_what_is_not_utf8_or_too_large_is_refused() -> None:
    assert "not UTF-8" in refusal(b"a: \xff\n")
    assert f"larger than {DOCUMENT_BYTES} bytes" in refusal("a: " + "b" * DOCUMENT_BYTES)


def test_a_date_stays_the_text_that_was_written() -> None:
    assert document_of(b"from: 2026-02-17\nis_open: yes\n", name="x") == {"from": "2026-02-17", "is_open": True}


def test_a_tree_knows_line_and_column() -> None:
    document, tree = parse_document("units:\n  - id: vp-ubnd\n    name: Văn phòng\n")
    assert document == {"units": [{"id": "vp-ubnd", "name": "Văn phòng"}]}
    assert isinstance(tree, yaml.MappingNode)
    (unit,) = tree.value[0][1].value
    assert [(value.start_mark.line, value.start_mark.column) for _key, value in unit.value] == [(1, 8), (2, 10)]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KhienError, match=r"severity\.yaml"):
        read_document(tmp_path / "severity.yaml")
