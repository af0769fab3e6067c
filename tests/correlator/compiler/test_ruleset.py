"""Load accounting: every document is compiled, rejected with a reason and a line, or disabled; nothing stops the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from correlator import ir
from correlator.compiler import ruleset
from correlator.compiler.detection_rule import CompiledDetection, compile_detection
from correlator.compiler.documents import Document, parse_documents
from correlator.compiler.rejection import Reason
from correlator.compiler.ruleset import RuleSet, compile_documents, compile_folders
from khien.alert import EntityKind, EntityRole, Level
from khien.errors import KhienError, registry

RULE = """
title: A rule
id: 11111111-1111-4111-8111-111111111111
name: a_rule
logsource: {product: khien, service: host.auth}
detection:
  selection: {event.action: login}
  condition: selection
level: high
"""
COUNT = """
title: Many
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: event_count
  rules: [a_rule]
  group-by: [source.ip]
  timespan: 5m
  condition: {gte: 3}
level: high
"""


def compiled(*texts: str) -> RuleSet:
    documents = [document for text in texts for document in parse_documents(text, shown_as="x.yml")]
    return compile_documents(documents)


def edited(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("title: A rule", "title: 5", Reason.SCHEMA),
        ("id: 11111111-1111-4111-8111-111111111111", "author: nobody", Reason.SCHEMA),
        ("id: 11111111-1111-4111-8111-111111111111", "id: not-a-uuid", Reason.SCHEMA),
        ("level: high", "level: terrible", Reason.SCHEMA),
        ("logsource: {product: khien, service: host.auth}", "logsource: 5", Reason.SCHEMA),
        ("service: host.auth", "service: no_such_thing", Reason.LOGSOURCE_UNMAPPED),
        ("event.action: login", "event.action|cidrr: login", Reason.MODIFIER_UNKNOWN),
        ("event.action: login", "event.action|gt: '5'", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|exists: 'true'", Reason.VALUE_TYPE),
        ("event.action: login", "source.ip|cidr: 10.0.0.1/8", Reason.VALUE_TYPE),
        ("event.action: login", "event.action: []", Reason.EMPTY_LIST),
        ("event.action: login", "event.action|expand: '%who%'", Reason.PLACEHOLDER_UNDEFINED),
        ("event.action: login", "event.action|re: '(?=a)b'", Reason.REGEX_UNSUPPORTED),
        ("event.action: login", "event.action|re: '(a'", Reason.REGEX_UNSUPPORTED),
        ("event.action: login", "event.action|re: '(?:x{1000}){1000}'", Reason.REGEX_SIZE),
        ("event.action: login", "event.ingested|hour: 3.5", Reason.VALUE_TYPE),
        ("event.action: login", "event.ingested|gte|hour: 3", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|contains|all: login", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|contains|re: login", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|re|contains: login", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|re: 5", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|i: login", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|wide: login", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|base64|utf16: login", Reason.VALUE_TYPE),
        ("event.action: login", "event.action|base64: log*", Reason.VALUE_TYPE),
        ("condition: selection", "condition: selection AND selection", Reason.CONDITION_INVALID),
        ("condition: selection", "condition: 2 of selection*", Reason.CONDITION_INVALID),
        ("selection: {event.action: login}", "selection: []", Reason.EMPTY_LIST),
        ("selection: {event.action: login}", "selection: [null]", Reason.VALUE_TYPE),
        ("event.action: login", "a|windash|contains: ' -a -b -c -d -e -f -g -h'", Reason.EXPANSION_TOO_LARGE),
        ("condition: selection", "condition: 1 of other_*", Reason.EMPTY_SELECTOR),
        ("condition: selection", "condition: selection and 1 of other_*", Reason.EMPTY_SELECTOR),
        ("condition: selection", "condition: selection and (", Reason.CONDITION_INVALID),
        ("condition: selection", "condition: elsewhere", Reason.CONDITION_INVALID),
        ("condition: selection", "condition: selection | count() > 5", Reason.LEGACY_AGGREGATION),
        ("level: high", "khien: {titel_vi: x}", Reason.ATTRIBUTE_UNKNOWN),
        ("level: high", "khien: {entities: [{field: a, kind: planet, role: source}]}", Reason.ATTRIBUTE_UNKNOWN),
        ("level: high", "khien: {triage: {fr: []}}", Reason.ATTRIBUTE_UNKNOWN),
    ],
)
def test_a_broken_rule_is_named_and_the_others_run(old: str, new: str, reason: Reason) -> None:
    other = edited(edited(RULE, "1111", "3333"), "a_rule", "other")
    found = compiled(edited(RULE, old, new), other)
    assert [entry.reason for entry in found.rejections] == [reason]
    assert found.rejections[0].location.startswith("x.yml:")
    assert (found.documents, found.compiled, found.disabled) == (2, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("type: event_count", "type: temporal_ordered", Reason.CONDITION_INVALID),
        ("type: event_count", "type: value_percentile", Reason.PERCENTILE_MISSING),
        ("type: event_count", "type: sometimes", Reason.SCHEMA),
        ("condition: {gte: 3}", "condition: a_rule and not a_rule", Reason.CONDITION_INVALID),
        ("condition: {gte: 3}", "condition: {gte: 3, percentile: 5}", Reason.CONDITION_INVALID),
        ("group-by: [source.ip]", "group-by: [source.ip, source.ip]", Reason.SCHEMA),
        ("rules: [a_rule]", "rules: [a_rule, 11111111-1111-4111-8111-111111111111]", Reason.SCHEMA),
        ("rules: [a_rule]", "rules: [Many]", Reason.REFERENCE_MISSING),
        ("rules: [a_rule]", "rules: [22222222-2222-4222-8222-222222222222]", Reason.REFERENCE_CYCLE),
        ("correlation:", "khien: {fire: sometimes}\ncorrelation:", Reason.ATTRIBUTE_UNKNOWN),
        ("correlation:", "khien: {expect: [an]}\ncorrelation:", Reason.ATTRIBUTE_UNKNOWN),
        ("condition: {gte: 3}", "condition: {gte: '3'}", Reason.VALUE_TYPE),
        ("condition: {gte: 3}", "condition: {gte: .nan}", Reason.VALUE_TYPE),
        ("condition: {gte: 3}", "condition: {gte: 100000}", Reason.FEATURE_UNSUPPORTED),
        ("condition: {gte: 3}", "condition: {above: 3}", Reason.CONDITION_INVALID),
        ("condition: {gte: 3}", "condition: {gte: 3, field: user.name}", Reason.CONDITION_INVALID),
        ("  condition: {gte: 3}\n", "", Reason.SCHEMA),
        ("timespan: 5m", "timespan: 5 minutes", Reason.VALUE_TYPE),
        ("timespan: 5m", "timespan: 2M", Reason.FEATURE_UNSUPPORTED),
        ("rules: [a_rule]", "rules: [nobody]", Reason.REFERENCE_MISSING),
        ("rules: [a_rule]", "rules: []", Reason.SCHEMA),
        ("correlation:", "khien: {group: [a]}\ncorrelation:", Reason.ATTRIBUTE_UNKNOWN),
    ],
)
def test_a_broken_correlation_is_named_and_its_rule_runs(old: str, new: str, reason: Reason) -> None:
    found = compiled(RULE, edited(COUNT, old, new))
    assert [entry.reason for entry in found.rejections] == [reason]
    assert (found.documents, found.compiled) == (2, 1)


def test_a_correlation_over_a_rejected_rule_is_rejected_too() -> None:
    found = compiled(edited(RULE, "condition: selection", "condition: nothing"), COUNT)
    assert found.rejected() == {"condition-invalid": 1, "reference-missing": 1}


def test_a_fraction_is_not_truncated_to_a_condition_that_always_holds() -> None:
    (rule,) = compiled(RULE, edited(COUNT, "gte: 3", "gte: 0.5")).plan.correlations
    assert (rule.threshold.rising_at, rule.threshold.holds(0), rule.threshold.text()) == (1, False, "gte 0.5")


def test_a_range_is_one_condition_and_closes_its_window() -> None:
    (rule,) = compiled(RULE, edited(COUNT, "{gte: 3}", "{gt: 100, lte: 200}")).plan.correlations
    assert rule.threshold.rising_at is None
    assert [rule.threshold.holds(count) for count in (100, 101, 200, 201)] == [False, True, True, False]


def test_the_id_may_be_taken_once() -> None:
    assert compiled(RULE, RULE).rejected() == {"duplicate-id": 1}


@pytest.mark.parametrize("off", ["status: deprecated", "status: unsupported", "khien: {enabled: false}"])
def test_a_disabled_rule_is_counted_and_not_run(off: str) -> None:
    found = compiled(RULE + off)
    assert (found.documents, found.compiled, found.disabled, found.rejections) == (1, 0, 1, ())


def test_a_referenced_rule_is_silent_unless_one_reference_generates() -> None:
    second = edited(COUNT, "2222", "4444")
    assert compiled(RULE, COUNT).plan.detections[0].is_silent
    assert not compiled(RULE, COUNT, edited(second, "timespan", "generate: true\n  timespan")).plan.detections[0].is_silent
    assert not compiled(RULE).plan.detections[0].is_silent


def test_a_comment_or_a_title_makes_no_new_version_and_a_value_does() -> None:
    def version(text: str) -> str:
        return compiled(text).plan.detections[0].rule.version

    assert version(RULE) == version("# why\n" + edited(RULE, "A rule", "Another title"))
    assert version(RULE) != version(edited(RULE, "login", "logout"))


def test_texts_and_entities_come_from_the_khien_block() -> None:
    block = """
falsepositives: [Backups]
khien:
  title_vi: Một luật
  triage: {en: [Look], vi: [Xem]}
  false_positives_vi: [Sao lưu]
  entities: [{field: user.name, kind: user, role: source}]
  skills: [linux]
"""
    (found,) = compiled(RULE + block).plan.detections
    assert found.rule.title == {"en": "A rule", "vi": "Một luật"}
    assert found.rule.triage == {"en": ("Look",), "vi": ("Xem",)}
    assert found.rule.false_positives == {"en": ("Backups",), "vi": ("Sao lưu",)}
    assert (found.rule.level, found.rule.skills) == (Level.HIGH, ("linux",))
    assert [(one.field, one.kind, one.role) for one in found.entities] == [("user.name", EntityKind.USER, EntityRole.SOURCE)]


def test_an_exclusion_without_not_is_refused_and_one_with_it_narrows_the_rule() -> None:
    text = """
title: Not the backup account
id: 55555555-5555-4555-8555-555555555555
logsource: {product: khien, service: host.auth}
filter:
  rules: [a_rule]
  selection: {user.name: backup}
  condition: CONDITION
"""
    assert compiled(RULE, text.replace("CONDITION", "selection")).rejected() == {"filter-not-negated": 1}
    found = compiled(RULE, text.replace("CONDITION", "not selection"))
    assert (found.documents, found.compiled) == (2, 2)
    action, name = ir.Text("event.action", ("login",)), ir.Text("user.name", ("backup",))
    assert found.plan.detections[0].program.program == ir.And((action, ir.Not(name)))
    assert dict(found.plan.detections[0].selections) == {action: "selection", name: "filter selection"}


def test_a_filter_over_a_correlation_is_refused() -> None:
    text = """
title: Not here
id: 55555555-5555-4555-8555-555555555555
logsource: {product: khien, service: host.auth}
filter:
  rules: [22222222-2222-4222-8222-222222222222]
  selection: {user.name: backup}
  condition: not selection
"""
    assert compiled(RULE, COUNT, text).rejected() == {"filter-on-correlation": 1}


def test_public_fields_are_mapped_by_logsource() -> None:
    rule = edited(
        edited(RULE, "product: khien, service: host.auth", "category: webserver"), "event.action: login", "c-uri|contains: x"
    )
    (found,) = compiled(rule).plan.detections
    assert found.program.datasets == ("web.access", "network.http")
    parts = (ir.ANY_RUN, "x", ir.ANY_RUN)
    assert found.program.program == ir.Or(tuple(ir.Text(name, parts, decoded=True) for name in ("url.full", "url.original")))


def test_audit_records_keep_their_own_keys() -> None:
    rule = edited(RULE, "product: khien, service: host.auth", "product: linux, service: auditd")
    (found,) = compiled(edited(rule, "event.action: login", "type: EXECVE, a0: nc")).plan.detections
    assert found.program.program == ir.And((ir.Text("auditd.type", ("EXECVE",)), ir.Text("auditd.data.a0", ("nc",))))


def test_the_same_rules_in_other_files_give_the_same_bytes(tmp_path: Path) -> None:
    for name, texts in {"one": [RULE, COUNT], "two": [COUNT, RULE]}.items():
        folder = tmp_path / name
        folder.mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number}.yml").write_text(text)
    assert compile_folders([tmp_path / "one"]).ir == compile_folders([tmp_path / "two"]).ir


def test_an_unreadable_file_counts_as_one_document(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("a: [")
    (tmp_path / "good.yml").write_text(RULE)
    found = compile_folders([tmp_path])
    assert (found.documents, found.compiled, found.rejected()) == (2, 1, {"yaml": 1})


def test_a_path_that_is_not_there_and_a_folder_without_a_rule_are_errors_not_an_empty_set(tmp_path: Path) -> None:
    empty, cases, blank, good = (tmp_path / name for name in ("empty", "cases", "blank", "good"))
    for folder in (empty, cases, blank, good):
        folder.mkdir()
    (cases / "x.test.yml").write_text("rule: x")
    (blank / "x.yml").write_text("---\n# nothing\n")
    (good / "x.yml").write_text(RULE)
    for folders, code in (
        ([tmp_path / "nowhere"], "rule.path_missing"),
        ([good, tmp_path / "nowhere"], "rule.path_missing"),
        ([good, empty], "rule.none_found"),
        ([cases], "rule.none_found"),
        ([blank], "rule.none_found"),
    ):
        with pytest.raises(KhienError) as caught:
            compile_folders(folders)
        assert (caught.value.code, caught.value.entry.exit_status) == (code, 4)


@pytest.mark.parametrize(
    "condition",
    [
        "not " * 20_000 + "selection",
        "not " * 400 + "selection",
        "(" * 60 + "selection" + ")" * 60,
        "not (" * 20 + "selection" + ")" * 20,
    ],
)
@pytest.mark.parametrize("as_filter", [False, True])
def test_a_condition_that_is_nested_without_end_is_left_out_alone(condition: str, *, as_filter: bool) -> None:
    text = edited(RULE, "condition: selection", f"condition: {condition}")
    if as_filter:
        text = edited(edited(text, "detection:", "filter:\n  rules: [other]"), "level: high", "")
    found = compiled(text, edited(edited(RULE, "1111", "3333"), "a_rule", "other"))
    assert found.rejected() == {"condition-invalid": 1}
    assert found.compiled == 1


def test_recursion_without_end_in_one_document_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(document: Document, **more: Any) -> CompiledDetection:
        if document.content["name"] == "a_rule":
            raise RecursionError
        return compile_detection(document, **more)

    monkeypatch.setattr(ruleset, "compile_detection", endless)
    found = compiled(RULE, edited(edited(RULE, "1111", "3333"), "a_rule", "other"))
    assert (found.rejected(), found.compiled) == ({"expansion-too-large": 1}, 1)


def test_a_rejection_is_a_sentence_in_both_languages() -> None:
    (rejection,) = compiled(edited(RULE, "condition: selection", "condition: elsewhere")).rejections
    assert str(rejection).startswith("x.yml:")
    assert "The condition cannot be read" in str(rejection)
    assert "Không đọc được điều kiện" in rejection.sentence("vi")
    assert "Reason" not in str(rejection)
    assert rejection.hint("vi").startswith("Kiểm tra")


def test_every_reason_has_its_text_in_both_languages() -> None:
    for reason in Reason:
        entry = registry()[reason.code]
        assert entry.text["en"]
        assert entry.text["vi"] != entry.text["en"]


@pytest.mark.timeout(120)
def test_every_document_of_the_public_corpus_is_accounted_for(test_data: Path) -> None:
    found = compile_folders([test_data / "sigma" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")])
    assert found.documents == 3_753
    assert found.documents == found.compiled + sum(found.rejected().values()) + found.disabled
    # Detection design, section 13: without the site's table exactly the two rules that ask for it are refused, by name.
    assert [(Path(entry.location.partition(":")[0]).name, entry.reason, entry.detail) for entry in found.rejections] == [
        (f"win_security_adcs_certighost_{name}.yml", Reason.PLACEHOLDER_UNDEFINED, "%known_cdcs%")
        for name in ("cdc_chase_request", "cert_issued_via_chase")
    ]
    # macOS: no event of ours belongs to it.
    assert len(found.without_source) == 75


@pytest.mark.timeout(120)
def test_with_the_table_of_the_site_the_whole_public_corpus_compiles(test_data: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("placeholders: {known_cdcs: [dc1.example, dc2.example]}")
    (tmp_path / "own.yml").write_text(RULE)
    names = ("rules", "rules-emerging-threats", "rules-threat-hunting")
    found = compile_folders([tmp_path, *(test_data / "sigma" / name for name in names)])
    assert (found.documents, found.compiled, found.rejections) == (3_754, 3_754, ())
