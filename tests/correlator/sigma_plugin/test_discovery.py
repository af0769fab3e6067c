"""sigma-cli finds Khiên by itself, maps its fields, and judges a rule as Khiên does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sigma.backends.elasticsearch.elasticsearch_lucene import LuceneBackend
from sigma.collection import SigmaCollection
from sigma.plugins import InstalledSigmaPlugins
from sigma.validation import SigmaValidator

from correlator.compiler.ruleset import compile_folders
from correlator.sigma_plugin.validators import KhienRejectedIssue, KhienUnmappedFieldIssue, KhienWithoutSourceIssue

RULE = """title: A rule of the city
id: 11111111-1111-4111-8111-111111111111
status: test
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\whoami.exe', User|contains: SYSTEM}
  condition: selection
level: high
"""


@pytest.fixture(scope="module")
def plugins() -> InstalledSigmaPlugins:
    return InstalledSigmaPlugins.autodiscover(include_backends=False)


def converted(rule: str, plugins: InstalledSigmaPlugins) -> str:
    pipeline = plugins.get_pipeline_resolver().resolve_pipeline("khien")
    (query,) = LuceneBackend(pipeline).convert(SigmaCollection.from_yaml(rule))
    return str(query)


def issues(folder: Path, plugins: InstalledSigmaPlugins) -> list[Any]:
    # pySigma's annotations speak of instances and of rules only; it means classes, and correlations too.
    ours: set[Any] = {kind for name, kind in plugins.validators.items() if name.startswith("khien_")}
    assert len(ours) == 3
    rules: Any = SigmaCollection.load_ruleset([folder], collect_errors=True)
    assert not [rule for rule in rules if rule.errors]
    return list(SigmaValidator(ours).validate_rules(rules))


def test_a_windows_rule_becomes_a_query_over_our_fields_and_datasets(plugins: InstalledSigmaPlugins) -> None:
    assert converted(RULE, plugins) == (
        "((event.dataset:(windows.sysmon OR windows.security)) AND (event.code:(1 OR 4688)))"
        " AND (process.executable:*\\\\whoami.exe AND winlog.event_data.User:*SYSTEM*)"
    )
    assert converted(RULE, plugins) == converted(RULE, plugins)


@pytest.mark.parametrize(
    ("logsource", "field", "query"),
    [
        ("category: webserver", "cs-uri-query", "(event.dataset:(web.access OR network.http)) AND url.original:x"),
        ("product: linux, service: auditd", "type", "event.dataset:linux.auditd AND auditd.type:x"),
        ("product: linux, service: auditd", "a0", "event.dataset:linux.auditd AND auditd.data.a0:x"),
        (
            "product: azure, service: signinlogs",
            "Status",
            "(event.dataset:(cloud.azure OR cloud.azure_signinlogs)) AND azure.Status:x",
        ),
        ("product: zeek, service: dns", "query", "event.dataset:network.dns AND dns.question.name:x"),
    ],
)
def test_other_sources_have_their_own_names(logsource: str, field: str, query: str, plugins: InstalledSigmaPlugins) -> None:
    rule = RULE.replace("product: windows, category: process_creation", logsource)
    start, end = rule.index("{Image"), rule.index("\n  condition")
    assert converted(f"{rule[:start]}{{{field}: x}}{rule[end:]}", plugins) == query


def test_the_verdicts_are_those_of_the_compiler(tmp_path: Path, plugins: InstalledSigmaPlugins) -> None:
    def put(name: str, old: str, new: str) -> None:
        assert old in RULE
        (tmp_path / f"{name}.yml").write_text(RULE.replace(old, new).replace("1111111", f"{len(name):07}", 1))

    put("good", "SYSTEM", "system")
    put("macos", "product: windows", "product: macos")
    put("unmapped", "product: windows, category: process_creation", "category: webserver")
    put("dashed!", "User|contains: SYSTEM", "User|contains|windash: ' -a -b -c -d -e -f'")
    put("with a table", "User|contains: SYSTEM", "User|expand: '%who%'")
    found = {type(issue): issue for issue in issues(tmp_path, plugins) if not isinstance(issue, KhienRejectedIssue)}
    rejected = [issue for issue in issues(tmp_path, plugins) if isinstance(issue, KhienRejectedIssue)]
    assert sorted(issue.reason for issue in rejected) == ["expansion-too-large", "placeholder-undefined"]
    assert all(issue.location.startswith(str(tmp_path)) for issue in rejected)
    assert set(found) == {KhienUnmappedFieldIssue, KhienWithoutSourceIssue}
    (tmp_path / "site.yml").write_text("placeholders: {who: [admin]}")
    assert compile_folders([tmp_path]).rejected() == {"expansion-too-large": 1}


def verdicts(found: list[Any]) -> Mapping[str, str]:
    return {str(issue.rules[0].id): issue.reason for issue in found if isinstance(issue, KhienRejectedIssue)}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_whole_public_corpus_gets_the_same_verdict_from_sigma_check_and_from_khien(
    test_data: Path, plugins: InstalledSigmaPlugins
) -> None:
    folders = [test_data / "sigma" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    ours = compile_folders(folders)
    theirs: list[Any] = []
    for folder in folders:
        theirs += issues(folder, plugins)
    assert len(verdicts(theirs)) == len(ours.rejections) == 2
    assert sorted(verdicts(theirs).values()) == sorted(entry.reason.value for entry in ours.rejections)
    without = {str(issue.rules[0].id) for issue in theirs if isinstance(issue, KhienWithoutSourceIssue)}
    assert without == set(ours.without_source)


def sigma(*words: str) -> subprocess.CompletedProcess[str]:
    """The sigma-cli that stands beside this Python."""
    command = [str(Path(sys.executable).with_name("sigma")), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_sigma_check_and_sigma_convert_refuse_what_khien_rules_check_refuses(test_data: Path, tmp_path: Path) -> None:
    """As a person runs them: three commands over the same 3,753 documents."""
    folders = [str(test_data / "sigma" / name) for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    report = subprocess.run([sys.executable, "-m", "khien", "rules", "check", "--json", *folders], capture_output=True, check=False)
    ours = json.loads(report.stdout)
    assert (report.returncode, ours["documents"], ours["disabled"]) == (4, 3_753, 0)
    refused = {Path(one["location"].partition(":")[0]).name: one["code"] for one in ours["rejections"]}
    assert set(refused.values()) == {"rule.placeholder_undefined"}

    (tmp_path / "ours.yml").write_text("validators: [khien_rejected, khien_unmapped_field, khien_without_source]\n")
    checked = sigma("check", "-c", str(tmp_path / "ours.yml"), *folders)
    assert "Found 0 errors, 0 condition errors" in checked.stdout
    issues = re.findall(r"^issue=(\w+) .*? rule=(\S+\.yml)(?: reason=(\S+))?", checked.stdout, re.MULTILINE)
    named = {Path(file).name: f"rule.{reason.replace('-', '_')}" for kind, file, reason in issues if kind == "KhienRejectedIssue"}
    assert named == refused
    sourceless = {Path(file).name for kind, file, _ in issues if kind == "KhienWithoutSourceIssue"}
    assert sourceless == {
        Path(one["location"].partition(":")[0]).name for one in ours["silent"] if one["because"] == "without_source"
    }
    assert sum(kind == "KhienUnmappedFieldIssue" for kind, _, _ in issues) == sum(map(len, ours["unmapped_fields"].values()))

    made = sigma("convert", "-t", "lucene", "-p", "khien", "--skip-unsupported", *folders)
    failed = dict(re.findall(r"^(\S+\.yml): (.*)$", made.stderr, re.MULTILINE))
    queries = [line for line in made.stdout.split("\n") if line]
    assert len(queries) == ours["documents"] - len(failed)
    # Elasticsearch's own limit: Lucene compares a field with a value, never with another field. Khiên does.
    limits = {Path(file).name for file in failed if "|fieldref" in Path(file).read_text() or "fieldref:" in Path(file).read_text()}
    assert {Path(file).name for file in failed} - limits == set(refused)
