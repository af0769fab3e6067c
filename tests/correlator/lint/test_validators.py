"""pySigma's validators speak through `check`; those that need a network never run."""

from __future__ import annotations

import socket

import pytest
from sigma.validators.core import validators

from correlator.compiler.documents import parse_documents
from correlator.lint.validators import LEFT_OUT, names, validate

RULE = """
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: '*login*'}, condition: s}
tags: [attack.t1110, attack.t1110]
"""


def test_every_validator_of_pysigma_is_run_or_left_out_by_name() -> None:
    assert set(names()) | set(LEFT_OUT) == set(validators)
    assert not set(names()) & set(LEFT_OUT)


def test_what_a_validator_says_names_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a validator opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    found = {one.code: one for one in validate(parse_documents(RULE, shown_as="rule.yml"))}
    assert {"sigma_duplicate_tag", "sigma_wildcards_instead_of_modifiers"} <= set(found)
    assert found["sigma_duplicate_tag"].detail == "attack.t1110"
    assert found["sigma_duplicate_tag"].location == "rule.yml:2"


def test_what_is_seen_only_over_all_rules_names_each_of_them() -> None:
    other = RULE.replace("8111-111111111111", "8111-111111111112")
    found = [
        one for one in validate(parse_documents(f"{RULE}---{other}", shown_as="rule.yml")) if one.code == "sigma_duplicate_title"
    ]
    assert {one.location for one in found} == {"rule.yml:2", "rule.yml:8"}


def test_a_document_that_is_no_rule_stops_nothing() -> None:
    assert list(validate(parse_documents("title: [1]\ndetection: 5\n", shown_as="rule.yml"))) == []
