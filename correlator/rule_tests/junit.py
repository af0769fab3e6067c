"""Verdicts as JUnit XML, the form that CI servers read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from correlator.rule_tests.suite import Judged

#: What XML 1.0 (section 2.2) does not allow in a document, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(judged: Iterable[Judged]) -> bytes:
    """One test suite a file of cases; a verdict that left something out is skipped, with the reason."""
    by_file: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_file[str(one.file)].append(one)
    root = Element("testsuites", name="khien rules test")
    for file, verdicts in sorted(by_file.items()):
        suite = SubElement(
            root,
            "testsuite",
            name=_clean(file),
            tests=str(len(verdicts)),
            failures=str(sum(one.verdict.problem is not None for one in verdicts)),
            skipped=str(sum(_is_skipped(one) for one in verdicts)),
            errors="0",
            time=f"{sum(one.seconds for one in verdicts):.3f}",
        )
        for one in verdicts:
            _case(suite, file, one)
    document: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + document + b"\n"


def _case(suite: Element, file: str, one: Judged) -> None:
    case = SubElement(suite, "testcase", classname=_clean(file), name=_clean(one.verdict.name), time=f"{one.seconds:.3f}")
    if one.verdict.problem is not None:
        failure = SubElement(case, "failure", message=_clean(one.verdict.problem))
        failure.text = _clean(one.verdict.problem)
    elif _is_skipped(one):
        SubElement(case, "skipped", message=_clean(one.verdict.note))


def _is_skipped(one: Judged) -> bool:
    return one.verdict.problem is None and one.verdict.note.startswith("left out")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
