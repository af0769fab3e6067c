"""The worked cases of the shipped policies as a page that both parties can read: made from `golden.yaml`, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from incident_api.coordination import words
from incident_api.coordination.golden import (
    GoldenApproval,
    GoldenAssessment,
    GoldenPeriodic,
    GoldenRequest,
    GoldenSharing,
    GoldenSteps,
    GoldenTimeline,
    GoldenWorkingDay,
    Worked,
)
from incident_api.coordination.policy import Policy, policy_of, read_policy_folder

_POLICIES = ("vn-2026", "vn-2017")
_HEAD = """# Worked cases · Tình huống mẫu

The cases that are signed together with the coordination rules: a policy that answers one of them otherwise is not loaded.
`khien policy check` asks all of them. Cases of a running service (`service`) are asked by its tests.

Các tình huống được ký cùng quy chế phối hợp: quy chế trả lời khác đi một tình huống sẽ không được nạp.
`khien policy check` hỏi toàn bộ. Tình huống cần dịch vụ đang chạy (`service`) do bài kiểm thử của dịch vụ hỏi.
"""


def golden_page(root: Path, *, head: str) -> str:
    """Every case of every shipped policy, and on what the obligations rest."""
    lines = [head + _HEAD]
    for name in _POLICIES:
        folder = root / "coordination" / name
        lines.append("\n".join(_policy(policy_of(read_policy_folder(folder), path=folder))))
    return "\n".join(lines).rstrip() + "\n"


def _policy(policy: Policy) -> Iterator[str]:
    golden = policy.golden
    yield f"\n## {policy.id} · {policy.version}\n\n{policy.title.vi}\n\n{policy.title.en}\n"
    yield from _obligations(policy)
    yield from _table(
        "Class, lead and obligations · Mức độ, chủ trì và nghĩa vụ",
        ("Id", "N", "System · Hệ thống", "Tình huống", "Case", "Facts", "Flags", "Class", "Rule", "Lead", "Owes", "n"),
        (_assessment(each) for each in golden.assessments),
    )
    yield from _table(
        "Times · Thời hạn",
        ("Id", "Tình huống", "Case", "Acts · Diễn biến", "Due · Hạn"),
        (_timeline(each) for each in golden.timelines),
    )
    yield from _table(
        "Other cases · Tình huống khác",
        ("Id", "Tình huống", "Case", "Asked · Hỏi", "Answer · Trả lời"),
        (
            _other(each)
            for part in (golden.steps, golden.periodic, golden.working_days, golden.requests, golden.approvals, golden.sharing)
            for each in part
        ),
    )
    if golden.service:
        yield f"\n### Asked of a running service · Hỏi khi dịch vụ chạy\n\n{', '.join(golden.service)}"


def _obligations(policy: Policy) -> Iterator[str]:
    counted = Counter(policy.status_of(rule) for rule in policy.obligations.rules)
    told = ", ".join(f"{status} {counted[status]}" for status in ("S", "S/A", "A", "L"))
    yield f"### Obligations · Nghĩa vụ thông báo ({told})\n"
    yield "S: sourced, S/A: sourced with numbers of our own, A: assumed, L: legacy."
    yield "S: theo văn bản, S/A: theo văn bản với mốc tự đặt, A: giả định, L: hồ sơ cũ.\n"
    yield "| Code | | Nghĩa vụ | Obligation | Khi nào · When | Căn cứ | Basis |\n|---|---|---|---|---|---|---|"
    for rule in policy.obligations.rules:
        text, basis, when = words.obligation(policy, rule), policy.basis_text(rule), words.alternatives(policy, rule.when)
        yield _row((rule.code, policy.status_of(rule), text.vi, text.en, f"{when.vi} · {when.en}", basis.vi, basis.en))


def _assessment(case: GoldenAssessment) -> tuple[str, ...]:
    facts = ", ".join(f"{name}={str(value).lower()}" for name, value in case.facts.items())
    severity = case.severity.value if case.severity else "–"
    text = (case.text.vi, case.text.en)
    return (
        case.id,
        case.group,
        ", ".join(case.assets),
        *text,
        facts,
        " ".join(case.flags),
        severity,
        case.rule or "–",
        case.lead,
        " ".join(case.owes),
        str(case.count),
    )


def _timeline(case: GoldenTimeline) -> tuple[str, ...]:
    acts = []
    for each in (*case.acts, *case.then):
        said = [each.severity.value] if each.severity else []
        said += list(each.flags) + (["recovered"] if each.recovered else []) + ([f"{each.move} → {each.to}"] if each.move else [])
        acts.append(f"{each.at} {' '.join(said)}".strip())
    due = [f"{code} {', '.join(times)}" for code, times in (*case.due.items(), *case.due_then.items())]
    due += [f"{code} cancelled" for code in case.cancelled]
    detected = [f"det {case.detected}"] if case.detected else []
    return case.id, case.text.vi, case.text.en, "<br>".join((*detected, *acts)), "<br>".join(due)


def _other(case: Worked) -> tuple[str, ...]:
    asked, answer = _asked(case)
    return case.id, case.text.vi, case.text.en, asked, answer


def _asked(case: Worked) -> tuple[str, str]:
    match case:
        case GoldenSteps():
            more = f"; back {case.back}: step {case.fires}, skipped {', '.join(map(str, case.skips)) or '–'}" if case.back else ""
            return f"{case.code} {case.start} → {case.due}", ", ".join(case.at) + more
        case GoldenPeriodic():
            return f"{case.duty} {case.number}/{case.year}", case.due + (f" ({case.target})" if case.target else "")
        case GoldenWorkingDay():
            override = f"; {case.override.date} {'works' if case.override.works else 'off'}" if case.override else ""
            return f"after {case.after}{override}", case.next
        case GoldenRequest():
            return f"{case.kind}{' urgent' if case.urgent else ''} {case.received}", case.due
        case GoldenApproval():
            parties = " + ".join(f"{', '.join(each.roles)} ({each.home})" for each in (case.first, case.second))
            return f"{case.act}: {parties}", case.refused or "granted"
        case GoldenSharing():
            masked = "; ".join(f"{name}: {kinds}" for name, kinds in case.masked.items())
            return f"to {case.recipient}", f"withheld {', '.join(case.withheld) or '–'}; masked {masked or '–'}"
        case _:
            raise TypeError(type(case).__name__)


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    found = list(rows)
    if not found:
        return
    yield f"\n### {title}\n"
    yield _row(heads)
    yield "|" + "---|" * len(heads)
    yield from (_row(row) for row in found)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"
