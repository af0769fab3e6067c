"""What the compiler says of a rejected rule is Vietnamese to the end for a Vietnamese reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.compiler.detail_words import WORDS, in_vietnamese
from correlator.compiler.documents import parse_documents
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.compiler.ruleset import compile_documents

COMPILER = Path(__file__).resolve().parents[3] / "correlator" / "compiler"
#: Not about documents of rules: the cache's own, and the site's table, whose error is another.
OTHERS = {"cache.py", "settings.py", "detail_words.py"}
RAISED = {
    "RejectedDocumentError",
    "LoweringError",
    "ConditionError",
    "RegexUnsupportedError",
    "SigmaValueError",
    "self._refused",
    "_error",
}


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def details() -> Iterator[str]:
    """Every literal sentence that the compiler's source raises."""
    for path in sorted(COMPILER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())) if path.name not in OTHERS else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in RAISED:
                for argument in node.args:
                    yield from texts(argument)
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"message", "detail", "limit"}:
                yield from texts(node.value)


def test_every_sentence_of_the_compiler_has_vietnamese_words() -> None:
    found = sorted({text for text in details() if re.search(r"[a-z]{2,} [a-z]{2,}", re.sub("`[^`]*`", "", text))})
    assert len(found) > 30
    untold = [text for text in found if in_vietnamese(text) in {text, f"“{text}”"}]
    assert untold == []


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("Unknown modifier 'ends'", "không có bộ điều chỉnh 'ends'"),
        ("`(?=…` in `(a+)+$(?=b)`", "`(?=…` trong `(a+)+$(?=b)`"),
        ("a possessive quantifier in `a++`", "lượng từ chiếm giữ (possessive) trong `a++`"),
        ("two → one → two", "two → one → two"),
        ("%known_cdcs%", "%known_cdcs%"),
        ("expected a comma somewhere else", "“expected a comma somewhere else”"),
        ("`{0.__class__}` meets no selection", "`{0.__class__}` không khớp phần chọn nào"),
    ],
)
def test_values_stay_and_what_has_no_words_is_a_quotation(detail: str, told: str) -> None:
    assert in_vietnamese(detail) == told


def test_a_worker_for_an_expression_that_is_not_linear_is_refused_by_name() -> None:
    content = "title: R\nid: 11111111-1111-4111-8111-111111111111\nkhien: {regex: worker}\n"
    text = content + "logsource: {product: khien, service: host.auth}\ndetection: {s: {a.b|re: '(?=x)'}, condition: s}\n"
    (rejection,) = compile_documents(parse_documents(text, shown_as="r.yml")).rejections
    assert (rejection.reason, rejection.location) == (Reason.FEATURE_UNSUPPORTED, "r.yml:3")
    assert "`regex: worker` is not offered" in rejection.sentence()
    assert rejection.sentence("vi").endswith("thì không được chạy")


def test_both_sides_name_the_same_number_of_values() -> None:
    assert [english for english, words in WORDS.items() if english.count("{}") != words.count("{}")] == []


def test_an_error_speaks_each_language_alone() -> None:
    error = RejectedDocumentError(Reason.YAML, "not UTF-8", location="a.yml:3")
    assert error.sentence("vi") == "a.yml:3: Tệp không phải YAML hợp lệ cho luật phát hiện: không phải UTF-8"
    assert error.sentence("en").endswith(": not UTF-8")
