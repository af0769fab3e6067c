"""Compiled rules are kept by content: the result is the same with and without, and a damaged cache is none at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import pytest

from correlator import plan_document
from correlator.compiler import cache as cache_module
from correlator.compiler import detection_rule, ruleset
from correlator.compiler.cache import RuleCache
from correlator.compiler.documents import Document
from correlator.compiler.ruleset import RuleSet, compile_folders

RULE = """title: Rule {n}
id: 11111111-1111-4111-8111-1111111111{n:02d}
name: rule_{n}
logsource: {{product: windows, category: process_creation}}
detection:
  selection: {{Image|endswith: '\\\\tool{n}.exe', CommandLine|expand: '%who%'}}
  condition: selection
level: high
"""
FILTER = """title: Not the scanner
id: 55555555-5555-4555-8555-555555555555
logsource: {product: windows, category: process_creation}
filter:
  rules: [rule_1]
  selection: {User|contains: SCANNER}
  condition: not selection
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.yml").write_text(RULE.format(n=number))
    (folder / "broken.yml").write_text(RULE.format(n=90).replace("condition: selection", "condition: elsewhere"))
    (folder / "off.yml").write_text(RULE.format(n=91) + "status: deprecated\n")
    (folder / "site.yml").write_text("placeholders: {who: [admin]}")
    return folder


def same(left: RuleSet, right: RuleSet) -> bool:
    return (
        left.ir == right.ir
        and left.plan == right.plan
        and plan_document.dumps(left.plan) == plan_document.dumps(right.plan)
        and (left.documents, left.disabled, left.rejections, left.unmapped_fields, left.filters, left.unused_filters)
        == (right.documents, right.disabled, right.rejections, right.unmapped_fields, right.filters, right.unused_filters)
    )


def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose rules are really compiled from here on."""
    seen: list[str] = []
    genuine = detection_rule.compile_detection

    def noted(document: Document, **more: Any) -> detection_rule.CompiledDetection:
        seen.append(document.path)
        return genuine(document, **more)

    monkeypatch.setattr(ruleset, "compile_detection", noted)
    return seen


def test_the_second_time_nothing_is_compiled_and_the_bytes_are_the_same(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = compile_folders([rules])
    first = compile_folders([rules], cache=tmp_path / "c" / "rules.cache")
    seen = compiles(monkeypatch)
    second = compile_folders([rules], cache=tmp_path / "c" / "rules.cache")
    assert seen == []
    assert same(cold, first)
    assert same(first, second)
    assert second.rejected() == {"condition-invalid": 1}
    assert second.disabled == 1


@pytest.mark.parametrize("change", ["rule", "site", "filter"])
def test_only_what_a_change_touches_is_compiled_again(
    change: str, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "rules.cache"
    compile_folders([rules], cache=cache)
    match change:
        case "rule":
            (rules / "3.yml").write_text(RULE.format(n=3).replace("tool3", "tool33"))
        case "site":
            (rules / "site.yml").write_text("placeholders: {who: [admin, root]}")
        case _:
            (rules / "filter.yml").write_text(FILTER)
    seen = compiles(monkeypatch)
    found = compile_folders([rules], cache=cache)
    assert (
        sorted(seen)
        == {
            "rule": ["3.yml"],
            "site": [*(f"{number}.yml" for number in range(6)), "broken.yml"],
            "filter": ["1.yml"],
        }[change]
    )
    assert same(found, compile_folders([rules]))


@pytest.mark.parametrize("damage", ["cut", "zeros", "not a database", "bytes in the middle", "a folder", "another database"])
def test_a_damaged_cache_is_the_same_as_none(damage: str, rules: Path, tmp_path: Path) -> None:
    cache = tmp_path / "rules.cache"
    good = compile_folders([rules], cache=cache)
    data = cache.read_bytes()
    match damage:
        case "cut":
            cache.write_bytes(data[: len(data) // 2])
        case "zeros":
            cache.write_bytes(bytes(len(data)))
        case "not a database":
            cache.write_bytes(b"hello" * 1_000)
        case "bytes in the middle":
            places = range(4_096, len(data), 997)
            cache.write_bytes(bytes(byte ^ 0x55 if place in places else byte for place, byte in enumerate(data)))
        case "a folder":
            cache.unlink()
            cache.mkdir()
        case _:
            cache.unlink()
            other = apsw.Connection(str(cache))
            other.execute("create table mine (x)")
            other.close()
    assert same(compile_folders([rules], cache=cache), good)
    assert same(compile_folders([rules], cache=cache), good)


def test_an_entry_that_was_changed_is_not_believed(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "rules.cache"
    good = compile_folders([rules], cache=cache)
    connection = apsw.Connection(str(cache))
    for key, body in list(connection.execute("select key, body from entry")):
        connection.execute("update entry set body = ? where key = ?", (body.replace(b"tool2", b"tool7"), key))
    connection.close()
    seen = compiles(monkeypatch)
    assert same(compile_folders([rules], cache=cache), good)
    assert seen == ["2.yml"]


def test_the_cache_stays_within_its_bound_and_keeps_what_is_used(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "rules.cache"
    monkeypatch.setattr(cache_module, "LARGEST_BYTES", 8_000)
    for tool in range(20):
        (rules / "3.yml").write_text(RULE.format(n=3).replace("tool3", f"tool{tool:03}"))
        compile_folders([rules], cache=cache)
    connection = apsw.Connection(str(cache))
    ((size,),) = list(connection.execute("select sum(length(body)) from entry"))
    assert 0 < int(str(size)) <= 8_000
    with RuleCache(cache) as kept:
        assert kept.get(b"nothing of the kind") is None


@pytest.mark.timeout(180)
def test_the_public_corpus_gives_the_same_bytes_cold_and_cached(test_data: Path, tmp_path: Path) -> None:
    folders = [test_data / "sigma" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    cold = compile_folders(folders, cache=tmp_path / "rules.cache")
    assert same(compile_folders(folders, cache=tmp_path / "rules.cache"), cold)
