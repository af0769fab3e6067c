"""Two rules and a correlation over one of them, with cases; what tuning is tried on."""

from __future__ import annotations

from pathlib import Path

RULES = """
title: A root login
id: 11111111-1111-4111-8111-111111111111
name: root_login
logsource: {product: khien, service: host.auth}
detection: {login: {event.action: login, user.name: root}, condition: login}
level: high
---
title: Many root logins
id: 22222222-2222-4222-8222-222222222222
name: many_root_logins
level: critical
correlation:
  type: event_count
  rules: [root_login]
  group-by: [source.ip]
  timespan: 60s
  condition: {gte: 3}
  generate: true
---
title: Any login
id: 33333333-3333-4333-8333-333333333333
name: any_login
logsource: {product: khien, service: host.auth}
detection: {login: {event.action: login}, condition: login}
level: low
"""
CASES = """
rule: root_login
defaults: {event: {dataset: host.auth, action: login}, source.ip: 192.0.2.1, user.name: root}
cases:
  - {name: root from outside, why: W, input: {events: [{}]}, expect: {exactly: 1}}
  - {name: root from the desk, why: W, input: {events: [{source.ip: 10.1.2.3}]}, expect: {exactly: 1}}
  - {name: somebody, why: W, near_miss: true, input: {events: [{user.name: an}]}, expect: {exactly: 0}}
  - {name: log-out, why: W, input: {events: [{event.action: logout}]}, expect: {exactly: 0}}
"""
ROOT_LOGIN = "11111111-1111-4111-8111-111111111111"
MANY = "22222222-2222-4222-8222-222222222222"


def write(folder: Path) -> Path:
    """The folder of rules."""
    folder.mkdir(exist_ok=True)
    (folder / "root.yml").write_text(RULES)
    (folder / "root.test.yml").write_text(CASES)
    return folder
