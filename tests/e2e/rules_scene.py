"""The rules of the scene: a part of our own pack, and a site's pack with what can go wrong, compiled as the correlator does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from correlator.catalogue import catalogue
from correlator.compiler.ruleset import RuleSet, compile_folders
from khien.alert import Alert
from tests.e2e.scene import ACTS, SECOND_US, alert, source_of

OWN = Path(__file__).resolve().parents[2] / "rules" / "web"
#: A title and a reference as somebody would write them who wants the page to run something or to lead away.
HOSTILE = r"\u202egnp.exe <script>alert(1)</script>"
_SITE = {
    "la.yml": f"""title: "{HOSTILE}"
id: 00000000-0000-4000-8000-000000000001
status: experimental
description: Luật lạ <img src=x onerror=alert(1)>
references: ["javascript:alert(1)", "https://evil.example/{HOSTILE}"]
author: "{HOSTILE}"
level: medium
logsource: {{category: webserver}}
detection:
  selection: {{user_agent.original|contains: sqlmap}}
  condition: selection
""",
    "hong.yml": """title: Điều kiện sai
id: 00000000-0000-4000-8000-000000000002
logsource: {category: webserver}
detection:
  selection: {url.path: /x}
  condition: khong_co
""",
    "tat.yml": """title: Luật đã tắt
id: 00000000-0000-4000-8000-000000000003
status: deprecated
logsource: {category: webserver}
detection:
  selection: {url.path: /y}
  condition: selection
""",
}


def rules(folder: Path) -> tuple[RuleSet, dict[str, Any]]:
    """The rules, and the body of `PUT /internal/v1/rules`."""
    site = folder / "quy-tac-don-vi"
    site.mkdir()
    for name, text in _SITE.items():
        (site / name).write_text(text, encoding="utf-8")
    compiled = compile_folders([OWN, site])
    return compiled, catalogue(compiled, [OWN, site])


def alerts(compiled: RuleSet, *, now_us: int) -> Iterator[Alert]:
    """A loud rule and a quiet one of our pack, of an import, so that no other scene counts them."""
    loud, quiet = _makers(compiled)
    for number, (rule, hours) in enumerate([(loud, 30), (loud, 60), (loud, 200), (quiet, 400)], start=900):
        at_us = now_us - hours * 3_600 * SECOND_US
        one = alert(number, act=ACTS[4], dataset="import:5ce1e05ce1e05ce1", at_us=at_us, source=source_of(number), asset="cong-tt")
        yield one.model_copy(update={"rule": rule})


def _makers(compiled: RuleSet) -> Sequence[Any]:
    named = {one.rule.name: one.rule for one in compiled.plan.correlations}
    return [named["web_admin_page_probing"], named["web_login_guessing"]]
