"""The flat event that the peer reads says the same as ours, in the rules' names."""

from __future__ import annotations

from typing import Any

from tests.bench.detect.flat import flat


def event(dataset: str, **more: Any) -> dict[str, Any]:
    return {"@timestamp": "2026-11-23T04:40:14.000000Z", "event": {"dataset": dataset}, **more}


def test_a_process_event_of_sysmon_has_its_logsource_and_its_own_names() -> None:
    found = flat(
        {
            "event": {"dataset": "windows.sysmon", "code": "1"},
            "log": {"level": "information"},
            "process": {"command_line": "whoami /priv"},
            "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "event_data": {"CommandLine": "whoami /priv"}},
        }
    )
    assert (found["product"], found["category"], found["service"]) == ("windows", "process_creation", "sysmon")
    assert found["CommandLine"] == "whoami /priv"
    assert (found["EventID"], found["Level"]) == (1, 4)
    assert found["Channel"] == "Microsoft-Windows-Sysmon/Operational"


def test_the_command_line_of_security_4688_has_the_name_that_rules_use() -> None:
    record = {
        "event": {"dataset": "windows.security", "code": "4688"},
        "process": {"command_line": "whoami"},
        "winlog": {"event_data": {}},
    }
    assert flat(record)["CommandLine"] == "whoami"
    assert flat(record)["category"] == "process_creation"


def test_of_two_categories_the_narrower_is_named() -> None:
    record = {"event": {"dataset": "windows.sysmon", "code": "13"}, "winlog": {"event_data": {}}}
    assert flat(record)["category"] == "registry_set"


def test_what_no_category_speaks_of_says_so() -> None:
    record = {"event": {"dataset": "windows.security", "code": "4624"}, "winlog": {"event_data": {"LogonType": "3"}}}
    assert flat(record) == {
        "product": "windows",
        "category": "none",
        "service": "security",
        "LogonType": "3",
        "EventID": 4624,
    }


def test_a_request_has_the_names_of_the_web_rules_and_its_line() -> None:
    found = flat(
        {
            "event": {"dataset": "web.access", "original": "GET /a?b HTTP/1.1"},
            "http": {"request": {"method": "GET"}, "response": {"status_code": 404}},
            "url": {"original": "/a?b", "query": "b"},
        }
    )
    assert (found["cs-method"], found["sc-status"], found["cs-uri-query"], found["c-uri-query"]) == ("GET", 404, "/a?b", "b")
    assert found["message"] == "GET /a?b HTTP/1.1"


def test_several_values_stay_a_list() -> None:
    answers = [{"data": "192.0.2.1"}, {"data": "192.0.2.2"}]
    found = flat(event("network.dns", dns={"question": {"name": "a.example"}, "answers": answers}))
    assert found["answers"] == ["192.0.2.1", "192.0.2.2"]
    assert (found["query"], found["service"]) == ("a.example", "dns")
