"""Where a rule of each logsource looks, and what its fields are called there (events design, section 7)."""

from __future__ import annotations

import sys
import unicodedata

import orjson
import pytest
from khien_engine.detect import Ruleset
from khien_engine.logs import windows_dataset
from sigma.pipelines.common import windows_logsource_mapping

from correlator import ir
from correlator.compiler.documents import parse_documents
from correlator.compiler.fields import fields_of
from correlator.compiler.logsource import Logsource, source_of
from correlator.compiler.ruleset import compile_documents
from correlator.compiler.windows import channels_of
from khien.fold import fold, normal


def routes(product: str | None = None, category: str | None = None, service: str | None = None) -> tuple[str, ...]:
    source = source_of(Logsource(product, category, service))
    assert source is not None
    return source.routes


@pytest.mark.parametrize(
    ("logsource", "expected"),
    [
        (("windows", "process_creation", None), ("windows.sysmon:1", "windows.security:4688")),
        (("windows", "process_creation", "security"), ("windows.security:4688",)),
        (("windows", "registry_event", None), ("windows.sysmon:12", "windows.sysmon:13", "windows.sysmon:14")),
        (("windows", "file_delete", None), ("windows.sysmon:23", "windows.sysmon:26")),
        (("windows", "ps_script", None), ("windows.powershell:4104",)),
        (("windows", "dns_query", None), ("windows.sysmon:22",)),
        (("windows", None, "security"), ("windows.security",)),
        (("windows", None, "powershell"), ("windows.powershell",)),
        (("windows", None, "windefend"), ("windows.defender",)),
        (("windows", None, "smbclient-connectivity"), ("windows.smbclient-connectivity",)),
        (("windows", None, "iis-configuration"), ("windows.microsoft-iis-configuration-operational",)),
        (("windows", None, None), ("windows.*",)),
        (("windows", None, "no-such-service"), ()),
        (("windows", "no_such_category", None), ()),
        (("macos", "process_creation", None), ()),
        (("linux", "process_creation", None), ("host.process",)),
        (("linux", None, "auditd"), ("linux.auditd",)),
        (("linux", None, "some-daemon"), ("app.some_daemon",)),
        ((None, "webserver", None), ("web.access", "network.http")),
        (("apache", "webserver", None), ("web.access", "network.http")),
        ((None, None, "apache"), ("web.error", "web.access")),
        (("zeek", None, "smb_files"), ("network.smb",)),
        (("aws", None, "cloudtrail"), ("cloud.aws", "cloud.aws_cloudtrail")),
        (("gcp", None, "gcp.audit"), ("cloud.gcp", "cloud.gcp_audit")),
        (("okta", None, "okta"), ("cloud.okta", "cloud.okta_okta")),
        (("rpc_firewall", "application", None), ("app.rpc_firewall",)),
        (("paloalto", "file_event", "globalprotect"), ("app.paloalto", "app.paloalto_globalprotect")),
        ((None, "process_creation", None), ("windows.sysmon:1", "windows.security:4688", "host.process")),
        (("khien", None, "network.flow"), ("network.flow",)),
        (("!!!", None, None), ()),
        ((None, None, None), ()),
    ],
)
def test_a_logsource_leads_to_its_events(logsource: tuple[str | None, str | None, str | None], expected: tuple[str, ...]) -> None:
    assert routes(*logsource) == expected


def test_a_dataset_of_our_own_that_does_not_exist_is_a_mistake() -> None:
    assert source_of(Logsource("khien", None, "flow")) is None
    assert source_of(Logsource("khien", "webservers", None)) is None


def test_every_windows_service_that_pysigma_knows_leads_to_the_datasets_of_its_channels() -> None:
    assert len(windows_logsource_mapping) > 35
    for service in windows_logsource_mapping:
        assert set(routes("windows", None, service)) == {windows_dataset(channel) for channel in channels_of(service)}, service
    # No two services share a dataset, but those that mean the same channel.
    everything = [dataset for service in windows_logsource_mapping for dataset in routes("windows", None, service)]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize(
    ("logsource", "names"),
    [
        (
            ("windows", "process_creation", None),
            {
                "Image": "process.executable",
                "CommandLine": "process.command_line",
                "ParentImage": "process.parent.executable",
                "OriginalFileName": "process.pe.original_file_name",
                "User": "winlog.event_data.User",
                "Hashes": "winlog.event_data.Hashes",
                "process.name": "process.name",
            },
        ),
        (("windows", "image_load", None), {"ImageLoaded": "file.path", "OriginalFileName": "file.pe.original_file_name"}),
        (("windows", "registry_set", None), {"TargetObject": "registry.path", "Details": "winlog.event_data.Details"}),
        (("windows", "process_access", None), {"SourceImage": "winlog.event_data.SourceImage"}),
        (("windows", "network_connection", None), {"DestinationIp": "destination.ip", "Initiated": "winlog.event_data.Initiated"}),
        (
            ("windows", None, "security"),
            {
                "EventID": "event.code",
                "Provider_Name": "winlog.provider_name",
                "IpAddress": "winlog.event_data.IpAddress",
                "SubjectUserName": "winlog.event_data.SubjectUserName",
                "CommandLine": "winlog.event_data.CommandLine",
            },
        ),
        (("windows", None, "windefend"), {"Threat Name": "winlog.event_data.ThreatName"}),
        (("linux", "process_creation", None), {"Image": "process.executable", "User": "user.name"}),
        (("linux", None, "auditd"), {"type": "auditd.type", "a0": "auditd.data.a0"}),
        ((None, "proxy", None), {"cs-uri-query": "url.original", "c-useragent": "user_agent.original", "r-dns": "url.domain"}),
        (("zeek", None, "dns"), {"id.orig_h": "source.ip", "query": "dns.question.name"}),
        (("azure", None, "auditlogs"), {"properties.message": "azure.properties.message"}),
        (("kubernetes", None, "audit"), {"kubernetes.audit.verb": "kubernetes.audit.verb", "verb": "kubernetes.audit.verb"}),
    ],
)
def test_fields_of_a_logsource_have_our_names(logsource: tuple[str | None, str | None, str | None], names: dict[str, str]) -> None:
    fields = fields_of(Logsource(*logsource))
    assert {name: fields.of(name) for name in names} == {name: (ours,) for name, ours in names.items()}


RULE = """
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {LOGSOURCE}
detection:
  selection: {SELECTION}
  condition: selection
"""


def program(logsource: str, selection: str) -> ir.Node:
    text = RULE.replace("LOGSOURCE", logsource).replace("SELECTION", selection)
    (found,) = compile_documents(parse_documents(text, shown_as="x.yml")).plan.detections
    return found.program.program


def test_a_name_in_several_fields_has_the_values_of_all() -> None:
    """PySigma would make `neq` "not in one of them" and `null` "missing in one of them"."""
    two = ("url.full", "url.original")
    text = [ir.Text(name, ("x",), decoded=True) for name in two]
    assert program("category: proxy", "c-uri: x") == ir.Or(tuple(text))
    assert program("category: proxy", "c-uri|neq: x") == ir.Not(ir.Or(tuple(text)))
    assert program("category: proxy", "c-uri: null") == ir.And(tuple(ir.Null(name) for name in two))
    assert program("category: proxy", "c-uri|exists: true") == ir.Or(tuple(ir.Exists(name, value=True) for name in two))
    assert program("category: proxy", "c-uri|exists: false") == ir.And(tuple(ir.Exists(name, value=False) for name in two))


def test_what_a_code_does_not_tell_apart_its_event_type_does() -> None:
    stated = ir.Text("winlog.event_data.EventType", ("Delete", ir.ANY_RUN))
    assert program("product: windows, category: registry_delete", "TargetObject: x") == ir.And(
        (stated, ir.Text("registry.path", ("x",)))
    )
    types = ir.Or((ir.Text("event.type", ("creation",)), ir.Text("event.type", ("change",))))
    assert program("product: linux, category: file_event", "TargetFilename: x") == ir.And((types, ir.Text("file.path", ("x",))))


def test_a_level_is_the_word_that_event_logs_show() -> None:
    assert program("product: windows, service: system", "Level: 2") == ir.Text("log.level", ("error",))


def test_folding_is_simple_and_one_character_to_one_for_every_code_point() -> None:
    """Unicode's own data (CaseFolding.txt, C and S) as far as Python knows them: lengths stay, folding twice changes nothing."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if 0xD800 <= code < 0xE000:
            continue
        folded = fold(character)
        assert len(folded) == 1
        assert fold(folded) == folded
        full = character.casefold()
        if len(full) == 1 and unicodedata.category(character) != "Cn":
            assert folded == full, hex(code)
    assert normal("ĐÀ NẴNG") == normal("Đà Nẵng") == "đà nẵng"
    assert fold("ß") == "ß"
    assert fold("ẞ") == "ß"


@pytest.mark.timeout(120)
def test_the_engine_and_plain_python_fold_and_compose_every_assigned_code_point_alike() -> None:
    ruleset = Ruleset(ir.dumps([ir.Rule("same", ir.FieldRef("f", "g")), ir.Rule("any", ir.Exists("f", value=True))]))
    # Planes 4 to 13 hold nothing; the private planes fold to themselves in the test above.
    codes = [*range(0xD800), *range(0xE000, 0x34000), *range(0xE0000, 0xE0200)]
    characters = [chr(code) for code in codes]
    for start in range(0, len(characters), 65_536):
        part = characters[start : start + 65_536]
        lines = [orjson.dumps({"f": f"{one}a\u0301", "g": normal(f"{one}a\u0301")}) + b"\n" for one in part]
        found = [numbers for _, _, numbers in ruleset.scan(b"".join(lines))]
        different = [hex(ord(one)) for one, numbers in zip(part, found, strict=True) if numbers != [0, 1]]
        assert different == []
