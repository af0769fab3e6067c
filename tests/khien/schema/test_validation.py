"""The schema's own check of a line, held against the generated JSON Schema and against the frame of the contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from khien.schema import load_schema, validate
from khien.schema.json_schema import event_json_schema
from tests.khien.store.made_events import event_line

VALIDATOR = jsonschema.Draft202012Validator(event_json_schema(), format_checker=jsonschema.FormatChecker())


def changed(**changes: Any) -> dict[str, Any]:
    """A valid event with members replaced by dotted name (`__` for a dot); a value of None removes."""
    event: dict[str, Any] = json.loads(event_line(1))
    khien = event.pop("khien")
    event["khien"] = khien
    for name, value in changes.items():
        *above, last = name.split("__")
        node = event
        for part in above:
            node = node.setdefault(part, {})
        if value is None:
            node.pop(last)
        else:
            node[last] = value
    event["khien"] = event.pop("khien")  # stays last whatever was added
    return event


def test_a_stamped_event_is_valid_in_both_statements() -> None:
    event = changed()
    assert validate(json.dumps(event).encode()) == []
    assert list(VALIDATOR.iter_errors(event)) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"source__port": "443"}, "source.port"),
        ({"source__port": True}, "source.port"),
        ({"source__port": 2**63}, "source.port"),
        ({"source__ip": "10.0.0.256"}, "source.ip"),
        ({"source__ip": "portal.example"}, "source.ip"),
        ({"nobody": {"knows": 1}}, "nobody"),
        ({"source__colour": "red"}, "source.colour"),
        ({"event__kind": "incident"}, "event.kind"),
        ({"event__category": "network"}, "event.category"),
        ({"event__category": ["wire"]}, "event.category"),
        ({"event__type": []}, "event.type"),
        ({"event__dataset": None}, "event.dataset"),
        ({"event__id": None}, "event.id"),
        ({"khien__sensor": None}, "khien.sensor"),
        ({"user__name": ""}, "user.name"),
        ({"user__name": "-"}, "user.name"),
        ({"event__start": "2026-11-10T02:00:00Z"}, "event.start"),
        ({"event__start": "2026-11-10T02:00:00.123456+07:00"}, "event.start"),
        ({"tls__established": "yes"}, "tls.established"),
        ({"dns__answers": [{"ttl": 5, "weight": 1}]}, "dns.answers.weight"),
        ({"dns__answers": {"ttl": 5}}, "dns.answers"),
        ({"dns__resolved_ip": "192.0.2.1"}, "dns.resolved_ip"),
        ({"khien__extra": {}}, "khien.extra"),
        ({"network": {}}, "network"),
    ],
)
def test_a_defect_is_named_by_its_place_in_both_statements(changes: dict[str, Any], path: str) -> None:
    event = changed(**changes)
    assert path in [problem.path for problem in validate(json.dumps(event).encode())]
    assert list(VALIDATOR.iter_errors(event)) != []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"@timestamp":1', "not JSON"),
        (b'{"a":1,"a":2}', "occurs twice"),
        (b'{"a":NaN}', "is not a JSON number"),
        (b"[]", "not an object"),
        (b'{"x":"' + b"y" * 65_600 + b'"}', "longer than 65536"),
    ],
)
def test_a_line_that_is_no_event_gets_one_clear_problem(line: bytes, message: str) -> None:
    (problem,) = validate(line)
    assert message in str(problem)


def test_the_frame_is_checked() -> None:
    event = changed()
    reordered = {"event": event.pop("event"), **event}
    assert any("must come first" in problem.message for problem in validate(json.dumps(reordered).encode()))
    late = {**changed(), "user": {"name": "an"}}
    assert any("must come last" in problem.message for problem in validate(json.dumps(late).encode()))


def test_a_producer_may_not_write_what_ingest_stamps() -> None:
    problems = {problem.path for problem in validate(event_line(1), stamped=False)}
    assert problems == {"event.id", "event.ingested", "khien.dataset", "khien.sensor", "khien.epoch", "khien.seq"}


@pytest.mark.parametrize(
    ("address", "is_right"),
    [
        ("2001:db8::1", True),
        ("2001:0db8::1", False),
        ("2001:DB8::1", False),
        ("2001:db8:0:0:0:0:0:1", False),
        ("::ffff:192.0.2.1", True),
        ("::ffff:c000:201", False),
    ],
)
def test_addresses_have_the_one_form_of_rfc_5952(address: str, is_right: bool) -> None:  # noqa: FBT001
    assert (validate(json.dumps(changed(source__ip=address)).encode()) == []) is is_right


def test_text_in_another_normal_form_is_a_problem() -> None:
    decomposed = json.dumps(changed(user__name="Đa\u0300"), ensure_ascii=False).encode()
    assert [problem.message for problem in validate(decomposed)] == ["text is not NFC"]


def test_every_field_has_both_languages_and_no_name_lies_inside_a_value() -> None:
    schema = load_schema()
    assert [field.name for field in schema.fields.values() if not all(field.description.values())] == []
    for name, field in schema.fields.items():
        inside = [other for other in schema.fields if other.startswith(f"{name}.")]
        assert not inside or field.type.value == "objects", name


def test_ecs_names_are_those_of_ecs() -> None:
    """Field sets of ECS 8.17; a field marked `ecs` must begin with one of them (the field reference's table of contents)."""
    sets = {
        "@timestamp", "message", "ecs", "event", "log", "host", "observer", "source", "destination", "network", "dns", "http",
        "url", "user_agent", "tls", "file", "user", "group", "process", "service", "rule", "email", "error", "related",
        "dll", "registry",
    }  # fmt: skip
    fields = load_schema().fields.values()
    assert {field.path[0] for field in fields if field.is_ecs} <= sets
    assert not any(field.is_ecs for field in fields if field.path[0] in {"khien", "ssh", "icmp"})


def test_committed_files_are_what_events_yaml_says(tmp_path: Path) -> None:
    from khien.schema.__main__ import main  # noqa: PLC0415

    assert main(["--check"]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
    (tmp_path / "docs" / "reference" / "events.md").write_text("edited by hand", encoding="utf-8")
    assert main(["--check", "--root", str(tmp_path)]) == 1
