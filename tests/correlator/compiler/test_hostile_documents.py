"""Whatever stands in one document, the others run: each part of a rule, a correlation, a filter is replaced by the unexpected."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from correlator.compiler.documents import Document, parse_documents
from correlator.compiler.ruleset import compile_documents

TEXT = """
title: A rule
id: 11111111-1111-4111-8111-111111111111
name: one
status: test
description: d
author: An
date: 2026-11-23
references: [https://example.com]
logsource: {product: khien, service: host.auth}
detection:
  a: {event.action|contains: login, source.ip|cidr: 10.0.0.0/8}
  b: [{user.name|re: x}, {user.name: [y, z]}]
  c: [word]
  condition: a and not (1 of b* or c)
level: low
tags: [attack.t1110, khien.portals]
falsepositives: [none]
khien:
  title_vi: Luật
  triage: {en: [x], vi: [y]}
  entities: [{field: source.ip, kind: ip, role: source}]
  group: [source.ip]
---
title: Many
id: 22222222-2222-4222-8222-222222222222
name: many
correlation:
  type: value_count
  rules: [good]
  group-by: [where]
  aliases: {where: {good: source.ip}}
  timespan: 5m
  condition: {field: user.name, gte: 5}
level: low
khien: {fire: every}
---
title: Silence
id: 33333333-3333-4333-8333-333333333333
name: silence
correlation: {type: event_count, rules: [good], timespan: 5m, condition: {lt: 1}}
level: low
khien: {expect: true}
---
title: A filter
id: 44444444-4444-4444-8444-444444444444
logsource: {product: khien, service: host.auth}
filter:
  rules: [one]
  f: {user.name: an}
  condition: not f
"""
GOOD = """
title: Good
id: 55555555-5555-4555-8555-555555555555
name: good
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: login}, condition: s}
level: low
"""
STRANGE: list[Any] = [None, True, 5, "", [], {}, [None], [[1]], {"a": None}, dt.date(2026, 1, 1), "%x%", 10**30]


def places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in entries:
        yield (*above, key)
        yield from places(inner, (*above, key))


def replaced(document: Document, place: tuple[Any, ...], value: Any) -> Document:
    content = copy.deepcopy(document.content)
    node: Any = content
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = copy.deepcopy(value)
    return Document(path=document.path, line=document.line, content=content, lines=document.lines)


DOCUMENTS = parse_documents(TEXT, shown_as="hostile.yml")
(NEIGHBOUR,) = parse_documents(GOOD, shown_as="good.yml")
CASES = [(number, place) for number, document in enumerate(DOCUMENTS) for place in places(document.content)]


@pytest.mark.parametrize(("number", "place"), CASES, ids=[f"{number}: {'/'.join(map(str, place))}" for number, place in CASES])
def test_a_strange_value_costs_its_own_document_and_no_other(number: int, place: tuple[Any, ...]) -> None:
    for value in STRANGE:
        hostile = replaced(DOCUMENTS[number], place, value)
        others = [one for position, one in enumerate(DOCUMENTS) if position != number]
        found = compile_documents([hostile, *others, NEIGHBOUR])
        assert found.documents == found.compiled + len(found.rejections) + found.disabled, value
        assert any(one.rule.name == "good" for one in found.plan.detections), value
        assert all(one.sentence() and one.sentence("vi") for one in found.rejections)
