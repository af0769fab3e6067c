"""Coverage counts rules that speak, names what delivers nothing, and writes a layer that Navigator opens."""

from __future__ import annotations

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.rule_work.coverage import coverage, covers

RULES = """
title: A
id: 11111111-1111-4111-8111-111111111111
name: a
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: login, LogonType: 3}, condition: s}
tags: [attack.credential-access, attack.t1110.001]
---
title: B
id: 22222222-2222-4222-8222-222222222222
name: b
level: informational
logsource: {product: khien, service: web.access}
detection: {s: {event.action: get}, condition: s}
tags: [attack.t1190]
---
title: C
id: 33333333-3333-4333-8333-333333333333
name: c
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: logout}, condition: s}
tags: [attack.t1110, attack.T1078]
"""
RULESET = compile_documents(parse_documents(RULES, shown_as="r.yml"))


def test_rules_that_make_no_alert_cover_nothing_by_themselves() -> None:
    found = coverage(RULESET, seen=None)
    assert found.techniques == {"T1078": ("c",), "T1110": ("c",), "T1110.001": ("a",)}
    assert found.silent_datasets is None
    assert found.unmapped == {"LogonType": 1}


def test_a_dataset_that_rules_ask_for_and_nothing_delivered_is_named() -> None:
    assert coverage(RULESET, seen={"host.auth", "network.flow"}).silent_datasets == ("web.access",)


def test_a_technique_is_covered_by_itself_its_parts_and_its_whole() -> None:
    found = coverage(RULESET, seen=None)
    assert [covers(found, one) for one in ("t1110", "T1110.001", "T1110.003", "T1078.001", "T1190", "T111")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


def test_the_layer_is_what_navigator_reads() -> None:
    """Layer format 4.5: name, versions, domain, techniques with techniqueID and score, gradient."""
    layer = coverage(RULESET, seen=None).layer(name="Khiên")
    assert (layer["domain"], layer["versions"]["layer"]) == ("enterprise-attack", "4.5")
    assert {one["techniqueID"]: one["score"] for one in layer["techniques"]} == {"T1078": 1, "T1110": 1, "T1110.001": 1}
    assert layer["gradient"]["maxValue"] == 1
