"""What rules mean: the tables of the detection design, and the plain evaluator against the native one on random input."""

from __future__ import annotations

import json
import random
import unicodedata
from typing import Any

import pytest
from khien_engine import EngineError
from khien_engine.detect import Ruleset

from correlator import ir
from correlator.reference import evaluate, explain, read_event

MISSING = object()


def line(value: Any = MISSING, **more: Any) -> bytes:
    event: dict[str, Any] = {"event": {"dataset": "test"}, **more}
    if value is not MISSING:
        event["f"] = value
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def hits(program: ir.Node, text: bytes, *, datasets: tuple[str, ...] | None = None) -> bool:
    """The truth by the reference, after the native matcher gave the same with and without its index."""
    rule = ir.Rule("r", program, datasets)
    truth = evaluate(rule, read_event(text))
    ruleset = Ruleset(ir.dumps([rule]))
    expected = [(0, len(text), [0])] if truth else []
    assert ruleset.scan(text) == expected
    assert ruleset.scan_fully(text) == expected
    assert explain(rule, read_event(text)).truth == truth
    return truth


def text(*parts: str | int, cased: bool = False, field: str | None = "f") -> ir.Text:
    return ir.Text(field, parts, cased)


ANY = text(0)
EMPTY = text()
NULL = ir.Null("f")

#: Detection design, section 1: missing, null, "", [], ["a", null].
TABLE: dict[str, tuple[ir.Node, list[bool]]] = {
    "null": (NULL, [True, True, False, True, False]),
    "empty text": (EMPTY, [False, False, True, False, False]),
    "any text": (ANY, [False, False, True, False, True]),
    "exists": (ir.Exists("f", value=True), [False, True, True, True, True]),
    "not exists": (ir.Exists("f", value=False), [True, False, False, False, False]),
    "neq x": (ir.Not(text("x")), [True, True, True, True, True]),
}


@pytest.mark.parametrize("name", TABLE)
def test_absent_null_and_empty_values_mean_what_the_table_says(name: str) -> None:
    leaf, truths = TABLE[name]
    assert [hits(leaf, line(value)) for value in (MISSING, None, "", [], ["a", None])] == truths


HITS: list[tuple[str, ir.Node, Any, bool]] = [
    ("same text", text("Đăng nhập"), "ĐĂNG NHẬP", True),
    ("decomposed text", text("tiếng việt"), unicodedata.normalize("NFD", "TIẾNG Việt"), True),
    ("sharp s is not ss", text("strasse"), "straße", False),
    ("capital sharp s", text("straße"), "STRAẞE", True),
    ("final sigma", text("ΟΔΟΣ"), "οδος", True),
    ("cased hit", text(0, "Abc", 0, cased=True), "xAbcx", True),
    ("cased miss", text(0, "Abc", 0, cased=True), "xabcx", False),
    ("contains", text(0, "b", 0), "abc", True),
    ("contains miss", text(0, "d", 0), "abc", False),
    ("prefix", text("ab", 0), "abc", True),
    ("prefix miss", text("b", 0), "abc", False),
    ("suffix", text(0, "bc"), "abc", True),
    ("suffix miss", text(0, "b"), "abc", False),
    ("one character", text("a", 1, "c"), "aếc", True),
    ("one character is not none", text("a", 1, "c"), "ac", False),
    ("one character is not two", text("a", 1, "c"), "abbc", False),
    ("newline in a run", text("a", 0, "c"), "a\n\nc", True),
    ("one character may be a newline", text("a", 1, "c"), "a\nc", True),
    ("two runs in order", text("a", 0, "b", 0, "c"), "a-b-c", True),
    ("two runs out of order", text("a", 0, "c", 0, "b"), "a-b-c", False),
    ("ends may not overlap", text("aba", 0, "aba"), "ababa", False),
    ("ends side by side", text("aba", 0, "aba"), "abaaba", True),
    ("gap inside a run", text(0, "a", 1, "c", 0, "d"), "xxabc--d", True),
    ("gap before a literal", text(0, 1, "a", 0), "a", False),
    ("gap at the end", text("a", 0, "b", 1), "axxbé", True),
    ("only characters", text(1, 1, 1), "Đỏ!", True),
    ("text equals a number by its text", text("4624"), 4624, True),
    ("text does not equal another writing", text("4624"), 4624.0, False),
    ("text equals true", text("true"), True, True),
    ("list any", text("b"), ["a", "B"], True),
    ("list in list", text("b"), [["a"], ["B"]], True),
    ("object matches nothing", ANY, {"a": "x"}, False),
    ("number", ir.Number("f", "4624"), 4624, True),
    ("number as text", ir.Number("f", "4624"), "4624", True),
    ("number with point", ir.Number("f", "4624"), 4624.0, True),
    ("number with point as text", ir.Number("f", "4624"), "4624.0", True),
    ("number miss", ir.Number("f", "4624"), 46240, False),
    ("number with leading zero is text", ir.Number("f", "7"), "007", False),
    ("number beyond a double", ir.Number("f", "9007199254740993"), 9007199254740993, True),
    ("number beyond a double miss", ir.Number("f", "9007199254740993"), 9007199254740992, False),
    ("minus zero", ir.Number("f", "0"), "-0.0", True),
    ("exponent", ir.Number("f", "1500"), "1.5e3", True),
    ("number is no bool", ir.Number("f", "1"), True, False),
    ("bool", ir.Bool("f", value=True), True, True),
    ("bool as text", ir.Bool("f", value=True), "True", True),
    ("bool miss", ir.Bool("f", value=True), False, False),
    ("null in nested list", NULL, [None, [None]], True),
    ("object is not null", NULL, {}, False),
    ("regex", ir.Regex("f", "ab+c"), "xabbcx", True),
    ("regex is cased", ir.Regex("f", "ab+c"), "xABBCx", False),
    ("regex i", ir.Regex("f", "đường", "i"), "con ĐƯỜNG", True),
    ("regex s", ir.Regex("f", "a.c", "s"), "a\nc", True),
    ("regex without s", ir.Regex("f", "a.c"), "a\nc", False),
    ("regex m", ir.Regex("f", "^b$", "m"), "a\nb\nc", True),
    ("regex dot is a character", ir.Regex("f", "^.$"), "ế", True),
    ("regex digits are ASCII", ir.Regex("f", r"^\d$"), "٣", False),
    ("regex word ends are ASCII", ir.Regex("f", r"\bng\b"), "đng", True),
    ("regex on a number", ir.Regex("f", "^46"), 4624, True),
    ("cidr", ir.Cidr("f", "10.0.0.0/8"), "10.255.0.1", True),
    ("cidr miss", ir.Cidr("f", "10.0.0.0/8"), "11.0.0.1", False),
    ("cidr mapped", ir.Cidr("f", "10.0.0.0/8"), "::ffff:10.0.0.1", True),
    ("cidr v4 never meets v6", ir.Cidr("f", "::/0"), "10.0.0.1", False),
    ("cidr v6", ir.Cidr("f", "fe80::/10"), "fe80::1", True),
    ("cidr of no address", ir.Cidr("f", "10.0.0.0/8"), "10.0.0.1:80", False),
    ("cidr all", ir.Cidr("f", "0.0.0.0/0"), "203.0.113.9", True),
    ("bare address", ir.Cidr("f", "10.0.0.1"), "10.0.0.1", True),
    ("lt", ir.Compare("f", "lt", "5"), 4.9, True),
    ("lt equal", ir.Compare("f", "lt", "5"), 5, False),
    ("lte equal", ir.Compare("f", "lte", "5"), "5.0", True),
    ("gt", ir.Compare("f", "gt", "5"), 10, True),
    ("gte text", ir.Compare("f", "gte", "5"), "x", False),
    ("compare negative", ir.Compare("f", "lt", "-1.5"), -2, True),
    ("compare exact", ir.Compare("f", "gt", "9007199254740992"), 9007199254740993, True),
]  # fmt: skip


@pytest.mark.parametrize(("leaf", "value", "truth"), [row[1:] for row in HITS], ids=[row[0] for row in HITS])
def test_a_leaf_means_what_the_modifier_says(leaf: ir.Node, value: Any, truth: bool) -> None:  # noqa: FBT001
    assert hits(leaf, line(value)) is truth


def test_a_field_is_found_flat_first_then_nested_and_through_lists_of_objects() -> None:
    leaf = text("x", field="a.b")
    assert hits(leaf, line(a={"b": "x"}))
    assert hits(leaf, line(**{"a.b": "x"}))
    assert hits(leaf, line(a=[{"c": 1}, {"b": "x"}]))
    assert not hits(leaf, line(**{"a": {"b": "x"}, "a.b": "y"}))
    assert not hits(leaf, line(a="x"))


def test_an_escaped_name_is_the_same_field() -> None:
    assert hits(text("x", field="a.b"), b'{"event":{"dataset":"test"},"\\u0061":{"\\u0062":"\\u0078"}}\n')


def test_fieldref_compares_any_with_any_folded_and_nothing_when_both_are_missing() -> None:
    both = ir.FieldRef("f", "g")
    assert hits(both, line("Ab", g=["x", "aB"]))
    assert not hits(both, line("a", g="b"))
    assert not hits(both, line())
    assert hits(ir.FieldRef("f", "g", "contains"), line("xABCx", g="abc"))
    assert hits(ir.FieldRef("f", "g", "startswith"), line("ABCx", g="abc"))
    assert not hits(ir.FieldRef("f", "g", "endswith"), line("ABCx", g="abc"))


def test_keywords_look_at_values_and_not_at_names_or_bookkeeping() -> None:
    keyword = text(0, "Evil", 0, field=None)
    assert hits(keyword, line(["x", {"y": "an EVIL thing"}]))
    assert hits(keyword, line(event={"dataset": "test", "original": "evil"}))
    assert hits(ir.Number(None, "462"), line(4624))
    assert not hits(keyword, line(evil="x"))
    assert not hits(keyword, line(**{"khien": {"source": "evil"}, "event": {"dataset": "evil"}, "khien.x": "evil"}))
    assert not hits(text(0, "ab", 0, field=None), line(["a", "b"]))


def test_a_rule_sees_its_datasets_and_events_without_one() -> None:
    assert hits(text("x"), line("x"), datasets=("test", "other"))
    assert not hits(text("x"), line("x"), datasets=("other",))
    assert hits(text("x"), b'{"f":"x"}\n', datasets=("other",))
    ruleset = Ruleset(ir.dumps([ir.Rule("r", text("x"), ("other",))]))
    ruleset.scan(b'{"f":"x"}\n' + line("x") + b"broken\n")
    stats = ruleset.stats()
    assert (stats.events, stats.unreadable, stats.unrouted, stats.candidates, stats.hits) == (2, 1, 1, 1, 1)


def test_offsets_name_the_lines_and_rules_are_in_order() -> None:
    rules = [ir.Rule("a", ir.Not(text("y"))), ir.Rule("b", text("x")), ir.Rule("c", text(0, "x"))]
    lines = [line("y"), line("x"), line("zx")]
    scanned = Ruleset(ir.dumps(rules)).scan(b"".join(lines))
    starts = [0, len(lines[0]), len(lines[0]) + len(lines[1])]
    assert scanned == [
        (starts[1], starts[2], [0, 1, 2]),
        (starts[2], starts[2] + len(lines[2]), [0, 2]),
    ]


def test_explain_names_the_first_failing_leaf_with_what_was_there() -> None:
    first, second = text("x"), ir.Number("g", "5")
    tree = explain(ir.Rule("r", ir.And((first, second))), read_event(line("X", g=6)), selections={second: "sel_number"})
    failing = tree.first_failing()
    assert failing is not None
    assert (failing.field, failing.expected, failing.actual, failing.selection) == ("g", "5", ("6",), "sel_number")
    unrouted = explain(ir.Rule("r", first, ("other",)), read_event(line("x")))
    assert (unrouted.truth, unrouted.children, unrouted.actual) == (False, (), ("test",))


def unit(**change: Any) -> dict[str, Any]:
    return {"id": "r", "datasets": None, "leaves": [{"op": "null", "field": "f"}], "program": {"leaf": 0}, **change}


def document(version: int = 2, **change: Any) -> bytes:
    return json.dumps({"version": version, "units": [unit(**change)]}).encode()


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"leaf": 0}
    for _ in range(levels):
        node = {"not": node}
    return node


BROKEN = {
    "not json": (b"{", "rules.invalid_document", None),
    "version": (document(version=3), "rules.unknown_version", None),
    "unknown op": (document(leaves=[{"op": "magic", "field": "f"}]), "rules.invalid_leaf", "/leaves/0"),
    "no field": (document(leaves=[{"op": "null"}]), "rules.invalid_leaf", "/leaves/0"),
    "bad network": (document(leaves=[{"op": "cidr", "field": "f", "network": "10.0.0.1/8"}]), "rules.invalid_leaf", "/leaves/0"),
    "bad number": (document(leaves=[{"op": "number", "field": "f", "value": "1x"}]), "rules.invalid_leaf", "/leaves/0"),
    "bad wildcard": (document(leaves=[{"op": "text", "field": "f", "parts": [2]}]), "rules.invalid_leaf", "/leaves/0"),
    "look-around": (document(leaves=[{"op": "regex", "field": "f", "pattern": "a(?=b)"}]), "rules.regex_unsupported", "/leaves/0"),
    "too large": (document(leaves=[{"op": "regex", "field": "f", "pattern": "(a{500}){500}"}]), "rules.regex_size", "/leaves/0"),
    "no route": (document(datasets=["a.*:1"]), "rules.invalid_program", "/units/0"),
    "no offsets": (
        document(leaves=[{"op": "time", "field": "f", "part": "hour", "relation": "eq", "value": 1, "offsets": []}]),
        "rules.invalid_leaf",
        "/leaves/0",
    ),
    "unknown leaf": (document(program={"leaf": 1}), "rules.invalid_program", "/units/0"),
    "and of nothing": (document(program={"and": []}), "rules.invalid_program", "/units/0"),
    "too deep": (document(program=nested(64)), "rules.invalid_program", "/units/0"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_document_outside_the_contract_is_an_error_with_its_place(name: str) -> None:
    broken, code, location = BROKEN[name]
    with pytest.raises(EngineError) as caught:
        Ruleset(broken)
    assert (caught.value.code, caught.value.location) == (code, location)


def test_the_typed_form_reads_back_what_it_wrote() -> None:
    rules = [
        ir.Rule("a", ir.And((text("x", 0), ir.Not(NULL), ir.Or((ir.Regex("f", "a", "i"), ir.Exists("g", value=True)))))),
        ir.Rule("b", text("x", 0), ("d1", "d2")),
    ]
    assert ir.loads(ir.dumps(rules)) == rules
    assert [len(each["leaves"]) for each in json.loads(ir.dumps(rules))["units"]] == [4, 1]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in BROKEN
        if name not in {"bad network", "bad number", "bad wildcard", "look-around", "too large", "no route", "no offsets"}
    ],
)
def test_the_typed_form_refuses_what_the_engine_refuses(name: str) -> None:
    with pytest.raises(ir.IrError):
        ir.loads(BROKEN[name][0])


# --- differential: plain Python = native with index = native without -------------------------------------------------

WORDS = ["powershell", "Đăng", "đường", "4624", "4624.0", "-1", "1e3", "10.0.0.1", "::ffff:10.0.0.2", "fe80::1", "a", "ab",
         "aba", "", "TRUE", "false", "straße", "İx", "ΟΔΟΣ", "cmd.exe /c", "C:\\Windows\\", "x\ny",
         "ﬁ", "é", "e\u0301", "*", "?"]  # fmt: skip
NUMBERS = ["0", "-0.0", "1", "4624", "4624.0", "46.24e2", "-1", "1e3", "1000", "9007199254740993", "0.1"]
FIELDS = ["f", "g", "a.b", "a.c", "event.original", "list.x.y"]
PATTERNS = [
    "^a",
    "b+a?$",
    "[0-9]{2,4}",
    "đ.",
    r"\bab\b",
    "(ab|cd)e?",
    r"\.exe\s",
    "^$",
    "x.y",
    "(?:power|cmd)(?:shell|\\.exe)",
    "[aA][bB]a",
    ".*1",
]
NETWORKS = ["10.0.0.0/8", "10.0.0.1/32", "::/0", "fe80::/10", "0.0.0.0/0"]


def random_word(chance: random.Random) -> str:
    word = chance.choice(WORDS)
    if chance.random() < 0.3:
        word += chance.choice(WORDS)
    if chance.random() < 0.3:
        word = chance.choice([word.upper(), word.lower(), word[: len(word) // 2], word[1:]])
    return word


def random_value(chance: random.Random, depth: int = 0) -> str:
    kind = chance.random()
    if kind < 0.55:
        return json.dumps(random_word(chance), ensure_ascii=chance.random() < 0.3)
    if kind < 0.75:
        return chance.choice(NUMBERS)
    if kind < 0.85:
        return chance.choice(["true", "false", "null"])
    if depth > 1:
        return "[]"
    if kind < 0.95:
        return "[" + ",".join(random_value(chance, depth + 1) for _ in range(chance.randrange(4))) + "]"
    return '{"b":' + random_value(chance, depth + 1) + ',"x":' + random_value(chance, depth + 1) + "}"


def random_event(chance: random.Random) -> bytes:
    members = []
    dataset = chance.choice(['"dataset":"d1"', '"dataset":"d2"', '"dataset":"d9"', '"kind":"event"'])
    original = f',"original":{random_value(chance)}' if chance.random() < 0.3 else ""
    members.append(f'"event":{{{dataset}{original}}}')
    names = ["f", "g", "message", "ecs", "a.b", "khien.x"]
    members += [f'"{name}":{random_value(chance)}' for name in names if chance.random() < 0.5]
    if chance.random() < 0.6:
        members.append(f'"a":{{"b":{random_value(chance)},"c":{random_value(chance)}}}')
    if chance.random() < 0.3:
        members.append(
            f'"list":[{{"x":{{"y":{random_value(chance)}}}}},{{"x":[{{"y":{random_value(chance)}}}]}},{random_value(chance)}]'
        )
    return ("{" + ",".join(members) + "}\n").encode()


def random_leaf(chance: random.Random) -> ir.Leaf:  # noqa: PLR0911 - one case a kind
    field = chance.choice(FIELDS)
    kind = chance.randrange(12)
    if kind < 5:
        parts = tuple(
            unicodedata.normalize("NFC", random_word(chance)) if chance.random() < 0.6 else chance.randrange(2)
            for _ in range(chance.randrange(4))
        )
        return ir.Text(None if chance.random() < 0.15 else field, parts, chance.random() < 0.2)
    match kind:
        case 5:
            return ir.Number(None if chance.random() < 0.2 else field, chance.choice(NUMBERS))
        case 6:
            return ir.Bool(None if chance.random() < 0.2 else field, chance.random() < 0.5)
        case 7:
            return ir.Null(field) if chance.random() < 0.5 else ir.Exists(field, chance.random() < 0.5)
        case 8 | 9:
            flags = "".join(flag for flag in "ims" if chance.random() < 0.3)
            return ir.Regex(None if chance.random() < 0.2 else field, chance.choice(PATTERNS), flags)
        case 10:
            relations: list[ir.Relation] = ["lt", "lte", "gt", "gte"]
            if chance.random() < 0.5:
                return ir.Cidr(field, chance.choice(NETWORKS))
            return ir.Compare(field, chance.choice(relations), chance.choice(NUMBERS))
        case _:
            modes: list[ir.Mode] = ["equals", "contains", "startswith", "endswith"]
            return ir.FieldRef(field, chance.choice(FIELDS), chance.choice(modes))


def random_program(chance: random.Random, depth: int = 0) -> ir.Node:
    kind = chance.random()
    if kind < 0.05:
        # So many texts in one field are merged into one automaton.
        field = chance.choice([None, *FIELDS])
        words = [unicodedata.normalize("NFC", random_word(chance)) for _ in range(chance.randrange(6, 12))]
        return ir.Or((random_leaf(chance), *(ir.Text(field, (0, word, 0)) for word in words)))
    if depth > 2 or kind < 0.4:
        return random_leaf(chance)
    nodes = tuple(random_program(chance, depth + 1) for _ in range(chance.randrange(1, 4)))
    return ir.And(nodes) if kind < 0.6 else ir.Or(nodes) if kind < 0.8 else ir.Not(nodes[0])


def compare(seed: int, *, rules: int, events: int) -> int:
    chance = random.Random(seed)
    made = [
        ir.Rule(str(number), random_program(chance), chance.choice([None, ("d1",), ("d2", "d1"), ("d3",)]))
        for number in range(rules)
    ]
    lines = [random_event(chance) for _ in range(events)]
    ruleset = Ruleset(ir.dumps(made))
    batch = b"".join(lines)
    indexed = {start: numbers for start, _, numbers in ruleset.scan(batch)}
    fully = {start: numbers for start, _, numbers in ruleset.scan_fully(batch)}
    start = 0
    found = 0
    for each in lines:
        event = read_event(each)
        expected = [number for number, each_rule in enumerate(made) if evaluate(each_rule, event)]
        assert indexed.get(start, []) == expected, (seed, each)
        assert fully.get(start, []) == expected, (seed, each)
        found += len(expected)
        start += len(each)
    assert ruleset.stats().unreadable == 0
    return found


def test_reference_and_native_agree_on_ten_thousand_random_pairs() -> None:
    found = sum(compare(seed, rules=50, events=40) for seed in range(5))
    assert 1_000 < found < 9_000, "the random rules hit too rarely or too often to say anything"


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_reference_and_native_agree_on_a_million_random_pairs() -> None:
    assert sum(compare(1_000 + seed, rules=100, events=100) for seed in range(100)) > 100_000
