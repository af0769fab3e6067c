"""Whatever kind a value of a rule has, `check` ends, and every document has its verdict."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from correlator.compiler.documents import read_documents
from correlator.compiler.rejection import Reason, RejectedDocumentError, file_of
from correlator.compiler.shape import read_written
from correlator.lint.report import report
from tests.correlator.compiler.test_hostile_documents import DOCUMENTS, NEIGHBOUR

#: Each kind that YAML can make of a value.
KINDS: tuple[Any, ...] = (None, True, False, 0, 7, 1.5, "", "text", [], [None], [[1]], ["text"], {}, {"a": None}, {1: [2]})
#: What YAML makes of `off`, `1`, `1.5` and `~` where they are keys.
KEYS: tuple[Any, ...] = (False, 1, 1.5, None)
HEAD = "title: A rule\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: khien, service: host.auth}\nlevel: low\n"


def places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in entries:
        yield (*above, key)
        yield from places(inner, (*above, key))


def changed(content: dict[str, Any], place: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """The document with a value of each kind in this place, and with a key of each kind."""
    for value in KINDS:
        other, node = at(content, place)
        node[place[-1]] = copy.deepcopy(value)
        yield other
    for key in KEYS if len(place) > 1 and isinstance(place[-1], str) else ():
        other, node = at(content, place)
        node[key] = node.pop(place[-1])
        yield other


def at(content: dict[str, Any], place: tuple[Any, ...]) -> tuple[dict[str, Any], Any]:
    other = copy.deepcopy(content)
    node: Any = other
    for key in place[:-1]:
        node = node[key]
    return other, node


CASES = [(number, place) for number, one in enumerate([*DOCUMENTS, NEIGHBOUR]) for place in places(one.content)]


@pytest.mark.parametrize(("number", "place"), CASES, ids=[f"{number}: {'/'.join(map(str, place))}" for number, place in CASES])
def test_a_value_of_any_kind_gets_its_document_a_verdict_and_never_stops_the_check(
    number: int, place: tuple[Any, ...], tmp_path: Path
) -> None:
    changes = list(changed([*DOCUMENTS, NEIGHBOUR][number].content, place))
    for one, content in enumerate(changes):
        if place != ("id",):
            content["id"] = f"77777777-7777-4777-8777-{one:012d}"
        (tmp_path / f"{one}.yml").write_text(yaml.safe_dump(content))
    (tmp_path / "good.yml").write_text(yaml.safe_dump(NEIGHBOUR.content))
    found = report([tmp_path])
    rules = found.rules
    assert rules.documents == len(changes) + 1 == rules.compiled + rules.disabled + len(rules.rejections)
    assert all(one.sentence() and one.sentence("vi") and one.hint() for one in rules.rejections)
    assert max(Counter(file_of(one.location) for one in rules.rejections).values(), default=1) == 1


@pytest.mark.parametrize(
    ("text", "reason", "detail", "line"),
    [
        ("detection:\n  s: {a.b: x}\n  condition:\n", Reason.CONDITION_INVALID, "the condition is empty", 7),
        ("detection: {s: {a.b: x}, condition: s}\nfalsepositives: yes\n", Reason.SCHEMA, "`falsepositives` is a list of texts", 6),
        ("detection: {s: {a.b: x}, condition: s}\nreferences: [[a]]\n", Reason.SCHEMA, "`references` is a list of texts", 6),
        (
            "detection:\n  s: {a.b: x}\n  off: {a.b: x}\n  condition: s\n",
            Reason.SCHEMA,
            "`off` is bool in YAML, not a text: put it in quotes",
            7,
        ),
        ("detection: {s: {a.b: x}, condition: s}\nlevel2: x\nauthor: [x]\n", Reason.SCHEMA, "`author` is a text, not list", 7),
    ],
)
def test_an_attribute_of_the_wrong_kind_is_refused_where_it_stands(
    text: str, reason: Reason, detail: str, line: int, tmp_path: Path
) -> None:
    (tmp_path / "rule.yml").write_text(HEAD + text)
    (rejection,) = report([tmp_path]).rules.rejections
    assert (rejection.reason, rejection.detail, rejection.location) == (reason, detail, f"rule.yml:{line}")
    (document,) = read_documents(tmp_path / "rule.yml")
    with pytest.raises(RejectedDocumentError):
        read_written(document)


def test_a_refused_document_is_not_linted_by_readers_that_trust_its_kinds(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(f"{HEAD}detection: {{s: {{a.b|contains: ''}}, condition: s}}\nreferences: [[a]]\n")
    assert report([tmp_path]).findings == ()
