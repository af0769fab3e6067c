"""What stands in a rule and can be no value is said in people's words, with its line, and costs its own document only."""

from __future__ import annotations

import re

import pytest

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents

HEAD = "title: A rule\nid: {id}\nlogsource: {{product: khien, service: host.auth}}\nlevel: low\n"
GOOD = HEAD.format(id="22222222-2222-4222-8222-222222222222") + "detection: {s: {a.b: 1}, condition: s}\n"
#: Words of Python and of its classes, which say nothing to who wrote a rule.
FOREIGN = re.compile(r"recursion|<class|Error\b|sys\.|position \d|Unsupported type|subpattern|Modifier Sigma")


def said(selection: str) -> tuple[str, str, str]:
    """The code and the sentences in both languages; the document behind it runs all the same."""
    text = HEAD.format(id="11111111-1111-4111-8111-111111111111") + f"detection:\n  s: {selection}\n  condition: s\n---\n{GOOD}"
    found = compile_documents(parse_documents(text, shown_as="rule.yml"))
    assert [rule.rule.id[0] for rule in found.plan.detections] == ["2"]
    (rejection,) = found.rejections
    return rejection.reason.code, rejection.sentence(), rejection.sentence("vi")


@pytest.mark.parametrize(
    ("selection", "code", "detail"),
    [
        ("{a.b: 2026-11-23}", "rule.value_type", "`2026-11-23` is a date in YAML"),
        ("{a.b|lt: 2026-11-23T10:00:00Z}", "rule.value_type", "`2026-11-23 10:00:00+00:00` is a date in YAML"),
        ("[2026-11-23]", "rule.value_type", "`2026-11-23` is a date in YAML"),
        ("[{a.b: [x, 2026-11-23]}]", "rule.value_type", "`2026-11-23` is a date in YAML"),
        ("{a.b: !!binary aGVsbG8=}", "rule.value_type", "binary data"),
        ("{a.b: !!set {a, b}}", "rule.value_type", "a set in YAML"),
        ("{a.b: {c: 1}}", "rule.value_type", "a map stands where a value is expected"),
        ("{a.b|gt: .inf}", "rule.value_type", "`inf` is no number that an event can have"),
        ("{a.b: .nan}", "rule.value_type", "`nan` is no number that an event can have"),
        (f"{{a.b: 1{'0' * 64}}}", "rule.value_type", "more than 64 digits"),
        ("{a.b|gt: x}", "rule.value_type", "does not fit the value `x`"),
        (f"{{a.b|re: '{'(' * 2_000}a{')' * 2_000}'}}", "rule.regex_size", "groups nested deeper than 100"),
        (f"{{a.b|re: '{'(a|' * 900}b{')' * 900}'}}", "rule.regex_size", "groups nested deeper than 100"),
        (f"{{a.b|re: '{'a' * 10_001}'}}", "rule.regex_size", "longer than 10000 characters"),
        ("{a.b|re: '((((a{1,100}){1,100}){1,100}){1,100})'}", "rule.regex_size", "limit"),
        ("{a.b|re: '(a'}", "rule.regex_unsupported", "a group `(` is not closed in `(a`"),
        ("{a.b|re: 'a)'}", "rule.regex_unsupported", "a `)` closes no group in `a)`"),
        ("{a.b|re: 'a**'}", "rule.regex_unsupported", "a repeat stands behind a repeat"),
        ("{a.b|re: '*a'}", "rule.regex_unsupported", "a repeat stands behind nothing"),
        ("{a.b|re: 'a{3,1}'}", "rule.regex_unsupported", "a repeat that runs backwards"),
        ("{a.b|re: '[z-a]'}", "rule.regex_unsupported", "the range `z-a` runs backwards"),
        ("{a.b|re: '[[:alpha:'}", "rule.regex_unsupported", "a class `[` is not closed"),
        ("{a.b|re: '(?P<a>x)(?P<a>y)'}", "rule.regex_unsupported", "two groups have one name"),
        ("{a.b|re: '\\p{L}'}", "rule.regex_unsupported", r"the escape `\p` is not known"),
    ],
)
def test_what_can_be_no_value_is_said_in_words_of_people(selection: str, code: str, detail: str) -> None:
    found, english, vietnamese = said(selection)
    assert (found, detail in english) == (code, True), english
    assert not FOREIGN.search(english + vietnamese)
    assert "“" not in vietnamese  # nothing is left in quotation marks because there were no words for it
    assert " in `" not in vietnamese


@pytest.mark.parametrize(
    "selection",
    [
        "{a.b: '2026-11-23'}",
        f"{{a.b: {'9' * 64}}}",
        f"{{a.b|re: '{'(' * 100}a{')' * 100}'}}",
        r"{a.b|re: '\(\(\([(((]'}",
        "{a.b: 1e300}",
    ],
)
def test_what_is_just_inside_the_bounds_compiles(selection: str) -> None:
    text = HEAD.format(id="11111111-1111-4111-8111-111111111111") + f"detection:\n  s: {selection}\n  condition: s\n"
    assert compile_documents(parse_documents(text, shown_as="rule.yml")).rejections == ()
